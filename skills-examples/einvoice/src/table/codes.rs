//! Codes that the norm takes from elsewhere.

use guildhall_ubl::Scale;

/// What the norm calls itself (BT-24).
pub const SPECIFICATION: &str = "urn:cen.eu:en16931:2017";

/// Means of payment of UNTDID 4461.
pub const NOT_DEFINED: &str = "1";
pub const CREDIT_TRANSFER: &str = "30";
pub const SEPA_CREDIT_TRANSFER: &str = "58";

/// Decimal places that EN 16931 allows (BR-DEC-01 and its siblings): dinars, which have three, are written with two.
pub const MOST_PLACES: u32 = 2;
/// Currencies that ISO 4217 has or had and the code list of EN 16931 (version of 2026) has not: withdrawn ones, and the dobra.
const NOT_LISTED: [&str; 6] = ["BGN", "CUC", "HRK", "SLL", "STN", "ZWL"];

/// Whether the code list of EN 16931 has a currency.
pub fn is_listed(scale: &Scale) -> bool {
    !NOT_LISTED.contains(&scale.code())
}

/// Member states of the European Union, whose list of exemption reasons (VATEX) is meant for their sellers.
pub const UNION: &str =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
