//! All runs, newest first, by what one looks for.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use guildhall_host::{RunQuery, RunStatus, RunSummary, Tenant};
use guildhall_package::text::plain;
use guildhall_web::fields::{Fields, Query};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words::{Standing, counted, standing, title, took};
use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, when};
use crate::people::Right;

/// Runs of one page.
const SHOWN: u32 = 30;
/// Longest text that is looked for, in characters.
const TEXT: usize = 120;

#[derive(Template)]
#[template(path = "runs/list.html")]
struct Runs {
    frame: Frame,
    q: String,
    skill: String,
    since: String,
    until: String,
    statuses: Vec<(&'static str, &'static str, bool)>,
    skills: Vec<String>,
    rows: Vec<Row>,
    /// Query of the page with older ones.
    older: Option<String>,
    /// Whether this page is not the first.
    is_later: bool,
    /// Whether something is looked for.
    is_filtered: bool,
}

struct Row {
    id: String,
    title: String,
    skill: String,
    at: When,
    took: String,
    effects: String,
    standing: Standing,
}

/// The list.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let query = query(&asked);
    let found = app
        .host
        .for_person(person)
        .search_runs(&Tenant::local(), &query)
        .await?;
    let skills = match app.shelf.installed().await {
        Ok(installed) => installed.iter().map(|one| one.name.to_string()).collect(),
        // The list is worth something without.
        Err(_) => Vec::new(),
    };
    page(&Runs {
        frame: Frame::new(&app, &visitor, "Runs", Section::Runs),
        q: query.text.clone().unwrap_or_default(),
        skill: query.skill.clone().unwrap_or_default(),
        since: asked.text("since").to_owned(),
        until: asked.text("until").to_owned(),
        statuses: statuses(query.status),
        skills,
        rows: found.runs.iter().map(row).collect(),
        older: found.next.map(|next| older(&asked, &next)),
        is_later: query.before.is_some(),
        is_filtered: query.status.is_some()
            || query.skill.is_some()
            || query.text.is_some()
            || query.since_ms.is_some()
            || query.until_ms.is_some(),
    })
}

/// What is looked for. What is not understood is no condition.
fn query(asked: &Fields) -> RunQuery {
    let text = |name: &str| {
        asked
            .get(name)
            .map(|text| plain(text.trim(), TEXT))
            .filter(|text| !text.is_empty())
    };
    RunQuery {
        status: asked.get("status").and_then(RunStatus::from_word),
        skill: text("skill"),
        text: text("q"),
        since_ms: asked.get("since").and_then(|day| midnight(day, 0)),
        // The day that is named is meant with it.
        until_ms: asked.get("until").and_then(|day| midnight(day, 1)),
        before: text("before"),
        limit: SHOWN,
    }
}

/// The beginning of a day, or of the one after so many, in milliseconds since the Unix epoch.
fn midnight(day: &str, after: i64) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    let day = day
        .checked_add(jiff::Span::new().try_days(after).ok()?)
        .ok()?;
    let zoned = day.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// The same question for what is older.
fn older(asked: &Fields, next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "status", "skill", "since", "until"] {
        if let Some(value) = asked.get(name) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("before", next);
    query.finish()
}

fn statuses(chosen: Option<RunStatus>) -> Vec<(&'static str, &'static str, bool)> {
    RunStatus::ALL
        .into_iter()
        .map(|status| {
            let word = match status {
                RunStatus::Completed => "done, nothing to approve",
                RunStatus::Committed => "done as approved",
                other => standing(other).word,
            };
            (status.word(), word, chosen == Some(status))
        })
        .collect()
}

fn row(run: &RunSummary) -> Row {
    Row {
        id: run.invocation.clone(),
        title: title(&run.operation),
        skill: skill_name(run),
        at: when(run.created_at_ms),
        took: took(run.wall_ms),
        effects: match run.effects {
            0 => String::new(),
            some => counted(some, "effect", "effects"),
        },
        standing: standing(run.status),
    }
}

/// Whose run it is, as a list says it.
pub(super) fn skill_name(run: &RunSummary) -> String {
    match &run.skill.name {
        _ if run.skill.trust.is_host() => "Guildhall itself".to_owned(),
        Some(name) => plain(name, 130),
        None => format!("component {}", run.skill.digest.short()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_read_and_goes_on_to_the_next_page() {
        let asked = Fields::parse(
            b"q=+acme+&status=committed&skill=&since=2026-11-01&until=2026-11-30&before=x",
        );
        let query = query(&asked);
        assert_eq!(query.text.as_deref(), Some("acme"));
        assert_eq!(query.status, Some(RunStatus::Committed));
        assert_eq!(query.skill, None);
        assert_eq!(
            query.until_ms.unwrap() - query.since_ms.unwrap(),
            30 * 24 * 60 * 60 * 1_000
        );
        assert_eq!(
            older(&asked, "a&b"),
            "q=+acme+&status=committed&since=2026-11-01&until=2026-11-30&before=a%26b"
        );
        let nonsense = super::query(&Fields::parse(b"status=all&since=soon&until=2026-13-40"));
        assert_eq!(
            (nonsense.status, nonsense.since_ms, nonsense.until_ms),
            (None, None, None)
        );
    }
}
