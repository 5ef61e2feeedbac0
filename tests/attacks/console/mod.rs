//! What an agent, a web page elsewhere and a stranger can reach of a console.

mod agents;
mod doors;
mod injected;
mod mcp;
