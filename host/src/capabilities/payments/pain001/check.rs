//! From a batch to what is written, word for word.

use super::amount::{Sum, Unit, decimal};
use super::batch::{Batch, CreditOrder, Debtor};
use super::error::{IbanFault, OrderFault, Pain001Error};
use super::text::{clean, id, optional_id};
use super::{MAX_ID, MAX_ORDERS, NOT_PROVIDED};
use guildhall_package::text::plain;
use iban::{Iban, IbanLike, ParseBaseIbanError, ParseIbanError};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashMap};

/// Most characters of a name that SEPA carries.
const SEPA_NAME: usize = 70;
/// Most characters of a name that the message carries.
const NAME: usize = 140;
/// Most characters of a remittance text.
const REMITTANCE: usize = 140;
/// The message type is younger; an earlier day is a mistake. Years above 9999 do not exist in `jiff`.
const FIRST_YEAR: i16 = 2000;

/// A batch that can be written.
pub struct Checked<'a> {
    /// Message id.
    pub message_id: &'a str,
    /// Time of making, UTC.
    pub created: String,
    /// Who hands in.
    pub initiator: String,
    /// Number of orders.
    pub count: usize,
    /// All amounts added up, whatever their currency.
    pub sum: String,
    /// The paying account.
    pub debtor_iban: Iban,
    /// The paying bank.
    pub debtor_bic: Option<&'a str>,
    /// By requested day and currency.
    pub blocks: Vec<Block<'a>>,
}

/// The orders of one day and currency.
pub struct Block<'a> {
    /// Its own id.
    pub id: String,
    /// All amounts added up.
    pub sum: String,
    /// Whether the SEPA scheme carries it.
    pub sepa: bool,
    /// Requested day.
    pub requested: String,
    /// Who pays, as long as this scheme carries it.
    pub debtor_name: String,
    /// Its orders: at least one.
    pub transfers: Vec<Transfer<'a>>,
}

/// One order.
pub struct Transfer<'a> {
    /// End-to-end id, or the word for none.
    pub end_to_end_id: &'a str,
    /// Currency.
    pub currency: &'static str,
    /// Amount.
    pub amount: String,
    /// Who is paid.
    pub creditor_name: String,
    /// The account that is paid.
    pub creditor_iban: Iban,
    /// What the payee reads; may be empty.
    pub remittance: String,
}

/// The orders of a day and currency while they are added up.
#[derive(Default)]
struct Draft<'a> {
    sum: Sum,
    sepa: bool,
    transfers: Vec<Transfer<'a>>,
}

/// Checks everything and brings it into the form in which it is written.
///
/// # Errors
/// The first fault found.
pub fn checked(batch: &Batch) -> Result<Checked<'_>, Pain001Error> {
    match batch.orders.len() {
        0 => return Err(Pain001Error::NoOrders),
        count if count > MAX_ORDERS => return Err(Pain001Error::TooManyOrders(count)),
        _ => {}
    }
    let message_id = id(&batch.message_id).map_err(Pain001Error::MessageId)?;
    let created = TimeZone::UTC.to_datetime(batch.created);
    if created.year() < FIRST_YEAR {
        return Err(Pain001Error::Created(created.year()));
    }
    let initiator = named(&batch.initiator, SEPA_NAME).map_err(Pain001Error::InitiatorName)?;
    named(&batch.debtor.name, SEPA_NAME).map_err(Pain001Error::DebtorName)?;
    let debtor_iban = account(&batch.debtor.iban).map_err(Pain001Error::DebtorIban)?;
    let debtor_bic = bank(&batch.debtor)?;
    let (sum, drafts) = drafts(&batch.orders)?;
    let blocks = (1_usize..)
        .zip(drafts)
        .map(|(number, ((requested, _), draft))| {
            Ok(Block {
                id: block_id(message_id, number),
                sum: draft.sum.written().ok_or(Pain001Error::Sum)?,
                sepa: draft.sepa,
                requested: requested.to_string(),
                debtor_name: clean(&batch.debtor.name, name_limit(draft.sepa)),
                transfers: draft.transfers,
            })
        })
        .collect::<Result<_, Pain001Error>>()?;
    Ok(Checked {
        message_id,
        created: created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        initiator,
        count: batch.orders.len(),
        sum: sum.written().ok_or(Pain001Error::Sum)?,
        debtor_iban,
        debtor_bic,
        blocks,
    })
}

type Drafts<'a> = BTreeMap<(Date, &'static str), Draft<'a>>;

