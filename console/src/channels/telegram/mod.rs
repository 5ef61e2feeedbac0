//! Telegram: a bot that tells people of approvals and takes their answers to small payments.

pub mod api;
pub mod batch;
pub mod machine;
pub mod poll;
mod tap;
pub mod update;
