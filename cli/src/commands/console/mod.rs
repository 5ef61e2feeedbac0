//! Commands that serve: agents, and the merchant's browser.

pub mod mcp;
