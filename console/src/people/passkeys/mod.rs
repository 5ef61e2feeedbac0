//! Passkeys: adding one, signing in with it, and showing it for a decision. A challenge is a row of the server, bound to what it
//! was asked for, and is answered once.

pub mod check;

use std::net::IpAddr;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::fields::Fields;
use guildhall_web::limits::network;
use guildhall_web::random::random;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use self::check::{Asked as What, Bad, EDDSA, ES256, Kept, RS256, Site};
use super::{Person, PersonId, session};
use crate::app::App;
use crate::store::passkeys::{self as rows, ChallengeRow, PasskeyRow};
use crate::store::people;

/// How long a challenge can be answered, in milliseconds.
const CHALLENGE_MS: i64 = 5 * 60 * 1000;
/// Passkeys that a person may have.
const MOST: usize = 20;
/// Longest name of a passkey, in characters.
pub const MAX_NAME: usize = 60;
/// Longest part of an answer, in bytes.
const MAX_PART: usize = 8 * 1024;

/// What a challenge is for, and who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in with this cookie.
    SignIn {
        /// Hash of the cookie.
        cookie: [u8; 32],
    },
    /// To add a passkey in this session.
    Register {
        /// Hash of its cookie.
        session: [u8; 32],
    },
    /// To decide, in this session.
    Decide {
        /// Hash of its cookie.
        session: [u8; 32],
        /// One hash over runs and what was shown of them.
        subject: Digest,
    },
    /// To do something that is no card, in this session.
    Confirm {
        /// Hash of its cookie.
        session: [u8; 32],
        /// One hash over what.
        deed: Digest,
    },
}

impl Purpose {
    fn row(&self, person: Option<&PersonId>, expires: i64) -> ChallengeRow {
        let (purpose, bound, subject) = match self {
            Self::SignIn { cookie } => ("sign-in", cookie, String::new()),
            Self::Register { session } => ("register", session, String::new()),
            Self::Decide { session, subject } => ("decide", session, subject.to_string()),
            Self::Confirm { session, deed } => ("confirm", session, deed.to_string()),
        };
        ChallengeRow {
            purpose: purpose.to_owned(),
            bound: bound.to_vec(),
            person: person.map(|person| person.as_str().to_owned()),
            subject,
            expires,
        }
    }
}

/// What the browser is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The challenge.
    challenge: String,
    /// The name that passkeys of this console belong to.
    rp_id: String,
    /// Passkeys that may answer, or that are there already.
    credentials: Vec<String>,
    /// Kinds of keys that are taken.
    algorithms: [i64; 3],
    /// Who, for a new passkey.
    user: String,
    /// What that person is called.
    name: String,
}

/// What the browser answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    id: Vec<u8>,
    data: Vec<u8>,
    client: Vec<u8>,
    signature: Vec<u8>,
    user: Vec<u8>,
}

impl Answer {
    /// As a form carries it; none, if it carries none.
    #[must_use]
    pub fn of_fields(fields: &Fields) -> Option<Self> {
        fields.get("passkey.id")?;
        Some(Self {
            id: part(fields, "passkey.id"),
            data: part(fields, "passkey.data"),
            client: part(fields, "passkey.client"),
            signature: part(fields, "passkey.signature"),
            user: part(fields, "passkey.user"),
        })
    }
}

