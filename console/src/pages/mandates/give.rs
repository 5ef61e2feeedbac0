//! Giving a mandate by itself: to one version of one skill, for one account, one folder or one recipient, with its limits. One for
//! money takes showing who one is.

use std::path::{Path, PathBuf};

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::{MandateTerms, MessageGrant, PayGrant, Period, Scope, Terms};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::error::ApiError;
use guildhall_web::extract::Client;
use guildhall_web::fields::{Fields, Query};
use jiff::tz::TimeZone;

use super::PATH;
use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{Desk, NotDecided};
use crate::approvals::proof::Subject;
use crate::pages::answer::{Other, see, shown_again};
use crate::pages::approvals::{challenge, in_months, proof};
use crate::pages::frame::{Frame, Section, with_status};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::{self, sentence};
use crate::people::passkeys::{self, Asked};
use crate::people::{Person, Right};

/// Where it is.
pub(super) const NEW: &str = "/mandates/new";
/// The most files or messages in a period.
const MOST: u64 = 1_000_000;

/// What a mandate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payments,
    Files,
    Messages,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Payments, Self::Files, Self::Messages];

    const fn word(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Files => "files",
            Self::Messages => "messages",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Payments => "Payments to one account",
            Self::Files => "Files in one folder",
            Self::Messages => "Messages to one recipient",
        }
    }

    fn of(fields: &Fields) -> Self {
        let word = fields.text("kind");
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.unwrap_or(Self::Payments)
    }
}

/// Something to choose.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// What was typed, to be shown again.
#[derive(Default)]
struct Typed {
    account: String,
    amount: String,
    currency: String,
    folder: String,
    replace: bool,
    channel: String,
    recipient: String,
    count: String,
    until: String,
}

#[derive(Template)]
#[template(path = "mandates/new.html")]
struct New {
    frame: Frame,
    kind: &'static str,
    heading: &'static str,
    /// The other kinds: word and name.
    others: Vec<(&'static str, &'static str)>,
    skills: Vec<Choice>,
    periods: Vec<Choice>,
    typed: Typed,
    zone: String,
    passkeys: bool,
    /// Whether this person may not name a folder of this machine.
    is_barred: bool,
    problem: Option<String>,
}

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    // A link, which may come from anywhere, chooses the kind and no more: what is allowed is typed here.
    let kind = Fields::parse(format!("kind={}", Kind::of(&fields).word()).as_bytes());
    shown(&app, &visitor, &kind, (StatusCode::OK, None)).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, Other> {
    let person = visitor.person(Right::Approve, NEW)?;
    let kind = Kind::of(fields);
    let zone = zone();
    let short = |name: &str, most: usize| fields.text(name).chars().take(most).collect::<String>();
    let wanted = fields.text("skill");
    let installed = app.shelf.installed().await?;
    let template = New {
        frame: Frame::new(app, visitor, "A new mandate", Section::Money),
        kind: kind.word(),
        heading: kind.heading(),
        others: Kind::ALL
            .into_iter()
            .filter(|other| *other != kind)
            .map(|other| (other.word(), other.heading()))
            .collect(),
        skills: installed
            .into_iter()
            .map(|skill| Choice {
                label: format!("{} {}", skill.name, skill.version),
                chosen: skill.package.digest.to_string() == wanted,
                value: skill.package.digest.to_string(),
            })
            .collect(),
        periods: Period::ALL
            .into_iter()
            .map(|period| Choice {
                value: period.word().to_owned(),
                label: period.phrase().to_owned(),
                chosen: period.word() == fields.text("per"),
            })
            .collect(),
        typed: Typed {
            account: short("account", 120),
            amount: short("amount", 30),
            currency: short("currency", 3),
            folder: short("folder", 1_000),
            replace: fields.get("replace").is_some(),
            channel: short("channel", 64),
            recipient: short("recipient", 320),
            count: short("count", 7),
            until: match fields.get("until") {
                Some(until) => until.chars().take(20).collect(),
                None => in_months(app.clock.now(), &zone),
            },
        },
        zone,
        passkeys: kind == Kind::Payments && passkeys::has(app, person).await?,
        is_barred: kind == Kind::Files && !person.may(Right::Own),
        problem,
    };
    with_status(status, &template)
}

/// The calendar of this machine.
fn zone() -> String {
    let system = TimeZone::system();
    system.iana_name().unwrap_or("UTC").to_owned()
}

/// What a form asks for: to which skill, and what; or what is wrong with it, as a sentence.
async fn asked(
    app: &App,
    person: &Person,
    fields: &Fields,
) -> Result<Result<(Digest, MandateTerms), String>, Other> {
    let installed = app.shelf.installed().await?;
    let wanted = fields.text("skill");
    let skill = installed
        .iter()
        .map(|skill| skill.package.digest)
        .find(|digest| digest.to_string() == wanted);
    let Some(skill) = skill else {
        return Ok(Err("Choose a skill that is installed.".to_owned()));
    };
    Ok(terms(app, person, fields).map(|terms| (skill, terms)))
}

