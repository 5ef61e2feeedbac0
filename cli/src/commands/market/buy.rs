//! `guildhall buy`

use crate::approve::By;
use crate::args::market::BuyArgs;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::{Approvals, Home};
use crate::host;
use crate::installed::Store;
use crate::licences::{Bought, Deciders, Merchant, Seller, Wanted, buy};
use crate::market::Market;
use crate::market::release::skill;
use crate::output::{self, Progress};
use crate::when::Clock;
use guildhall_host::EgressConfig;
use guildhall_package::SkillName;
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Buys a skill.
///
/// # Errors
/// If the marketplace does not answer or refuses; whether something was paid is in the message.
pub async fn run(home: &Home, args: BuyArgs) -> Result<Exit, CliError> {
    let deciders = deciders(home, args.yes, args.later)?;
    let market = Market::open(home, args.from.from.as_ref())?;
    let trust = market.trusted(None).await?;
    let price = skill(&market, &args.name).await?.price;
    if price == Price::Free {
        let name = &args.name;
        Store::of(home).set_price(name, &market.place().label(), &price)?;
        if args.json {
            output::json(&json!({ "skill": name, "state": "free", "price": price }));
        } else {
            output::note(format_args!("{name} is free: there is nothing to buy."));
            output::hint(format_args!("{} install {name}", program(home)));
        }
        return Ok(Exit::Done);
    }
    let host = host::open(home, EgressConfig::default()).await?;
    let seller = Seller::of(&market, &trust.root);
    let merchant = Merchant {
        host: &host,
        market: &market,
        seller: &seller,
    };
    let by = By::command();
    let wanted = Wanted {
        skill: &args.name,
        price: price.clone(),
        next: false,
        by: &by,
    };
    let bought = buy(merchant, &wanted, &deciders).await;
    if let Ok(Bought::Licensed { .. }) = &bought {
        Store::of(home).set_price(&args.name, &market.place().label(), &price)?;
    }
    host.shutdown().await;
    let bought = bought?;
    if args.json {
        output::json(&as_json(&args.name, &price, &bought)?);
    } else {
        say(home, &args.name, &bought);
    }
    Ok(exit(&bought))
}

/// Who decides, given what was asked for and what the owner has set.
///
/// # Errors
/// If approving is left to the console.
pub fn deciders(home: &Home, yes: bool, later: bool) -> Result<Deciders, CliError> {
    let config = home.config()?;
    if yes {
        config.may_approve()?;
        return Ok(Deciders::All);
    }
    let asks = !later && output::can_ask() && config.approvals == Approvals::CommandLine;
    Ok(if asks {
        let progress = Progress::start("asking the marketplace");
        Deciders::Ask(Arc::new(Mutex::new(Some(progress))))
    } else {
        Deciders::Later
    })
}

/// How the process ends.
#[must_use]
pub const fn exit(bought: &Bought) -> Exit {
    match bought {
        Bought::Licensed { .. } => Exit::Done,
        Bought::Waits { .. } => Exit::NotApproved,
        Bought::NotPaid(outcome) => Exit::of_run(outcome.status),
    }
}

/// As one object.
///
/// # Errors
/// Never; a defect is reported and not hidden.
pub fn as_json(name: &SkillName, price: &Price, bought: &Bought) -> Result<Value, CliError> {
    Ok(match bought {
        Bought::Licensed {
            licence,
            run,
            twice,
        } => json!({
            "skill": name, "state": "licensed", "price": price, "order": licence.order, "run": run,
            "paid_twice": twice, "licence": crate::commands::to_json(licence)?,
        }),
        Bought::Waits { order, run, asks } => json!({
            "skill": name, "state": "waiting", "price": price, "order": order.id, "run": run, "asks": asks,
            "licence": null,
        }),
        Bought::NotPaid(outcome) => json!({
            "skill": name, "state": "not-paid", "price": price, "run": outcome.invocation,
            "outcome": crate::commands::to_json(&output::worded(outcome))?, "licence": null,
        }),
    })
}

/// In words.
pub fn say(home: &Home, name: &SkillName, bought: &Bought) {
    let program = program(home);
    match bought {
        Bought::Licensed {
            licence,
            run,
            twice,
        } => {
            let until = Clock::system().date(licence.until);
            match run {
                Some(run) => output::note(format_args!(
                    "{name} is paid (run {run}) and licensed until {until}."
                )),
                None => output::note(format_args!(
                    "{name} was paid before, and is licensed until {until}; nothing was paid now."
                )),
            }
            if *twice {
                output::note(
                    "Another copy of this home folder had paid it before: what was paid now is back in your wallet.",
                );
            }
            if run.is_some() {
                output::hint(format_args!(
                    "its licence: {program} licences show {name}; money back within 14 days: {program} licences refund {name}"
                ));
            }
        }
        Bought::Waits { order, run, asks } => {
            output::note(format_args!(
                "{} for {name} wait for approval; nothing has been paid yet.",
                order.amount
            ));
            for ask in asks {
                output::note(format_args!("asks you: {}", plain(ask, 1_000)));
            }
            output::hint(format_args!(
                "decide: {program} approvals show {run}; then get the licence: {program} buy {name}"
            ));
        }
        Bought::NotPaid(outcome) => output::outcome(outcome, &program),
    }
}
