#![doc = include_str!("../README.md")]

mod group;
mod memory;
mod net;
mod order;
mod payable;
mod received;
mod remittance;
mod settlement;
mod terms;

pub use group::{Due, Group, Open, Why};
pub use memory::{Accounts, Digest, Documents, History, Record};
pub use net::{Credit, net};
pub use order::sort;
pub use payable::{Obstacle, Payable};
pub use received::{check, read, sources, xml_files};
pub use remittance::Remittance;
pub use settlement::Settlement;
pub use terms::{MAX_DAYS, NotAPercentage, Offer, Percent, Terms, speaks_of_discount};
