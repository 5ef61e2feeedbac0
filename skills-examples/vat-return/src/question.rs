//! What is asked, checked.

use guildhall_sdk::Date;
use guildhall_ubl::Exact;

use crate::bindings::{Question, ReturnError};

/// Identifiers, paths and the like that are compared at most.
const MAX_LISTED: usize = 5_000;

/// A question that can be answered.
#[derive(Debug)]
pub struct Asked {
    /// Folder.
    pub folder: String,
    own: Vec<String>,
    start: String,
    end: String,
    /// Paths that are excluded.
    pub excluded: Vec<String>,
    /// Paths whose VAT is not reclaimed.
    pub not_reclaimed: Vec<String>,
    /// Rate owed on reverse charge.
    pub reverse_charge: Option<Exact>,
    /// Rate owed on goods from the EU.
    pub acquisition: Option<Exact>,
}

impl Asked {
    /// Checks a question.
    pub fn new(question: Question) -> Result<Self, ReturnError> {
        let invalid = |message: String| Err(ReturnError::Invalid(message));
        let day = |name: &str, text: &str| {
            text.trim().parse::<Date>().map_err(|_| {
                ReturnError::Invalid(format!(
                    "The {name} day of the period is no day: write it as YYYY-MM-DD."
                ))
            })
        };
        let (start, end) = (day("first", &question.start)?, day("last", &question.end)?);
        if end < start {
            return invalid(
                "The last day of the period lies before its first day: exchange them.".to_owned(),
            );
        }
        let own: Vec<_> = question
            .own_vat_ids
            .iter()
            .map(|id| normalised(id))
            .collect();
        if own.is_empty() || own.iter().any(|id| !is_vat_id(id)) {
            return invalid(
                "Give your own VAT identifiers with their country in front, for example GB123456789: they tell sales from purchases.".to_owned(),
            );
        }
        if [
            &question.excluded,
            &question.not_reclaimed,
            &question.own_vat_ids,
        ]
        .iter()
        .any(|list| list.len() > MAX_LISTED)
        {
            return invalid(format!(
                "More than {MAX_LISTED} paths are listed: pass a smaller folder."
            ));
        }
        Ok(Asked {
            folder: question.folder,
            own,
            start: start.to_string(),
            end: end.to_string(),
            excluded: question.excluded,
            not_reclaimed: question.not_reclaimed,
            reverse_charge: rate("reverse-charge", question.reverse_charge_rate)?,
            acquisition: rate("acquisition", question.acquisition_rate)?,
        })
    }

    /// Whether a day, written `YYYY-MM-DD`, is of the period.
    pub fn in_period(&self, day: &str) -> bool {
        // Written so, days sort as text.
        self.start.as_str() <= day && day <= self.end.as_str()
    }

    /// Whether the period is over on a day, written `YYYY-MM-DD`.
    pub fn is_over(&self, today: &str) -> bool {
        self.end.as_str() < today
    }

    /// Whether a VAT identifier is yours.
    pub fn is_own(&self, id: &str) -> bool {
        self.own.contains(&normalised(id))
    }

    /// Whether you are registered in the United Kingdom, and whether in Northern Ireland.
    pub fn united_kingdom(&self) -> (bool, bool) {
        let northern = self.own.iter().any(|id| id.starts_with("XI"));
        (self.own.iter().all(|id| is_uk(id)), northern)
    }
}

/// Whether a VAT identifier is of the United Kingdom.
pub fn is_uk(id: &str) -> bool {
    let id = normalised(id);
    id.starts_with("GB") || id.starts_with("XI")
}

fn normalised(id: &str) -> String {
    id.chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}

fn is_vat_id(id: &str) -> bool {
    let mut characters = id.chars();
    let letters = characters
        .by_ref()
        .take(2)
        .filter(char::is_ascii_uppercase)
        .count();
    letters == 2 && id.len() >= 4 && id.len() <= 20 && characters.all(|c| c.is_ascii_alphanumeric())
}

fn rate(name: &str, text: Option<String>) -> Result<Option<Exact>, ReturnError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let rate = Exact::parse(&text)
        .filter(|rate| !rate.is_negative() && rate.units() <= 100 * 10_i128.pow(rate.places()));
    match rate {
        Some(rate) => Ok(Some(rate)),
        None => Err(ReturnError::Invalid(format!(
            "The {name} rate is no percentage: write a number from 0 to 100, for example 20."
        ))),
    }
}
