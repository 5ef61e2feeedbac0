//! `guildhall earnings`, and what an operator does about what merchants owe.

use crate::args::market::{CreditArgs, EarningsArgs, From, PayoutArgs, SettleArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::http::Method;
use crate::market::{Market, pages};
use crate::output;
use crate::when::Clock;
use guildhall_package::market::money::{
    Debt, Earning, Earnings, EarningsQuery, EarningsTotal, Payout, PayoutAnswer, SetCredit, Settle,
    SettleAnswer,
};
use guildhall_package::text::plain;
use serde_json::json;

/// Longest statement as CSV, in bytes.
const MAX_CSV: u64 = 64 << 20;

/// Shows what a publisher earned in a month.
///
/// # Errors
/// If whoever is logged in is no member of it, or the marketplace refuses.
pub async fn run(home: &Home, args: EarningsArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let path = format!("/api/v1/publishers/{}/earnings", args.publisher);
    if args.csv {
        let month = match &args.month {
            Some(month) => format!("?month={}", query_word(month)?),
            None => String::new(),
        };
        let text = market
            .http
            .bytes(&format!("{path}.csv{month}"), MAX_CSV)
            .await?;
        output::raw(&text);
        return Ok(Exit::Done);
    }
    let mut all: Option<Earnings> = None;
    let mut cursor = None;
    loop {
        let query = EarningsQuery {
            month: args.month.clone(),
            cursor,
            limit: Some(100),
        };
        let page: Earnings = market.http.get(&path, &query).await?;
        cursor = page.next.clone();
        match &mut all {
            None => all = Some(page),
            Some(all) => all.items.extend(page.items),
        }
        if cursor.is_none() {
            break;
        }
    }
    let Some(mut earnings) = all else {
        return Ok(Exit::Done);
    };
    earnings.next = None;
    if args.json {
        output::json(&crate::commands::to_json(&earnings)?);
    } else {
        show(&earnings);
    }
    Ok(Exit::Done)
}

/// A month as it may stand in a query.
fn query_word(month: &str) -> Result<&str, CliError> {
    let good = month.len() == 7 && month.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if good {
        return Ok(month);
    }
    Err(CliError::usage("`--month` is a month like 2026-11").kind("month"))
}

fn show(earnings: &Earnings) {
    if earnings.items.is_empty() {
        output::note(format_args!(
            "{} sold nothing and was paid nothing in {}.",
            earnings.publisher, earnings.month
        ));
    } else {
        let clock = Clock::system();
        output::line(output::table(
            ["WHEN", "WHAT", "OF", "AMOUNT", "YOUR PART", "SETTLED"],
            earnings.items.iter().map(|item| {
                [
                    clock.date(i64::try_from(item.at).unwrap_or(i64::MAX)),
                    item.kind.as_str().to_owned(),
                    what_of(item),
                    item.amount.to_string(),
                    item.share.to_string(),
                    if item.settled { "yes" } else { "not yet" }.to_owned(),
                ]
            }),
        ));
    }
    for EarningsTotal {
        sold,
        refunded,
        earned,
        payable,
        settled,
        paid_out,
    } in &earnings.totals
    {
        output::note(format_args!(
            "{}: sold {sold}, paid back {refunded}, your part {earned}. In all you were paid out {paid_out} and are owed \
             {payable}, of which merchants have settled {settled}; the rest they have signed for and not paid yet.",
            earnings.month
        ));
    }
}

/// What a line is about: a skill, or the reference of a payout with its note.
fn what_of(item: &Earning) -> String {
    let reference = item.reference.as_deref().map(|text| plain(text, 140));
    let note = item.note.as_deref().map(|text| plain(text, 280));
    match (&item.skill, reference, note) {
        (Some(skill), ..) => skill.to_string(),
        (None, Some(reference), Some(note)) => format!("{reference}: {note}"),
        (None, reference, note) => reference.or(note).unwrap_or_default(),
    }
}

/// Writes down that a merchant paid what he owed.
///
/// # Errors
/// If whoever is logged in may not, or the marketplace refuses.
pub async fn settle(home: &Home, args: SettleArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let request = Settle {
        merchant: args.merchant,
        amount: args.amount,
        reference: args.reference,
    };
    let answer: SettleAnswer = market
        .http
        .send(Method::POST, "/api/v1/admin/settlements", &request)
        .await?;
    if args.json {
        output::json(&json!({
            "merchant": request.merchant.to_string(),
            "debt": crate::commands::to_json(&answer.debt)?,
        }));
    } else {
        output::note(format_args!(
            "{} owes {} by now.",
            request.merchant, answer.debt
        ));
    }
    Ok(Exit::Done)
}

/// Writes down that a publisher was paid.
///
/// # Errors
/// As [`settle`].
pub async fn payout(home: &Home, args: PayoutArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let request = Payout {
        publisher: args.publisher,
        amount: args.amount,
        reference: args.reference,
        note: args.note,
    };
    let answer: PayoutAnswer = market
        .http
        .send(Method::POST, "/api/v1/admin/payouts", &request)
        .await?;
    if args.json {
        output::json(&json!({
            "publisher": request.publisher.to_string(),
            "paid_out": crate::commands::to_json(&answer.paid_out)?,
            "left": crate::commands::to_json(&answer.left)?,
        }));
    } else {
        output::note(format_args!(
            "{} was paid out {} by now; {} more can be.",
            request.publisher, answer.paid_out, answer.left
        ));
    }
    Ok(Exit::Done)
}

/// Decides how much a merchant may owe.
///
/// # Errors
/// As [`settle`].
pub async fn credit(home: &Home, args: CreditArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let request = SetCredit {
        merchant: args.merchant,
        limit: args.limit,
    };
    market
        .http
        .done(Method::PUT, "/api/v1/admin/credit", &|builder| {
            builder.json(&request)
        })
        .await?;
    if args.json {
        output::json(&json!({
            "merchant": request.merchant.to_string(),
            "limit": crate::commands::to_json(&request.limit)?,
        }));
    } else {
        output::note(format_args!(
            "{} may owe {} from now on.",
            request.merchant, request.limit
        ));
    }
    Ok(Exit::Done)
}

/// Lists what merchants owe.
///
/// # Errors
/// As [`settle`].
pub async fn debts(home: &Home, from: &From, as_json: bool) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, from.from.as_ref())?;
    let debts: Vec<Debt> = pages(&market, "/api/v1/admin/debts").await?;
    if as_json {
        output::json(&json!({ "debts": crate::commands::to_json(&debts)? }));
        return Ok(Exit::Done);
    }
    if debts.is_empty() {
        output::note("No merchant owes anything.");
        return Ok(Exit::Done);
    }
    output::line(output::table(
        ["MERCHANT", "OWES"],
        debts
            .iter()
            .map(|debt| [debt.merchant.to_string(), debt.debt.to_string()]),
    ));
    Ok(Exit::Done)
}
