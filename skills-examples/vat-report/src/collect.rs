//! Which documents count, and why the others do not.

use guildhall_invoice::{Document, Severity, check};
use guildhall_sdk::{Currency, Money};
use guildhall_vat::{NotSummed, Reason, Row, Seen, Share, Sums, Twice, kind, share};

use crate::bindings::{LeftOut, LeftOutReason, VatRow, VatSummary, WithErrors};

/// Sentences that are kept of one document's errors.
const MAX_ERRORS: usize = 10;

/// One file, as the list of documents shows it.
pub struct Entry {
    /// Path.
    pub path: String,
    /// What the document says of itself, if it could be read.
    pub claims: Option<Claims>,
    /// Why it is not in the sums; none if it is.
    pub left_out: Option<NotSummed>,
    /// What a check finds wrong in it.
    pub errors: Vec<String>,
}

/// What a document says of itself.
pub struct Claims {
    /// `invoice` or `credit-note`.
    pub kind: &'static str,
    /// Seller.
    pub seller: String,
    /// Number.
    pub number: String,
    /// Day of issue, as written.
    pub date: String,
    /// Taxable amount, VAT and both, with the sign they are summed with, if there is one sum of them.
    pub totals: Option<[Money; 3]>,
}

/// All files of a folder.
#[derive(Default)]
pub struct Collection {
    entries: Vec<Entry>,
    sums: Sums,
    seen: Seen,
}

impl Collection {
    /// Takes in one file: the document, or why it could not be read.
    pub fn add(&mut self, path: String, document: Result<Document, NotSummed>) {
        let entry = match document {
            Err(why) => Entry::without_document(path, why),
            Ok(document) => self.document(path, &document),
        };
        self.entries.push(entry);
    }

    fn document(&mut self, path: String, document: &Document) -> Entry {
        let share = share(document);
        let claims = Claims {
            kind: kind(document.kind),
            seller: document.seller.name.clone().unwrap_or_default(),
            number: document.number.clone().unwrap_or_default(),
            date: document
                .issue_date
                .as_ref()
                .map(|date| date.raw.clone())
                .unwrap_or_default(),
            totals: share.as_ref().ok().and_then(totals),
        };
        let left_out = share
            .and_then(|share| self.sum(&path, document, &share))
            .err();
        let errors = check(document)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| format!("{}: {}", finding.place, finding.message))
            .take(MAX_ERRORS)
            .collect();
        Entry {
            path,
            claims: Some(claims),
            left_out,
            errors,
        }
    }

    /// Adds a document to the sums, if it is not in them already.
    fn sum(&mut self, path: &str, document: &Document, share: &Share) -> Result<(), NotSummed> {
        match self.seen.find(document, share) {
            Some(Twice::Same(first)) => Err((
                Reason::Duplicate,
                format!("It has the seller and number of {first}, which is in the sums."),
            )),
            Some(Twice::Other(first)) => Err((
                Reason::Contradiction,
                format!(
                    "It has the seller and number of {first}, which is in the sums, but says something else: ask the seller which is right, and take the other one out of the folder."
                ),
            )),
            None => {
                self.sums.add(share)?;
                self.seen.keep(path, document, share);
                Ok(())
            }
        }
    }

    /// All files, in the order they were taken in.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The report, without the files it will be written to.
    pub fn summary(&self) -> VatSummary {
        let counted = self
            .entries
            .iter()
            .filter(|entry| entry.left_out.is_none())
            .count();
        VatSummary {
            rows: self.sums.rows().into_iter().map(Into::into).collect(),
            vat_in_tax_currency: self.sums.in_tax_currency(),
            counted: u32::try_from(counted).unwrap_or(u32::MAX),
            left_out: self.entries.iter().filter_map(Entry::as_left_out).collect(),
            with_errors: self
                .entries
                .iter()
                .filter_map(Entry::as_with_errors)
                .collect(),
            files: Vec::new(),
        }
    }
}

impl Entry {
    fn without_document(path: String, why: NotSummed) -> Self {
        Entry {
            path,
            claims: None,
            left_out: Some(why),
            errors: Vec::new(),
        }
    }

    fn as_left_out(&self) -> Option<LeftOut> {
        let (reason, message) = self.left_out.clone()?;
        Some(LeftOut {
            path: self.path.clone(),
            reason: reason.into(),
            message,
        })
    }

    fn as_with_errors(&self) -> Option<WithErrors> {
        (self.left_out.is_none() && !self.errors.is_empty()).then(|| WithErrors {
            path: self.path.clone(),
            errors: self.errors.clone(),
        })
    }
}

impl From<Reason> for LeftOutReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unreadable => LeftOutReason::Unreadable,
            Reason::Refused => LeftOutReason::Refused,
            Reason::UnclearVat => LeftOutReason::UnclearVat,
            Reason::UnknownCurrency => LeftOutReason::UnknownCurrency,
            Reason::Duplicate => LeftOutReason::Duplicate,
            Reason::Contradiction => LeftOutReason::Contradiction,
            Reason::TooLarge => LeftOutReason::TooLarge,
        }
    }
}

impl From<Row> for VatRow {
    fn from(row: Row) -> Self {
        VatRow {
            currency: row.currency,
            category: row.category,
            rate: row.rate,
            documents: row.documents,
            taxable: row.taxable,
            vat: row.vat,
            total: row.total,
        }
    }
}

/// A document's rows are all in its one currency.
fn totals(share: &Share) -> Option<[Money; 3]> {
    let (code, ..) = share.rows.keys().next()?;
    let currency = Currency::new(code).ok()?;
    let add = |pick: fn(&guildhall_vat::Sum) -> i64| {
        share
            .rows
            .values()
            .try_fold(0_i64, |sum, row| sum.checked_add(pick(row)))
    };
    let (taxable, vat) = (add(|row| row.taxable)?, add(|row| row.vat)?);
    let total = taxable.checked_add(vat)?;
    Some([taxable, vat, total].map(|minor| Money::of(minor, currency)))
}
