//! The checks: everything is computed again, in exact decimals.
//!
//! # Tolerances, and why
//!
//! | what | tolerance | why |
//! |---|---|---|
//! | sums of amounts: lines, allowances, charges, totals, amount due (BR-CO-10 to 16) | none | what is added is rounded already, so the sum is exact |
//! | line: quantity × price (PEPPOL-EN16931-R120), percentage of a base (R040), gross price (R046) | 2 minor units (0.02 EUR, 2 JPY), at least 0.01 (KWD); none for R046 | a product is rounded once, and not all systems round it the same way; EN 16931 sets no figure, Peppol BIS 3 sets 0.02; dinars have three decimal places, of which the norm writes two (BR-DEC-23) |
//! | VAT of a row: taxable × rate, rounded half up (BR-CO-17) | any difference is found; a warning below 1 major unit or half a minor unit for each line and allowance of the row, an error from there on | some countries let VAT be rounded line by line, and the official validation artefacts accept anything within 1.00; so such a difference is shown but is not proof of a mistake |
//! | taxable amount of a row (BR-S-08 and its siblings) | any difference is found; a warning below 1 major unit, an error from there on | the norm is exact, the official artefacts accept anything within 1.00 |
//!
//! A minor unit is that of ISO 4217, so amounts in KWD are computed with three decimal places although EN 16931 is
//! written for two.

mod accounts;
mod categories;
mod dates;
mod lines;
mod money;
mod parties;
mod totals;
mod vat;

use rust_decimal::Decimal;
use time::Date;

use crate::currency::minor_unit;
use crate::document::{Amount, Document};
use crate::finding::{Code, Finding, Severity};

/// Findings that are listed at most; one more then says that there are more.
pub const MAX_FINDINGS: usize = 500;

/// Checks a document. Findings come in the order of the document: header, parties, payment, lines, VAT, totals.
pub fn check(document: &Document) -> Vec<Finding> {
    run(document, None)
}

/// As [`check`], and finds a date of issue after `today`. The day after today is still accepted: it has begun
/// elsewhere.
pub fn check_against_today(document: &Document, today: Date) -> Vec<Finding> {
    run(document, Some(today))
}

fn run(document: &Document, today: Option<Date>) -> Vec<Finding> {
    let mut check = Check {
        document,
        unit: minor_unit(document.currency.as_deref()),
        findings: Vec::new(),
        cut: false,
    };
    parties::header(&mut check);
    dates::dates(&mut check, today);
    parties::parties(&mut check);
    accounts::payments(&mut check);
    lines::lines(&mut check);
    lines::document_allowances(&mut check);
    categories::categories(&mut check);
    vat::breakdown(&mut check);
    totals::totals(&mut check);
    money::amounts(&mut check);
    check.finish()
}

/// A check under way.
struct Check<'d> {
    document: &'d Document,
    /// Smallest amount in the document's currency.
    unit: Decimal,
    findings: Vec<Finding>,
    cut: bool,
}

/// A finding to be filled in.
struct Draft {
    finding: Finding,
}

impl Check<'_> {
    fn add(&mut self, draft: Draft) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(draft.finding);
        } else {
            self.cut = true;
        }
    }

    /// A mandatory thing that is not there. `name` is how the norm calls the term.
    fn missing(&mut self, rule: &str, place: impl Into<String>, name: &str) {
        let place = place.into();
        let message = format!("{name} is missing; {rule} makes it mandatory here.");
        self.add(error(Code::Missing, place, message).rule(rule));
    }

    /// Finds a missing thing unless `present`.
    fn require(&mut self, present: bool, rule: &str, place: &str, name: &str) {
        if !present {
            self.missing(rule, place, name);
        }
    }

    /// A difference between an amount and what it should be. Amounts that are not there or not readable are found
    /// elsewhere.
    fn differs(
        &mut self,
        code: Code,
        rule: &str,
        place: &str,
        expected: Decimal,
        actual: Option<&Amount>,
        how: &str,
    ) {
        let Some(actual) = actual.and_then(Amount::value) else {
            return;
        };
        if actual != expected {
            let (expected, actual) = (self.show(expected), self.show(actual));
            let message = format!("{how} is {expected}, but the document says {actual}.");
            self.add(
                error(code, place, message)
                    .rule(rule)
                    .values(expected, actual),
            );
        }
    }

    /// Numbers that cannot be computed with.
    fn too_large(&mut self, place: &str) {
        self.add(error(
            Code::TooLarge,
            place,
            "The numbers are too large to be computed with exactly, so this was not checked."
                .to_owned(),
        ));
    }

    /// An amount as text, with at least the decimal places of the currency.
    fn show(&self, amount: Decimal) -> String {
        show(amount, self.unit)
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.cut {
            let message =
                format!("There are more findings than the {MAX_FINDINGS} that are listed.");
            self.findings
                .push(error(Code::MoreFindings, "document", message).finding);
        }
        self.findings
    }
}

impl Draft {
    fn rule(mut self, rule: &str) -> Self {
        self.finding.rule = Some(rule.to_owned());
        self
    }

    fn values(self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        self.expected(expected).actual(actual)
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.finding.expected = Some(expected.into());
        self
    }

    fn actual(mut self, actual: impl Into<String>) -> Self {
        self.finding.actual = Some(actual.into());
        self
    }
}

fn error(code: Code, place: impl Into<String>, message: impl Into<String>) -> Draft {
    draft(code, Severity::Error, place, message)
}

fn warning(code: Code, place: impl Into<String>, message: impl Into<String>) -> Draft {
    draft(code, Severity::Warning, place, message)
}

fn draft(
    code: Code,
    severity: Severity,
    place: impl Into<String>,
    message: impl Into<String>,
) -> Draft {
    Draft {
        finding: Finding {
            code,
            severity,
            rule: None,
            place: place.into(),
            message: message.into(),
            expected: None,
            actual: None,
        },
    }
}

fn show(amount: Decimal, unit: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < unit.scale() {
        amount.rescale(unit.scale());
    }
    amount.to_string()
}

/// Text of the document for a message: one line, without control characters, and short.
fn quote(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// The sum, unless it gets too large.
fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    amounts
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// Rounds half away from zero to the minor unit, as EN 16931 and XPath's `round` do for amounts that are not negative.
fn round(amount: Decimal, unit: Decimal) -> Decimal {
    amount.round_dp_with_strategy(
        unit.scale(),
        rust_decimal::RoundingStrategy::MidpointAwayFromZero,
    )
}