fn terms(app: &App, person: &Person, fields: &Fields) -> Result<MandateTerms, String> {
    let zone = zone();
    let some = |name: &str| {
        let text = fields.text(name).trim();
        (!text.is_empty()).then_some(text)
    };
    let parsed = Terms::parse(some("until"), None, some("per"), &zone, app.clock.now());
    let parsed = parsed.map_err(|error| sentence(&hints::of_terms(&error)))?;
    let per = parsed
        .per
        .ok_or_else(|| "Choose how it is counted.".to_owned())?;
    let count = || {
        some("count")
            .and_then(|text| text.parse::<u64>().ok())
            .filter(|count| (1..=MOST).contains(count))
            .ok_or_else(|| "Write how many, as a whole number from 1 on.".to_owned())
    };
    let scope = match Kind::of(fields) {
        Kind::Payments => payments(some("account"), some("currency"), some("amount"), per)?,
        Kind::Files => Scope::FileWrite {
            folder: folder(app, person, some("folder").unwrap_or_default())?,
            replace: fields.get("replace").is_some(),
            per,
            count: count()?,
        },
        Kind::Messages => {
            let text = format!(
                "{} to {}",
                some("channel").unwrap_or_default(),
                some("recipient").unwrap_or_default()
            );
            let grant: Option<MessageGrant> = text.parse().ok();
            let (channel, recipient) = grant
                .and_then(|grant| Some((grant.channel.to_string(), grant.recipient?)))
                .ok_or_else(|| "Write the name of a channel and one recipient.".to_owned())?;
            Scope::Message {
                channel,
                recipient,
                per,
                count: count()?,
            }
        }
    };
    Ok(MandateTerms {
        scope,
        zone,
        until_ms: parsed.until_ms,
    })
}

fn payments(
    account: Option<&str>,
    currency: Option<&str>,
    amount: Option<&str>,
    per: Period,
) -> Result<Scope, String> {
    let text = format!(
        "{} {} to {}",
        currency.unwrap_or_default().to_ascii_uppercase(),
        amount.unwrap_or_default(),
        account.unwrap_or_default()
    );
    let grant: PayGrant = text
        .parse()
        .map_err(|error: guildhall_host::PayGrantError| {
            sentence(&plain(&error.to_string(), 400))
        })?;
    let one = grant.payee.as_ref().and_then(|payee| {
        let account = payee.account()?;
        Some((payee.scheme().as_str().to_owned(), account.to_owned()))
    });
    let (scheme, account) =
        one.ok_or_else(|| "Write the one account that is paid, an IBAN for example.".to_owned())?;
    Ok(Scope::Payment {
        scheme,
        account,
        currency: grant.ceiling.currency,
        limit_minor: grant.ceiling.minor,
        per,
        each_minor: None,
    })
}

/// A folder that an owner names, as the host calls it: by its own path, links followed.
fn folder(app: &App, person: &Person, written: &str) -> Result<PathBuf, String> {
    if !person.may(Right::Own) {
        return Err("Only an owner of this console may name a folder of this machine.".to_owned());
    }
    let path = Path::new(written);
    if !path.is_absolute() {
        return Err("Write the whole path of a folder, from / on.".to_owned());
    }
    let found = path
        .canonicalize()
        .ok()
        .filter(|found| found.is_dir())
        .ok_or_else(|| "There is no such folder on this machine.".to_owned())?;
    // Who can write there can approve in everybody's name.
    let own = app.config.state.canonicalize().unwrap_or_default();
    let home = own.parent().unwrap_or(&own);
    if found.starts_with(home) || home.starts_with(&found) {
        return Err(
            "Name a folder that has nothing to do with the one that this console lives in."
                .to_owned(),
        );
    }
    Ok(found)
}

/// Gives it.
pub(super) async fn post(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Approve, NEW)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(NEW.to_owned()));
    };
    let unusable = StatusCode::UNPROCESSABLE_ENTITY;
    let (skill, terms) = match asked(&app, person, &fields).await? {
        Ok(asked) => asked,
        Err(problem) => return shown(&app, &visitor, &fields, (unusable, Some(problem))).await,
    };
    let subject = Subject::mandate(skill, &terms);
    let typed = !fields.text("password").is_empty() || fields.get("passkey.id").is_some();
    let shown_again = match typed {
        true => proof(&app, client, session, &fields, subject).await,
        false => proof(&app, client, session, &Fields::default(), subject).await,
    };
    let shown_again = match shown_again {
        Ok(proof) => proof,
        Err(error) => return wrong(&app, &visitor, &fields, error).await,
    };
    let desk = Desk::of(&app, person, Channel::Console)?;
    match desk.allow(skill, terms, &shown_again).await {
        Ok(id) => {
            tracing::info!(mandate = id, person = %person.id(), "a mandate was given");
            Ok(see(PATH))
        }
        Err(NotDecided::SignInAgain(_)) => {
            let problem =
                "It allows money to be paid without asking: give your password, or use a passkey.";
            let problem = (StatusCode::FORBIDDEN, Some(problem.to_owned()));
            shown(&app, &visitor, &fields, problem).await
        }
        Err(NotDecided::Fault(error)) => Err(Other::Problem(ApiError::Part(error))),
        Err(error) => {
            let problem = sentence(&plain(&error.to_string(), 600));
            shown(&app, &visitor, &fields, (unusable, Some(problem))).await
        }
    }
}

async fn wrong(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    error: ApiError,
) -> Result<Response, Other> {
    let (status, problem) = shown_again(error)?;
    let told = Some(words::problem(&problem));
    shown(app, visitor, fields, (status, told)).await
}

/// A challenge for the passkey of who gives it.
pub(super) async fn ask(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Json<Asked>, Other> {
    let person = visitor.person(Right::Approve, NEW)?;
    let (skill, terms) = asked(&app, person, &fields)
        .await?
        .map_err(|problem| guildhall_web::error::invalid("mandate", problem))?;
    challenge(&app, &visitor, Subject::mandate(skill, &terms)).await
}
