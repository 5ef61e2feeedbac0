//! The merchant's console, and the agent's door.

mod agents;
mod mcp;
mod rounds;
