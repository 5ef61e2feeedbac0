//! Showing again who one is, with a decision: what a page asks for, and how what was sent becomes a proof.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_host::{Card, MandateTerms};
use guildhall_package::Digest;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::fields::Fields;

use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::Desk;
use crate::approvals::proof::{Proof, Subject};
use crate::approvals::rules::Reason;
use crate::pages::answer::Other;
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::sentence;
use crate::people::passkeys::{self, Asked, Purpose};
use crate::people::session::Session;
use crate::people::{Person, Right};

/// What a form asks of who sends it.
pub(super) struct Ask {
    /// Why signing in again is asked for; nothing if it is not.
    pub(super) reasons: Vec<String>,
    /// Whether this person has a passkey.
    pub(super) passkeys: bool,
    /// The person's name, for what keeps passwords.
    pub(super) name: String,
}

impl Ask {
    /// Of what an approval of these cards takes.
    ///
    /// # Errors
    /// If the wallet or the database can't be read.
    pub(super) async fn of(
        app: &App,
        visitor: &Visitor,
        cards: &[&Card],
        mandates: &[MandateTerms],
    ) -> Result<Self, Other> {
        let nothing = Self {
            reasons: Vec::new(),
            passkeys: false,
            name: String::new(),
        };
        let Some(session) = visitor.session() else {
            return Ok(nothing);
        };
        let person = session.person();
        if !person.may(Right::Approve) {
            return Ok(nothing);
        }
        let proof = Proof::of_session(session, app.clock.now());
        let proved = cards
            .iter()
            .all(|card| proof.covers(person, &card.invocation, card.effect_set));
        if proved {
            return Ok(nothing);
        }
        let reasons = reasons(app, person, cards, mandates).await?;
        Ok(Self {
            reasons: reasons
                .iter()
                .map(|reason| sentence(&reason.to_string()))
                .collect(),
            passkeys: passkeys::has(app, person).await?,
            name: person.name().to_owned(),
        })
    }
}

async fn reasons(
    app: &App,
    person: &Person,
    cards: &[&Card],
    mandates: &[MandateTerms],
) -> Result<Vec<Reason>, Other> {
    let desk = Desk::of(app, person, Channel::Console)?;
    Ok(desk.again(cards, mandates).await?)
}

/// What was sent with a decision, as a proof: a passkey's answer, a password, or the session if it has just begun.
///
/// # Errors
/// If what was sent is wrong.
pub(in crate::pages) async fn proof(
    app: &App,
    client: IpAddr,
    session: &Session,
    fields: &Fields,
    subject: Subject,
) -> Result<Proof, ApiError> {
    let person = session.person();
    if let Some(answer) = passkeys::Answer::of_fields(fields) {
        let purpose = Purpose::Decide {
            session: *session.hash(),
            subject: subject.digest(),
        };
        passkeys::verify(app, person, purpose, &answer).await?;
        return Ok(Proof::by_passkey(person.id().clone(), subject));
    }
    match fields.get("password") {
        Some(password) => Proof::by_password(app, client, person, password.to_owned()).await,
        None => Ok(Proof::of_session(session, app.clock.now())),
    }
}

/// A challenge for the passkey of who decides about one card.
pub(super) async fn card(
    State(app): State<App>,
    Path(run): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Json<Asked>, Other> {
    visitor.person(Right::Approve, &super::path_of(&run))?;
    let effect_set = effect_set(fields.text("effects"))?;
    challenge(&app, &visitor, Subject::card(&run, effect_set)).await
}

/// The same for several.
pub(super) async fn batch(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Json<Asked>, Other> {
    visitor.person(Right::Approve, super::PATH)?;
    let taken = super::batch::taken(&fields)?;
    challenge(&app, &visitor, Subject::cards(taken)).await
}

/// A challenge for the passkey of who decides about something.
pub(in crate::pages) async fn challenge(
    app: &App,
    visitor: &Visitor,
    subject: Subject,
) -> Result<Json<Asked>, Other> {
    let person = visitor.person(Right::Approve, super::PATH)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(super::PATH.to_owned()));
    };
    let purpose = Purpose::Decide {
        session: *session.hash(),
        subject: subject.digest(),
    };
    Ok(Json(passkeys::ask(app, Some(person), purpose).await?))
}

/// The hash of what was shown.
pub(super) fn effect_set(text: &str) -> Result<Digest, ApiError> {
    text.parse().map_err(|_| {
        refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "approvals.form",
            "the form does not say what was shown on the card",
            "load the card again and decide there",
        )
    })
}
