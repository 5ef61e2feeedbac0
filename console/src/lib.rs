//! The merchant's console and the agent's door: what embeds the host as a server. People come through pages, agents
//! through MCP and REST. Agents propose; only people approve.

pub mod agents;
pub mod api;
pub mod app;
pub mod approvals;
pub mod config;
pub mod forms;
pub mod hooks;
pub mod host_door;
pub mod live;
pub mod mcp;
pub mod pages;
pub mod people;
pub mod server;
pub mod shelf;
pub mod store;