fn drafts(orders: &[CreditOrder]) -> Result<(Sum, Drafts<'_>), Pain001Error> {
    let mut total = Sum::default();
    let mut drafts = Drafts::new();
    let mut seen = HashMap::new();
    for (position, order) in (1_usize..).zip(orders) {
        let at = |fault| Pain001Error::Order {
            position,
            end_to_end_id: plain(&order.end_to_end_id, MAX_ID),
            fault,
        };
        let end_to_end_id =
            optional_id(&order.end_to_end_id).map_err(|fault| at(OrderFault::EndToEndId(fault)))?;
        if end_to_end_id != NOT_PROVIDED
            && let Some(earlier) = seen.insert(end_to_end_id, position)
        {
            return Err(at(OrderFault::DuplicateId(earlier)));
        }
        let (unit, units, transfer) = transfer(order, end_to_end_id).map_err(at)?;
        total = total.plus(units, unit.exponent).ok_or(Pain001Error::Sum)?;
        let draft = drafts.entry((order.requested, unit.code)).or_default();
        draft.sum = draft
            .sum
            .plus(units, unit.exponent)
            .ok_or(Pain001Error::Sum)?;
        draft.sepa = unit.is_sepa();
        draft.transfers.push(transfer);
    }
    Ok((total, drafts))
}

fn transfer<'a>(
    order: &CreditOrder,
    end_to_end_id: &'a str,
) -> Result<(Unit, u128, Transfer<'a>), OrderFault> {
    let unit = Unit::find(&order.currency).map_err(OrderFault::Currency)?;
    let units = unit.payable(order.minor)?;
    if order.requested.year() < FIRST_YEAR {
        return Err(OrderFault::Requested(order.requested.year()));
    }
    let transfer = Transfer {
        end_to_end_id,
        currency: unit.code,
        amount: decimal(units, unit.exponent),
        creditor_name: named(&order.creditor_name, name_limit(unit.is_sepa()))
            .map_err(OrderFault::CreditorName)?,
        creditor_iban: account(&order.creditor_iban).map_err(OrderFault::CreditorIban)?,
        remittance: clean(&order.remittance, REMITTANCE),
    };
    Ok((unit, units, transfer))
}

const fn name_limit(sepa: bool) -> usize {
    if sepa { SEPA_NAME } else { NAME }
}

/// A name that says something; otherwise what was given, to be shown.
fn named(name: &str, max: usize) -> Result<String, String> {
    let cleaned = clean(name, max);
    if cleaned.is_empty() {
        Err(plain(name, 40))
    } else {
        Ok(cleaned)
    }
}

fn account(text: &str) -> Result<Iban, IbanFault> {
    text.parse().map_err(|fault| {
        let shown = plain(text, 42);
        match fault {
            ParseIbanError::InvalidBaseIban {
                source: ParseBaseIbanError::InvalidFormat,
            } => IbanFault::Form(shown),
            ParseIbanError::InvalidBaseIban {
                source: ParseBaseIbanError::InvalidChecksum,
            } => IbanFault::CheckDigits(shown),
            ParseIbanError::InvalidBban(_) => IbanFault::CountryForm(shown),
            ParseIbanError::UnknownCountry(_) => IbanFault::UnknownCountry(shown),
        }
    })
}

fn bank(debtor: &Debtor) -> Result<Option<&str>, Pain001Error> {
    let Some(bic) = debtor.bic.as_deref() else {
        return Ok(None);
    };
    let alphanumeric = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    let country = bic.as_bytes().get(4..6);
    let is_bic = matches!(bic.len(), 8 | 11)
        && bic.bytes().all(alphanumeric)
        && country.is_some_and(|country| country.iter().all(u8::is_ascii_uppercase));
    if is_bic {
        Ok(Some(bic))
    } else {
        Err(Pain001Error::DebtorBic(plain(bic, 24)))
    }
}

/// An id for a block: the message's id and a number.
///
/// Of a message id that is too long for both, the end is kept: that is where ids differ.
fn block_id(message_id: &str, number: usize) -> String {
    let number = format!("-{number}");
    let cut = (message_id.len() + number.len()).saturating_sub(MAX_ID);
    let kept = message_id.get(cut..).unwrap_or(message_id);
    format!("{}{number}", kept.trim_start_matches(['/', ' ']))
}

impl Checked<'_> {
    /// The paying account as it is written.
    pub fn debtor_account(&self) -> &str {
        self.debtor_iban.electronic_str()
    }
}

impl Transfer<'_> {
    /// The account that is paid as it is written.
    pub fn creditor_account(&self) -> &str {
        self.creditor_iban.electronic_str()
    }
}
