//! What is refused, and what is not.

mod bundle;
mod dsse;
mod monitor;
mod release;
mod root;
mod statement;
mod status;
mod verify;
