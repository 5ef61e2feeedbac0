//! What is written between the parentheses of `skill!`.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token, bracketed};

/// `skill!(Type)`, `skill!(Type, path: "wit", world: "name", derives: [Trait, …])`.
pub struct SkillInput {
    /// The author's type that implements the generated traits.
    pub implementor: Ident,
    /// Folder with the WIT, relative to the crate's manifest.
    pub path: String,
    /// Name of the world; needed only when the package has several.
    pub world: Option<String>,
    /// Derives for the author's own WIT types, besides `Debug`, `Clone` and `PartialEq`.
    pub derives: Vec<Path>,
}

impl Parse for SkillInput {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut skill = SkillInput {
            implementor: input.parse()?,
            path: "wit".to_owned(),
            world: None,
            derives: Vec::new(),
        };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            match key.to_string().as_str() {
                "path" => skill.path = input.parse::<LitStr>()?.value(),
                "world" => skill.world = Some(input.parse::<LitStr>()?.value()),
                "derives" => {
                    let list;
                    bracketed!(list in input);
                    skill.derives = Punctuated::<Path, Token![,]>::parse_terminated(&list)?
                        .into_iter()
                        .collect();
                }
                _ => {
                    return Err(syn::Error::new(
                        key.span(),
                        "unknown option: `skill!` takes `path`, `world` and `derives`",
                    ));
                }
            }
        }
        Ok(skill)
    }
}
