//! From an author to a merchant, through a marketplace that nobody has to trust.

mod author;
pub mod bought;
mod clients;
mod crowd;
mod late;
mod merchant;
mod offline;
mod paid_out;
#[path = "../../../marketplace/tests/service/postgres.rs"]
pub mod postgres;
mod processes;
mod review;
mod sold;
mod tampered;
mod trust;
mod updates;
mod withdrawn;
