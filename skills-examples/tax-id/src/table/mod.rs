//! The rules, one entry for each kind of number. Weights, moduli and lengths are facts that the issuers publish; each was compared
//! with the packages that `stated_by` names (versions and days in `packages.rs`). To add a country, add an entry.

mod africa;
mod americas;
mod asia;
mod companies;
mod europe;
pub mod issued;
pub mod packages;
mod union;

use crate::kind::Kind;

/// All kinds.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    [
        union::KINDS,
        europe::KINDS,
        americas::KINDS,
        asia::KINDS,
        africa::KINDS,
        companies::KINDS,
    ]
    .into_iter()
    .flatten()
}

/// Remainder modulo 11 is the digit; 10 is never issued.
const SAME_11: &str = "0123456789-";
/// As above; 10 counts as 0.
const SAME_11_OR_0: &str = "01234567890";
/// 11 less the remainder; 10 is never issued, 11 is 0.
const LESS_11: &str = "0-987654321";
/// As above; 10 counts as 0.
const LESS_11_OR_0: &str = "00987654321";
/// The last digit of 11 less the remainder.
const LAST_OF_11_LESS: &str = "10987654321";
/// Remainder modulo 10.
const SAME_10: &str = "0123456789";
/// 10 less the remainder.
const LESS_10: &str = "0987654321";
