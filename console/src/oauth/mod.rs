//! How an agent's client comes to a token without a person copying one: OAuth 2.1 as MCP wants it. The client makes itself
//! known, sends the person to a page of this console, and is given a token for what the person allowed. No scope approves.

mod ask;
mod client;
mod metadata;
mod page;
mod pkce;
mod redirect;
mod routes;
mod tokens;

pub use page::routes as pages;
pub use routes::{challenge, routes};
