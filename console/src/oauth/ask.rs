//! What a client asks for when it sends a person here, and what is wrong with it. Pure.

use super::pkce::Challenge;
use super::redirect::Redirect;
use crate::agents::Scopes;

/// Longest state that is carried, in bytes.
const MAX_STATE: usize = 1_000;

/// The fields of a request, as they came. A field that came twice is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// `response_type`
    pub response_type: Option<&'a str>,
    /// `redirect_uri`
    pub redirect: Option<&'a str>,
    /// `code_challenge`
    pub challenge: Option<&'a str>,
    /// `code_challenge_method`
    pub method: Option<&'a str>,
    /// `scope`
    pub scope: Option<&'a str>,
    /// `state`
    pub state: Option<&'a str>,
    /// `resource`
    pub resource: Option<&'a str>,
}

/// A request that a person can be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Where the answer goes.
    pub redirect: Redirect,
    /// What the client has to prove later.
    pub challenge: Challenge,
    /// What it asks for.
    pub scopes: Scopes,
    /// What it wants back as it is.
    pub state: Option<String>,
}

/// Why nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The person is told, and nobody is sent anywhere: who asked is not known.
    Shown(&'static str),
    /// The client is told, where it registered to be told.
    Told {
        /// Where.
        redirect: Box<Redirect>,
        /// The word of the standard (RFC 6749, 4.1.2.1; RFC 8707).
        error: &'static str,
        /// In words.
        why: &'static str,
        /// What it wants back.
        state: Option<String>,
    },
}

impl Ask {
    /// Reads a request of a client that registered these addresses.
    ///
    /// # Errors
    /// [`Wrong`], and who is told.
    pub fn read(fields: Fields<'_>, registered: &[Redirect], door: &str) -> Result<Self, Wrong> {
        let redirect = match fields.redirect {
            Some(text) => Redirect::parse(text).ok(),
            // It may be left out by a client that has only one.
            None => match registered {
                [only] => Some(only.clone()),
                _ => None,
            },
        };
        let redirect = redirect
            .filter(|asked| registered.iter().any(|own| own.takes(asked)))
            .ok_or(Wrong::Shown(
                "The program that sent you here asks for an answer at an address that it did not register.",
            ))?;
        let state = fields
            .state
            .filter(|state| state.len() <= MAX_STATE)
            .map(str::to_owned);
        let told = |error, why| Wrong::Told {
            redirect: Box::new(redirect.clone()),
            error,
            why,
            state: state.clone(),
        };
        if fields.state.is_some() && state.is_none() {
            return Err(told(
                "invalid_request",
                "the state is longer than 1000 bytes",
            ));
        }
        if fields.response_type != Some("code") {
            return Err(told(
                "unsupported_response_type",
                "the response type is `code`",
            ));
        }
        let challenge = match (fields.challenge.and_then(Challenge::parse), fields.method) {
            (Some(challenge), Some("S256")) => challenge,
            _ => {
                return Err(told(
                    "invalid_request",
                    "send a code_challenge by the method S256",
                ));
            }
        };
        // Left out, it is the one door there is.
        if fields
            .resource
            .is_some_and(|resource| !same(resource, door))
        {
            return Err(told(
                "invalid_target",
                "tokens are given for this console's /mcp alone",
            ));
        }
        // Left out, it is everything that a token can be for: the person is told what that is.
        let scopes = match fields.scope {
            None => Scopes::all(),
            Some(text) => text
                .parse()
                .map_err(|_| told("invalid_scope", "the scopes are tools:call and runs:read"))?,
        };
        Ok(Self {
            redirect,
            challenge,
            scopes,
            state,
        })
    }

    /// Where the client is sent with its code.
    #[must_use]
    pub fn granted(&self, code: &str, issuer: &str) -> String {
        let mut values = vec![("code", code), ("iss", issuer)];
        values.extend(self.state.as_deref().map(|state| ("state", state)));
        self.redirect.with(&values)
    }

    /// Where the client is sent if the person said no.
    #[must_use]
    pub fn denied(&self, issuer: &str) -> String {
        error(
            &self.redirect,
            ("access_denied", "the person said no"),
            self.state.as_deref(),
            issuer,
        )
    }
}

