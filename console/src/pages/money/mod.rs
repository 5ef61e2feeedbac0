//! Money: what there is, what is held, what may be paid without asking, what was paid; and the statement of each account.

mod account;
mod bank;
mod changes;
pub mod plots;
pub mod statement;
pub mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{
    AccountSummary, Amount, Currency, HoldSummary, Host, MandateSummary, SpendFilter, Spending,
    Tenant,
};
use guildhall_web::fields::{Fields, Query};

use super::answer::Other;
use super::frame::{Frame, Section, with_status};
use super::visitor::Visitor;
use super::words::{When, when};
use crate::app::App;
use crate::people::Right;
pub use account::file;
use plots::{Days, Shares};

const PATH: &str = "/money";
const DAY: i64 = 24 * 60 * 60 * 1000;
/// Times that spending is shown for, in days.
const TIMES: [i64; 4] = [7, 30, 90, 365];
/// The time that is shown first.
const FIRST: i64 = 30;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(overview).post(changes::open))
        .route("/money/{account}", get(account::get))
        .route("/money/{account}/statement.csv", get(account::csv))
        .route("/money/{account}/deposit", post(changes::deposit))
        .route("/money/{account}/limits", post(changes::limits))
        .route("/money/{account}/close", post(changes::close))
        .route("/money/{account}/export", post(bank::export))
        .route("/money/{account}/files/{file}", get(bank::download))
        .route("/money/{account}/files/{file}/confirm", post(bank::confirm))
}

#[derive(Template)]
#[template(path = "money/overview.html")]
struct Overview {
    frame: Frame,
    accounts: Vec<ShownAccount>,
    holds: Vec<ShownHold>,
    mandates: Vec<ShownMandate>,
    spending: Option<ShownSpending>,
    /// What was typed, and why it did not do.
    opening: Opening,
}

/// The form that opens an account.
#[derive(Default)]
struct Opening {
    problem: Option<String>,
    is_bank: bool,
    name: String,
    currency: String,
    zone: String,
    iban: String,
    bic: String,
    holder: String,
}

impl Opening {
    fn of(fields: &Fields, problem: String) -> Self {
        let text = |name: &str| fields.text(name).chars().take(100).collect();
        Self {
            problem: Some(problem),
            is_bank: fields.text("rail") == "bank",
            name: text("name"),
            currency: text("currency"),
            zone: text("zone"),
            iban: text("iban"),
            bic: text("bic"),
            holder: text("holder"),
        }
    }
}

/// An account as it is listed.
struct ShownAccount {
    name: String,
    path: String,
    is_bank: bool,
    /// IBAN and holder, of an account at a bank.
    place: String,
    pays: bool,
    closed: bool,
    /// What it has, held or not; what was paid out, at a bank.
    balance: String,
    held: String,
    available: String,
    limit: Option<String>,
    ask_above: Option<String>,
}

impl ShownAccount {
    fn of(account: &AccountSummary) -> Self {
        let is_bank = account.rail == words::BANK;
        let amount = |minor| words::amount(account, minor);
        let place = [
            account.iban.as_deref().map(words::in_fours),
            account.holder.clone(),
        ];
        Self {
            name: account.name.clone(),
            path: format!("/money/{}", words::in_path(&account.name)),
            is_bank,
            place: place.into_iter().flatten().collect::<Vec<_>>().join(", "),
            pays: account.pays,
            closed: account.closed,
            balance: if is_bank {
                amount(
                    account
                        .available
                        .saturating_add(account.held)
                        .saturating_neg(),
                )
            } else {
                amount(account.available.saturating_add(account.held))
            },
            held: amount(account.held),
            available: amount(account.available),
            limit: words::limit(account),
            ask_above: account.ask_above.map(|above| above.to_string()),
        }
    }
}

struct ShownHold {
    payee: String,
    amount: String,
    account: String,
    waits_for: &'static str,
    /// Where that is decided or seen.
    path: String,
    /// Whether a person can decide about it now.
    waits: bool,
    since: When,
    ends: Option<When>,
}

impl ShownHold {
    fn of(hold: &HoldSummary) -> Self {
        let waits = hold.hold == guildhall_host::Hold::None;
        Self {
            payee: words::payee(&hold.payee),
            amount: hold.amount.to_string(),
            account: hold.account.clone(),
            waits_for: words::waits_for(hold),
            path: if waits {
                format!("/approvals/{}", hold.run)
            } else {
                format!("/runs/{}", hold.run)
            },
            waits,
            since: when(hold.ordered_at_ms),
            ends: hold.ends_at_ms.map(when),
        }
    }
}

struct ShownMandate {
    words: String,
    used: String,
    is: i64,
    most: i64,
    by: String,
    since: When,
}

impl ShownMandate {
    fn of(mandate: &MandateSummary) -> Self {
        let (used, is, most) = words::used(mandate);
        Self {
            words: mandate.words.clone(),
            used,
            is,
            most,
            by: mandate.given_by.clone(),
            since: when(mandate.given_at_ms),
        }
    }
}

/// What was spent, drawn and as tables.
struct ShownSpending {
    total: String,
    payments: u64,
    refunded: Option<String>,
    zone: String,
    days: Days,
    day_rows: Vec<Row>,
    payees: Shares,
    payee_rows: Vec<Row>,
    skills: Shares,
    skill_rows: Vec<Row>,
    times: Vec<Choice>,
    currencies: Vec<Choice>,
}

/// A row of a table.
struct Row {
    name: String,
    amount: String,
    payments: u64,
}

/// A link that shows something else.
struct Choice {
    label: String,
    path: String,
    here: bool,
}

/// Which spending is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    days: i64,
    currency: Option<Currency>,
}

