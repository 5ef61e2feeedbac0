//! Money as integers: currencies of ISO 4217, amounts in minor units. Pure.

mod amount;
mod currency;
mod error;

pub use amount::Amount;
pub use currency::Currency;
pub use error::MoneyError;
