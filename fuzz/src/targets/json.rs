//! Strict JSON.

use guildhall_package::{JsonLimits, parse_strict};
use serde_json::Value;

/// Strict JSON never panics, and what it takes every JSON reader takes, with the same meaning.
pub fn json(data: &[u8]) {
    let Ok(value) = parse_strict(data, JsonLimits::default()) else {
        return;
    };
    let plain: Value = serde_json::from_slice(data).expect("strict JSON is JSON");
    assert_eq!(value, plain, "read in two ways, it means two things");
    let again = serde_json::to_vec(&value).expect("a value can be written");
    let again = parse_strict(&again, JsonLimits::default()).expect("what was written can be read");
    assert_eq!(value, again, "written and read, it changed");
}
