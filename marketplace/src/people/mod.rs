//! Accounts, passwords and tokens.

pub mod login;
pub mod token;

pub use token::Caller;
