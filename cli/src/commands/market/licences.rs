//! `guildhall licences`

use super::buy::{as_json, deciders, exit, say};
use crate::approve::By;
use crate::args::market::{LicencesArgs, LicencesCommand};
use crate::commands::fact;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::licences::{
    self, Bought, Gate, Judged, Kept, KeptOrder, Merchant, Seller, Unlicensed, Wanted, buy,
    refetch, standing_words,
};
use crate::market::release::skill;
use crate::market::state;
use crate::market::{Market, Place};
use crate::output;
use crate::when::Clock;
use guildhall_host::{Credited, EgressConfig, Host, Payable};
use guildhall_package::market::money::{Order, Price, PriceModel, Standing};
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lists, shows, renews, refunds, cancels.
///
/// # Errors
/// If there is no such licence, or the marketplace refuses.
pub async fn run(home: &Home, args: LicencesArgs) -> Result<Exit, CliError> {
    let as_json = args.json();
    let command = args
        .command
        .unwrap_or(LicencesCommand::List { json: as_json });
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match command {
        LicencesCommand::List { .. } => list(home, &host, as_json).await,
        LicencesCommand::Show { name, from, .. } => {
            let (market, seller) = seller_of(home, from.from.as_ref(), &name)?;
            show(at(&host, &market, &seller), &name, as_json).await
        }
        LicencesCommand::Renew {
            name, yes, from, ..
        } => renew(home, &host, from.from.as_ref(), (name, yes), as_json).await,
        LicencesCommand::Refund {
            name, yes, from, ..
        } => {
            let (market, seller) = seller_of(home, from.from.as_ref(), &name)?;
            refund(at(&host, &market, &seller), &name, yes, as_json).await
        }
        LicencesCommand::Cancel { name, from, .. } => {
            let (market, seller) = seller_of(home, from.from.as_ref(), &name)?;
            cancel(at(&host, &market, &seller), &name, as_json).await
        }
    };
    host.shutdown().await;
    exit
}

const fn at<'a>(host: &'a Host, market: &'a Market, seller: &'a Seller) -> Merchant<'a> {
    Merchant {
        host,
        market,
        seller,
    }
}

/// The marketplaces that are known here, with who sells at each.
fn sellers(home: &Home) -> Result<Vec<(Market, Seller)>, CliError> {
    let mut sellers = Vec::new();
    for place in state::known(home)? {
        let market = Market::at(home, place)?;
        if let Some(seller) = Seller::pinned(&market)? {
            sellers.push((market, seller));
        }
    }
    Ok(sellers)
}

/// Where a skill was bought: at the marketplace that was named, or the one that something is kept from.
fn seller_of(
    home: &Home,
    from: Option<&Place>,
    name: &SkillName,
) -> Result<(Market, Seller), CliError> {
    let mut found = Vec::new();
    for (market, seller) in sellers(home)? {
        let asked = from.is_none_or(|place| place == market.place());
        // One that is damaged is told of by whoever reads it, and keeps nobody from cancelling.
        let orders = Kept::of(&market, name).orders(&seller);
        if asked && !orders.is_ok_and(|orders| orders.is_empty()) {
            found.push((market, seller));
        }
    }
    let several = found.len() > 1;
    match found.pop() {
        Some(one) if !several => Ok(one),
        Some(_) => Err(
            CliError::usage(format!("{name} was bought at several marketplaces"))
                .kind("ambiguous")
                .fix("say which one with --from URL"),
        ),
        None => Err(CliError::usage(format!("nothing was bought for {name}"))
            .kind("not-found")
            .fix(format!("buy it: guildhall buy {name}"))),
    }
}

/// One skill that something was bought for.
struct Line {
    name: SkillName,
    label: String,
    judged: Judged,
    cancelled: bool,
}

async fn lines(host: &Host, home: &Home) -> Result<Vec<Line>, CliError> {
    let mut lines = Vec::new();
    for (market, seller) in sellers(home)? {
        for name in Kept::skills(&market)? {
            let merchant = at(host, &market, &seller);
            lines.push(Line {
                judged: licences::look(merchant, &name).await?,
                label: seller.label.clone(),
                cancelled: Kept::of(&market, &name).is_cancelled(),
                name,
            });
        }
    }
    Ok(lines)
}