/// A part of an answer. What can't be read is empty, and fits nothing.
fn part(fields: &Fields, name: &str) -> Vec<u8> {
    let text = fields.text(name);
    if text.len() > MAX_PART {
        return Vec::new();
    }
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// Whether a person has a passkey.
///
/// # Errors
/// [`ApiError::Store`].
pub async fn has(app: &App, person: &Person) -> Result<bool, ApiError> {
    Ok(!list(app, person).await?.is_empty())
}

/// Passkeys of a person.
///
/// # Errors
/// [`ApiError::Store`].
pub async fn list(app: &App, person: &Person) -> Result<Vec<PasskeyRow>, ApiError> {
    let mut db = app.store.read().await?;
    Ok(rows::of(&mut db, person.id()).await?)
}

/// A challenge for a purpose. `person`: who may answer; none: whoever signs in.
///
/// # Errors
/// [`ApiError`] of the database or of the system's random bytes.
pub async fn ask(app: &App, person: Option<&Person>, purpose: Purpose) -> Result<Asked, ApiError> {
    let challenge = random()?;
    let hash: [u8; 32] = Sha256::digest(*challenge).into();
    let now = app.clock.now();
    let row = purpose.row(person.map(Person::id), now.saturating_add(CHALLENGE_MS));
    let mut tx = app.store.write().await?;
    rows::ask(tx.connection(), &hash, &row, now).await?;
    let known = match person {
        Some(person) => rows::of(tx.connection(), person.id()).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(Asked {
        challenge: URL_SAFE_NO_PAD.encode(*challenge),
        rp_id: rp_id(app)?,
        credentials: known
            .iter()
            .map(|row| URL_SAFE_NO_PAD.encode(&row.id))
            .collect(),
        algorithms: [ES256, EDDSA, RS256],
        user: person
            .map(|person| URL_SAFE_NO_PAD.encode(person.id().as_str()))
            .unwrap_or_default(),
        name: person
            .map(|person| person.name().to_owned())
            .unwrap_or_default(),
    })
}

/// Checks an answer of this person's passkey to a challenge for exactly this purpose. Whatever comes of it, the challenge is
/// used up.
///
/// # Errors
/// A refusal, if it is none.
pub async fn verify(
    app: &App,
    person: &Person,
    purpose: Purpose,
    answer: &Answer,
) -> Result<(), ApiError> {
    take(app, Some(person.id()), purpose, &answer.client, What::Show).await?;
    let row = judged(app, answer).await?;
    if row.person != *person.id() {
        return Err(not_taken(Bad::Signature));
    }
    Ok(())
}

/// Signs in whoever shows a passkey. `before`: the cookie that asked. Gives the cookie of the session.
///
/// # Errors
/// A refusal, if it is no passkey of anybody here.
pub async fn sign_in(
    app: &App,
    client: IpAddr,
    before: &Secret,
    answer: &Answer,
) -> Result<Secret, ApiError> {
    app.limits.login.check(&network(client))?;
    let purpose = Purpose::SignIn {
        cookie: before.hash(),
    };
    take(app, None, purpose, &answer.client, What::Show).await?;
    let row = judged(app, answer).await?;
    let mut tx = app.store.write().await?;
    // Removed meanwhile?
    let person = people::get(tx.connection(), &row.person).await?;
    let person = person.ok_or_else(|| not_taken(Bad::Signature))?;
    let secret = session::begin(app, tx.connection(), &person.id, Some(before)).await?;
    tx.commit().await?;
    tracing::info!(person = %person.id, "signed in with a passkey");
    Ok(secret)
}

/// Looks a passkey up, checks its answer and counts the use.
async fn judged(app: &App, answer: &Answer) -> Result<PasskeyRow, ApiError> {
    let rp_id = rp_id(app)?;
    let site = Site {
        rp_id: &rp_id,
        origin: app.public.url(),
    };
    let mut tx = app.store.write().await?;
    let row = rows::get(tx.connection(), &answer.id).await?;
    let row = row.ok_or_else(|| not_taken(Bad::Signature))?;
    if !answer.user.is_empty() && answer.user != row.person.as_str().as_bytes() {
        return Err(not_taken(Bad::Signature));
    }
    let kept = Kept {
        alg: row.alg,
        key: &row.key,
        counter: u32::try_from(row.counter).unwrap_or(u32::MAX),
    };
    let judged = check::verify(kept, &answer.data, &answer.client, &answer.signature, site);
    let counter = judged.map_err(|bad| {
        tracing::warn!(person = %row.person, %bad, "a passkey was refused");
        not_taken(bad)
    })?;
    let now = app.clock.now();
    if !rows::used(tx.connection(), &row, i64::from(counter), now).await? {
        return Err(not_taken(Bad::Counter));
    }
    tx.commit().await?;
    Ok(row)
}

/// Uses a challenge up, if it is for this.
async fn take(
    app: &App,
    person: Option<&PersonId>,
    purpose: Purpose,
    client: &[u8],
    what: What,
) -> Result<(), ApiError> {
    let rp_id = rp_id(app)?;
    let site = Site {
        rp_id: &rp_id,
        origin: app.public.url(),
    };
    let challenge = check::client(client, what, site).map_err(not_taken)?;
    let challenge = URL_SAFE_NO_PAD
        .decode(challenge)
        .map_err(|_| not_taken(Bad::Form))?;
    let hash: [u8; 32] = Sha256::digest(&challenge).into();
    let mut tx = app.store.write().await?;
    let found = rows::take(tx.connection(), &hash).await?;
    tx.commit().await?;
    let found = found.ok_or_else(stale)?;
    let wanted = purpose.row(person, found.expires);
    if found != wanted {
        return Err(not_taken(Bad::Purpose));
    }
    if found.expires <= app.clock.now() {
        return Err(stale());
    }
    Ok(())
}

/// Adds a passkey to a person who has just shown who they are.
///
/// # Errors
/// A refusal, if what the browser handed over is none.
pub async fn register(
    app: &App,
    person: &Person,
    session: [u8; 32],
    fields: &Fields,
) -> Result<(), ApiError> {
    let label = plain(fields.text("label").trim(), MAX_NAME);
    if label.is_empty() {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "passkey.name",
            "the passkey has no name",
            "write what it is, so that you know it again",
        ));
    }
    let client = part(fields, "passkey.client");
    let purpose = Purpose::Register { session };
    take(app, Some(person.id()), purpose, &client, What::Make).await?;
    let rp_id = rp_id(app)?;
    let site = Site {
        rp_id: &rp_id,
        origin: app.public.url(),
    };
    let data = part(fields, "passkey.data");
    let said = check::device(&data, site).map_err(not_taken)?;
    let id = part(fields, "passkey.id");
    if said.credential != Some(&id) {
        return Err(not_taken(Bad::Form));
    }
    let alg: i64 = fields
        .text("passkey.alg")
        .parse()
        .map_err(|_| not_taken(Bad::Key))?;
    let key = check::key(alg, &part(fields, "passkey.key")).map_err(not_taken)?;
    let mut tx = app.store.write().await?;
    if rows::of(tx.connection(), person.id()).await?.len() >= MOST {
        return Err(refuse(
            StatusCode::CONFLICT,
            "passkey.many",
            format!("you have {MOST} passkeys already"),
            "remove one that you don't use any more",
        ));
    }
    let row = PasskeyRow {
        id,
        person: person.id().clone(),
        name: label,
        alg,
        key,
        counter: i64::from(said.counter),
        created: app.clock.now(),
        used: None,
    };
    if !rows::insert(tx.connection(), &row).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "passkey.known",
            "this passkey is known already",
            "use another device, or remove it first",
        ));
    }
    tx.commit().await?;
    tracing::info!(person = %person.id(), "a passkey was added");
    Ok(())
}

/// Takes a passkey of a person away.
///
/// # Errors
/// [`ApiError::Store`].
pub async fn remove(app: &App, person: &Person, id: &str) -> Result<bool, ApiError> {
    let id = URL_SAFE_NO_PAD.decode(id).unwrap_or_default();
    let mut tx = app.store.write().await?;
    let removed = rows::remove(tx.connection(), person.id(), &id).await?;
    tx.commit().await?;
    Ok(removed)
}

/// The name that passkeys of this console belong to.
fn rp_id(app: &App) -> Result<String, ApiError> {
    url::Url::parse(app.public.url())
        .ok()
        .and_then(|url| url.domain().map(str::to_owned))
        .ok_or_else(|| {
            refuse(
                StatusCode::CONFLICT,
                "passkey.name",
                "passkeys belong to a name, and this console is reached by a number",
                "open it as `http://localhost` with its port, or give it a public address; meanwhile use your password",
            )
        })
}

fn not_taken(bad: Bad) -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        "passkey.refused",
        format!("the passkey was not taken: {bad}"),
        "try again, or use your password",
    )
}

fn stale() -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        "passkey.stale",
        "the passkey was shown too late, or twice for the same question",
        "show it again",
    )
}
