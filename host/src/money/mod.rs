//! Money as integers: currencies of ISO 4217, amounts in minor units, what an invocation may spend. Pure.

mod amount;
mod currency;
mod error;
mod grant;
mod purse;
#[cfg(test)]
mod tests;

pub use amount::Amount;
pub use currency::Currency;
pub use error::MoneyError;
pub use grant::{PayGrant, PayGrantError};
pub use purse::{Purse, PurseRefusal};
