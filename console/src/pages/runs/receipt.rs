//! The receipt of a run: downloaded, and checked on a page that says in words what was checked and what was not.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use guildhall_host::{
    EffectFacts, EffectState, Host, Receipt, ReceiptError, Retention, Tenant, VerifyError,
};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, not_found, refuse};

use super::found;
use super::words::title;
use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, sentence, when};
use crate::people::Right;
use crate::uploads;

/// Largest file that is handed out, in bytes.
const MAX_FILE: u64 = 64 << 20;

#[derive(Template)]
#[template(path = "runs/verify.html")]
struct Verify {
    frame: Frame,
    id: String,
    title: String,
    is_good: bool,
    checks: Vec<Check>,
    signed: Option<Signed>,
    /// Whether it can be executed again: it kept everything.
    can_replay: bool,
    replayed: bool,
}

struct Signed {
    status: String,
    key: String,
    entries: String,
    decided: Option<(String, String, When)>,
}

/// One thing that a receipt is checked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    name: &'static str,
    /// What it means.
    about: &'static str,
    state: Verdict,
    found: String,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    NotChecked,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Passed => "good",
            Self::Failed => "failed",
            Self::NotChecked => "not checked",
        }
    }

    const fn badge(self) -> &'static str {
        match self {
            Self::Passed => "good",
            Self::Failed => "bad",
            Self::NotChecked => "",
        }
    }
}

/// Name and meaning of each check, in the order in which they are made.
const CHECKS: [(&str, &str); 4] = [
    (
        "Signature",
        "The receipt was signed by this host's key, and nothing in it was changed since.",
    ),
    (
        "Audit log",
        "The end of the run is a link of the chain of everything that happened here, and the chain is whole.",
    ),
    (
        "Journal",
        "What is kept of the run (what it was given, read and answered) is what was signed.",
    ),
    (
        "Replay",
        "Executed again with the same answers, the skill does the same.",
    ),
];

/// The receipt as a file.
pub async fn download(
    State(app): State<App>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let host = app.host.for_person(person);
    found(host, &id).await?;
    let envelope = envelope(host, &id).await?;
    Ok(attachment(
        envelope,
        "application/json",
        &format!("receipt-{id}.json"),
    )?)
}

/// A receipt that is there, or why not.
async fn envelope(host: &Host, id: &str) -> Result<Vec<u8>, Other> {
    host.receipt(&Tenant::local(), id).await?.ok_or_else(|| {
        Other::Problem(refuse(
            StatusCode::CONFLICT,
            "run.no-receipt",
            "the run is still at work, so it has no receipt yet",
            "wait until it has ended",
        ))
    })
}

/// A file that a run wrote into a folder of this console, if it is still the one that was approved.
pub async fn file(
    State(app): State<App>,
    Path((id, effect)): Path<(String, u32)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let detail = found(app.host.for_person(person), &id).await?;
    let report = detail
        .outcome
        .effects
        .iter()
        .find(|report| report.effect.index == effect && report.state == EffectState::Done);
    let Some(EffectFacts::FileWrite(write)) = report.map(|report| &report.effect.facts) else {
        return Err(not_found("file").into());
    };
    if !uploads::is_output(&app.config, &write.location.folder) || write.bytes > MAX_FILE {
        return Err(not_found("file").into());
    }
    let path = write.target();
    let content = tokio::fs::read(&path).await.unwrap_or_default();
    if Digest::of(&content) != write.digest {
        return Err(Other::Problem(refuse(
            StatusCode::CONFLICT,
            "file.changed",
            "the file is not there any more, or is not the one that was approved",
            "run the skill again to have it made anew",
        )));
    }
    let name = path.file_name().map_or_else(
        || "file".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok(attachment(content, "application/octet-stream", &name)?)
}

/// Bytes as a file to be saved, never to be shown by the browser.
fn attachment(content: Vec<u8>, kind: &'static str, name: &str) -> Result<Response, ApiError> {
    let safe: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
            _ => '_',
        })
        .take(150)
        .collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\""))
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, disposition)
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from(content))
        .map_err(|error| ApiError::Fault(error.to_string()))
}

/// Checks the receipt against the journal.
pub async fn verify(
    State(app): State<App>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Other> {
    visitor.person(Right::View, &format!("/runs/{id}/verify"))?;
    checked(&app, &visitor, &id, false).await
}

/// Checks it, and executes the run again.
pub async fn replay(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Operate, &format!("/runs/{id}/verify"))?;
    checked(&app, &visitor, &id, true).await
}

