//! Who is paid: whether an account was paid before, and whether a name pretends to be somebody who was. Pure.
//!
//! The account is the payee. A name is a claim of the document; it counts only beside the account it was paid under.

mod ask;
mod key;
mod legal;
mod names;
mod standing;
#[cfg(test)]
mod tests;

pub use ask::{AskReason, always_asks};
pub use key::payment_key;
#[cfg(test)]
pub use key::{KeyError, normal_account, normal_document};
#[cfg(test)]
pub use standing::standing;
pub use standing::{Known, Payees, Standing};
