//! The one place of the console where decisions are handed to the host. Who comes here is a person with the right to approve;
//! what takes signing in again is refused without it, whichever door it came by.

use std::time::Duration;

use guildhall_host::{
    Card, DecideError, Decision, Host, HostError, MandateTerms, Outcome, Refusal, RunStatus,
    Tenant, Terms, TermsError,
};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, refuse};

use super::asking::ceilings;
use super::decider::{Channel, decided, is_by, name_of};
use super::proof::Proof;
use super::rules::{self, Reason};
use crate::app::App;
use crate::people::{Person, Right};

/// Longest reason of a rejection, in characters.
pub const MAX_REASON: usize = 300;
/// How long a decision is waited for before its outcome is looked up instead.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a person says to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Do exactly what it shows.
    Once,
    /// Do it, and allow what it proposes from now on, under these terms.
    Always(Terms),
    /// Never do it.
    Reject {
        /// Why, for the journal.
        reason: String,
    },
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// There is no such run here.
    #[error("there is no such card here")]
    NotFound,
    /// It was decided, it expired, or it never waited.
    #[error("{}", .0.words)]
    Over(Over),
    /// What would be done is not what was shown.
    #[error("what this run would do is not what you were shown; nothing was done")]
    Changed,
    /// It takes signing in again.
    #[error("nothing was done: sign in again first")]
    SignInAgain(Vec<Reason>),
    /// Terms of a mandate that can't be used.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// No mandate would cover all of the card.
    #[error("nothing on this card can be allowed from now on; approve it once")]
    NoProposal,
    /// The wallet or a limit does not allow it now. The card waits on.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
    /// The store's record was changed by somebody else.
    #[error("{0}")]
    Tampered(String),
    /// The host failed.
    #[error(transparent)]
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

/// A card that does not wait any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// What became of the run.
    pub status: RunStatus,
    /// Who decided and what; none if nobody did.
    pub by: Option<String>,
    /// One sentence.
    pub words: String,
}

/// Where a person decides.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    app: &'a App,
    host: &'a Host,
    person: &'a Person,
    channel: Channel,
}

impl<'a> Desk<'a> {
    /// For somebody who may approve.
    ///
    /// # Errors
    /// A refusal, for everybody else.
    pub fn of(app: &'a App, person: &'a Person, channel: Channel) -> Result<Self, ApiError> {
        if !person.may(Right::Approve) {
            return Err(refuse(
                axum::http::StatusCode::FORBIDDEN,
                "people.right",
                Right::Approve.missing(),
                "ask an owner of this console for another role",
            ));
        }
        Ok(Self {
            app,
            host: app.host.for_person(person),
            person,
            channel,
        })
    }

    /// Why a decision takes signing in again; nothing if it does not.
    ///
    /// # Errors
    /// If the wallet or what is set can't be read.
    pub async fn again(
        &self,
        cards: &[&Card],
        mandates: &[MandateTerms],
    ) -> Result<Vec<Reason>, ApiError> {
        let ceilings = ceilings(self.app, self.host).await?;
        Ok(rules::again(cards, mandates, &ceilings))
    }

    /// Decides about one card, of which the effects with this hash were shown. What is approved is performed before this
    /// returns; whoever asked may go away meanwhile.
    ///
    /// # Errors
    /// [`NotDecided`] says why nothing was decided, and then nothing was.
    pub async fn say(
        &self,
        run: &str,
        effect_set: Digest,
        choice: Choice,
        proof: &Proof,
    ) -> Result<Outcome, NotDecided> {
        self.say_among(run, effect_set, choice, proof, &[]).await
    }

    /// The same for one of several that are decided together: amounts of `others` count with it.
    ///
    /// # Errors
    /// [`NotDecided`].
    pub async fn say_among(
        &self,
        run: &str,
        effect_set: Digest,
        choice: Choice,
        proof: &Proof,
        others: &[&Card],
    ) -> Result<Outcome, NotDecided> {
        let tenant = Tenant::local();
        let Some(card) = waiting(self.app, self.host, run).await.map_err(fault)? else {
            return Err(self.over(run).await);
        };
        if card.effect_set != effect_set {
            return Err(NotDecided::Changed);
        }
        let decision = match choice {
            Choice::Reject { reason } => Decision::Reject {
                reason: plain(&reason, MAX_REASON),
            },
            Choice::Once => {
                self.proved(&card, others, &[], proof).await?;
                Decision::Approve
            }
            Choice::Always(terms) => {
                if card.proposals.is_empty() {
                    return Err(NotDecided::NoProposal);
                }
                let mandates = card.mandates(&terms)?;
                self.proved(&card, others, &mandates, proof).await?;
                Decision::ApproveAlways { mandates }
            }
        };
        let decided = self.hand_over(run, effect_set, decision).await;
        self.app.live.bump();
        // What this host pays for itself is a licence, whichever door the decision came by.
        if decided.is_ok() && card.skill.trust.is_host() {
            crate::buying::settle_soon(self.app).await;
        }
        match decided {
            Ok(outcome) => Ok(outcome),
            Err(DecideError::NotFound(_)) => Err(NotDecided::NotFound),
            Err(DecideError::NotPending(_) | DecideError::Expired | DecideError::Revoked(_)) => {
                Err(self.over_of(&tenant, run).await)
            }
            Err(DecideError::EffectSetChanged(_)) => Err(NotDecided::Changed),
            Err(error @ DecideError::Tampered) => Err(NotDecided::Tampered(error.to_string())),
            Err(DecideError::Refused(refusal)) => Err(NotDecided::Refused(refusal)),
            Err(DecideError::Journal(error)) => Err(NotDecided::Fault(Box::new(error))),
        }
    }

