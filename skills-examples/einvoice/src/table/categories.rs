//! VAT categories (rules BR-S-… to BR-O-…), with the code of the list VATEX and the words for what is not taxed.

use crate::bindings::VatCategory;

/// What rate a category has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    Positive,
    Any,
    Zero,
    None,
}

/// A category. Ordered by its code, which none shares.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Category {
    pub code: &'static str,
    /// Its rules about identifiers, about its rate, and about the reason why there is no VAT.
    pub rules: [&'static str; 3],
    pub rate: Rate,
    /// Code and words why there is no VAT, where the category says it itself.
    pub reason: Option<(&'static str, &'static str)>,
    /// Whether a reason may be given.
    pub reasoned: bool,
}

macro_rules! categories {
    ($($variant:ident $code:literal $letters:literal $rate:ident $reason:expr, $reasoned:literal;)*) => {
        /// What EN 16931 says of a category.
        pub fn category(category: VatCategory) -> &'static Category {
            match category {
                $(VatCategory::$variant => &Category {
                    code: $code,
                    rules: [concat!("BR-", $letters, "-02"), concat!("BR-", $letters, "-05"), concat!("BR-", $letters, "-10")],
                    rate: Rate::$rate,
                    reason: $reason,
                    reasoned: $reasoned,
                },)*
            }
        }
    };
}

categories! {
    Standard       "S"  "S"  Positive None, false;
    Zero           "Z"  "Z"  Zero     None, false;
    Igic           "L"  "AF" Any      None, false;
    Ipsi           "M"  "AG" Any      None, false;
    Exempt         "E"  "E"  Zero     None, true;
    ReverseCharge  "AE" "AE" Zero     Some(("VATEX-EU-AE", "Reverse charge")), true;
    IntraCommunity "K"  "IC" Zero     Some(("VATEX-EU-IC", "Intra-Community supply")), true;
    Exported       "G"  "G"  Zero     Some(("VATEX-EU-G", "Export outside the EU")), true;
    NotSubject     "O"  "O"  None     Some(("VATEX-EU-O", "Not subject to VAT")), true;
}
