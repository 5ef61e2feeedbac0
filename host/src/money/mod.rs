//! What an invocation may spend. Amounts and currencies are those of `package`, which the marketplace counts in, too. Pure.

mod grant;
mod purse;
#[cfg(test)]
mod tests;

pub use grant::{PayGrant, PayGrantError};
pub use guildhall_package::money::{Amount, Currency, MoneyError};
pub use purse::{Purse, PurseRefusal};
