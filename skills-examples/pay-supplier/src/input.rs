//! What the run is asked for, checked before anything is read.

use guildhall_invoice::{number_key, party_key};
use guildhall_payables::{MAX_DAYS, Payable, Percent, Terms};
use guildhall_sdk::text::line;
use guildhall_sdk::{Date, context};

use crate::bindings::{Contact, DiscountTerms};

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
    terms: Terms,
}

impl Input {
    /// Checks the input of the operation, or says in a sentence what is wrong with it.
    pub fn read(
        advice: &str,
        requested: Option<String>,
        contacts: Option<Vec<Contact>>,
        discounts: Option<Vec<DiscountTerms>>,
        again: Option<Vec<String>>,
    ) -> Result<Self, String> {
        let today = context::today();
        let mut contacts = contacts.unwrap_or_default();
        for contact in &mut contacts {
            contact.payee = identifier("A contact's `payee`", &contact.payee)?;
        }
        let discounts = discounts.unwrap_or_default().into_iter();
        Ok(Input {
            advice: advice.trim_end_matches('/').to_owned(),
            today,
            requested: requested.map(|text| day(&text, today)).transpose()?,
            due_within: due_within()?,
            again: again.unwrap_or_default(),
            contacts,
            discounts: discounts.map(Override::read).collect::<Result<_, _>>()?,
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

    /// Terms that hold instead of the document's: those for the document before those for the seller.
    pub fn terms(&self, payable: &Payable) -> Option<&Terms> {
        let mut fitting = self.discounts.iter().filter(|each| each.is_for(payable));
        let of_document = fitting.clone().find(|each| each.document.is_some());
        of_document
            .or_else(|| fitting.next())
            .map(|each| &each.terms)
    }
}

impl Override {
    fn read(given: DiscountTerms) -> Result<Self, String> {
        let percent = given
            .percent
            .parse::<Percent>()
            .map_err(|error| format!("The discount `{}` is {error}.", line(&given.percent, 20)))?;
        if given.days > MAX_DAYS {
            return Err(format!(
                "A discount of {} days is none: at most {MAX_DAYS} days are taken.",
                given.days
            ));
        }
        if given.seller.is_none() && given.document.is_none() {
            return Err("A discount names a `seller`, a `document`, or both: one for every invoice would underpay somebody.".to_owned());
        }
        let seller = given
            .seller
            .map(|id| identifier("A discount's `seller`", &id));
        let document = given.document.map(|number| {
            number_key(&number).ok_or(
                "A discount's `document` is empty: write the number of the invoice.".to_owned(),
            )
        });
        Ok(Override {
            seller: seller.transpose()?,
            document: document.transpose()?,
            terms: Terms {
                percent,
                days: given.days,
                base: None,
            },
        })
    }

    fn is_for(&self, payable: &Payable) -> bool {
        let is_seller =
            |seller| payable.sellers.contains(seller) || payable.accounts.contains(seller);
        let is_document = |number: &String| *number == payable.number_key;
        self.seller.as_ref().is_none_or(is_seller) && self.document.as_ref().is_none_or(is_document)
    }
}

fn day(text: &str, today: Date) -> Result<Date, String> {
    let day: Date = text.parse().map_err(|_| {
        format!(
            "The requested date `{}` is no existing day: write YYYY-MM-DD.",
            line(text, 20)
        )
    })?;
    match day.days_since(today) {
        ..0 => Err(format!(
            "The requested date {day} is over: today is {today}."
        )),
        0..=MAX_DAYS_AHEAD => Ok(day),
        _ => Err(format!(
            "The requested date {day} is more than {MAX_DAYS_AHEAD} days from today ({today})."
        )),
    }
}

fn due_within() -> Result<i64, String> {
    let Some(setting) = context::setting("due-within-days") else {
        return Ok(DEFAULT_DUE_WITHIN_DAYS);
    };
    setting.parse::<u16>().map(i64::from).map_err(|_| {
        format!(
            "The setting `due-within-days` is `{}`: set it to a number of days, for example 30.",
            line(&setting, 20)
        )
    })
}

fn identifier(what: &str, id: &str) -> Result<String, String> {
    match party_key(id) {
        key if key.is_empty() => Err(format!(
            "{what} is empty: write the seller's VAT identifier, its registration, or the account."
        )),
        key => Ok(key),
    }
}