    /// On a task of its own: a browser that goes away must not leave a decision half told.
    async fn hand_over(
        &self,
        run: &str,
        effect_set: Digest,
        decision: Decision,
    ) -> Result<Outcome, DecideError> {
        let (host, run) = (self.host.clone(), run.to_owned());
        let (decider, channel) = (name_of(self.person), self.channel.word());
        let tenant = Tenant::local();
        let asked = (tenant.clone(), run.clone());
        let task = tokio::spawn(async move {
            host.decide(&tenant, &run, effect_set, decision, &decider, channel)
                .await
        });
        if let Ok(Ok(decided)) = tokio::time::timeout(PATIENCE, task).await {
            return decided;
        }
        // Still at work, or ended badly: the journal knows how far it is.
        let (tenant, run) = asked;
        self.host
            .decide(
                &tenant,
                &run,
                effect_set,
                Decision::Later,
                &name_of(self.person),
                self.channel.word(),
            )
            .await
    }

    async fn proved(
        &self,
        card: &Card,
        others: &[&Card],
        mandates: &[MandateTerms],
        proof: &Proof,
    ) -> Result<(), NotDecided> {
        let mut cards = vec![card];
        cards.extend(
            others
                .iter()
                .copied()
                .filter(|other| other.invocation != card.invocation),
        );
        let reasons = self.again(&cards, mandates).await.map_err(unread)?;
        if reasons.is_empty() || proof.covers(self.person, &card.invocation, card.effect_set) {
            return Ok(());
        }
        Err(NotDecided::SignInAgain(reasons))
    }

    async fn over(&self, run: &str) -> NotDecided {
        self.over_of(&Tenant::local(), run).await
    }

    async fn over_of(&self, tenant: &Tenant, run: &str) -> NotDecided {
        match over(self.host, tenant, run, Some(self.person)).await {
            Ok(Some(over)) => NotDecided::Over(over),
            Ok(None) => NotDecided::NotFound,
            Err(error) => fault(error),
        }
    }

    /// Gives a mandate to a skill, by itself. One for money takes signing in again.
    ///
    /// # Errors
    /// [`NotDecided`].
    pub async fn allow(
        &self,
        skill: Digest,
        terms: MandateTerms,
        proof: &Proof,
    ) -> Result<String, NotDecided> {
        let asked = std::slice::from_ref(&terms);
        let reasons = self.again(&[], asked).await.map_err(unread)?;
        if !reasons.is_empty() && !proof.covers_mandate(self.person, skill, &terms) {
            return Err(NotDecided::SignInAgain(reasons));
        }
        let tenant = Tenant::local();
        let (decider, channel) = (name_of(self.person), self.channel.word());
        let given = self
            .host
            .give_mandate(&tenant, skill, terms, &decider, channel)
            .await;
        self.app.live.bump();
        given.map_err(fault)
    }

    /// Ends a mandate. What it approved and has not been performed is void. `false` if there is none that counts.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn take_back(&self, id: &str) -> Result<bool, HostError> {
        let by = name_of(self.person);
        let ended = self.host.revoke_mandate(&Tenant::local(), id, &by).await;
        self.app.live.bump();
        ended
    }
}

fn fault(error: HostError) -> NotDecided {
    NotDecided::Fault(Box::new(error))
}

fn unread(error: ApiError) -> NotDecided {
    NotDecided::Fault(Box::new(error))
}

/// The card of a run, if it waits for a decision.
///
/// # Errors
/// If the journal fails.
pub async fn waiting(app: &App, host: &Host, run: &str) -> Result<Option<Card>, HostError> {
    let tenant = Tenant::local();
    let card = host.card(&tenant, run).await?;
    if let Some(card) = &card
        && card.expires_at_ms <= app.clock.now()
    {
        // Ends what is over, in the journal, too.
        host.pending(&tenant).await?;
        return host.card(&tenant, run).await;
    }
    Ok(card)
}

/// What became of a card that does not wait any more; none if there is no such run. `reader` is told of an own decision as of
/// theirs.
///
/// # Errors
/// If the journal fails.
pub async fn over(
    host: &Host,
    tenant: &Tenant,
    run: &str,
    reader: Option<&Person>,
) -> Result<Option<Over>, HostError> {
    let Some(detail) = host.run(tenant, run).await? else {
        return Ok(None);
    };
    let facts = host.decision(tenant, run).await?;
    let status = detail.outcome.status;
    let own = facts
        .as_ref()
        .zip(reader)
        .is_some_and(|(facts, reader)| is_by(&facts.decider, reader));
    let by = facts.as_ref().map(|facts| {
        if own {
            format!(
                "{} by you",
                if facts.decision == "approve" {
                    "approved"
                } else {
                    "rejected"
                }
            )
        } else {
            decided(facts)
        }
    });
    let words = match (&by, status) {
        (Some(by), _) => format!("this card was {by}"),
        (None, RunStatus::Rejected) => {
            "nobody decided in time: the card expired, and nothing was done".to_owned()
        }
        (None, RunStatus::Refused) => {
            "a rule stopped this run before anybody decided; nothing was done".to_owned()
        }
        (None, RunStatus::AwaitingApproval) => "this card waits for a decision".to_owned(),
        (None, status) => format!(
            "this run does not wait for a decision: it is {}",
            status.word()
        ),
    };
    Ok(Some(Over { status, by, words }))
}
