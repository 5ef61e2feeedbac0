//! Decisions of people about what runs want to do. [`desk::Desk`] is the only part of the console that hands one to the host;
//! [`rules`] says what it takes, [`card`] what is shown.

pub mod asking;
pub mod batch;
pub mod card;
pub mod decider;
pub mod desk;
pub mod proof;
pub mod rules;

#[cfg(test)]
pub(crate) mod testing;
