//! The macros of `guildhall-sdk`. Use them through that crate, which documents them.

mod contract;
mod generate;
mod input;
#[allow(
    clippy::indexing_slicing,
    reason = "an arena is indexed by its own ids"
)]
mod world;

use proc_macro::TokenStream;

/// Turns the WIT world of this crate into a skill. Documented at `guildhall_sdk::skill!`.
#[proc_macro]
pub fn skill(tokens: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(tokens as input::SkillInput);
    generate::skill(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// The SDK's own bindings to the contract's imports. For `guildhall-sdk` alone.
#[doc(hidden)]
#[proc_macro]
pub fn contract_imports(_: TokenStream) -> TokenStream {
    generate::contract_imports()
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
