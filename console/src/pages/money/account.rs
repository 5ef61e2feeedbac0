//! One account: its statement, its limits, and its files for the bank.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_host::{AccountSummary, Host, Period, Tenant};
use guildhall_web::error::not_found;
use guildhall_web::fields::{Fields, Query};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::answer::Other;
use super::super::frame::{Frame, Section, with_status};
use super::super::visitor::Visitor;
use super::super::words::{When, when};
use super::ShownAccount;
use super::bank::{ShownFile, files};
use super::statement::{Statement, Time};
use super::words;
use crate::app::App;
use crate::people::{Person, Right};

/// Lines on one page; the file has all of them.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "money/account.html")]
struct Page {
    frame: Frame,
    account: ShownAccount,
    zone: String,
    code: &'static str,
    from: String,
    to: String,
    csv: String,
    before: String,
    after: String,
    lines: Vec<ShownLine>,
    /// Lines that are not on the page.
    more: usize,
    files: Vec<ShownFile>,
    /// Orders that wait for the next file.
    queued: usize,
    /// A file that was just made.
    made: Option<String>,
    done: Option<&'static str>,
    problem: Option<String>,
    limit_amount: String,
    limit_per: Option<Period>,
    ask_above: String,
    periods: [(Period, &'static str); 4],
}

struct ShownLine {
    at: When,
    kind: String,
    other: String,
    amount: String,
    is_in: bool,
    state: &'static str,
    run: Option<String>,
    balance: String,
}

/// The account of a path, for somebody who may see it.
pub(super) async fn find(host: &Host, name: &str) -> Result<AccountSummary, Other> {
    let accounts = host.accounts(&Tenant::local()).await?;
    let found = accounts.into_iter().find(|account| account.name == name);
    Ok(found.ok_or_else(|| not_found("account"))?)
}

pub(super) fn path(name: &str) -> String {
    format!("{}/{}", super::PATH, words::in_path(name))
}

pub(super) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, &path(&name))?;
    shown(&app, &visitor, person, &name, &fields, None).await
}

/// What was done before this page, as its link says.
fn done(fields: &Fields) -> Option<&'static str> {
    Some(match fields.get("done")? {
        "deposit" => "The deposit is recorded.",
        "limits" => "The limits are set.",
        "closed" => "The account is closed: nothing leaves from it any more.",
        "opened" => "The account is open.",
        "confirmed" => "What the bank did is recorded.",
        "nothing" => "No order waits for the bank, so no file was made.",
        _ => return None,
    })
}

pub(super) async fn shown(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    name: &str,
    fields: &Fields,
    problem: Option<String>,
) -> Result<Response, Other> {
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let account = find(host, name).await?;
    let statement = statement(host, &account, fields).await?;
    let (files, queued) = if account.rail == words::BANK {
        let queued = host.holds(&tenant).await?;
        let queued = queued
            .iter()
            .filter(|hold| hold.account == account.name && hold.bank.as_deref() == Some("queued"))
            .count();
        (files(host, &account.name).await?, queued)
    } else {
        (Vec::new(), 0)
    };
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let own = path(name);
    let time = |name: &str| fields.text(name).chars().take(10).collect::<String>();
    let plain = |amount: Option<guildhall_host::Amount>| {
        amount.map_or_else(String::new, |amount| {
            let text = amount.plain();
            text.split_once(' ')
                .map_or(text.clone(), |(_, number)| number.to_owned())
        })
    };
    let total = statement.lines.len();
    let template = Page {
        frame: Frame::new(app, visitor, account.name.clone(), Section::Money),
        csv: format!(
            "{own}/statement.csv?from={}&to={}",
            words::in_path(&time("from")),
            words::in_path(&time("to"))
        ),
        from: time("from"),
        to: time("to"),
        before: words::amount(&account, statement.before),
        after: words::amount(&account, statement.after),
        lines: statement.lines.iter().rev().take(LINES).map(line).collect(),
        more: total.saturating_sub(LINES),
        zone: account.zone.clone(),
        code: account.currency.code(),
        files,
        queued,
        made: fields
            .get("made")
            .filter(|id| id.len() <= 35 && id.bytes().all(|b| b.is_ascii_alphanumeric()))
            .map(str::to_owned),
        done: done(fields),
        problem,
        limit_amount: plain(account.limit.map(|limit| limit.amount)),
        limit_per: account.limit.map(|limit| limit.per),
        ask_above: plain(account.ask_above),
        periods: words::PERIODS,
        account: ShownAccount::of(&account),
    };
    with_status(status, &template)
}

fn line(line: &guildhall_host::StatementLine) -> ShownLine {
    ShownLine {
        at: when(line.at_ms),
        kind: words::kind(line),
        other: words::payee(&line.other),
        amount: words::of_line(line, line.minor),
        is_in: line.minor > 0,
        state: words::state(line),
        run: line.run.clone(),
        balance: words::of_line(line, line.balance),
    }
}

/// Also of a closed account: its lines stay.
async fn statement(
    host: &Host,
    account: &AccountSummary,
    fields: &Fields,
) -> Result<Statement, Other> {
    let all = host.statement(&Tenant::local(), &account.name).await?;
    let zone = TimeZoneDatabase::bundled()
        .get(&account.zone)
        .unwrap_or(TimeZone::UTC);
    let time = Time::typed(fields.get("from"), fields.get("to"));
    Ok(Statement::of(all, time, &zone))
}

pub(super) async fn csv(
    State(app): State<App>,
    Path(name): Path<String>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, &path(&name))?;
    let host = app.host.for_person(person);
    let account = find(host, &name).await?;
    let table = statement(host, &account, &fields).await?.csv()?;
    Ok(file(
        &format!("statement-{}.csv", account.name.replace('/', "_")),
        "text/csv; charset=utf-8",
        table,
    ))
}

/// A file to keep, for this visitor alone. The name is one of ours: without quotes and control characters.
pub fn file(name: &str, kind: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
