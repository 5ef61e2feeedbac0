//! How types that are written as text stand in an OpenAPI document.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::authority::{Access, FolderName, PayeePattern, UrlGrant};
use crate::{Capability, Digest, SkillName};

macro_rules! text {
    ($type:ty, $name:literal, $pattern:expr, $about:literal) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let pattern: Option<&str> = $pattern;
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .pattern(pattern)
                    .description(Some($about))
                    .into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    };
}

text!(
    Digest,
    "Digest",
    Some("^sha256:[0-9a-f]{64}$"),
    "SHA-256 of some bytes."
);
text!(
    FolderName,
    "Name",
    Some("^[a-z][a-z0-9-]{0,63}$"),
    "A name."
);
text!(
    SkillName,
    "SkillName",
    Some("^[a-z][a-z0-9-]{0,63}/[a-z][a-z0-9-]{0,63}$"),
    "publisher/skill."
);
text!(
    UrlGrant,
    "UrlGrant",
    None,
    "Methods and a URL pattern: `GET,HEAD https://example.com/reports/*`."
);
text!(
    PayeePattern,
    "PayeePattern",
    None,
    "Accounts: `iban:*`, `iban:` and one IBAN, `book:*`, `book:` and a name."
);
text!(
    Access,
    "FileAccess",
    Some("^(read|write|read-write)$"),
    "What may be done with a file or folder."
);
text!(
    Capability,
    "Capability",
    Some("^(network|files|payments|messages|state|context|log)$"),
    "An interface of the contract."
);
