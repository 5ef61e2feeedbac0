//! The audit log: read page by page, verified, and its head to be kept elsewhere.

mod said;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{AuditEntry, Tenant, VerifyError};
use guildhall_package::text::plain;
use guildhall_web::error::ApiError;
use guildhall_web::fields::{Fields, Query};

use super::answer::Other;
use super::frame::{Frame, Section, with_status};
use super::money::file;
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{When, sentence, when};
use crate::app::App;
use crate::people::Right;

const PATH: &str = "/settings/audit";
/// Entries on one page.
const ON_A_PAGE: u64 = 50;
/// Longest head that is compared; one has a few hundred bytes.
const MOST: usize = 64 << 10;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(page))
        .route("/settings/audit/verify", post(verify))
        .route("/settings/audit/head.json", get(head))
        .route("/settings/audit/log.jsonl", get(log))
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    entries: Vec<Shown>,
    total: u64,
    hash: String,
    last: Option<When>,
    /// Where older entries begin, if there are any.
    older: Option<u64>,
    newer: bool,
    verdict: Option<Verdict>,
}

/// What a verification came to.
struct Verdict {
    is_good: bool,
    lines: Vec<String>,
}

struct Shown {
    seq: u64,
    at: When,
    text: String,
    kind: String,
    run: Option<String>,
    hash: String,
}

impl Shown {
    fn of(entry: &AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            at: when(entry.at_ms),
            text: said::said(entry),
            kind: plain(&entry.kind, 60),
            run: said::run_of(entry),
            hash: entry.hash.to_string(),
        }
    }
}

async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    shown(&app, &visitor, &fields, None).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    verdict: Option<Verdict>,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let (_, head) = host.audit_page(&tenant, 0, 0).await?;
    let before = fields.get("before").and_then(|text| text.parse().ok());
    let end = before.unwrap_or(head.entries).min(head.entries);
    let from = end.saturating_sub(ON_A_PAGE);
    let many = u32::try_from(end.saturating_sub(from)).unwrap_or_default();
    let (entries, _) = host.audit_page(&tenant, from, many).await?;
    let status = match &verdict {
        Some(verdict) if !verdict.is_good => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    };
    let template = Page {
        frame: Frame::new(app, visitor, "Audit", Section::Settings),
        entries: entries.iter().rev().map(Shown::of).collect(),
        total: head.entries,
        hash: head.hash.to_string(),
        last: (head.entries > 0).then(|| when(head.at_ms)),
        older: (from > 0).then_some(from),
        newer: end < head.entries,
        verdict,
    };
    with_status(status, &template)
}

/// Also against a head that was kept elsewhere, if one is given.
async fn verify(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let host = app.host.for_person(person);
    let kept: Vec<Vec<u8>> = fields
        .get("head")
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.len() <= MOST)
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .collect();
    let verdict = match host.verify_audit(&Tenant::local(), &kept).await {
        Ok(report) => {
            let mut lines = vec![
                format!(
                    "The log is whole: {} entries, each follows from the one before.",
                    report.head.entries
                ),
                format!("{} runs are in the journal as the log says.", report.runs),
            ];
            if report.pruned > 0 {
                lines.push(format!(
                    "{} runs are in the log and were removed from the journal since.",
                    report.pruned
                ));
            }
            lines.push(if report.kept_heads > 0 {
                "The head that you kept lies on it: nothing was cut off or written anew since."
                    .to_owned()
            } else {
                "That its end was not cut off shows only against a head that you kept elsewhere."
                    .to_owned()
            });
            Verdict {
                is_good: true,
                lines,
            }
        }
        Err(VerifyError::Receipt(error)) => Verdict {
            is_good: false,
            lines: vec![sentence(&plain(&error.to_string(), 1_000))],
        },
        Err(VerifyError::Host(error)) => return Err(error.into()),
    };
    shown(&app, &visitor, &fields, Some(verdict)).await
}

async fn head(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let signed = app
        .host
        .for_person(person)
        .audit_head(&Tenant::local())
        .await?;
    let name = format!("audit-head-{}.json", signed.head.entries);
    Ok(file(&name, "application/json", signed.envelope))
}

/// One JSON object a line, as `guildhall audit export` writes it.
async fn log(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let entries = app
        .host
        .for_person(person)
        .audit_log(&Tenant::local())
        .await?;
    let mut text = Vec::new();
    for entry in &entries {
        serde_json::to_writer(&mut text, entry)
            .map_err(|error| ApiError::Fault(error.to_string()))?;
        text.push(b'\n');
    }
    Ok(file("audit-log.jsonl", "application/jsonl", text))
}