async fn list(home: &Home, host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let lines = lines(host, home).await?;
    let owed = host.payables().await.map_err(host::host_error)?;
    if as_json {
        let licences: Vec<Value> = lines.iter().map(line_json).collect::<Result<_, _>>()?;
        output::json(&json!({
            "merchant": host.receipt_key().to_string(),
            "licences": licences,
            "owed": owed_json(&owed)?,
        }));
        return Ok(Exit::Done);
    }
    if lines.is_empty() {
        output::note("Nothing was bought here.");
        output::note(format_args!(
            "Marketplaces would know you as {} (this host's key).",
            host.receipt_key()
        ));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    output::line(output::table(
        ["SKILL", "FROM", "PAID", "UNTIL", "STATE", "RENEWED"],
        lines.iter().map(|line| {
            let licence = line.judged.licence.as_ref();
            [
                line.name.to_string(),
                line.label.clone(),
                licence
                    .map_or("not yet", |licence| model_words(licence.model))
                    .to_owned(),
                licence.map_or_else(String::new, |licence| clock.date(licence.until)),
                standing_words(&line.judged.gate).to_owned(),
                renewal_words(line).to_owned(),
            ]
        }),
    ));
    for payable in owed.iter().filter(|payable| payable.owed.minor != 0) {
        output::note(format_args!(
            "You owe {} to {}; it is settled outside of this host.",
            payable.owed,
            plain(&payable.account, 100)
        ));
    }
    Ok(Exit::Done)
}

const fn model_words(model: PriceModel) -> &'static str {
    match model {
        PriceModel::PerMonth => "per month",
        PriceModel::OneTime => "once",
        PriceModel::Free => "free",
    }
}

fn renewal_words(line: &Line) -> &'static str {
    match line.judged.licence.as_ref().map(|licence| licence.model) {
        _ if line.cancelled => "no: cancelled",
        Some(PriceModel::PerMonth) => "with your approval",
        Some(_) => "free of charge",
        None => "",
    }
}

fn line_json(line: &Line) -> Result<Value, CliError> {
    Ok(json!({
        "skill": line.name,
        "marketplace": line.label,
        "state": standing_words(&line.judged.gate),
        "may_run": matches!(line.judged.gate, Gate::Open { .. }),
        "cancelled": line.cancelled,
        "licence": crate::commands::to_json(&line.judged.licence)?,
    }))
}

fn owed_json(owed: &[Payable]) -> Result<Vec<Value>, CliError> {
    owed.iter()
        .map(|payable| {
            let owed = crate::commands::to_json(&payable.owed)?;
            Ok(json!({ "account": payable.account, "owed": owed }))
        })
        .collect()
}

