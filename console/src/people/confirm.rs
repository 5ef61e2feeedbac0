//! Deeds that are no cards and still take showing anew who one is: by the password, or by a passkey whose challenge the server has
//! bound to just this deed. What was confirmed is made here alone.

use std::net::IpAddr;

use guildhall_host::Amount;
use guildhall_package::Digest;
use guildhall_web::error::ApiError;
use guildhall_web::fields::Fields;

use super::login;
use super::passkeys::{self, Answer, Asked, Purpose};
use super::session::Session;
use crate::app::App;

/// What is confirmed, as one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed(Digest);

impl Deed {
    /// Deleting everything. `before`: how many deletions there were, so that what is confirmed is the next one and no later one.
    #[must_use]
    pub fn delete_everything(before: usize) -> Self {
        Self::of(&["delete everything", &before.to_string()])
    }

    /// Approving up to an amount without asking again.
    #[must_use]
    pub fn raise(to: Amount) -> Self {
        Self::of(&["raise", &to.plain()])
    }

    fn of(parts: &[&str]) -> Self {
        let mut text = String::from("guildhall deed v1\n");
        for part in parts {
            text.push_str(part);
            text.push('\n');
        }
        Self(Digest::of(text.as_bytes()))
    }
}

/// That somebody who is signed in has just shown who they are, for one deed.
#[derive(Debug)]
pub struct Confirmed(Deed);

impl Confirmed {
    /// Whether it was for this.
    #[must_use]
    pub fn is_of(&self, deed: Deed) -> bool {
        self.0 == deed
    }

    /// By having signed in a moment ago; for what a password would do as well.
    #[must_use]
    pub fn by_session(app: &App, session: &Session, deed: Deed) -> Option<Self> {
        session.is_fresh(app.clock.now()).then_some(Self(deed))
    }

    /// By what a form carries: a passkey's answer, or the password.
    ///
    /// # Errors
    /// A refusal, if it is wrong or missing; 429 for who guesses.
    pub async fn by_form(
        app: &App,
        client: IpAddr,
        session: &Session,
        fields: &Fields,
        deed: Deed,
    ) -> Result<Self, ApiError> {
        let person = session.person();
        match Answer::of_fields(fields) {
            Some(answer) => {
                let purpose = purpose(session, deed);
                passkeys::verify(app, person, purpose, &answer).await?;
            }
            None => {
                let password = fields.text("password").to_owned();
                login::prove(app, client, person, password).await?;
            }
        }
        Ok(Self(deed))
    }
}

fn purpose(session: &Session, deed: Deed) -> Purpose {
    Purpose::Confirm {
        session: *session.hash(),
        deed: deed.0,
    }
}

/// A challenge for the passkey of who wants to do this.
///
/// # Errors
/// [`ApiError`] of the database or of the system's random bytes.
pub async fn ask(app: &App, session: &Session, deed: Deed) -> Result<Asked, ApiError> {
    passkeys::ask(app, Some(session.person()), purpose(session, deed)).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_deed_is_another_one() {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        let deeds = [
            Deed::delete_everything(0),
            Deed::delete_everything(1),
            Deed::raise(amount("EUR 10.00")),
            Deed::raise(amount("EUR 100.00")),
            Deed::raise(amount("USD 10.00")),
        ];
        for (index, deed) in deeds.iter().enumerate() {
            assert!(deeds.iter().skip(index + 1).all(|other| other != deed));
            assert!(Confirmed(*deed).is_of(*deed));
        }
        assert!(!Confirmed(Deed::delete_everything(0)).is_of(Deed::delete_everything(1)));
    }
}
