//! From a wallet's bank file to the bytes that a bank reads.

use super::RailOrder;
use super::pain001::{Batch, CreditOrder, Debtor, Pain001Error, write};
use crate::wallet::BankFile;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The file as ISO 20022 pain.001: the same file gives the same bytes.
pub(crate) fn bank_file_bytes(file: &BankFile) -> Result<Vec<u8>, Pain001Error> {
    let created = Timestamp::from_millisecond(file.created_at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = TimeZoneDatabase::bundled()
        .get(&file.zone)
        .unwrap_or(TimeZone::UTC);
    let today = created.to_zoned(zone).date();
    let orders = file
        .orders
        .iter()
        .map(|order| CreditOrder {
            end_to_end_id: order.id.clone(),
            creditor_name: order.payee_name.clone(),
            creditor_iban: order.iban.clone(),
            minor: order.amount.minor,
            currency: order.amount.currency.code().to_owned(),
            requested: execution(order.requested_date.as_deref(), today),
            remittance: order.document.clone(),
        })
        .collect();
    write(&Batch {
        message_id: file.id.clone(),
        created,
        initiator: file.holder.clone(),
        debtor: Debtor {
            name: file.holder.clone(),
            iban: file.iban.clone(),
            bic: file.bic.clone(),
        },
        orders,
    })
}

/// A day on which a file may be made; which one makes no difference. 2026-01-01.
const PROBE: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Whether an order could be in a file: it is written into one by itself.
pub(super) fn check_order(order: &RailOrder) -> Result<(), Pain001Error> {
    let today = PROBE.to_zoned(TimeZone::UTC).date();
    let requested = order.requested_date.as_deref();
    write(&Batch {
        message_id: "CHECK".to_owned(),
        created: PROBE,
        initiator: "Payer".to_owned(),
        // The payee's own account stands for the payer's, which was checked when it was opened.
        debtor: Debtor {
            name: "Payer".to_owned(),
            iban: order.account.clone(),
            bic: None,
        },
        orders: vec![CreditOrder {
            end_to_end_id: "CHECK".to_owned(),
            creditor_name: order.payee_name.clone(),
            creditor_iban: order.account.clone(),
            minor: order.amount.minor,
            currency: order.amount.currency.code().to_owned(),
            requested: execution(requested, today),
            remittance: order.document.clone(),
        }],
    })
    .map(drop)
}

/// The requested day, or the day of the file where none was given or it has passed while the order waited.
fn execution(requested: Option<&str>, today: Date) -> Date {
    requested
        .and_then(|text| text.parse::<Date>().ok())
        .map_or(today, |date| date.max(today))
}
