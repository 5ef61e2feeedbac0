//! Clients that make themselves known (RFC 7591). Anybody can: a client is a name that it gives itself and addresses that it
//! is sent back to. It gets nothing before a person has said yes.

use super::redirect::{Redirect, RedirectError};
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most addresses of one client.
const MAX_REDIRECTS: usize = 8;
/// Longest name in characters.
const MAX_NAME: usize = 80;

/// What a client says about itself. What else it says is not kept.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    response_types: Option<Vec<String>>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
}

/// A client, as it will be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// What it calls itself, safe to show. A claim: nobody has checked it.
    pub name: String,
    /// Where it may be sent back to.
    pub redirects: Vec<Redirect>,
}

/// Why a client is not taken, in the words of RFC 7591, 3.2.2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// An address is none that is taken.
    #[error("{0}")]
    Redirect(#[from] RedirectError),
    /// No address, or too many.
    #[error("give 1 to {MAX_REDIRECTS} redirect_uris")]
    Count,
    /// It is not understood, or asks for something that there is not.
    #[error("{0}")]
    Metadata(&'static str),
}

impl ClientError {
    /// The word of the standard.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Redirect(_) | Self::Count => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
        }
    }
}

/// What a client is told after it was written down.
#[derive(Debug, Serialize)]
pub struct Registered<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    client_name: &'a str,
    redirect_uris: Vec<&'a str>,
    token_endpoint_auth_method: &'static str,
    grant_types: [&'static str; 2],
    response_types: [&'static str; 1],
}

impl NewClient {
    /// Reads what a client says.
    ///
    /// # Errors
    /// If it can't be taken.
    pub fn parse(body: &[u8]) -> Result<Self, ClientError> {
        // A list would be read as the fields in their order.
        let asked: Asked = serde_json::from_slice::<Map<String, Value>>(body)
            .and_then(|object| serde_json::from_value(Value::Object(object)))
            .map_err(|_| ClientError::Metadata("send the client's metadata as one JSON object"))?;
        if asked
            .response_types
            .is_some_and(|types| !types.iter().any(|it| it == "code"))
        {
            return Err(ClientError::Metadata(
                "the only response type here is `code`",
            ));
        }
        if asked
            .grant_types
            .is_some_and(|types| !types.iter().any(|it| it == "authorization_code"))
        {
            return Err(ClientError::Metadata(
                "the grant type here is `authorization_code`, with `refresh_token`",
            ));
        }
        if asked.redirect_uris.is_empty() || asked.redirect_uris.len() > MAX_REDIRECTS {
            return Err(ClientError::Count);
        }
        let redirects: Result<_, _> = asked
            .redirect_uris
            .iter()
            .map(|text| Redirect::parse(text))
            .collect();
        let name = plain(asked.client_name.as_deref().unwrap_or_default(), MAX_NAME);
        Ok(Self {
            name: if name.trim().is_empty() {
                "an agent without a name".to_owned()
            } else {
                name
            },
            redirects: redirects?,
        })
    }

    /// What the client is told.
    #[must_use]
    pub fn registered<'a>(&'a self, id: &'a str, now_ms: i64) -> Registered<'a> {
        Registered {
            client_id: id,
            client_id_issued_at: now_ms.div_euclid(1_000),
            client_name: &self.name,
            redirect_uris: self.redirects.iter().map(Redirect::as_str).collect(),
            token_endpoint_auth_method: "none",
            grant_types: ["authorization_code", "refresh_token"],
            response_types: ["code"],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_client_is_a_name_and_its_addresses() {
        let client = NewClient::parse(
            br#"{"client_name": "Desk \u001b[2J agent", "redirect_uris": ["http://127.0.0.1/cb"],
                 "token_endpoint_auth_method": "client_secret_post", "grant_types": ["authorization_code"], "logo_uri": "https://x.test"}"#,
        )
        .unwrap();
        assert!(!client.name.contains('\u{1b}'));
        let told = serde_json::to_value(client.registered("c1", 5_999)).unwrap();
        assert_eq!(told["token_endpoint_auth_method"], "none");
        assert_eq!(told["client_id_issued_at"], 5);
        assert_eq!(told["redirect_uris"][0], "http://127.0.0.1/cb");
    }

    #[test]
    fn what_can_not_be_taken_is_named_by_the_standard() {
        for (body, code) in [
            ("[]", "invalid_client_metadata"),
            ("{", "invalid_client_metadata"),
            (
                r#"{"redirect_uris": ["https://a.test"], "response_types": ["token"]}"#,
                "invalid_client_metadata",
            ),
            (
                r#"{"redirect_uris": ["https://a.test"], "grant_types": ["implicit"]}"#,
                "invalid_client_metadata",
            ),
            ("{}", "invalid_redirect_uri"),
            (
                r#"{"redirect_uris": ["http://a.test"]}"#,
                "invalid_redirect_uri",
            ),
        ] {
            assert_eq!(
                NewClient::parse(body.as_bytes()).unwrap_err().code(),
                code,
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = NewClient::parse(&bytes);
        }
    }
}
