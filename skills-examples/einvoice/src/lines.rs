//! Lines, allowances and charges: computed exactly, each product rounded once.

use guildhall_ubl::{
    Exact, Problem, Problems, identifier, is_country, is_unit, optional, required,
};

use crate::bindings::{self, AdjustmentKind, Size};
use crate::category::Tax;
use crate::order::{Period, period};
use crate::scale::{Scale, shown, too_large, within};

const HUNDRED: Exact = Exact::new(100, 0);

/// An allowance or charge, computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Charge or allowance.
    pub charge: bool,
    /// Why.
    pub reason: String,
    /// The amount, never negative in what asks for money.
    pub amount: i128,
    /// Percent and what it is of.
    pub of: Option<(Exact, i128)>,
}

impl Adjustment {
    /// The amount with the sign it is added with.
    pub fn signed(&self) -> i128 {
        if self.charge {
            self.amount
        } else {
            -self.amount
        }
    }
}

/// A line, computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Name of the item.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// The seller's number of it.
    pub item_number: Option<String>,
    /// How many.
    pub quantity: Exact,
    /// Unit.
    pub unit: String,
    /// Price.
    pub price: Exact,
    /// What the price is for.
    pub price_for: Option<Exact>,
    /// How it is taxed.
    pub tax: Tax,
    /// Allowances and charges.
    pub adjustments: Vec<Adjustment>,
    /// Net amount.
    pub net: i128,
    /// Country of origin.
    pub origin: Option<String>,
    /// Days.
    pub period: Option<Period>,
}

/// Reads and computes line `number`. None if something of it is wrong. What this skill cannot write goes into `beyond`.
pub fn line(
    problems: &mut Problems,
    beyond: &mut Vec<Problem>,
    scale: Scale,
    number: usize,
    line: &bindings::Line,
) -> Option<Line> {
    let place = format!("Line {number}");
    let named = |what: &str| format!("{place}: {what}");
    let name = required(
        problems,
        ("BT-153", "BR-25", &named("the name of the item")),
        &line.name,
    );
    let description = optional(
        problems,
        ("BT-154", &named("the description")),
        line.description.as_ref(),
    );
    let item_number = optional(
        problems,
        ("BT-155", &named("the number of the item")),
        line.item_number.as_ref(),
    );
    let mut decimal = |term: &str, rule: &str, what: &str, text: &str| {
        let number = Exact::parse(text);
        if number.is_none() {
            problems.add(
                term,
                rule,
                format!(
                    "{place}: {what} ({term}) is {}, which is no decimal number with up to 12 digits before the point and 6 after it.",
                    shown(text)
                ),
            );
        }
        number
    };
    let quantity = decimal("BT-129", "BR-22", "the quantity", &line.quantity);
    let price = decimal("BT-146", "BR-26", "the price", &line.price);
    let price_for = match &line.price_for {
        None => Some(None),
        Some(text) => decimal("BT-149", "", "the quantity that the price is for", text).map(Some),
    };
    problems.require(
        price.is_none_or(|price| !price.is_negative()),
        "BT-146",
        "BR-27",
        format!(
            "{place}: the price (BT-146) is negative: write a negative quantity for what is given back."
        ),
    );
    problems.require(
        price_for
            .flatten()
            .is_none_or(|each| !each.is_negative() && !each.is_zero()),
        "BT-149",
        "",
        format!("{place}: the quantity that the price is for (BT-149) has to be above zero."),
    );
    let unit = identifier(problems, ("BT-130", &named("the unit")), Some(&line.unit));
    match &unit {
        None => problems.add(
            "BT-130",
            "BR-23",
            format!("{place}: the unit (BT-130) is missing: write C62 for pieces, KGM for kilograms, HUR for hours."),
        ),
        Some(unit) if !is_unit(unit) => beyond.push(Problem {
            term: "BT-130".to_owned(),
            rule: "BR-CL-23".to_owned(),
            message: format!(
                "{place}: the unit {} (BT-130) is not among those this skill knows: write a code of UN/ECE Recommendation 20, for example C62 for pieces, KGM for kilograms, HUR for hours.",
                shown(unit)
            ),
        }),
        Some(_) => {}
    }
    let tax = Tax::read(problems, &place, "BT-152", &line.vat);
    let origin = identifier(
        problems,
        ("BT-159", &named("the country of origin")),
        line.origin.as_ref(),
    );
    if let Some(country) = origin.as_deref().filter(|country| !is_country(country)) {
        problems.add(
            "BT-159",
            "BR-CL-15",
            format!(
                "{place}: the country of origin {} (BT-159) is not in ISO 3166-1: write two capital letters.",
                shown(country)
            ),
        );
    }
    let days = line
        .period
        .as_ref()
        .map(|given| period(problems, &place, ("BT-134", "BT-135", "BR-30"), given));
    let (quantity, price, price_for) = (quantity?, price?, price_for?);
    let by = price_for.unwrap_or(Exact::ONE);
    let product = quantity.product(price, by, scale.places()).and_then(within);
    let Some(product) = product else {
        problems.add("BT-131", "", too_large(&named("the net amount"), "BT-131"));
        return None;
    };
    let adjustments = line_adjustments(problems, scale, &place, product, &line.adjustments)?;
    let net = adjustments
        .iter()
        .fold(product, |net, each| net + each.signed());
    Some(Line {
        name,
        description,
        item_number,
        quantity,
        unit: unit?,
        price,
        price_for,
        tax: tax?,
        adjustments,
        net: within(net)?,
        origin,
        period: days.flatten(),
    })
}

