//! Buying a skill: its price and its terms, and a payment that a person approves on its card like any other.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::market::money::{Price, PriceModel};
use guildhall_package::text::plain;
use guildhall_web::error::invalid;

use super::{found, market};
use crate::app::App;
use crate::buying::{Bought, Licence, Paid, Standing, Wanted};
use crate::market::Market;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, with_status};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::{sentence, when};
use crate::people::Right;
use crate::shelf::{Installed, ShelfError};

/// Rules of a marketplace and of this machine that say: the price is another one by now.
const OTHER_PRICE: [&str; 2] = ["price.changed", "order.price-changed"];

/// What was paid back, by another console of the same merchant.
const PAID_BACK: &str = "What was paid for it came back, so it does not run. You can buy it again.";
/// The way on from a payment that is not taken.
const ANEW: &str = "Buy it again: at the price that you paid nothing is paid a second time. At another price ask whoever runs the marketplace for the money.";

/// How a skill stands to what it costs, on its pages.
pub struct Sale {
    /// In a sentence.
    pub words: String,
    /// How loudly it is said: `good`, `warn`, or nothing.
    pub class: &'static str,
    /// Whether there is something to buy.
    pub can_buy: bool,
    /// Whether it may not run before.
    pub is_shut: bool,
    /// The run of a payment that waits.
    pub waits: Option<String>,
    /// Whether it is paid, and its licence has still to be fetched.
    pub is_paid: bool,
}

impl Sale {
    fn of(licence: Licence) -> Option<Self> {
        let Licence {
            standing,
            waits,
            paid,
        } = licence;
        let is_paid = paid == Paid::Open;
        let is_open = waits.is_none() && !is_paid;
        let (mut words, mut class, is_shut, can_buy) = match standing {
            Standing::Free => return None,
            Standing::Missing if waits.is_some() => (
                "Its payment waits for approval. It runs once that is approved.".to_owned(),
                "warn",
                true,
                false,
            ),
            Standing::Missing => (
                "It is not bought yet, so it does not run.".to_owned(),
                "warn",
                true,
                is_open,
            ),
            Standing::Counts { until_ms, is_grace } => {
                let until = when(until_ms).text;
                let (words, class) = match is_grace {
                    true => (
                        format!("What was paid has ended. It runs on until {until}."),
                        "warn",
                    ),
                    false => (format!("It is bought, and runs until {until}."), "good"),
                };
                (words, class, false, is_grace && is_open)
            }
            Standing::Over(why) => (
                format!(
                    "It was bought, and does not run: {}",
                    sentence(&plain(&why, 200))
                ),
                "warn",
                true,
                is_open,
            ),
        };
        match paid {
            Paid::Open => {
                "It is paid, and its licence is not here yet. Nothing is paid again for it."
                    .clone_into(&mut words);
                class = "warn";
            }
            // What happened to a payment matters while there is nothing else to run by.
            Paid::Back if can_buy => PAID_BACK.clone_into(&mut words),
            Paid::Refused(rule) if can_buy => {
                words = format!("{} {ANEW}", refused(&rule));
            }
            Paid::Nothing | Paid::Back | Paid::Refused(_) => {}
        }
        Some(Self {
            words,
            class,
            can_buy,
            is_shut,
            waits,
            is_paid,
        })
    }
}

/// How an installed skill stands to what it costs; none if it costs nothing. What can't be read is said in its place.
pub async fn sale(app: &App, installed: &Installed) -> Option<Sale> {
    let market = app.shelf.market()?;
    match market.licence(&installed.name).await {
        Ok(licence) => Sale::of(licence),
        Err(error) => Some(Sale {
            words: sentence(&plain(&error.message, 600)),
            class: "warn",
            can_buy: false,
            is_shut: false,
            waits: None,
            is_paid: false,
        }),
    }
}

/// Why a marketplace does not take a payment, by its rule.
fn refused(rule: &str) -> &'static str {
    match rule {
        "payment.too-late" => {
            "It is paid, and has no licence: the marketplace was told too late of the payment."
        }
        _ => "It is paid, and has no licence: the marketplace does not take the payment.",
    }
}

#[derive(Template)]
#[template(path = "skills/buy.html")]
struct Buy {
    frame: Frame,
    name: String,
    seller: String,
    sale: Option<Sale>,
    /// The price, and as the form carries it; none if it could not be asked for or there is nothing to pay.
    price: Option<(String, String)>,
    terms: Vec<&'static str>,
    problem: Option<String>,
}

