//! The question, checked: what cannot be understood is refused with the name of the field.

use guildhall_sdk::{Currency, Date, Money};

use crate::bindings::{CostKind, Costs, Invalid, NamedPlace, Rate, Shipment};
use crate::table::terms::COSTS;
use crate::terms;

/// Most sources of one rate.
const MAX_SOURCES: usize = 10;

/// A rate as a source gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Millionths: 65,000 for 6.5 percent.
    pub millionths: i128,
    /// As written.
    pub percent: String,
    /// As written.
    pub source: String,
    /// The source in one spelling: two that differ in letters only by case or by numbers are one family.
    pub family: String,
    /// Day on which the source said so.
    pub date: Date,
}

/// A question that can be answered, or about which can be said why not.
pub struct Question {
    /// As asked.
    pub shipment: Shipment,
    /// Day of import.
    pub day: Date,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Price of the goods.
    pub price: i128,
    /// Costs of the way, in its order; those that do not arise are left out.
    pub costs: Vec<(CostKind, i128)>,
    /// Rates of duty.
    pub duty: Vec<Said>,
    /// Rates of VAT.
    pub vat: Vec<Said>,
}

pub fn invalid(field: &str, message: impl Into<String>) -> Invalid {
    Invalid {
        field: field.to_owned(),
        message: message.into(),
    }
}

impl Question {
    pub fn read(shipment: Shipment, today: Date) -> Result<Self, Invalid> {
        let market = shipment.market.as_bytes();
        if market.len() != 2 || !market.iter().all(u8::is_ascii_uppercase) {
            return Err(invalid(
                "market",
                "Write the country of import as two capital letters of ISO 3166-1, for example `DE`.",
            ));
        }
        let day = match &shipment.day {
            None => today,
            Some(text) => date("day", text)?,
        };
        place(&shipment)?;
        let currency = Currency::new(&shipment.goods.currency)
            .map_err(|error| invalid("goods", format!("{error}.")))?;
        let price = amount("goods", &shipment.goods, currency)?;
        let costs = costs(&shipment.costs, currency)?;
        let duty = rates("duty", &shipment.duty, today)?;
        let vat = rates("vat", &shipment.vat, today)?;
        if duty.is_empty() {
            return Err(invalid(
                "duty",
                "Give the rate of duty with its source and date; `0` if the goods are free of duty.",
            ));
        }
        if let Some(rules) = &shipment.rules {
            not_later("rules", date("rules", &rules.date)?, today)?;
            family("rules", &rules.source)?;
        }
        Ok(Self {
            day,
            currency,
            price,
            costs,
            duty,
            vat,
            shipment,
        })
    }

    /// All rates, those of duty first.
    pub fn rates(&self) -> impl Iterator<Item = &Said> {
        self.duty.iter().chain(&self.vat)
    }
}

fn place(shipment: &Shipment) -> Result<(), Invalid> {
    let Some(place) = shipment.named_place else {
        return Ok(());
    };
    let possible = terms::places(shipment.incoterm);
    if possible.contains(&place) {
        return Ok(());
    }
    let possible: Vec<_> = possible
        .iter()
        .map(|place| match place {
            NamedPlace::SellerPremises => "the seller's premises",
            NamedPlace::Departure => "a port or terminal of departure",
            NamedPlace::Arrival => "a port or terminal of arrival",
            NamedPlace::BuyerPremises => "the buyer's premises",
        })
        .collect();
    Err(invalid(
        "named_place",
        format!(
            "Behind {} stands {}: correct the place or the term.",
            terms::code(shipment.incoterm),
            possible.join(" or ")
        ),
    ))
}

fn costs(costs: &Costs, currency: Currency) -> Result<Vec<(CostKind, i128)>, Invalid> {
    let given = [
        costs.loading.as_ref(),
        costs.pre_carriage.as_ref(),
        costs.export_clearance.as_ref(),
        costs.departure_terminal.as_ref(),
        Some(&costs.freight),
        Some(&costs.insurance),
        costs.arrival_terminal.as_ref(),
        costs.import_clearance.as_ref(),
        costs.on_carriage.as_ref(),
        costs.unloading.as_ref(),
    ];
    let mut found = Vec::new();
    for ((kind, field), money) in COSTS.into_iter().zip(given) {
        let Some(money) = money else { continue };
        let minor = amount(&format!("costs.{field}"), money, currency)?;
        if minor > 0 {
            found.push((kind, minor));
        }
    }
    Ok(found)
}

fn amount(field: &str, money: &Money, currency: Currency) -> Result<i128, Invalid> {
    if money.currency != currency.code() {
        return Err(invalid(
            field,
            format!(
                "All amounts must be in one currency, and this one is not in {currency}: convert it at the rate that customs uses on that day."
            ),
        ));
    }
    if money.minor < 0 {
        return Err(invalid(field, "An amount cannot be negative."));
    }
    Ok(i128::from(money.minor))
}

fn rates(field: &str, rates: &[Rate], today: Date) -> Result<Vec<Said>, Invalid> {
    if rates.len() > MAX_SOURCES {
        return Err(invalid(field, "Give at most 10 sources of a rate."));
    }
    rates
        .iter()
        .map(|rate| {
            let date = date(field, &rate.date)?;
            not_later(field, date, today)?;
            Ok(Said {
                millionths: millionths(&rate.percent).ok_or_else(|| {
                    invalid(
                        field,
                        "Write a rate as percent with plain digits and a point, for example `6.5`, at most four decimal places.",
                    )
                })?,
                percent: rate.percent.clone(),
                family: family(field, &rate.source)?,
                source: rate.source.clone(),
                date,
            })
        })
        .collect()
}

/// `6.5` percent as 65,000 millionths.
fn millionths(percent: &str) -> Option<i128> {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits =
        |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<4}").parse().ok()
}

fn date(field: &str, text: &str) -> Result<Date, Invalid> {
    text.parse()
        .map_err(|_| invalid(field, "Write a day that exists as `YYYY-MM-DD`."))
}

fn not_later(field: &str, date: Date, today: Date) -> Result<(), Invalid> {
    if date > today {
        return Err(invalid(
            field,
            format!("A source of {date} is later than today: give the day on which it said so."),
        ));
    }
    Ok(())
}

/// The name of a source in one spelling, so that one source is not counted twice.
fn family(field: &str, source: &str) -> Result<String, Invalid> {
    // Letters of full width are the same letters.
    let plain = |c: char| match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let family: String = source
        .chars()
        .map(plain)
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    if family.is_empty()
        || source.chars().count() > 200
        || source.chars().any(guildhall_sdk::text::is_hidden)
    {
        return Err(invalid(
            field,
            "Name the source in at most 200 visible characters, for example `TARIC`.",
        ));
    }
    Ok(family)
}
