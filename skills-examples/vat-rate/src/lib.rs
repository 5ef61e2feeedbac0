//! Rates of VAT, GST and sales taxes, as a skill.
//!
//! `places` finds the market, `charging` says whose rate applies, `claims` what each source says of it; `table` holds the laws,
//! the parts of countries and the known traps. This file puts the answer together. Nothing is guessed: sources that disagree give no value.

mod charging;
mod claims;
mod places;
mod table;
#[cfg(test)]
mod tests;

use bindings::{Guest, Rate, RateAnswer, Sale, Treatment};
use guildhall_answer::{Judged, Status, judge};
use guildhall_sdk::{Date, context};

use charging::{Charging, DIRECTIVE};
use places::Place;
use table::places::Inside;
use table::traps::Effect;

/// Most rates change on a first of January, and are decided on weeks or months before.
const DEFAULT_MAX_AGE_DAYS: i64 = 366;

/// A batch of a merchant's order book; more are several calls.
const MAX_SALES: usize = 5_000;

struct VatRate;

guildhall_sdk::skill!(VatRate);
guildhall_answer::bind!(bindings, RateAnswer(Rate));

impl Guest for VatRate {
    fn find(sale: Sale) -> Result<RateAnswer, String> {
        answer(&sale, context::today(), max_age_days()?)
    }

    fn find_all(sales: Vec<Sale>) -> Vec<Result<RateAnswer, String>> {
        let too_many = sales.len() > MAX_SALES;
        let (today, max_age) = (context::today(), max_age_days());
        let answer = |sale: &Sale| match &max_age {
            _ if too_many => Err(format!("Ask for at most {MAX_SALES} sales at once.")),
            Ok(days) => answer(sale, today, *days),
            Err(message) => Err(message.clone()),
        };
        sales.iter().map(answer).collect()
    }
}

fn max_age_days() -> Result<i64, String> {
    let Some(setting) = context::setting("max-age-days") else {
        return Ok(DEFAULT_MAX_AGE_DAYS);
    };
    let days = setting.parse::<u16>().map(i64::from);
    days.map_err(|_| {
        format!(
            "The setting `max-age-days` is `{}`: set it to a number of days, for example 366.",
            places::shown(&setting)
        )
    })
}

fn answer(asked: &Sale, today: Date, max_age: i64) -> Result<RateAnswer, String> {
    let date: Date = asked.date.parse().map_err(|_| {
        format!(
            "`{}` is not a date: write an existing day as YYYY-MM-DD.",
            places::shown(&asked.date)
        )
    })?;
    let market = Place::find(&asked.market, asked.postal_code.as_deref()).map_err(|what| what.0)?;
    let seller = match &asked.seller {
        Some(seller) => Place::find(seller, None).map_err(|what| what.0)?,
        None => market,
    };
    if date > today {
        return Ok(without_value(
            Status::Stale,
            format!(
                "{date} has not come yet (today is {today}), and a law may change until then. Ask again on that day."
            ),
        ));
    }
    let sale = charging::Sale {
        seller,
        market,
        date,
        goods: asked.goods,
        supply: asked.supply,
        buyer: asked.buyer,
    };
    Ok(match sale.charging() {
        Charging::RateOf(place, treatment, note) => rate_of(&sale, place, treatment, note, max_age),
        Charging::Nothing(treatment, why) => {
            let rate = Rate {
                percent: "0".to_owned(),
                treatment,
                place: market.code.to_owned(),
                made_of: None,
            };
            let judged = Judged::proved(rate, vec![DIRECTIVE]);
            (judged, format!("The seller charges no tax. {why}")).into()
        }
        Charging::Unclear(why) => without_value(Status::OutOfScope, why.to_owned()),
    })
}

