//! The merchant's console and the agent's door: what embeds the host as a server. People come through pages, agents
//! through MCP and REST. Agents propose; only people approve.

pub mod agents;
pub mod api;
pub mod app;
pub mod approvals;
pub mod buying;
pub mod channels;
pub mod chosen;
pub mod config;
pub mod consent;
pub mod doors;
pub mod erasing;
pub mod forms;
pub mod hooks;
pub mod host_door;
pub mod live;
pub mod market;
pub mod mcp;
pub mod oauth;
pub mod pages;
pub mod people;
pub mod server;
pub mod shelf;
pub mod started;
pub mod store;
pub mod uploads;
