//! What is said after what was given, and of a document that was made.

/// Instead of another currency.
pub const CURRENCY: &str = ", which the code list of EN 16931 does not have: write three capital letters of a currency that is in use, for example EUR.";
pub const NO_ENDPOINT: &str = "write it, or leave the scheme out too.";
pub const SCHEME: &str = "which is not in the list EAS: write 0088 for a GLN, EM for e-mail.";
pub const DECIMAL: &str =
    ", which is no decimal number with up to 12 digits before the point and 6 after it.";
pub const PERCENT: &str = " percent: write a number from 0, for example 2.5.";
pub const RATE: &str = ": write percent as a number from 0 to 100, for example 19 or 5.5.";
pub const NO_CATEGORY: &str =
    "is missing: the lines are taxed in several ways, so write which of them this is.";

/// What a person should know of the document.
pub const FOLLOWS: &str = "It was read back and follows EN 16931. Whether the VAT category is right for this sale is for you to know.";
