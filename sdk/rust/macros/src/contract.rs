//! The contract `guildhall:skill@1.0.0`, compiled in from the SDK's copy, so that no path is needed at expansion.

use wit_bindgen_core::wit_parser::{PackageId, Resolve, SourceMap};

/// Full name of the interface whose types the SDK defines itself.
pub const TYPES_INTERFACE: &str = "guildhall:skill/types@1.0.0";

const SOURCES: &[(&str, &str)] = &[
    ("context.wit", include_str!("../../wit/context.wit")),
    ("files.wit", include_str!("../../wit/files.wit")),
    ("log.wit", include_str!("../../wit/log.wit")),
    ("messages.wit", include_str!("../../wit/messages.wit")),
    ("network.wit", include_str!("../../wit/network.wit")),
    ("payments.wit", include_str!("../../wit/payments.wit")),
    ("state.wit", include_str!("../../wit/state.wit")),
    ("types.wit", include_str!("../../wit/types.wit")),
    ("worlds.wit", include_str!("../../wit/worlds.wit")),
];

/// Adds the contract to `resolve`, so that an author's WIT can name it without a copy in `wit/deps`.
pub fn push(resolve: &mut Resolve) -> Result<PackageId, String> {
    let mut map = SourceMap::default();
    for (name, source) in SOURCES {
        map.push_str(name, *source);
    }
    let group = map
        .parse()
        .map_err(|(_, error)| format!("the SDK's copy of the contract does not parse: {error}"))?;
    resolve
        .push_group(group)
        .map_err(|error| format!("the SDK's copy of the contract does not resolve: {error}"))
}
