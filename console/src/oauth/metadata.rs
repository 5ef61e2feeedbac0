//! What clients are told about where to ask: RFC 9728 about the agent's door, RFC 8414 about who gives tokens for it.

use crate::agents::Scope;
use serde_json::{Value, json};

/// What a token can be for. None of them approves anything.
pub const SCOPES: [&str; 2] = [Scope::CallTools.word(), Scope::ReadRuns.word()];
/// Path of the agent's door.
pub const DOOR: &str = "/mcp";
/// Path of the page that asks a person.
pub const AUTHORIZE: &str = "/oauth/authorize";
/// Path that gives tokens.
pub const TOKEN: &str = "/oauth/token";
/// Path that makes clients known.
pub const REGISTER: &str = "/oauth/register";
/// Path that takes tokens back.
pub const REVOKE: &str = "/oauth/revoke";

/// The agent's door at this address, which has no slash at its end.
#[must_use]
pub fn resource(public: &str) -> String {
    format!("{public}{DOOR}")
}

/// About the agent's door (RFC 9728).
#[must_use]
pub fn of_resource(public: &str) -> Value {
    json!({
        "resource": resource(public),
        "authorization_servers": [public],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
        "resource_name": "Guildhall console",
    })
}

/// About who gives tokens for it (RFC 8414, RFC 9207).
#[must_use]
pub fn of_server(public: &str) -> Value {
    json!({
        "issuer": public,
        "authorization_endpoint": format!("{public}{AUTHORIZE}"),
        "token_endpoint": format!("{public}{TOKEN}"),
        "registration_endpoint": format!("{public}{REGISTER}"),
        "revocation_endpoint": format!("{public}{REVOKE}"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": SCOPES,
    })
}
