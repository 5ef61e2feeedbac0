//! The merchant's console, and the agent's door.

mod agents;
mod api;
mod conformance;
mod mcp;
mod rounds;
mod shared;
mod skills;
mod up;
