//! From a wallet's bank file to the bytes that a bank reads.

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

/// The requested day, or the day of the file where none was given or it has passed while the order waited.
fn execution(requested: Option<&str>, today: Date) -> Date {
    requested
        .and_then(|text| text.parse::<Date>().ok())
        .map_or(today, |date| date.max(today))
}
