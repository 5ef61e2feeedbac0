//! One run: what came of it, what it did and wanted, what it was given and answered, each thing it asked of the host, and what
//! left this machine.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::{
    AuthoritySet, EffectFacts, EffectReport, EffectState, Failure, HostCallRecord, LogLevel,
    Refusal, RunDetail, RunStatus, Tenant,
};
use guildhall_package::text::plain;
use guildhall_web::error::not_found;
use serde_json::Value;

use super::list::skill_name;
use super::value::{Shown, shown};
use super::words::{
    Standing, bytes, counted, effect_standing, failure, is_at_work, kept, number, span, standing,
    title, took, undo_plan,
};
use super::{found, started};
use crate::app::App;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::skills::path_of;
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, sentence, when};
use crate::people::Right;
use crate::started::Step;

/// Host calls that the page shows; the others are counted.
const CALLS: usize = 500;
/// Longest JSON that is shown beside a drawn value, in characters.
const JSON: usize = 20_000;

#[derive(Template)]
#[template(path = "runs/one.html")]
struct Run {
    frame: Frame,
    id: String,
    title: String,
    skill: String,
    /// Path of the skill's page, if it is an installed release's run.
    skill_path: Option<String>,
    version: String,
    trust: String,
    standing: Standing,
    /// Whether it goes on by itself.
    at_work: bool,
    awaits: bool,
    is_unknown: bool,
    expires: Option<When>,
    failure: Option<String>,
    asks: Vec<String>,
    began: When,
    effects: Vec<Effect>,
    refusals: Vec<RefusalRow>,
    output: Option<Drawn>,
    answer_is_failure: bool,
    input: Option<Drawn>,
    kept: &'static str,
    keeps_all: bool,
    calls: Vec<Call>,
    more_calls: usize,
    sent: Vec<Sent>,
    contacted: Vec<String>,
    does_not: Vec<String>,
    logs: Vec<Log>,
    usage: Vec<(&'static str, String)>,
    /// Path of the form to run the same again.
    again: Option<String>,
    can_undo: bool,
    can_verify: bool,
    /// Whether it is at work and may be stopped.
    can_stop: bool,
    /// What it has done so far, the newest first, while it is at work.
    steps: Vec<Step>,
}

struct Drawn {
    shown: Shown,
    json: String,
}

struct Effect {
    icon: &'static str,
    summary: String,
    word: &'static str,
    badge: &'static str,
    detail: Option<String>,
    /// Path of the file that was written, where it can be downloaded.
    file: Option<String>,
}

struct RefusalRow {
    message: String,
    fix: Option<String>,
    rule: String,
    who: Option<&'static str>,
}

struct Call {
    after: String,
    name: String,
    what: String,
    icon: &'static str,
    refused: Option<String>,
    unanswered: bool,
    /// Whether it was prepared, and not done.
    staged: bool,
    amount: String,
    took: String,
}

struct Sent {
    what: String,
    host: String,
    out: String,
    back: String,
}

struct Log {
    level: &'static str,
    text: String,
}

/// The page of one run.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let host = app.host.for_person(person);
    let detail = match host.run(&Tenant::local(), &id).await? {
        Some(detail) => detail,
        // It may be too young to be in the journal.
        None => {
            let start = app.started.get(&id);
            let start = start.ok_or_else(|| Other::Problem(not_found("run")))?;
            return started::shown(&app, &visitor, &id, &start);
        }
    };
    let installed: HashSet<String> = match app.shelf.installed().await {
        Ok(installed) => installed.iter().map(|one| one.name.to_string()).collect(),
        Err(_) => HashSet::new(),
    };
    page(&view(&app, &visitor, &detail, &installed))
}

/// Asks the far side again what became of a run of which nobody knows.
pub async fn resolve(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, "/runs")?;
    let host = app.host.for_person(person);
    let detail = found(host, &id).await?;
    // One that is known by now needs no question.
    if detail.summary.status == RunStatus::Unknown
        && let Err(error) = host.resolve(&Tenant::local(), &id).await
    {
        tracing::warn!(run = id, %error, "a run could not be resolved");
    }
    app.live.bump();
    Ok(see(&format!("/runs/{id}")))
}

