//! People: who they are, how they sign in, what they may do. [`Person`] has private fields and is made here alone: of the
//! cookie of a session and its row.

pub mod changes;
pub(crate) mod chat;
pub mod confirm;
pub mod first;
pub mod login;
mod name;
pub mod passkeys;
mod person;
pub mod session;
pub mod token;

pub use name::{MAX_NAME, NoName, PersonName};
pub use person::{NoRole, Person, PersonId, Right, Role};