async fn checked(app: &App, visitor: &Visitor, id: &str, replay: bool) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let host = app.host.for_person(person);
    let detail = found(host, id).await?;
    let envelope = envelope(host, id).await?;
    let tenant = Tenant::local();
    let verified = if replay {
        host.replay_receipt(&tenant, &envelope).await
    } else {
        host.verify_receipt(&tenant, &envelope).await
    };
    let keeps_all = detail.outcome.retention == Retention::Full;
    let (checks, receipt) = match verified {
        Ok(receipt) => (good(&receipt, replay), Some(receipt)),
        Err(VerifyError::Receipt(error)) => (bad(&error, keeps_all, replay), None),
        Err(VerifyError::Host(error)) => return Err(error.into()),
    };
    let frame = Frame::new(app, visitor, "Verification", Section::Runs);
    page(&Verify {
        can_replay: keeps_all && frame.operates(),
        frame,
        id: id.to_owned(),
        title: title(&detail.summary.operation),
        is_good: receipt.is_some(),
        checks,
        signed: receipt.as_ref().map(|receipt| signed(host, receipt)),
        replayed: replay,
    })
}

fn signed(host: &Host, receipt: &Receipt) -> Signed {
    Signed {
        status: plain(&receipt.status, 40).replace('_', " "),
        key: host.receipt_key().to_string(),
        entries: super::words::number(receipt.audit.entries),
        decided: receipt.approval.as_ref().map(|approval| {
            let what = match approval.decision.as_str() {
                "approve" => "Approved",
                _ => "Rejected",
            };
            let who = match approval.mandates.as_slice() {
                [] => format!(
                    "{}, {}",
                    plain(&approval.decider, 100),
                    plain(&approval.channel, 40)
                ),
                mandates => format!("a standing approval ({})", plain(&mandates.join(", "), 200)),
            };
            (what.to_owned(), who, when(approval.decided_at_ms))
        }),
    }
}

fn check(index: usize, state: Verdict, found: impl Into<String>) -> Check {
    let (name, about) = CHECKS.get(index).copied().unwrap_or_default();
    Check {
        name,
        about,
        state,
        found: found.into(),
    }
}

const NOT_KEPT: &str =
    "The run did not keep what it read and wrote, so there is nothing to compare.";
const NOT_ASKED: &str = "Nobody asked for it yet.";

fn good(receipt: &Receipt, replay: bool) -> Vec<Check> {
    let full = receipt.run.retention == Retention::Full;
    vec![
        check(0, Verdict::Passed, "The signature is this host's."),
        check(
            1,
            Verdict::Passed,
            format!(
                "It is there, in a chain of {} entries.",
                super::words::number(receipt.audit.entries)
            ),
        ),
        if full {
            check(2, Verdict::Passed, "All of it is what was signed.")
        } else {
            check(2, Verdict::NotChecked, NOT_KEPT)
        },
        match (replay, full) {
            (true, _) => check(
                3,
                Verdict::Passed,
                "It made the same calls and came to the same answer.",
            ),
            (false, true) => check(3, Verdict::NotChecked, NOT_ASKED),
            (false, false) => check(3, Verdict::NotChecked, NOT_KEPT),
        },
    ]
}

/// Which check failed, and what is known of the others.
fn bad(error: &ReceiptError, keeps_all: bool, replay: bool) -> Vec<Check> {
    let failed = match error {
        ReceiptError::Envelope(_) | ReceiptError::Content(_) => 0,
        ReceiptError::Audit(_) => 1,
        ReceiptError::NoRun(_) | ReceiptError::Differs { .. } => 2,
        ReceiptError::Replay(_) | ReceiptError::NotReplayable(_) => 3,
    };
    // What can't be executed again is not shown to be wrong.
    let state = match error {
        ReceiptError::NotReplayable(_) => Verdict::NotChecked,
        _ => Verdict::Failed,
    };
    (0..CHECKS.len())
        .map(|index| match index {
            3 if index == failed && !keeps_all => check(3, state, NOT_KEPT),
            _ if index == failed => check(index, state, sentence(&plain(&error.to_string(), 600))),
            2 if index < failed && !keeps_all => check(2, Verdict::NotChecked, NOT_KEPT),
            _ if index < failed => check(index, Verdict::Passed, "As it was signed."),
            3 if !replay => check(3, Verdict::NotChecked, NOT_ASKED),
            _ => check(index, Verdict::NotChecked, "A check before it failed."),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Failed, NotChecked, Passed};

    #[test]
    fn what_was_checked_before_a_failure_and_what_was_not_is_said() {
        for (error, keeps_all, replay, expected) in [
            (
                ReceiptError::Content("x".to_owned()),
                true,
                false,
                [Failed, NotChecked, NotChecked, NotChecked],
            ),
            (
                ReceiptError::Differs {
                    what: "the input".to_owned(),
                },
                true,
                false,
                [Passed, Passed, Failed, NotChecked],
            ),
            (
                ReceiptError::Replay("another output".to_owned()),
                true,
                true,
                [Passed, Passed, Passed, Failed],
            ),
            (
                ReceiptError::NotReplayable("not kept".to_owned()),
                false,
                true,
                [Passed, Passed, NotChecked, NotChecked],
            ),
        ] {
            let states: Vec<Verdict> = bad(&error, keeps_all, replay)
                .iter()
                .map(|check| check.state)
                .collect();
            assert_eq!(states, expected, "{error}");
        }
    }
}
