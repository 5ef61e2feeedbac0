//! For authors: what became of their releases.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::FolderName;
use guildhall_package::market::account::Scope;
use guildhall_package::market::money::{EarningsQuery, EarningsTotal};

use super::answer::{Other, signed_in};
use super::frame::{Frame, page};
use super::post::Query;
use super::stage::Stage;
use super::visitor::Visitor;
use super::words;
use crate::api::extract::At;
use crate::api::publishes::as_shown;
use crate::app::App;
use crate::clock::wire;
use crate::error::ApiError;
use crate::money::earnings::{Month, table};
use crate::store::{downloads, earnings, publishers, publishes};

/// Publishes on one page.
const ON_A_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    frame: Frame,
    account: String,
    publishers: Vec<Part>,
    stages: Vec<Stage>,
    next: Option<String>,
}

/// A publisher that the author belongs to.
struct Part {
    publisher: String,
    role: &'static str,
    skills: String,
    downloads: String,
    month: String,
    sums: Vec<Sums>,
}

/// What was earned in one currency.
struct Sums {
    sold: String,
    refunded: String,
    earned: String,
    payable: String,
    settled: String,
    paid_out: String,
}

impl Sums {
    fn of(total: &EarningsTotal) -> Self {
        Self {
            sold: total.sold.to_string(),
            refunded: total.refunded.to_string(),
            earned: total.earned.to_string(),
            payable: total.payable.to_string(),
            settled: total.settled.to_string(),
            paid_out: total.paid_out.to_string(),
        }
    }
}

/// What became of the releases of somebody who is signed in.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let session = signed_in(&visitor, "/dashboard")?;
    let account = session.account.as_str();
    let before = fields.get("before");
    let mut db = app.store.read().await?;
    let members = publishers::of_account(&mut db, account).await?;
    let limit = i64::try_from(ON_A_PAGE + 1).unwrap_or(i64::MAX);
    let mut found = publishes::of_account(&mut db, account, None, None, before, limit).await?;
    let mut parts = Vec::new();
    let mut counts = HashMap::new();
    for (publisher, role) in members {
        let of = downloads::of(&mut db, publisher.as_str(), None).await?;
        let all = of
            .values()
            .fold(0, |sum, one| wire(*one).saturating_add(sum));
        let skills = app.shelf.catalogue().skills_of(&publisher).len();
        let skills = u64::try_from(skills).unwrap_or(u64::MAX);
        let month = Month::at(app.clock.now())
            .ok_or_else(|| ApiError::Fault("the clock is at no month".to_owned()))?;
        let sums = earnings::totals(&mut db, &publisher, month.span).await?;
        parts.push(Part {
            month: month.name,
            sums: sums.iter().map(Sums::of).collect(),
            role: role.as_str(),
            skills: words::count(skills, "skill", "skills"),
            downloads: words::count(all, "download", "downloads"),
            publisher: publisher.to_string(),
        });
        counts.extend(of);
    }
    drop(db);
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/dashboard?before={}", last.id));
    let stages = found.into_iter().map(|publish| {
        let publish = as_shown(&app, publish);
        let mut stage = Stage::of(&publish);
        if stage.path.is_some() {
            let number = counts.get(&publish.release).copied().map_or(0, wire);
            stage.downloads = Some(words::count(number, "download", "downloads"));
        }
        stage
    });
    let template = Page {
        frame: Frame::new(&app, &visitor, "Dashboard"),
        account: account.to_owned(),
        publishers: parts,
        stages: stages.collect(),
        next,
    };
    Ok(page(&app, &visitor, StatusCode::OK, &template)?)
}

/// The lines of a month, as a table for a spreadsheet; for members.
pub async fn earnings_table(
    State(app): State<App>,
    visitor: Visitor,
    At(publisher): At<FolderName>,
    Query(fields): Query,
) -> Result<Response, Other> {
    let session = signed_in(&visitor, "/dashboard")?;
    {
        let mut db = app.store.read().await?;
        let caller = session.caller(Scope::Account);
        caller.member(&mut db, &publisher, false).await?;
    }
    let query = EarningsQuery {
        month: fields.get("month").map(str::to_owned),
        ..EarningsQuery::default()
    };
    let (month, table) = table(&app, &publisher, &query).await?;
    let name = format!(
        "attachment; filename=\"earnings-{publisher}-{}.csv\"",
        month.name
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, table).into_response())
}
