//! What a run asks of its host, as a trait, so that tests can answer with every kind of refusal.

use guildhall_sdk::messages::Message;
use guildhall_sdk::payments::{Account, Order};
use guildhall_sdk::types::Effect;
use guildhall_sdk::{Date, Money, Refusal, files};

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// IBAN of the payee.
    pub account: String,
    /// Name of the payee, as the invoice claims.
    pub payee: String,
    /// What is paid.
    pub amount: Money,
    /// Number of the invoice.
    pub document: String,
    /// Day of execution; none for as soon as possible.
    pub day: Option<Date>,
    /// Why, in one line.
    pub reason: String,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Channel.
    pub channel: String,
    /// Address in that channel.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Path of the file that goes with it.
    pub attachment: String,
    /// Payments that must be done before it is sent.
    pub after: Vec<Effect>,
}

/// Stages effects.
pub trait Desk {
    /// Stages a payment.
    fn pay(&mut self, transfer: &Transfer) -> Result<Effect, Refusal>;
    /// Stages a file.
    fn write(&mut self, path: &str, text: &str) -> Result<Effect, Refusal>;
    /// Stages a message.
    fn send(&mut self, notice: &Notice) -> Result<Effect, Refusal>;
}

/// The host itself.
pub struct Host;

impl Desk for Host {
    fn pay(&mut self, transfer: &Transfer) -> Result<Effect, Refusal> {
        let order = Order::new(
            Account::iban(&transfer.account),
            transfer.amount.clone(),
            &transfer.document,
        )
        .payee_name(&transfer.payee)
        .reason(&transfer.reason);
        match transfer.day {
            Some(day) => order.on(day).stage(),
            None => order.stage(),
        }
    }

    fn write(&mut self, path: &str, text: &str) -> Result<Effect, Refusal> {
        files::write(path, text)
    }

    fn send(&mut self, notice: &Notice) -> Result<Effect, Refusal> {
        let message = Message::new(&notice.channel, &notice.recipient, &notice.body)
            .subject(&notice.subject)
            .attach(&notice.attachment);
        notice
            .after
            .iter()
            .fold(message, |message, effect| message.after(*effect))
            .stage()
    }
}