async fn show(merchant: Merchant<'_>, name: &SkillName, as_json: bool) -> Result<Exit, CliError> {
    let kept = Kept::of(merchant.market, name);
    let orders = kept.orders(merchant.seller)?;
    let judged = licences::look(merchant, name).await?;
    if as_json {
        let list: Vec<Value> = orders
            .iter()
            .map(|(id, found)| {
                Ok(json!({
                    "order": id,
                    "paid_for": crate::commands::to_json(&found.order)?,
                    "licence": crate::commands::to_json(&found.licence)?,
                    "credit_note": crate::commands::to_json(&found.credit)?,
                }))
            })
            .collect::<Result<_, CliError>>()?;
        output::json(&json!({
            "skill": name,
            "marketplace": merchant.seller.label,
            "merchant": merchant.key().to_string(),
            "state": standing_words(&judged.gate),
            "cancelled": kept.is_cancelled(),
            "orders": list,
        }));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    output::line(name.to_string().bold());
    fact("From", plain(&merchant.seller.label, 200));
    fact("State", standing_words(&judged.gate));
    fact(
        "Merchant",
        format_args!("{} (this host's key)", merchant.key()),
    );
    if let Some(licence) = &judged.licence {
        fact("Paid", model_words(licence.model));
        fact(
            "Counts",
            format_args!(
                "from {} until {}",
                clock.date(licence.from),
                clock.date(licence.until)
            ),
        );
        fact(
            "Grace",
            format_args!("until {}", clock.date(licence.grace_until())),
        );
    }
    if kept.is_cancelled() {
        fact("Cancelled", "nothing more is paid for it from this host");
    }
    for (id, found) in &orders {
        output::line("");
        fact("Order", id);
        if let Some(order) = &found.order {
            fact("Amount", order.amount);
            fact(
                "Covers",
                format_args!(
                    "{} until {}",
                    clock.date(order.covers.from),
                    clock.date(order.covers.until)
                ),
            );
        }
        if let Some(credit) = &found.credit {
            fact(
                "Paid back",
                format_args!("{} on {}", credit.amount, clock.date(credit.at)),
            );
        }
    }
    Ok(Exit::Done)
}

async fn renew(
    home: &Home,
    host: &Host,
    from: Option<&Place>,
    (name, yes): (Option<SkillName>, bool),
    as_json: bool,
) -> Result<Exit, CliError> {
    let mut chosen = Vec::new();
    let all = name.is_none();
    match name {
        Some(name) => {
            let (market, seller) = seller_of(home, from, &name)?;
            chosen.push((market, seller, vec![name]));
        }
        None => {
            for (market, seller) in sellers(home)? {
                if from.is_none_or(|place| place == market.place()) {
                    let names = due(at(host, &market, &seller)).await?;
                    chosen.push((market, seller, names));
                }
            }
        }
    }
    let (mut done, mut worst) = (Vec::new(), Exit::Done);
    for (market, seller, names) in &chosen {
        for name in names {
            let merchant = at(host, market, seller);
            let (value, exit) = match renew_one(home, merchant, name, yes, as_json).await {
                Ok(renewed) => renewed,
                Err(error) if all => {
                    if !as_json {
                        output::error(&error, false);
                    }
                    (error.to_json(), error.exit)
                }
                Err(error) => return Err(error),
            };
            done.push(value);
            if exit != Exit::Done {
                worst = exit;
            }
        }
    }
    if as_json {
        output::json(&json!({ "renewed": done }));
    } else if done.is_empty() {
        output::note("Nothing is due.");
    }
    Ok(worst)
}

/// What is due at a marketplace: what has ended for good, was paid back or cancelled is bought anew by its name, and not by the way.
/// What was paid, and has no licence yet, is only presented; what was paid once costs nothing more.
async fn due(merchant: Merchant<'_>) -> Result<Vec<SkillName>, CliError> {
    let mut due = Vec::new();
    for name in Kept::skills(merchant.market)? {
        // Of what can't be read, the renewal tells.
        let is_due = match licences::look(merchant, &name).await {
            Err(_) => true,
            Ok(judged) => match judged.gate {
                Gate::Open { renew, .. } => {
                    renew && !Kept::of(merchant.market, &name).is_cancelled()
                }
                Gate::Shut(Some(Standing::Expired { .. })) if is_once(&judged) => true,
                Gate::Shut(_) => !matches!(
                    licences::unlicensed(merchant, &name).await?,
                    None | Some(Unlicensed::PaidBack)
                ),
            },
        };
        if is_due {
            due.push(name);
        }
    }
    Ok(due)
}

fn is_once(judged: &Judged) -> bool {
    let model = judged.licence.as_ref().map(|licence| licence.model);
    model == Some(PriceModel::OneTime)
}

async fn renew_one(
    home: &Home,
    merchant: Merchant<'_>,
    name: &SkillName,
    yes: bool,
    as_json: bool,
) -> Result<(Value, Exit), CliError> {
    let kept = Kept::of(merchant.market, name);
    let judged = licences::look(merchant, name).await?;
    // What is paid already needs nobody's word.
    if let Some(bought) = licences::present_paid(merchant, name).await? {
        return told(home, name, &Price::Free, &bought, as_json);
    }
    let unlicensed = licences::unlicensed(merchant, name).await?;
    if judged.licence.is_none() && unlicensed == Some(Unlicensed::PaidBack) {
        return Err(licences::paid_back(name));
    }
    if let Some(licence) = judged.licence.as_ref().filter(|_| is_once(&judged)) {
        let licence = refetch(merchant, name, &licence.order).await?;
        let bought = Bought::Licensed {
            licence: Box::new(licence),
            run: None,
            twice: false,
        };
        return told(home, name, &Price::Free, &bought, as_json);
    }
    if kept.is_cancelled() {
        return Err(licences::unwanted(name));
    }
    let price = skill(merchant.market, name).await?.price;
    if yes {
        as_before(&kept.orders(merchant.seller)?, name, &price)?;
    }
    let by = By::command();
    let wanted = Wanted {
        skill: name,
        price: price.clone(),
        next: true,
        by: &by,
    };
    let bought = buy(merchant, &wanted, &deciders(home, yes, false)?).await?;
    told(home, name, &price, &bought, as_json)
}

/// Nobody looks at the card of `--yes`: it stands for the price that was paid before, and not for one that was raised since.
fn as_before(
    orders: &BTreeMap<Digest, KeptOrder>,
    name: &SkillName,
    price: &Price,
) -> Result<(), CliError> {
    let last = orders
        .values()
        .filter(|found| found.licence.is_some())
        .filter_map(|found| found.order.as_ref())
        .max_by_key(|order| (order.facts.purchase, order.facts.period));
    if last.is_none() && orders.values().any(|found| found.licence.is_some()) {
        return Err(CliError::refused(format!(
            "what was paid for {name} before is not kept here any more, so that nobody can compare {price} with it; nothing was paid"
        ))
        .kind("price.changed")
        .fix(format!(
            "approve the price by its card: guildhall licences renew {name}, without --yes"
        )));
    }
    match last {
        Some(last) if price.amount().ok().flatten() != Some(last.amount) => {
            Err(CliError::refused(format!(
                "{name} is {price} by now, and {} was paid before; nothing was paid",
                last.amount
            ))
            .kind("price.changed")
            .fix(format!(
                "approve the new price by its card: guildhall licences renew {name}, without --yes"
            )))
        }
        _ => Ok(()),
    }
}

fn told(
    home: &Home,
    name: &SkillName,
    price: &Price,
    bought: &Bought,
    as_json_wanted: bool,
) -> Result<(Value, Exit), CliError> {
    if !as_json_wanted {
        say(home, name, bought);
    }
    Ok((as_json(name, price, bought)?, exit(bought)))
}

async fn refund(
    merchant: Merchant<'_>,
    name: &SkillName,
    yes: bool,
    as_json: bool,
) -> Result<Exit, CliError> {
    let orders = Kept::of(merchant.market, name).orders(merchant.seller)?;
    let Some(order) = refundable(&orders) else {
        return Err(CliError::refused(format!(
            "nothing that was paid for {name} is here to be paid back"
        ))
        .kind("licence.nothing-paid")
        .fix(format!("see what there is: guildhall licences show {name}")));
    };
    if !yes && !confirmed(name, order).await? {
        return Err(CliError::refused("nothing was done")
            .exit(Exit::NotApproved)
            .kind("not-confirmed"));
    }
    // Whoever wants the money of a month back wants no further one, whatever becomes of the rest.
    let stopped = match order.model {
        PriceModel::PerMonth => Some(licences::stop(merchant, name, &By::command()).await?),
        _ => None,
    };
    if let Some(stopped) = stopped.as_ref().filter(|_| !as_json) {
        licences::say_stopped(name, stopped);
    }
    let (note, credited) = licences::refund(merchant, name, order).await?;
    if as_json {
        output::json(&json!({
            "skill": name,
            "order": order.id,
            "amount": crate::commands::to_json(&note.amount)?,
            "rule": note.rule,
            "credit_note": note.id,
            "credited": crate::commands::to_json(&credited)?,
            "charges_stopped": stopped.is_some(),
        }));
        return Ok(Exit::Done);
    }
    match credited {
        Credited::Now { account } => output::note(format_args!(
            "{} came back for {name}, to your account {}. Its licence does not count any more.",
            note.amount,
            plain(&account, 100)
        )),
        Credited::Before { account } => output::note(format_args!(
            "{} for {name} had come back before, to your account {}; nothing was done now.",
            note.amount,
            plain(&account, 100)
        )),
        Credited::NotPaidHere => output::note(format_args!(
            "{} came back for {name}; your book does not know that it was paid, so nothing was credited in it.",
            note.amount
        )),
    }
    Ok(Exit::Done)
}

/// The order whose money comes back: the newest that has not, or the one that has, to be told so.
fn refundable(orders: &BTreeMap<Digest, KeptOrder>) -> Option<&Order> {
    let paid = |found: &&KeptOrder| found.licence.is_some() || found.credit.is_some();
    orders
        .values()
        .filter(paid)
        .filter_map(|found| Some((found.credit.is_none(), found.order.as_ref()?)))
        .max_by_key(|(open, order)| (*open, order.facts.purchase, order.facts.period))
        .map(|(_, order)| order)
}

async fn confirmed(name: &SkillName, order: &Order) -> Result<bool, CliError> {
    if !output::can_ask() {
        return Err(CliError::usage(format!(
            "paying {name} back takes its licence away, and nobody can be asked here"
        ))
        .kind("confirm")
        .fix("say --yes"));
    }
    let months = match order.model {
        PriceModel::PerMonth => " No further month is charged, whatever comes back.",
        _ => "",
    };
    output::note(format_args!(
        "{} was paid for {name}. What comes back: all of it within 14 days if it never ran, otherwise the part of the days \
         that are left. Its licence does not count any more afterwards.{months}",
        order.amount
    ));
    Ok(crate::approve::confirm("Ask for the money back?").await)
}

async fn cancel(merchant: Merchant<'_>, name: &SkillName, as_json: bool) -> Result<Exit, CliError> {
    let stopped = licences::stop(merchant, name, &By::command()).await?;
    if as_json {
        output::json(&json!({
            "skill": name,
            "told": stopped.paid_until.is_some(),
            "paid_until": stopped.paid_until,
            "mandates": stopped.mandates,
            "void": stopped.void,
        }));
        return Ok(Exit::Done);
    }
    licences::say_stopped(name, &stopped);
    Ok(Exit::Done)
}
