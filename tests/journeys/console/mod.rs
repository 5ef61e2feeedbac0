//! The merchant's console, and the agent's door.

mod mcp;
mod skills;
