//! Which documents of the folder are in the figures, and why the others are not.

use guildhall_invoice::{DateField, Document, Severity, check};
use guildhall_sdk::{Currency, Money};
use guildhall_vat::{NotSummed, Reason, Seen, Share, Twice, share};

use crate::bindings::{Counted, Direction, Documents, LeftOut, LeftOutReason};
use crate::question::Asked;

/// A document of the period that can be summed.
pub struct Fit<'d> {
    /// The document.
    pub document: &'d Document,
    /// Sale or purchase.
    pub direction: Direction,
    /// What it adds.
    pub share: &'d Share,
    /// Whether the VAT of a purchase is reclaimed.
    pub reclaimed: bool,
}

/// Why a document is not in the figures, with the sentence.
pub type Out = (LeftOutReason, String);

/// All files of a folder, while they are read.
pub struct Collection<'a> {
    asked: &'a Asked,
    seen: Seen,
    /// Documents.
    pub documents: Documents,
    /// Documents of the period that nobody has decided about.
    pub open: usize,
}

impl<'a> Collection<'a> {
    /// None yet.
    pub fn new(asked: &'a Asked) -> Self {
        Collection {
            asked,
            seen: Seen::default(),
            documents: Documents {
                counted: Vec::new(),
                left_out: Vec::new(),
                other_period: 0,
            },
            open: 0,
        }
    }

    /// Takes in one file. `add` puts it into the figures, or says why it cannot.
    pub fn take(
        &mut self,
        path: String,
        document: Result<Document, NotSummed>,
        add: impl FnOnce(Fit<'_>) -> Result<(), Out>,
    ) {
        if self.asked.excluded.contains(&path) {
            let message = "You excluded it from this return.".to_owned();
            self.leave_out(path, (LeftOutReason::Excluded, message));
            return;
        }
        let taken = document
            .map_err(from_share)
            .and_then(|document| self.document(&path, &document, add));
        match taken {
            Ok(Some(counted)) => self.documents.counted.push(counted),
            Ok(None) => self.documents.other_period += 1,
            Err(out) => self.leave_out(path, out),
        }
    }

    fn leave_out(&mut self, path: String, (reason, message): Out) {
        // The same document twice is one document, and what you excluded you know.
        if !matches!(reason, LeftOutReason::Duplicate | LeftOutReason::Excluded) {
            self.open += 1;
        }
        self.documents.left_out.push(LeftOut {
            path,
            reason,
            message,
        });
    }

    /// None for a document of another period.
    fn document(
        &mut self,
        path: &str,
        document: &Document,
        add: impl FnOnce(Fit<'_>) -> Result<(), Out>,
    ) -> Result<Option<Counted>, Out> {
        let day = day(document)?;
        if !self.asked.in_period(&day) {
            return Ok(None);
        }
        let direction = self.direction(document)?;
        let wrong = check(document)
            .into_iter()
            .find(|finding| finding.severity == Severity::Error);
        if let Some(finding) = wrong {
            return Err((
                LeftOutReason::Wrong,
                format!(
                    "{}: {} Ask the seller for a corrected one, or exclude it.",
                    finding.place, finding.message
                ),
            ));
        }
        let share = share(document).map_err(from_share)?;
        match self.seen.find(document, &share) {
            Some(Twice::Same(first)) => {
                let message =
                    format!("It is the same document as {first}, which is in the figures.");
                return Err((LeftOutReason::Duplicate, message));
            }
            Some(Twice::Other(first)) => {
                let message = format!(
                    "It has the seller and number of {first}, but is another document: find out which one holds and exclude the other."
                );
                return Err((LeftOutReason::Contradiction, message));
            }
            None => {}
        }
        let (net, vat) = totals(&share)?;
        add(Fit {
            document,
            direction,
            share: &share,
            reclaimed: !self.asked.not_reclaimed.iter().any(|known| known == path),
        })?;
        self.seen.keep(path, document, &share);
        Ok(Some(Counted {
            path: path.to_owned(),
            direction,
            number: document.number.clone().unwrap_or_default(),
            date: day,
            net,
            vat,
        }))
    }

    fn direction(&self, document: &Document) -> Result<Direction, Out> {
        let own = |id: Option<&String>| id.is_some_and(|id| self.asked.is_own(id));
        let sells = own(document.seller.vat_id.as_ref());
        let buys = own(document.buyer.vat_id.as_ref());
        let message = match (sells, buys) {
            (true, false) => return Ok(Direction::Sale),
            (false, true) => return Ok(Direction::Purchase),
            (false, false) => {
                "Neither its seller nor its buyer has one of your VAT identifiers: put it elsewhere, or exclude it."
            }
            (true, true) => {
                "Both its seller and its buyer are you: exclude it, or enter it yourself."
            }
        };
        Err((LeftOutReason::NotYours, message.to_owned()))
    }
}

/// The day that puts a document into a period. A day that cannot be read does not.
fn day(document: &Document) -> Result<String, Out> {
    let value = |field: &Option<DateField>| field.as_ref().map(|field| field.value);
    let found = value(&document.tax_point_date).or_else(|| value(&document.issue_date));
    found.flatten().map(|day| day.to_string()).ok_or_else(|| {
        let message = "It has no day of issue (BT-2) that can be read, so its period is not known: exclude it, or ask the seller for a corrected one.";
        (LeftOutReason::NoDate, message.to_owned())
    })
}

fn totals(share: &Share) -> Result<(Money, Money), Out> {
    let (mut taxable, mut vat) = (Some(0_i64), Some(0_i64));
    for row in share.rows.values() {
        taxable = taxable.and_then(|sum| sum.checked_add(row.taxable));
        vat = vat.and_then(|sum| sum.checked_add(row.vat));
    }
    let currency = share
        .rows
        .keys()
        .next()
        .and_then(|(code, ..)| Currency::new(code).ok());
    match (taxable, vat, currency) {
        (Some(taxable), Some(vat), Some(currency)) => {
            Ok((Money::of(taxable, currency), Money::of(vat, currency)))
        }
        _ => Err(too_large()),
    }
}

/// What is said where sums do not fit.
pub fn too_large() -> Out {
    let message = "The sums would become too large to be exact: exclude it and enter it yourself.";
    (LeftOutReason::TooLarge, message.to_owned())
}

/// Why the library could not sum it.
pub fn from_share((reason, message): NotSummed) -> Out {
    let reason = match reason {
        Reason::Unreadable => LeftOutReason::Unreadable,
        Reason::Refused => LeftOutReason::Refused,
        Reason::UnclearVat => LeftOutReason::UnclearVat,
        Reason::UnknownCurrency => LeftOutReason::Currency,
        Reason::Duplicate => LeftOutReason::Duplicate,
        Reason::Contradiction => LeftOutReason::Contradiction,
        Reason::TooLarge => LeftOutReason::TooLarge,
    };
    (reason, message)
}
