//! The merchant's console, and the agent's door.

mod api;
mod mcp;
