//! What a check finds.

use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a look; the document may be right.
    Warning,
    /// The document is wrong or incomplete.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The published rule behind it, such as `BR-CO-15`; none where the rule is this crate's own.
    pub rule: Option<String>,
    /// Where in the document: `BT-115`, `line 3`, `vat S 19`, `account 2`. Counted from 1.
    pub place: String,
    /// One or two sentences for a person.
    pub message: String,
    /// What was computed or what would be right, where there is one such value.
    pub expected: Option<String>,
    /// What the document says.
    pub actual: Option<String>,
}

/// `CODE@PLACE: MESSAGE`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}: {}", self.code.as_str(), self.place, self.message)
    }
}

macro_rules! codes {
    ($dollar:tt $($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Kinds of findings. The words are stable; a new one is a new version of what shows them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The code as a word in kebab-case.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)*
                }
            }
        }

        /// Makes the `FindingCode`, `Severity` and `Finding` of a skill's `bindings` from those here, where its world shows
        /// findings as they are.
        #[macro_export]
        macro_rules! bind {
            ($dollar bindings:ident) => {
                impl From<$crate::Code> for $dollar bindings::FindingCode {
                    fn from(code: $crate::Code) -> Self {
                        match code {
                            $($crate::Code::$name => Self::$name,)*
                        }
                    }
                }

                impl From<$crate::Severity> for $dollar bindings::Severity {
                    fn from(severity: $crate::Severity) -> Self {
                        match severity {
                            $crate::Severity::Warning => Self::Warning,
                            $crate::Severity::Error => Self::Error,
                        }
                    }
                }

                impl From<$crate::Finding> for $dollar bindings::Finding {
                    fn from(finding: $crate::Finding) -> Self {
                        Self {
                            code: finding.code.into(),
                            severity: finding.severity.into(),
                            rule: finding.rule,
                            place: finding.place,
                            message: finding.message,
                            expected: finding.expected,
                            actual: finding.actual,
                        }
                    }
                }
            };
        }
    };
}

codes! { $
    /// Something mandatory is not there; the place names the business term.
    Missing = "missing",
    /// A number is no decimal number.
    UnreadableNumber = "unreadable-number",
    /// A date is no existing day.
    UnreadableDate = "unreadable-date",
    /// The document is due before it was issued.
    DueBeforeIssue = "due-before-issue",
    /// A period ends before it starts.
    PeriodOrder = "period-order",
    /// The document is dated after today.
    FutureDate = "future-date",
    /// ISO 4217 does not list the currency.
    UnknownCurrency = "unknown-currency",
    /// An amount is in another currency than the document.
    MixedCurrency = "mixed-currency",
    /// An amount has more decimal places than its currency.
    AmountDecimals = "amount-decimals",
    /// The type code belongs to the other kind of document.
    TypeCode = "type-code",
    /// A credit note asks for money.
    CreditNoteSign = "credit-note-sign",
    /// A line is not quantity times price with its allowances and charges.
    LineNet = "line-net",
    /// Gross price minus discount is not the net price.
    GrossPrice = "gross-price",
    /// A price is negative.
    NegativePrice = "negative-price",
    /// The quantity that a price is for is zero or negative.
    BaseQuantity = "base-quantity",
    /// An allowance or charge is not its percentage of its base.
    AllowanceAmount = "allowance-amount",
    /// The sum of the lines is wrong.
    LineSum = "line-sum",
    /// The sum of the allowances is wrong.
    AllowanceSum = "allowance-sum",
    /// The sum of the charges is wrong.
    ChargeSum = "charge-sum",
    /// The total without VAT is wrong.
    TaxExclusiveTotal = "tax-exclusive-total",
    /// The total with VAT is wrong.
    TaxInclusiveTotal = "tax-inclusive-total",
    /// The amount due is wrong.
    PayableTotal = "payable-total",
    /// The VAT total is not the sum of the breakdown.
    VatSum = "vat-sum",
    /// The VAT of a row of the breakdown is not its rate of its taxable amount.
    VatAmount = "vat-amount",
    /// The taxable amount of a row of the breakdown is not the sum of what has that category and rate.
    VatTaxable = "vat-taxable",
    /// Something has a VAT category and rate that the breakdown lacks.
    VatGroupMissing = "vat-group-missing",
    /// The breakdown has the same category and rate twice.
    VatGroupTwice = "vat-group-twice",
    /// The VAT category is none of EN 16931's.
    VatCategory = "vat-category",
    /// The VAT rate does not go with the category.
    VatRate = "vat-rate",
    /// A category without VAT lacks the reason, or a category with VAT has one.
    ExemptionReason = "exemption-reason",
    /// A VAT identifier does not begin with a country.
    VatIdPrefix = "vat-id-prefix",
    /// An IBAN does not have the length of its country.
    IbanLength = "iban-length",
    /// An IBAN does not have its country's pattern of digits and letters.
    IbanPattern = "iban-pattern",
    /// The check digits of an IBAN are wrong.
    IbanCheckDigits = "iban-check-digits",
    /// The account should be an IBAN and is none.
    IbanExpected = "iban-expected",
    /// Numbers are too large to be computed with exactly.
    TooLarge = "too-large",
    /// There are more findings than are listed.
    MoreFindings = "more-findings",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own_word_in_kebab_case() {
        let words: std::collections::BTreeSet<_> =
            Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(
            words
                .iter()
                .all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
    }
}
