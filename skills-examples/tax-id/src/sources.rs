//! Where the rules come from, and of which day.

use crate::bindings::Source;
use crate::rule::{ISSUER, JSVAT, NODE, PYTHON};

/// A package that states rules, its day, its licence, and what it is in `stated_by`.
const PACKAGES: [(u8, &str, &str, &str); 4] = [
    (
        PYTHON,
        "python-stdnum 2.2 (PyPI)",
        "2026-01-04",
        "LGPL-2.1-or-later",
    ),
    (NODE, "stdnum 1.12.0 (npm)", "2026-08-23", "MIT"),
    (JSVAT, "jsvat 2.5.4 (npm)", "2025-10-02", "MIT"),
    (ISSUER, "what the issuer publishes", "2025-01-01", "public"),
];

/// The sources of a rule.
pub fn of(stated_by: u8) -> Vec<Source> {
    PACKAGES
        .iter()
        .filter(|(family, ..)| stated_by & family != 0)
        .map(|(_, name, date, licence)| Source {
            name: (*name).to_owned(),
            date: (*date).to_owned(),
            licence: (*licence).to_owned(),
        })
        .collect()
}

/// How many families state a rule. npm's `stdnum` is a port of `python-stdnum`: the two are one.
pub fn families(stated_by: u8) -> usize {
    [PYTHON | NODE, JSVAT, ISSUER]
        .iter()
        .filter(|family| stated_by & **family != 0)
        .count()
}

/// Day of the newest source.
pub fn as_of(sources: &[Source]) -> String {
    let days = sources.iter().map(|source| source.date.as_str());
    days.max().unwrap_or(PACKAGES[0].2).to_owned()
}