/// Price and terms.
pub async fn get(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    visitor.person(Right::Operate, &format!("/skills/{publisher}/{skill}/buy"))?;
    let installed = found(&app, &publisher, &skill).await?;
    shown(&app, &visitor, &installed, (StatusCode::OK, None)).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    installed: &Installed,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, Other> {
    let market = market(app)?;
    let sale = sale(app, installed).await;
    let (price, unknown) = match asked(market, installed, sale.as_ref()).await {
        Ok(price) => (price, None),
        Err(error) => (None, Some(told(&error))),
    };
    let template = Buy {
        frame: Frame::new(app, visitor, "Buy", Section::Skills),
        name: installed.name.to_string(),
        seller: plain(&installed.marketplace, 253),
        sale,
        terms: price.as_ref().map_or_else(Vec::new, terms),
        price: price
            .map(|price| Ok::<_, Other>((price.to_string(), carried(&price)?)))
            .transpose()?,
        problem: problem.or(unknown),
    };
    with_status(status, &template)
}

/// The price as the marketplace has it now; none where there is nothing to buy.
async fn asked(
    market: &dyn Market,
    installed: &Installed,
    sale: Option<&Sale>,
) -> Result<Option<Price>, ShelfError> {
    if sale.is_some_and(|sale| !sale.can_buy) {
        return Ok(None);
    }
    let price = market.price(&installed.name).await?;
    Ok((price != Price::Free).then_some(price))
}

fn told(error: &ShelfError) -> String {
    let message = sentence(&plain(&error.message, 1_000));
    match hints::of_shelf(error) {
        Some(fix) => format!("{message} {fix}"),
        None => message,
    }
}

fn carried(price: &Price) -> Result<String, Other> {
    serde_json::to_string(price)
        .map_err(|error| Other::Problem(guildhall_web::error::ApiError::Fault(error.to_string())))
}

/// What is agreed to.
fn terms(price: &Price) -> Vec<&'static str> {
    let mut terms = match price.model() {
        PriceModel::PerMonth => vec![
            "It is paid for a month, which begins with the payment.",
            "The next month is asked for when this one ends: again as a card, unless you have allowed it from now on.",
            "When a month has ended and the next is not paid, it still runs for a week.",
        ],
        _ => vec!["It is paid once, for all its releases."],
    };
    terms.extend([
        "Within 14 days all of it is paid back if the skill never ran; after that, the days that were not used.",
        "The licence counts for this console, and for no other.",
        "Nothing is paid before somebody approves it on its card.",
    ]);
    terms
}

/// Buys it at the price that was shown. Sent twice, it is the same payment.
pub async fn post(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let here = format!("/skills/{publisher}/{skill}/buy");
    let person = visitor.person(Right::Operate, &here)?;
    let installed = found(&app, &publisher, &skill).await?;
    let price: Price = serde_json::from_str(fields.text("price"))
        .map_err(|_| invalid("price", "it is none that was shown"))?;
    let wanted = Wanted {
        skill: &installed.name,
        price: &price,
    };
    tracing::info!(skill = %installed.name, %price, person = %person.id(), "a skill is bought");
    let bought = market(&app)?.buy(wanted, person).await;
    app.live.bump();
    let page = format!("/skills/{}", installed.name);
    match bought {
        Ok(Bought::Free | Bought::Licensed) => Ok(see(&page)),
        Ok(Bought::Waits(run)) if person.may(Right::Approve) => {
            Ok(see(&format!("/approvals/{run}")))
        }
        Ok(Bought::Waits(run) | Bought::NotPaid(run)) => Ok(see(&format!("/runs/{run}"))),
        Err(error) if error.is_fault => Err(error.into()),
        Err(error) => {
            let mut problem = told(&error);
            if OTHER_PRICE.contains(&&*error.rule) {
                problem = "The price is another one by now: nothing was ordered. Look at it below."
                    .to_owned();
            }
            let problem = (StatusCode::CONFLICT, Some(problem));
            shown(&app, &visitor, &installed, problem).await
        }
    }
}

/// Fetches the licence of what is paid already.
pub async fn fetch(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Operate, &format!("/skills/{publisher}/{skill}/buy"))?;
    let installed = found(&app, &publisher, &skill).await?;
    match market(&app)?.settle().await {
        Ok(_) => {
            app.live.bump();
            Ok(see(&format!("/skills/{}", installed.name)))
        }
        Err(error) => {
            let problem = (StatusCode::CONFLICT, Some(told(&error)));
            shown(&app, &visitor, &installed, problem).await
        }
    }
}