impl Asked {
    fn of(fields: &Fields) -> Self {
        let days = fields.get("days").and_then(|text| text.parse().ok());
        Self {
            days: days.filter(|days| TIMES.contains(days)).unwrap_or(FIRST),
            currency: fields
                .get("currency")
                .and_then(|code| Currency::parse(code).ok()),
        }
    }
}

async fn overview(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let asked = Asked::of(&fields);
    shown(&app, &visitor, asked, Opening::default()).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    asked: Asked,
    opening: Opening,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let accounts = host.accounts(&tenant).await?;
    let now = app.clock.now();
    let status = match opening.problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let template = Overview {
        frame: Frame::new(app, visitor, "Money", Section::Money),
        holds: host
            .holds(&tenant)
            .await?
            .iter()
            .map(ShownHold::of)
            .collect(),
        mandates: host
            .mandates(&tenant)
            .await?
            .iter()
            .filter(|one| counts(one, now))
            .map(ShownMandate::of)
            .collect(),
        spending: spending(host, &tenant, &accounts, asked, now).await?,
        accounts: accounts.iter().map(ShownAccount::of).collect(),
        opening,
    };
    with_status(status, &template)
}

/// Whether a mandate is in force.
fn counts(mandate: &MandateSummary, now: i64) -> bool {
    let until = mandate.mandate.until_ms;
    mandate.revoked_at_ms.is_none() && until.is_none_or(|until| until > now)
}

async fn spending(
    host: &Host,
    tenant: &Tenant,
    accounts: &[AccountSummary],
    asked: Asked,
    now: i64,
) -> Result<Option<ShownSpending>, Other> {
    let mut currencies: Vec<Currency> = accounts.iter().map(|one| one.currency).collect();
    currencies.sort_by_key(|currency| currency.code());
    currencies.dedup();
    // The one that payments leave in, where nobody asked for another.
    let first = accounts.iter().find(|one| one.pays).or(accounts.first());
    let known = asked.currency.filter(|asked| currencies.contains(asked));
    let Some(currency) = known.or(first.map(|account| account.currency)) else {
        return Ok(None);
    };
    let filter = SpendFilter {
        from_ms: now.saturating_sub((asked.days - 1) * DAY),
        until_ms: now.saturating_add(1),
        currency,
    };
    let filter = whole_days(filter, host.time_zone());
    let spent = host.spending(tenant, &filter).await?;
    Ok(Some(drawn(&spent, asked.days, &currencies)))
}

/// A first day that is whole.
fn whole_days(filter: SpendFilter, zone: &str) -> SpendFilter {
    let begin = || {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).ok()?;
        let time = jiff::Timestamp::from_millisecond(filter.from_ms).ok()?;
        let start = time.to_zoned(zone).start_of_day().ok()?;
        Some(start.timestamp().as_millisecond())
    };
    SpendFilter {
        from_ms: begin().unwrap_or(filter.from_ms),
        ..filter
    }
}

fn drawn(spent: &Spending, days: i64, currencies: &[Currency]) -> ShownSpending {
    let currency = spent.currency;
    let amount = |minor| Amount { minor, currency }.to_string();
    let of_days: Vec<(String, i64)> = spent
        .days
        .iter()
        .map(|one| (one.day.clone(), one.minor))
        .collect();
    let payees: Vec<(String, i64)> = spent
        .payees
        .iter()
        .map(|one| (payee_name(&one.name, &one.payee), one.minor))
        .collect();
    let skills: Vec<(String, i64)> = spent
        .skills
        .iter()
        .map(|one| (skill_name(one), one.minor))
        .collect();
    let row = |name: &str, minor, payments| Row {
        name: name.to_owned(),
        amount: amount(minor),
        payments,
    };
    let path = |days: i64, currency: Currency| {
        format!("/money?days={days}&currency={}#spending", currency.code())
    };
    ShownSpending {
        total: amount(spent.minor),
        payments: spent.payments,
        refunded: (spent.refunded > 0).then(|| amount(spent.refunded)),
        zone: spent.zone.clone(),
        day_rows: spent
            .days
            .iter()
            .rev()
            .filter(|one| one.payments > 0)
            .map(|one| row(&one.day, one.minor, one.payments))
            .collect(),
        payee_rows: payees
            .iter()
            .zip(&spent.payees)
            .map(|((name, minor), one)| row(name, *minor, one.payments))
            .collect(),
        skill_rows: skills
            .iter()
            .zip(&spent.skills)
            .map(|((name, minor), one)| row(name, *minor, one.payments))
            .collect(),
        days: plots::days(&of_days, currency),
        payees: plots::shares(&payees, currency, "payees"),
        skills: plots::shares(&skills, currency, "skills"),
        times: TIMES
            .map(|one| Choice {
                label: match one {
                    365 => "a year".to_owned(),
                    days => format!("{days} days"),
                },
                path: path(one, currency),
                here: one == days,
            })
            .into(),
        currencies: currencies
            .iter()
            .map(|one| Choice {
                label: one.code().to_owned(),
                path: path(days, *one),
                here: *one == currency,
            })
            .collect(),
    }
}

fn payee_name(name: &str, account: &str) -> String {
    if name.is_empty() {
        words::payee(account)
    } else {
        format!("{name}, {}", words::payee(account))
    }
}

fn skill_name(one: &guildhall_host::SkillSpend) -> String {
    match (&one.name, one.digest) {
        (Some(name), _) => name.clone(),
        (None, Some(digest)) => {
            let digest: String = digest.to_string().chars().take(15).collect();
            format!("a file, {digest}…")
        }
        (None, None) => "runs that are not kept any more".to_owned(),
    }
}
