//! Bodies of the requests and answers about money.

use serde::{Deserialize, Serialize};

use super::Price;
use crate::digest::Digest;
use crate::money::Amount;
use crate::{FolderName, SkillName};

/// `PUT /api/v1/skills/{publisher}/{skill}/price`. It counts once it is in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPrice {
    /// The price.
    pub price: Price,
}

/// A document that the merchant's host signed, as text: exactly its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedRequest {
    /// The envelope.
    pub request: String,
}

/// Answer to an order request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum OrderAnswer {
    /// This has to be paid.
    ToPay {
        /// The signed order, an envelope as text.
        order: String,
    },
    /// It is paid: there is nothing to pay.
    Paid {
        /// The signed licence, an envelope as text.
        licence: String,
    },
}

/// `POST /api/v1/orders/{id}/payment`. Both are envelopes as text. The order comes along, so that a marketplace that was
/// restored from an older backup knows what was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PaymentProof {
    /// The order, as the marketplace signed it.
    pub order: String,
    /// The receipt of the run that paid it, as the merchant's host signed it.
    pub receipt: String,
}

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceAnswer {
    /// The signed licence, an envelope as text.
    pub licence: String,
    /// The run whose receipt paid the order, as it was first presented. If it is another than the one just presented, the
    /// host paid twice: only the first counts, and the second has to be put right in the host's own book.
    pub invocation: String,
}

/// A refund that was made, now or before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundAnswer {
    /// The signed credit note, an envelope as text.
    pub credit_note: String,
}

/// Answer to a cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelAnswer {
    /// Which skill.
    pub skill: SkillName,
    /// Until when it can be used, in milliseconds since 1970.
    pub paid_until: i64,
}

/// One order that a merchant paid: an item of the page that `POST /api/v1/licences` answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnOrder {
    /// The order.
    pub order: Digest,
    /// Of which skill.
    pub skill: SkillName,
    /// What was paid.
    pub amount: Amount,
    /// When the payment was presented.
    pub paid: i64,
    /// Whether further months were cancelled.
    pub cancelled: bool,
    /// The licence, signed anew; none if the order was paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// The credit note, if it was paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_note: Option<String>,
}

/// `POST /api/v1/admin/settlements`: a merchant paid a debt, outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// The merchant's key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub merchant: crate::trust::PublicKey,
    /// What he paid.
    pub amount: Amount,
    /// Reference of that payment, for example of the bank: 1 to 140 characters. It counts once.
    pub reference: String,
}

/// How it stands with a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettleAnswer {
    /// What he owes by now. Negative: the marketplace owes him.
    pub debt: Amount,
}

/// `POST /api/v1/admin/payouts`: a publisher was paid, outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Who was paid.
    pub publisher: FolderName,
    /// How much: at most what merchants have settled of the publisher's part, less what was paid out before.
    pub amount: Amount,
    /// Reference of that payment, for example of the bank: 1 to 140 characters. It counts once; the publisher sees it.
    pub reference: String,
    /// What the publisher should know of it: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How it stands with a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayoutAnswer {
    /// What was paid out in all, in this currency.
    pub paid_out: Amount,
    /// What can still be paid out. Negative: that much was paid back to merchants after it had been paid out.
    pub left: Amount,
}

/// What a merchant owes in one currency: an item of `GET /api/v1/admin/debts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Debt {
    /// The merchant's key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub merchant: crate::trust::PublicKey,
    /// What he owes: captured less refunded less settled. Negative: the marketplace owes him.
    pub debt: Amount,
}

/// `PUT /api/v1/admin/credit`: how much a merchant may owe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetCredit {
    /// The merchant's key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub merchant: crate::trust::PublicKey,
    /// The most that he may owe in this currency. Zero: he can buy nothing before he has settled.
    pub limit: Amount,
}
