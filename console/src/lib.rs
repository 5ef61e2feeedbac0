//! The merchant's console and the agent's door: what embeds the host as a server. People come through pages, agents
//! through MCP and REST. Agents propose; only people approve.

pub mod forms;
pub mod shelf;
