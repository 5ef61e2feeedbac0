//! Outgoing messages: what a skill may ask for, the channels that ship, and what became of a message.
//!
//! Nothing in here opens a connection. The egress service of the host does, and either carries
//! [`webhook::Request`] and what [`chat`] asks for, or hands a connected stream (TLS already agreed on) to [`smtp::send`].
//!
//! The rule about repeating: a webhook may be sent again with the same id, because its receiver drops what it has
//! seen; an e-mail or a chat message that may have arrived is never sent again by itself ([`MessageChannel::repeats_safely`]).

mod address;
pub mod chat;
mod check;
mod config;
mod delivery;
pub mod mail;
mod outgoing;
pub mod smtp;
pub mod webhook;

pub use address::{AddressError, MailAddress, Mailbox};
pub use check::{Draft, MessageFault, check_attachment_bytes, check_message};
pub use config::{ChannelConfig, ChannelKind, ConfigError, Destination};
pub use delivery::{Delivery, MessageChannel};
pub use outgoing::{Attachment, Outgoing, file_name, media_type_of, message_id};
