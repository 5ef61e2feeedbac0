//! The agent's door: installed operations as tools of the Model Context Protocol.
//!
//! Everything here holds an [`crate::agents::AgentHost`] and nothing else of the host: no tool, resource or task decides, grants, changes
//! a mandate or reads a secret, because there is nothing here that could.
//!
//! | file | what it holds |
//! |---|---|
//! | `names.rs`, `hints.rs`, `tools.rs` | an operation as a tool: its name, its hints by a written table, its schemas |
//! | `book.rs` | names that are written down, so that none changes its skill |
//! | `toolbox.rs` | the tools as they are now, and the skills behind them |
//! | `door.rs` | what a client may ask, and the answers |
//! | `call.rs` | one call, with its progress and its end |
//! | `ask.rs`, `state.rs` | asking whoever sits before the client, in rounds that a sealed state holds together |
//! | `scopes.rs` | what a token has to be for, by method |
//! | `tasks.rs` | runs that wait as tasks |
//! | `content.rs`, `media.rs` | outcomes as answers |
//! | `files.rs` | granted files as resources |
//! | `helper.rs` | the tool that tells of one's own runs |
//! | `stdio.rs` | a session over standard input and output |

mod approvals;
mod ask;
mod book;
mod call;
mod content;
mod door;
mod ends;
mod files;
mod helper;
mod hints;
pub mod http;
mod media;
mod names;
mod scopes;
mod state;
pub mod stdio;
mod tasks;
mod toolbox;
mod tools;

pub use approvals::Approvals;
pub use book::Book;
pub use door::{Door, Who};
pub use hints::{Hints, hints};
pub use names::Prefixes;
pub use state::{Once, States};
pub use toolbox::Toolbox;
