//! What the run is asked for, checked before anything is read.

use guildhall_sdk::{Date, context};

use crate::bindings::{Contact, DiscountTerms, PayError};
use crate::claim::Claim;
use crate::terms::{MAX_DAYS, Terms};
use crate::text;

/// Days after the payment beyond which an invoice is left for a later run, where the setting is not set.
const DEFAULT_DUE_WITHIN_DAYS: i64 = 30;
/// The furthest day that an order may name.
const MAX_DAYS_AHEAD: i64 = 366;

/// The checked input.
pub struct Input {
    /// Folder that advices are written to, without a slash at the end.
    pub advice: String,
    /// Today, by the host's clock.
    pub today: Date,
    /// Day of payment as it was asked for.
    pub requested: Option<Date>,
    /// Days after [`Input::day`] beyond which an invoice is due too late.
    pub due_within: i64,
    /// Documents that are ordered again.
    pub again: Vec<String>,
    contacts: Vec<Contact>,
    discounts: Vec<Override>,
}

/// Discount terms that hold instead of the document's.
struct Override {
    seller: Option<String>,
    document: Option<String>,
    percent: u32,
    days: u32,
}

impl Input {
    /// Checks the input of the operation.
    pub fn read(
        advice: &str,
        requested: Option<String>,
        contacts: Option<Vec<Contact>>,
        discounts: Option<Vec<DiscountTerms>>,
        again: Option<Vec<String>>,
    ) -> Result<Self, PayError> {
        let today = context::today();
        let requested = requested.map(|text| day(&text, today)).transpose()?;
        let mut checked = Vec::new();
        for mut contact in contacts.unwrap_or_default() {
            contact.payee = identifier("A contact's `payee`", &contact.payee)?;
            checked.push(contact);
        }
        Ok(Input {
            advice: advice.trim_end_matches('/').to_owned(),
            today,
            requested,
            due_within: due_within()?,
            again: again.unwrap_or_default(),
            contacts: checked,
            discounts: discounts
                .unwrap_or_default()
                .into_iter()
                .map(Override::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The day of payment: as requested, otherwise today.
    pub fn day(&self) -> Date {
        self.requested.unwrap_or(self.today)
    }

    /// The contact of a payee, by its account or an identifier of the seller.
    pub fn contact(&self, sellers: &[String], account: &str) -> Option<&Contact> {
        let is_payee =
            |contact: &&Contact| contact.payee == account || sellers.contains(&contact.payee);
        self.contacts.iter().find(is_payee)
    }

    /// Terms that hold instead of the document's: those for the document before those for the seller. A discount of zero percent
    /// is none.
    pub fn terms(&self, claim: &Claim) -> Option<Vec<Terms>> {
        let of_document = self.discounts.iter().filter(|each| each.document.is_some());
        let of_seller = self.discounts.iter().filter(|each| each.document.is_none());
        let terms = of_document
            .chain(of_seller)
            .find(|each| each.is_for(claim))?;
        let discount = Terms {
            percent: terms.percent,
            days: terms.days,
            base: None,
        };
        Some(
            Some(discount)
                .filter(|terms| terms.percent > 0)
                .into_iter()
                .collect(),
        )
    }
}

impl Override {
    fn read(terms: DiscountTerms) -> Result<Self, PayError> {
        let percent = text::percent(&terms.percent).ok_or_else(|| {
            invalid(format!(
                "The discount `{}` is no percentage: write 2 or 2.50, below 100.",
                text::line(&terms.percent, 20)
            ))
        })?;
        if terms.days > MAX_DAYS {
            return Err(invalid(format!(
                "A discount of {} days is none: at most {MAX_DAYS} days are taken.",
                terms.days
            )));
        }
        if terms.seller.is_none() && terms.document.is_none() {
            return Err(invalid(
                "A discount names a `seller`, a `document`, or both: one for every invoice would underpay somebody.".to_owned(),
            ));
        }
        let seller = terms
            .seller
            .map(|id| identifier("A discount's `seller`", &id));
        let document = terms
            .document
            .map(|number| match text::number_key(&number) {
                key if key.is_empty() => Err(invalid(
                    "A discount's `document` is empty: write the number of the invoice.".to_owned(),
                )),
                key => Ok(key),
            });
        Ok(Override {
            seller: seller.transpose()?,
            document: document.transpose()?,
            percent,
            days: terms.days,
        })
    }

    fn is_for(&self, claim: &Claim) -> bool {
        let document = self
            .document
            .as_ref()
            .is_none_or(|number| *number == claim.number_key);
        let seller = self
            .seller
            .as_ref()
            .is_none_or(|seller| claim.sellers.contains(seller) || claim.accounts.contains(seller));
        document && seller
    }
}

fn day(text: &str, today: Date) -> Result<Date, PayError> {
    let day: Date = text.parse().map_err(|_| {
        invalid(format!(
            "The requested date `{}` is no existing day: write YYYY-MM-DD.",
            text::line(text, 20)
        ))
    })?;
    if day < today {
        return Err(invalid(format!(
            "The requested date {day} is over: today is {today}."
        )));
    }
    if day.days_since(today) > MAX_DAYS_AHEAD {
        return Err(invalid(format!(
            "The requested date {day} is more than {MAX_DAYS_AHEAD} days from today ({today})."
        )));
    }
    Ok(day)
}

fn due_within() -> Result<i64, PayError> {
    let Some(setting) = context::setting("due-within-days") else {
        return Ok(DEFAULT_DUE_WITHIN_DAYS);
    };
    setting.parse::<u16>().map(i64::from).map_err(|_| {
        invalid(format!(
            "The setting `due-within-days` is `{}`: set it to a number of days, for example 30.",
            text::line(&setting, 20)
        ))
    })
}

fn identifier(what: &str, id: &str) -> Result<String, PayError> {
    match text::key(id) {
        key if key.is_empty() => Err(invalid(format!(
            "{what} is empty: write the seller's VAT identifier, its registration, or the account."
        ))),
        key => Ok(key),
    }
}

fn invalid(message: String) -> PayError {
    PayError::InvalidInput(message)
}
