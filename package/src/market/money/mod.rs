//! Money between a merchant and a marketplace: prices, orders, payments, licences, refunds, earnings. Data and rules only.
//!
//! A marketplace can't charge anybody. It signs an [`Order`]; the merchant's own host pays it, once a person or a mandate
//! approved, and signs a receipt; for the receipt the marketplace signs a [`Licence`]. A merchant is the key that signs his
//! host's receipts: buying needs no account.
//!
//! Signed by the merchant's host ([`document::verify_own`]): [`OrderRequest`], [`RefundRequest`], [`CancelRequest`],
//! [`RenewRequest`], [`LicencesRequest`]. Signed by the marketplace with the key of its log, which stands in its root file:
//! [`Order`], [`Licence`], [`CreditNote`]. Each has a payload type of its own, so none passes as another, or as a status.
//! Documents travel as text, exactly their bytes.
//!
//! Times are milliseconds since 1970 UTC; a month and a day are those of UTC.

pub mod api;
pub mod document;
pub mod earnings;
pub mod ledger;
pub mod licence;
pub mod order;
pub mod period;
pub mod price;
pub mod receipt;
pub mod refund;
pub mod request;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;

pub use crate::trust::log::entry::Price;
pub use api::{
    CancelAnswer, Debt, LicenceAnswer, OrderAnswer, OwnOrder, PaymentProof, Payout, PayoutAnswer,
    RefundAnswer, SetCredit, SetPrice, Settle, SettleAnswer, SignedRequest,
};
pub use document::{Document, DocumentError, OwnDocument};
pub use earnings::{Earning, EarningKind, Earnings, EarningsQuery, EarningsTotal};
pub use ledger::{Share, ShareError, Split};
pub use licence::{Licence, Standing};
pub use order::{Order, OrderFacts};
pub use period::Period;
pub use price::{PriceError, PriceModel};
pub use receipt::{PaidBy, ReceiptError};
pub use refund::{CreditNote, RefundError, RefundRule};
pub use request::{
    CancelRequest, LicencesRequest, OrderRequest, RefundRequest, RenewRequest, StaleRequest,
};