fn view(app: &App, visitor: &Visitor, detail: &RunDetail, installed: &HashSet<String>) -> Run {
    let run = &detail.summary;
    let outcome = &detail.outcome;
    let began = run.created_at_ms;
    let name = run
        .skill
        .name
        .as_ref()
        .filter(|name| run.skill.trust.is_signed() && installed.contains(*name));
    let frame = Frame::new(app, visitor, title(&run.operation), Section::Runs);
    let failure_value = match &outcome.failure {
        Some(Failure::Operation { value }) => Some(value),
        _ => None,
    };
    let output = { outcome.output.as_ref() }.and_then(|output| output.value().ok());
    let answer = { output.as_ref() }
        .or(failure_value)
        .filter(|value| !value.is_null());
    Run {
        again: name
            .filter(|_| frame.operates() && detail.input.is_some())
            .and_then(|name| name.split_once('/'))
            .map(|(publisher, skill)| {
                let path = path_of(publisher, skill, &run.operation);
                format!("{path}?again={}", run.invocation)
            }),
        can_undo: frame.operates() && outcome.effects.iter().any(|report| undo_plan(report).1),
        can_verify: !is_at_work(run.status) && !run.skill.trust.is_host(),
        steps: app
            .started
            .get(&run.invocation)
            .filter(|_| run.status == RunStatus::Running)
            .map(|start| start.steps.last().1)
            .unwrap_or_default(),
        can_stop: frame.operates() && run.status == RunStatus::Running,
        id: run.invocation.clone(),
        title: title(&run.operation),
        skill: skill_name(run),
        skill_path: name.map(|name| format!("/skills/{name}")),
        version: run
            .skill
            .version
            .as_deref()
            .map(|text| plain(text, 60))
            .unwrap_or_default(),
        trust: plain(&run.skill.trust.words(), 200),
        standing: standing(run.status),
        at_work: is_at_work(run.status),
        awaits: run.status == RunStatus::AwaitingApproval,
        is_unknown: run.status == RunStatus::Unknown && frame.operates(),
        expires: outcome
            .expires_at_ms
            .filter(|_| run.status == RunStatus::AwaitingApproval)
            .map(when),
        failure: failure(outcome).map(|text| sentence(&text)),
        asks: outcome
            .asks
            .iter()
            .map(|ask| sentence(&plain(ask, 600)))
            .collect(),
        began: when(began),
        effects: outcome
            .effects
            .iter()
            .map(|report| effect(app, &run.invocation, report))
            .collect(),
        refusals: outcome.refusals.iter().map(refusal).collect(),
        answer_is_failure: failure_value.is_some(),
        output: answer.map(drawn),
        input: detail.input.as_ref().map(drawn),
        kept: kept(outcome.retention),
        keeps_all: outcome.retention == guildhall_host::Retention::Full,
        calls: detail
            .calls
            .iter()
            .take(CALLS)
            .map(|call| timed(call, began))
            .collect(),
        more_calls: detail.calls.len().saturating_sub(CALLS),
        sent: outcome.sent.iter().map(sent).collect(),
        contacted: outcome
            .contacted
            .iter()
            .map(|text| plain(text, 400))
            .collect(),
        does_not: outcome
            .does_not
            .iter()
            .map(|text| plain(text, 400))
            .collect(),
        logs: outcome
            .logs
            .iter()
            .map(|log| Log {
                level: match log.level {
                    LogLevel::Debug => "debug",
                    LogLevel::Info => "note",
                    LogLevel::Warn => "warning",
                    LogLevel::Error => "error",
                },
                text: plain(&log.message, 1_000),
            })
            .collect(),
        usage: usage(detail),
        frame,
    }
}

fn drawn(value: &Value) -> Drawn {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    let short: String = json
        .lines()
        .take(2_000)
        .map(|line| {
            // Blanks at the beginning are its form.
            let text = line.trim_start();
            format!(
                "{}{}\n",
                " ".repeat(line.len() - text.len()),
                plain(text, 2_000)
            )
        })
        .collect();
    Drawn {
        shown: shown(value),
        json: short.chars().take(JSON).collect(),
    }
}

fn effect(app: &App, run: &str, report: &EffectReport) -> Effect {
    let (word, badge) = effect_standing(report);
    let (icon, file) = match &report.effect.facts {
        EffectFacts::FileWrite(write) => {
            let is_here = report.state == EffectState::Done
                && !report.undone
                && crate::uploads::is_output(&app.config, &write.location.folder);
            let path = format!("/runs/{run}/files/{}", report.effect.index);
            ("files", is_here.then_some(path))
        }
        EffectFacts::Payment(_) => ("payments", None),
        EffectFacts::Message(_) => ("messages", None),
        EffectFacts::Forgotten { .. } => ("no", None),
    };
    Effect {
        icon,
        summary: sentence(&plain(&report.summary, 1_000)),
        word,
        badge,
        detail: hints::of_effect(report),
        file,
    }
}

fn refusal(refusal: &Refusal) -> RefusalRow {
    RefusalRow {
        message: sentence(&plain(&refusal.message, 1_000)),
        fix: hints::of_refusal(refusal),
        rule: plain(&refusal.rule, 80),
        who: refusal.set.map(AuthoritySet::noun),
    }
}

fn timed(call: &HostCallRecord, began: i64) -> Call {
    let after = u64::try_from(call.at_ms.saturating_sub(began)).unwrap_or(0);
    let moved = call.bytes_in.saturating_add(call.bytes_out);
    Call {
        after: format!("+{}", span(after.saturating_mul(1_000))),
        name: format!(
            "{}.{}",
            plain(&call.interface, 40),
            plain(&call.function, 40)
        ),
        what: plain(&call.summary, 600),
        icon: icon(&call.interface),
        refused: call.refused.as_deref().map(|rule| plain(rule, 80)),
        unanswered: call.unanswered,
        staged: call.class == "staged" && call.refused.is_none(),
        amount: match moved {
            0 => String::new(),
            some => bytes(some),
        },
        took: span(call.micros),
    }
}

/// The icon of an interface of the contract.
fn icon(interface: &str) -> &'static str {
    match interface {
        "network" => "network",
        "files" => "files",
        "payments" => "payments",
        "messages" => "messages",
        "state" => "state",
        "log" => "log",
        _ => "context",
    }
}

fn sent(sent: &guildhall_host::Sent) -> Sent {
    Sent {
        what: format!(
            "{} {}",
            counted(sent.requests, "request", "requests"),
            plain(&sent.method, 16)
        ),
        host: plain(&format!("{}:{}", sent.host, sent.port), 300),
        out: bytes(sent.bytes_out),
        back: bytes(sent.bytes_in),
    }
}

fn usage(detail: &RunDetail) -> Vec<(&'static str, String)> {
    let usage = &detail.outcome.usage;
    let mut rows = vec![
        ("Time", took(usage.wall_ms)),
        ("Computing", format!("{} units", number(usage.fuel))),
        ("Memory", bytes(usage.memory_bytes)),
        (
            "Asked of the host",
            counted(usage.host_calls, "time", "times"),
        ),
    ];
    if usage.bytes_in > 0 {
        rows.push(("Read", bytes(usage.bytes_in)));
    }
    if usage.bytes_out > 0 {
        rows.push(("Sent by network", bytes(usage.bytes_out)));
    }
    rows
}