/// The rate of a place, by everything that is known of it.
fn rate_of(
    sale: &charging::Sale,
    place: Place,
    treatment: Treatment,
    note: Option<&'static str>,
    max_age: i64,
) -> RateAnswer {
    let (code, because) = match place.part.map(|part| &part.inside) {
        Some(Inside::Unknown(why)) => return without_value(Status::OutOfScope, (*why).to_owned()),
        Some(Inside::Free(why)) => return free(place, treatment, why),
        Some(Inside::Of(other, why)) => (*other, Some(*why)),
        Some(Inside::Own) | None => (place.code, None),
    };
    if let Some(why) = place.without_a_rate() {
        return without_value(Status::OutOfScope, why.to_owned());
    }
    let day = sale.date.to_string();
    let known = claims::look_up(code, sale.goods, &day);
    let mut reasons: Vec<String> = because.map(ToOwned::to_owned).into_iter().collect();
    let mut made_of = None;
    let mut claims = known.claims;
    for rule in claims::traps(code, &day) {
        match rule.effect {
            Effect::Unheard(family) => {
                let before = claims.len();
                claims.retain(|claim| claim.family != family);
                if claims.len() == before {
                    continue;
                }
            }
            Effect::MadeOf(text) => made_of = Some(text.to_owned()),
        }
        reasons.push(rule.reason.to_owned());
    }
    let said = claims
        .iter()
        .map(|claim| format!("{} % ({})", claim.value, claim.source.name))
        .collect::<Vec<_>>()
        .join("; ");
    let judged = judge(claims);
    let oldest = Date::from_days_since_epoch(sale.date.days_since_epoch() - max_age).to_string();
    let judged = judged.not_older_than(&oldest);
    let head = match judged.status {
        Status::OutOfScope => {
            return nothing_known(code, sale, &day, known.before, known.after, &reasons);
        }
        Status::Answered => {
            format!("{} % in {code} on {day}.", judged.value.unwrap_or_default())
        }
        Status::SingleSource => format!(
            "{} % in {code} on {day}, by one kind of source alone: confirm it before you rely on it.",
            judged.value.unwrap_or_default()
        ),
        Status::Disputed => {
            format!(
                "The sources disagree about {code} on {day}: {said}. Ask your adviser or the tax office."
            )
        }
        Status::Stale => format!(
            "The newest source is of {}, more than {max_age} days before {day}: what it says may not hold any more.",
            judged.as_of
        ),
    };
    reasons.insert(0, head);
    if judged.value.is_some() {
        reasons.extend(note.map(ToOwned::to_owned));
        reasons.extend(place.exceptions());
    }
    let judged = Judged {
        status: judged.status,
        value: judged.value.map(|percent| Rate {
            percent: percent.to_owned(),
            treatment,
            place: code.to_owned(),
            made_of,
        }),
        sources: judged.sources,
        as_of: judged.as_of,
    };
    (judged, reasons.join(" ")).into()
}

/// Nobody speaks of the day: perhaps of one before, perhaps of one after, perhaps of none.
fn nothing_known(
    code: &str,
    sale: &charging::Sale,
    day: &str,
    before: Option<(&str, &str)>,
    after: Option<&str>,
    reasons: &[String],
) -> RateAnswer {
    let goods = match sale.goods {
        bindings::GoodsClass::General => "the standard rate",
        bindings::GoodsClass::Books => "the rate of printed books",
        bindings::GoodsClass::EBooks => "the rate of electronic books",
        bindings::GoodsClass::Accommodation => "the rate of accommodation",
    };
    let (status, mut text) = match (before, after) {
        (Some((last, percent)), _) => (
            Status::Stale,
            format!(
                "What is known of {goods} in {code} ends with {last}, when it was {percent} %. Ask your adviser whether that was prolonged."
            ),
        ),
        (None, Some(first)) => (
            Status::OutOfScope,
            format!(
                "What is known of {goods} in {code} begins with {first}: {day} is earlier. Look at the law of that day."
            ),
        ),
        (None, None) => (
            Status::OutOfScope,
            format!(
                "No source here covers {goods} in `{code}`. Check the code, or ask your adviser."
            ),
        ),
    };
    for reason in reasons {
        text = format!("{text} {reason}");
    }
    without_value(status, text)
}

/// A territory without the tax: its law decides that alone.
fn free(place: Place, treatment: Treatment, why: &str) -> RateAnswer {
    let treatment = match treatment {
        Treatment::Charged => Treatment::OutsideScope,
        other => other,
    };
    let rate = Rate {
        percent: "0".to_owned(),
        treatment,
        place: place.code.to_owned(),
        made_of: None,
    };
    (Judged::proved(rate, vec![DIRECTIVE]), why.to_owned()).into()
}

fn without_value(status: Status, reason: String) -> RateAnswer {
    let judged = Judged::out_of_scope();
    (Judged { status, ..judged }, reason).into()
}
