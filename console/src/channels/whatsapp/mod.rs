//! WhatsApp: tells people of approvals, with a link. It never decides: no message from there is worth more than that its sender
//! wrote.

pub mod api;
pub mod event;
pub mod hook;
pub mod signature;