/// Where a client is sent with an error.
#[must_use]
pub fn error(
    redirect: &Redirect,
    (error, why): (&str, &str),
    state: Option<&str>,
    issuer: &str,
) -> String {
    let mut values = vec![
        ("error", error),
        ("error_description", why),
        ("iss", issuer),
    ];
    values.extend(state.map(|state| ("state", state)));
    redirect.with(&values)
}

fn same(resource: &str, door: &str) -> bool {
    resource.trim_end_matches('/') == door
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOOR: &str = "http://localhost:8470/mcp";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn good() -> Fields<'static> {
        Fields {
            response_type: Some("code"),
            redirect: Some("http://127.0.0.1:5000/cb"),
            challenge: Some(CHALLENGE),
            method: Some("S256"),
            scope: Some("tools:call"),
            state: Some("s"),
            resource: Some(DOOR),
        }
    }

    fn registered() -> Vec<Redirect> {
        vec![Redirect::parse("http://127.0.0.1/cb").unwrap()]
    }

    #[test]
    fn a_good_request_goes_back_with_its_state_and_the_issuer() {
        let ask = Ask::read(good(), &registered(), DOOR).unwrap();
        assert_eq!(
            ask.granted("k", "http://localhost:8470"),
            "http://127.0.0.1:5000/cb?code=k&iss=http%3A%2F%2Flocalhost%3A8470&state=s"
        );
        assert!(ask.denied("i").contains("error=access_denied"));
        let unnamed = Fields {
            scope: None,
            resource: None,
            redirect: None,
            ..good()
        };
        assert_eq!(
            Ask::read(unnamed, &registered(), DOOR).unwrap().scopes,
            Scopes::all()
        );
    }

    #[test]
    fn an_address_that_was_not_registered_is_never_gone_to() {
        for redirect in ["http://127.0.0.1/other", "https://evil.test/cb", "nothing"] {
            let asked = Fields {
                redirect: Some(redirect),
                response_type: None,
                ..good()
            };
            assert!(
                matches!(Ask::read(asked, &registered(), DOOR), Err(Wrong::Shown(_))),
                "{redirect}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_it_the_client_is_told() {
        let long = "x".repeat(MAX_STATE + 1);
        for (asked, word) in [
            (
                Fields {
                    response_type: Some("token"),
                    ..good()
                },
                "unsupported_response_type",
            ),
            (
                Fields {
                    method: Some("plain"),
                    ..good()
                },
                "invalid_request",
            ),
            (
                Fields {
                    method: None,
                    ..good()
                },
                "invalid_request",
            ),
            (
                Fields {
                    challenge: Some("short"),
                    ..good()
                },
                "invalid_request",
            ),
            (
                Fields {
                    resource: Some("https://other.test/mcp"),
                    ..good()
                },
                "invalid_target",
            ),
            (
                Fields {
                    scope: Some("tools:call approvals:decide"),
                    ..good()
                },
                "invalid_scope",
            ),
            (
                Fields {
                    scope: Some(""),
                    ..good()
                },
                "invalid_scope",
            ),
            (
                Fields {
                    state: Some(&long),
                    ..good()
                },
                "invalid_request",
            ),
        ] {
            let Err(Wrong::Told { error, .. }) = Ask::read(asked, &registered(), DOOR) else {
                panic!("{asked:?} was taken");
            };
            assert_eq!(error, word);
        }
    }

    proptest! {
        /// Whatever is asked: an answer leaves only to where the client registered to be answered.
        #[test]
        fn no_request_leads_elsewhere(redirect in prop::option::of("(https?://(127.0.0.1|evil.test)(:[0-9]{1,5})?/(cb)?)|\\PC{0,30}"), state in prop::option::of("\\PC{0,20}")) {
            let asked = Fields { redirect: redirect.as_deref(), state: state.as_deref(), ..good() };
            let to = match Ask::read(asked, &registered(), DOOR) {
                Ok(ask) => ask.granted("code", "i"),
                Err(Wrong::Told { redirect, error: word, why, state }) => error(&redirect, (word, why), state.as_deref(), "i"),
                Err(Wrong::Shown(_)) => return Ok(()),
            };
            let to = url::Url::parse(&to).unwrap();
            prop_assert_eq!((to.host_str(), to.path()), (Some("127.0.0.1"), "/cb"));
        }
    }
}