fn line_adjustments(
    problems: &mut Problems,
    scale: Scale,
    place: &str,
    base: i128,
    given: &[bindings::LineAdjustment],
) -> Option<Vec<Adjustment>> {
    let mut read = Vec::new();
    for each in given {
        let terms = match each.kind {
            AdjustmentKind::Allowance => ["BT-136", "BT-139", "BR-42", "BR-DEC-24", "allowance"],
            AdjustmentKind::Charge => ["BT-141", "BT-144", "BR-44", "BR-DEC-27", "charge"],
        };
        read.push(adjustment(
            problems,
            scale,
            place,
            terms,
            (each.kind, &each.size, &each.reason),
            base,
        ));
    }
    read.into_iter().collect()
}

/// Reads and computes one allowance or charge of `base`.
pub fn adjustment(
    problems: &mut Problems,
    scale: Scale,
    place: &str,
    [amount_term, reason_term, reason_rule, decimals_rule, word]: [&str; 5],
    (kind, size, reason): (AdjustmentKind, &Size, &String),
    base: i128,
) -> Option<Adjustment> {
    let reason = required(
        problems,
        (
            reason_term,
            reason_rule,
            &format!("{place}: the reason of the {word}"),
        ),
        reason,
    );
    let name = format!("{place}: the {word}");
    let (amount, of) = match size {
        Size::Amount(money) => {
            let amount = scale.given(problems, (amount_term, decimals_rule, &name), money)?;
            (amount, None)
        }
        Size::Percent(text) => {
            let percent = Exact::parse(text).filter(|percent| !percent.is_negative());
            let Some(percent) = percent else {
                problems.add(
                    amount_term,
                    "",
                    format!(
                        "{name} is {} percent ({amount_term}): write a number from 0, for example 2.5.",
                        shown(text)
                    ),
                );
                return None;
            };
            let amount = Exact::new(base, scale.places())
                .product(percent, HUNDRED, scale.places())
                .and_then(within);
            let Some(amount) = amount else {
                problems.add(amount_term, "", too_large(&name, amount_term));
                return None;
            };
            (amount, Some((percent, base)))
        }
    };
    if of.is_none() && amount < 0 {
        let other = match kind {
            AdjustmentKind::Allowance => "a charge",
            AdjustmentKind::Charge => "an allowance",
        };
        problems.add(
            amount_term,
            "",
            format!("{name} is negative ({amount_term}): write it as {other}."),
        );
        return None;
    }
    Some(Adjustment {
        charge: kind == AdjustmentKind::Charge,
        reason,
        amount,
        of,
    })
}
