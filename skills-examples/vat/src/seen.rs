//! Documents that are in the sums, so that none is summed twice.

use std::collections::BTreeMap;

use guildhall_invoice::Document;

use crate::folder::keys;
use crate::sums::Share;

/// Documents by what makes two files one.
#[derive(Default)]
pub struct Seen {
    documents: BTreeMap<(&'static str, String, String), Vec<Known>>,
}

/// A document that was seen before under kind, seller and number, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twice {
    /// It is the same document.
    Same(String),
    /// It is another one: it adds something else, or has other parties or another day of issue.
    Other(String),
}

#[derive(Clone)]
struct Known {
    path: String,
    year: Option<i32>,
    told: Told,
}

/// What two files of one document have in common: what it adds, who sells and buys, and the day of issue.
type Told = (Share, [Option<String>; 3]);

impl Seen {
    /// Whether a document was seen before. Sellers may count anew each year, so one of another year is a document of its own.
    pub fn find(&self, document: &Document, share: &Share) -> Option<Twice> {
        let (year, told) = told(document, share);
        let of_keys = keys(document);
        let mut known = of_keys
            .iter()
            .filter_map(|key| self.documents.get(key))
            .flatten()
            .filter(|known| year.is_none() || known.year.is_none() || known.year == year)
            .peekable();
        let first = known.peek()?.path.clone();
        match known.find(|known| known.told == told) {
            Some(same) => Some(Twice::Same(same.path.clone())),
            None => Some(Twice::Other(first)),
        }
    }

    /// Keeps a document that is in the sums now.
    pub fn keep(&mut self, path: &str, document: &Document, share: &Share) {
        let (year, told) = told(document, share);
        let known = Known {
            path: path.to_owned(),
            year,
            told,
        };
        for key in keys(document) {
            self.documents.entry(key).or_default().push(known.clone());
        }
    }
}

fn told(document: &Document, share: &Share) -> (Option<i32>, Told) {
    let issued = document.issue_date.as_ref();
    let parties = [&document.seller.vat_id, &document.buyer.vat_id];
    let [seller, buyer] = parties.map(Clone::clone);
    let day = issued.map(|day| day.raw.clone());
    let year = issued.and_then(|day| day.value).map(|day| day.year());
    (year, (share.clone(), [seller, buyer, day]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::share;

    const TEXT: &str = include_str!("../../invoices/de-01-two-rates.xml");

    /// The document with its day of issue, and what it adds.
    fn issued(text: &str, day: &str) -> (Document, Share) {
        let text = text.replace("IssueDate>2026-09-03<", &format!("IssueDate>{day}<"));
        let document = guildhall_invoice::read(text.as_bytes()).unwrap();
        let share = share(&document).unwrap();
        (document, share)
    }

    #[test]
    fn a_copy_is_the_same_and_another_day_another_document_but_another_year_one_of_its_own() {
        let mut seen = Seen::default();
        let find = |seen: &Seen, text: &str, day: &str| {
            let (document, share) = issued(text, day);
            seen.find(&document, &share)
        };
        assert_eq!(find(&seen, TEXT, "2026-09-03"), None);
        let (document, share) = issued(TEXT, "2026-09-03");
        seen.keep("a", &document, &share);
        let same = Some(Twice::Same("a".to_owned()));
        let other = Some(Twice::Other("a".to_owned()));
        assert_eq!(find(&seen, TEXT, "2026-09-03"), same);
        let spelled = TEXT.replace("NB-2026-0117", "nb 2026/0117");
        assert_eq!(find(&seen, &spelled, "2026-09-03"), same);
        assert_eq!(find(&seen, TEXT, "2026-09-04"), other);
        assert_eq!(find(&seen, TEXT, "2025-09-03"), None);
        assert_eq!(find(&seen, TEXT, "yesterday"), other, "no year is known");
        let number = TEXT.replace("NB-2026-0117", "NB-2026-0118");
        assert_eq!(find(&seen, &number, "2026-09-03"), None);
    }
}
