//! The merchant's console, and the agent's door.

mod agents;
mod api;
mod bought;
mod conformance;
mod mcp;
mod rounds;
mod skills;
mod up;
