//! Authority as pure data: what may be reached, and the intersection of two such answers.
//!
//! Everything is parsed once into a normal form, so that checking compares and never interprets.

mod folder;
mod grant;
mod host;
mod method;
mod path;
mod payee;
mod target;
mod url_text;

pub use folder::{Access, AccessError, FolderDecl, FolderName, FolderNameError};
pub use grant::{GrantError, UrlGrant, UrlPattern};
pub use method::{Method, MethodError, Methods};
pub use payee::{PayeeError, PayeePattern, PayeeScheme};
pub use target::Target;
pub use url_text::{Scheme, TargetError};

/// Implements serde as a string by `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

#[cfg(test)]
mod tests;
