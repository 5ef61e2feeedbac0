//! Runs the bindings generator over a world and wraps what it wrote.

use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::{Opts, WithOption};

use crate::contract::{self, TYPES_INTERFACE};
use crate::input::SkillInput;
use crate::world::{self, AuthorWorld};

/// Expansion of `guildhall_sdk::skill!`.
pub fn skill(input: &SkillInput) -> syn::Result<TokenStream> {
    let folder = manifest_folder()?.join(&input.path);
    let author = world::read(&folder, input.world.as_deref()).map_err(at_call)?;
    let mut derives = vec!["PartialEq".to_owned()];
    derives.extend(
        input
            .derives
            .iter()
            .map(|path| quote!(#path).to_string().replace(' ', "")),
    );
    let AuthorWorld {
        resolve,
        world,
        uses_contract_types,
        files,
    } = author;
    let bindings = generate(
        resolve,
        world,
        Opts {
            runtime_path: Some("::guildhall_sdk::__private::rt".to_owned()),
            bitflags_path: Some("::guildhall_sdk::__private::bitflags".to_owned()),
            additional_derive_attributes: derives,
            with: if uses_contract_types {
                vec![remap(TYPES_INTERFACE, "::guildhall_sdk::types")]
            } else {
                Vec::new()
            },
            ..Opts::default()
        },
    )?;
    let implementor = &input.implementor;
    let files = files.iter().filter_map(|file| file.to_str());
    Ok(quote! {
        /// What the WIT world says, in Rust: the trait to implement and the types it uses.
        #[allow(dead_code, missing_docs, unsafe_code, unused_imports, clippy::all, clippy::pedantic)]
        #[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
        #[allow(clippy::todo, clippy::unimplemented)]
        pub mod bindings {
            #bindings
            #(const _: &[u8] = ::core::include_bytes!(#files);)*
        }

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        const _: () = {
            bindings::export!(#implementor with_types_in bindings);

            // Runs before the first operation, so that a panic anywhere reaches the log.
            #[used]
            #[unsafe(link_section = ".init_array")]
            static INSTALL_PANIC_HOOK: extern "C" fn() = ::guildhall_sdk::__private::install_panic_hook;
        };
    })
}

/// Expansion of the SDK's own bindings: every import of the contract, each linked only if it is called.
pub fn contract_imports() -> syn::Result<TokenStream> {
    let mut resolve = Resolve::default();
    let package = contract::push(&mut resolve).map_err(at_call)?;
    let world = resolve
        .select_world(&[package], Some("imports"))
        .map_err(|error| at_call(format!("{error:#}")))?;
    generate(
        resolve,
        world,
        Opts {
            runtime_path: Some("::wit_bindgen::rt".to_owned()),
            additional_derive_attributes: ["PartialEq", "Eq", "Hash"].map(str::to_owned).to_vec(),
            with: vec![
                remap(&format!("{TYPES_INTERFACE}/money"), "crate::types::Money"),
                remap(
                    &format!("{TYPES_INTERFACE}/refusal"),
                    "crate::types::Refusal",
                ),
            ],
            generate_all: true,
            generate_unused_types: true,
            ..Opts::default()
        },
    )
}

fn remap(wit: &str, rust: &str) -> (String, WithOption) {
    (wit.to_owned(), WithOption::Path(rust.to_owned()))
}

fn generate(mut resolve: Resolve, world: WorldId, options: Opts) -> syn::Result<TokenStream> {
    let mut files = Files::default();
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| at_call(format!("{error:#}")))?;
    let mut tokens = TokenStream::new();
    for (_, content) in files.iter() {
        let source = std::str::from_utf8(content).map_err(at_call)?;
        tokens.extend(source.parse::<TokenStream>().map_err(at_call)?);
    }
    Ok(tokens)
}

fn manifest_folder() -> syn::Result<PathBuf> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map(|folder| Path::new(&folder).to_path_buf())
        .ok_or_else(|| at_call("`skill!` is expanded by cargo only: CARGO_MANIFEST_DIR is not set"))
}

fn at_call(message: impl std::fmt::Display) -> syn::Error {
    syn::Error::new(Span::call_site(), message)
}
