//! That somebody who is signed in has just shown again who they are. Its fields are private: a proof is made here, of a
//! session that has just begun, of a password that was compared, or of an answer of a passkey to a challenge of the server.

use std::net::IpAddr;

use guildhall_host::MandateTerms;
use guildhall_package::Digest;
use guildhall_web::error::ApiError;

use crate::app::App;
use crate::people::session::Session;
use crate::people::{Person, PersonId, login};

/// What is decided about: runs, each with the hash of the effects that were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Vec<(String, Digest)>);

impl Subject {
    /// One card.
    #[must_use]
    pub fn card(run: &str, effect_set: Digest) -> Self {
        Self(vec![(run.to_owned(), effect_set)])
    }

    /// A mandate that is given to a skill by itself.
    #[must_use]
    pub fn mandate(skill: Digest, terms: &MandateTerms) -> Self {
        let MandateTerms {
            scope,
            zone,
            until_ms,
        } = terms;
        let shown = serde_json::json!([skill, scope, zone, until_ms]);
        Self::card("mandate", Digest::of(shown.to_string().as_bytes()))
    }

    /// Several, in any order.
    #[must_use]
    pub fn cards(cards: impl IntoIterator<Item = (String, Digest)>) -> Self {
        let mut all: Vec<_> = cards.into_iter().collect();
        all.sort_by(|a, b| (&a.0, a.1.to_string()).cmp(&(&b.0, b.1.to_string())));
        all.dedup();
        Self(all)
    }

    /// Whether this proves all of it.
    fn is_all_in(&self, other: &Self) -> bool {
        self.0.iter().all(|(run, hash)| other.has(run, *hash))
    }

    fn has(&self, run: &str, effect_set: Digest) -> bool {
        self.0
            .iter()
            .any(|(known, hash)| known == run && *hash == effect_set)
    }

    /// One hash over all of it. What a challenge is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut text = String::from("guildhall decision v1\n");
        for (run, effect_set) in &self.0 {
            // Neither has a space or a line break in it: what is written can be read in one way only.
            text.push_str(run);
            text.push(' ');
            text.push_str(&effect_set.to_string());
            text.push('\n');
        }
        Digest::of(text.as_bytes())
    }
}

/// What somebody has just shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    person: Option<PersonId>,
    how: How,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Nothing,
    /// Signed in a moment ago, or gave the password with the decision.
    Fresh,
    /// A passkey answered for exactly this.
    Passkey(Subject),
}

impl Proof {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            person: None,
            how: How::Nothing,
        }
    }

    /// A session proves it for five minutes after it began.
    #[must_use]
    pub fn of_session(session: &Session, now_ms: i64) -> Self {
        if !session.is_fresh(now_ms) {
            return Self::nothing();
        }
        Self {
            person: Some(session.person().id().clone()),
            how: How::Fresh,
        }
    }

    /// A password that was sent with the decision. Guesses count as they do for signing in.
    ///
    /// # Errors
    /// 401 if it is wrong; 429 for who guesses.
    pub async fn by_password(
        app: &App,
        client: IpAddr,
        person: &Person,
        password: String,
    ) -> Result<Self, ApiError> {
        login::prove(app, client, person, password).await?;
        Ok(Self {
            person: Some(person.id().clone()),
            how: How::Fresh,
        })
    }

    /// An answer of a passkey of this person to a challenge for this subject, which was verified.
    pub(crate) const fn by_passkey(person: PersonId, subject: Subject) -> Self {
        Self {
            person: Some(person),
            how: How::Passkey(subject),
        }
    }

    /// Whether it proves that this person stands behind a mandate.
    #[must_use]
    pub fn covers_mandate(&self, person: &Person, skill: Digest, terms: &MandateTerms) -> bool {
        let wanted = Subject::mandate(skill, terms);
        self.person.as_ref() == Some(person.id())
            && match &self.how {
                How::Nothing => false,
                How::Fresh => true,
                How::Passkey(subject) => wanted.is_all_in(subject),
            }
    }

    /// Whether it proves that this person stands behind a decision about these effects of this run.
    #[must_use]
    pub fn covers(&self, person: &Person, run: &str, effect_set: Digest) -> bool {
        if self.person.as_ref() != Some(person.id()) {
            return false;
        }
        match &self.how {
            How::Nothing => false,
            How::Fresh => true,
            How::Passkey(subject) => subject.has(run, effect_set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_one_hash_whatever_the_order_and_another_for_every_other_set() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let two = |x: (&str, Digest), y: (&str, Digest)| {
            Subject::cards([(x.0.to_owned(), x.1), (y.0.to_owned(), y.1)]).digest()
        };
        assert_eq!(two(("1", a), ("2", b)), two(("2", b), ("1", a)));
        assert_ne!(two(("1", a), ("2", b)), two(("1", b), ("2", a)));
        assert_ne!(
            Subject::card("1", a).digest(),
            Subject::card("1", b).digest()
        );
        assert_ne!(
            Subject::card("1", a).digest(),
            Subject::card("2", a).digest()
        );
        assert_eq!(Subject::card("1", a).digest(), two(("1", a), ("1", a)));
    }
}
