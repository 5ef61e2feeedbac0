//! What the servers of the house share: how connections are taken, how often somebody may ask, passwords, cookies, forms,
//! problems, tables. It knows no service: each gives its own names, figures and texts.

pub mod answer;
pub mod assets;
pub mod attempts;
pub mod clock;
pub mod contact;
pub mod cookie;
pub mod error;
pub mod extract;
pub mod fields;
pub mod limits;
pub mod openapi;
pub mod origin;
pub mod password;
pub mod posted;
pub mod random;
pub mod redact;
pub mod serve;
pub mod sessions;
pub mod store;
pub mod tls;
pub mod trouble;
