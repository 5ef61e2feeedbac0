//! The merchant's console, and the agent's door.

mod agents;
mod api;
mod bought;
mod conformance;
mod mcp;
mod names;
mod oauth;
mod rounds;
mod shared;
mod skills;
mod telegram;
mod two;
mod unsigned;
mod up;
mod whatsapp;
