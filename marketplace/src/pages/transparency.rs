//! The public log: what it is good for, how far it is, who watches it, and what came last.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::trust::log::{Entry, Event, SignedCheckpoint, Withdrawal, cosignatures};

use super::frame::{Frame, page};
use super::visitor::Visitor;
use super::words::{self, Day};
use crate::app::App;
use crate::clock::wire;
use crate::error::ApiError;
use crate::log::not_ready;

/// Entries that are shown.
const RECENT: u64 = 25;

#[derive(Template)]
#[template(path = "transparency.html")]
struct Page {
    frame: Frame,
    origin: String,
    size: String,
    root_hash: String,
    log_key: String,
    checkpoint: String,
    root_version: String,
    root_expires: Day,
    fingerprint: String,
    needed: usize,
    witnesses: Vec<Witness>,
    entries: Vec<Line>,
}

/// A witness, and what is known of it.
struct Witness {
    name: String,
    key: String,
    operator: Option<String>,
    is_the_same: bool,
    seen: Option<Day>,
}

/// An entry of the log.
struct Line {
    index: u64,
    at: Day,
    text: String,
    skill: Option<String>,
    reason: Option<String>,
    class: &'static str,
}

/// The log.
pub async fn get(State(app): State<App>, visitor: Visitor) -> Result<Response, ApiError> {
    let published = app.shelf.published().ok_or_else(not_ready)?;
    let root = app.shelf.roots().newest().clone();
    let file = root.file();
    let entries = entries(&app, published.size).await?;
    let template = Page {
        frame: Frame::new(&app, &visitor, "Transparency"),
        origin: file.origin.clone(),
        size: words::figure(published.size),
        root_hash: published.root.to_string(),
        log_key: file.log.to_string(),
        checkpoint: String::from_utf8_lossy(&published.note).into_owned(),
        root_version: file.version.to_string(),
        root_expires: words::day(wire(file.expires)),
        fingerprint: root.fingerprint().to_string(),
        needed: usize::try_from(file.witness_threshold).unwrap_or(usize::MAX),
        witnesses: witnesses(&app, file, &published.note),
        entries,
    };
    page(&app, &visitor, StatusCode::OK, &template)
}

fn witnesses(app: &App, file: &guildhall_package::trust::RootFile, note: &[u8]) -> Vec<Witness> {
    let seen = SignedCheckpoint::parse(note)
        .ok()
        .and_then(|note| cosignatures(note.note(), &file.witnesses).ok())
        .unwrap_or_default();
    let tell = |key: &guildhall_package::trust::log::VerifierKey| {
        let operator = app
            .config
            .witnesses
            .iter()
            .find(|witness| witness.key == *key)
            .and_then(|witness| witness.operator.clone());
        Witness {
            name: key.name().to_owned(),
            key: key.to_string(),
            is_the_same: operator.is_some() && operator == app.config.operator,
            operator,
            seen: seen
                .iter()
                .find(|one| one.witness == *key)
                .map(|one| words::moment(one.time.saturating_mul(1000))),
        }
    };
    file.witnesses.iter().map(tell).collect()
}

async fn entries(app: &App, size: u64) -> Result<Vec<Line>, ApiError> {
    let mut lines = Vec::new();
    let mut index = size.saturating_sub(RECENT);
    while index < size {
        // Those of one bundle: the last ones may lie in two.
        let bundle = app.tiles.entries(index, size).await?;
        if bundle.is_empty() {
            break;
        }
        for bytes in bundle {
            if let Ok(entry) = Entry::parse(&bytes) {
                lines.push(line(index, &entry));
            }
            index += 1;
        }
    }
    lines.reverse();
    Ok(lines)
}

fn line(index: u64, entry: &Entry) -> Line {
    let withdrawn = |what: &str, it: &Withdrawal| {
        (
            format!("{} {} {what}", it.name, it.version),
            Some(it.name.to_string()),
            Some(it.reason.clone()),
        )
    };
    let (text, skill, reason) = match &entry.event {
        Event::NamespaceGranted { publisher } => {
            (format!("{publisher} became a publisher"), None, None)
        }
        Event::KeyGranted { publisher, key } => (
            format!("{publisher} may sign with the key {key}"),
            None,
            None,
        ),
        Event::KeyRevoked {
            publisher,
            key,
            from,
        } => (
            format!(
                "{publisher} may no longer sign with the key {key}; what it released from {} on is void",
                words::day(wire(*from)).text
            ),
            None,
            None,
        ),
        Event::Release(it) => (
            format!("{} {} was released", it.name, it.version),
            Some(it.name.to_string()),
            None,
        ),
        Event::Price { name, price } => (
            format!("{name} costs from now on: {price}"),
            Some(name.to_string()),
            None,
        ),
        Event::Yank(it) => withdrawn("was taken off the shelf", it),
        Event::Unyank(it) => withdrawn("is back on the shelf", it),
        Event::Revoke(it) => withdrawn("was revoked: it must not run any more", it),
    };
    let class = match &entry.event {
        Event::Revoke(_) | Event::KeyRevoked { .. } => "bad",
        Event::Yank(_) => "warn",
        _ => "",
    };
    Line {
        index,
        at: words::moment(wire(entry.at)),
        text,
        skill: skill.map(|name| format!("/skills/{name}")),
        reason,
        class,
    }
}
