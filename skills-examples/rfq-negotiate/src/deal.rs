//! What can be agreed on, and what it is worth: whole numbers only, always rounded down, so that a reserve is never missed by a rounding.

use guildhall_sdk::Money;

use crate::bindings::{Invalid, Negotiation, Offer, Reserve};

/// Worth of the best of everything.
pub const WHOLE: i128 = 1_000_000;

/// Most values of an issue other than the price that offers are searched in.
const LEVELS: i128 = 13;

/// The issues, the price first.
pub const NAMES: [&str; 4] = ["price", "quantity", "delivery_days", "payment_days"];

/// A value for each issue of the negotiation, the price first.
pub type Deal = Vec<i128>;

/// One issue.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Which one: position in [`NAMES`].
    pub name: usize,
    pub best: i128,
    pub worst: i128,
    pub step: i128,
    pub weight: i128,
}

impl Issue {
    /// Distance from the worst to the best.
    pub fn range(&self) -> i128 {
        (self.best - self.worst).abs()
    }

    /// How far a value is from the worst, in the direction of the best; none beyond the worst.
    fn gained(&self, value: i128) -> Option<i128> {
        let gained = if self.best > self.worst {
            value - self.worst
        } else {
            self.worst - value
        };
        (gained >= 0).then(|| gained.min(self.range()))
    }

    /// Whole steps from the worst to the best, the last one perhaps shorter.
    pub fn steps(&self) -> i128 {
        (self.range() + self.step - 1) / self.step
    }

    /// The value so many steps from the worst.
    pub fn at(&self, steps: i128) -> i128 {
        let gained = (steps * self.step).min(self.range());
        if self.best > self.worst {
            self.worst + gained
        } else {
            self.worst - gained
        }
    }

    /// Values that are tried, from the worst to the best.
    pub fn values(&self) -> Vec<i128> {
        let steps = self.steps();
        if steps < LEVELS {
            return (0..=steps).map(|step| self.at(step)).collect();
        }
        (0..LEVELS)
            .map(|level| self.at(steps * level / (LEVELS - 1)))
            .collect()
    }
}

/// What is negotiated about.
#[derive(Clone, Debug)]
pub struct Table {
    /// The price, then the others.
    pub issues: Vec<Issue>,
    /// Currency of the price.
    pub currency: String,
    /// The least worth that is accepted.
    pub reserve: i128,
}

pub fn invalid(field: &str, message: impl Into<String>) -> Invalid {
    Invalid {
        field: field.to_owned(),
        message: message.into(),
    }
}

/// What these values are worth, times the weights.
fn weighed(issues: &[Issue], values: &[i128]) -> Option<i128> {
    let each = issues.iter().zip(values);
    each.map(|(issue, value)| Some(issue.weight * issue.gained(*value)? * WHOLE / issue.range()))
        .sum()
}

impl Table {
    pub fn of(negotiation: &Negotiation) -> Result<Self, Invalid> {
        let preferences = &negotiation.preferences;
        let price = &preferences.price;
        let currency = price
            .best
            .iso()
            .map_err(|error| invalid("preferences.price", format!("{error}.")))?;
        if price.worst.currency != price.best.currency {
            return Err(invalid(
                "preferences.price",
                "The best and the worst price must be in one currency.",
            ));
        }
        let mut issues = vec![Issue {
            name: 0,
            best: i128::from(price.best.minor),
            worst: i128::from(price.worst.minor),
            step: i128::from(price.step.unwrap_or(1)),
            weight: i128::from(price.weight),
        }];
        let others = [
            &preferences.quantity,
            &preferences.delivery_days,
            &preferences.payment_days,
        ];
        for (name, range) in (1..).zip(others) {
            let Some(range) = range else { continue };
            issues.push(Issue {
                name,
                best: i128::from(range.best),
                worst: i128::from(range.worst),
                step: i128::from(range.step.unwrap_or(1)),
                weight: i128::from(range.weight),
            });
        }
        for issue in &issues {
            let message = if issue.range() == 0 {
                "The best and the worst are the same, so there is nothing to negotiate about: leave it out, or widen it."
            } else if issue.step == 0 || issue.weight == 0 {
                "Step and weight must be at least 1."
            } else {
                continue;
            };
            let name = NAMES.get(issue.name).copied().unwrap_or_default();
            return Err(invalid(&format!("preferences.{name}"), message));
        }
        if price.best.minor < 0 || price.worst.minor < 0 {
            return Err(invalid("preferences.price", "A price cannot be negative."));
        }
        let mut table = Self {
            issues,
            currency: currency.code().to_owned(),
            reserve: 0,
        };
        table.reserve = match &preferences.reserve {
            Reserve::Points(points) if *points <= 1_000 => i128::from(*points) * (WHOLE / 1_000),
            Reserve::Points(_) => {
                return Err(invalid(
                    "preferences.reserve",
                    "The reserve is at most 1,000 points.",
                ));
            }
            Reserve::Deal(offer) => {
                let deal = table.deal("preferences.reserve", offer)?;
                table.worth(&deal).ok_or_else(|| {
                    invalid(
                        "preferences.reserve",
                        "The deal that you would still sign lies beyond the worst of an issue: widen the issue.",
                    )
                })?
            }
        };
        Ok(table)
    }

    /// The values of an offer.
    pub fn deal(&self, field: &str, offer: &Offer) -> Result<Deal, Invalid> {
        if offer.price.currency != self.currency {
            return Err(invalid(
                field,
                format!(
                    "The price is not in {}: convert it before you compare.",
                    self.currency
                ),
            ));
        }
        if offer.price.minor < 0 {
            return Err(invalid(field, "A price cannot be negative."));
        }
        let given = [
            Some(i128::from(offer.price.minor)),
            offer.quantity.map(i128::from),
            offer.delivery_days.map(i128::from),
            offer.payment_days.map(i128::from),
        ];
        for ((position, name), value) in NAMES.iter().enumerate().zip(given) {
            let wanted = self.issues.iter().any(|issue| issue.name == position);
            let message = match (wanted, value) {
                (true, None) => format!(
                    "The offer says nothing about `{name}`: ask for it, or leave it out of the preferences."
                ),
                (false, Some(_)) => format!(
                    "The offer says something about `{name}`, and the preferences do not: add it there."
                ),
                _ => continue,
            };
            return Err(invalid(field, message));
        }
        Ok(self
            .issues
            .iter()
            .filter_map(|issue| given.get(issue.name).copied().flatten())
            .collect())
    }

    /// What a deal is worth, in millionths; none if it lies beyond the worst of an issue.
    pub fn worth(&self, deal: &[i128]) -> Option<i128> {
        Some(weighed(&self.issues, deal)? / self.weights())
    }

    fn weights(&self) -> i128 {
        self.issues.iter().map(|issue| issue.weight).sum()
    }

    /// Deals that are worth `target` or a little more: one for each choice of the other issues, with the price that is just enough.
    pub fn deals_worth(&self, target: i128) -> Vec<Deal> {
        let Some((price, others)) = self.issues.split_first() else {
            return Vec::new();
        };
        let mut choices: Vec<Deal> = vec![Vec::new()];
        for issue in others {
            let values = issue.values();
            choices = choices
                .iter()
                .flat_map(|choice| {
                    values.iter().map(move |value| {
                        let mut longer = choice.clone();
                        longer.push(*value);
                        longer
                    })
                })
                .collect();
        }
        choices
            .into_iter()
            .filter_map(|choice| {
                let had = weighed(others, &choice)?;
                let missing = (target * self.weights() - had).max(0);
                let per_step = price.weight * WHOLE * price.step;
                let least = (missing * price.range() + per_step - 1) / per_step;
                // One step more where rounding down has eaten a little.
                (least..=least + 1)
                    .take_while(|steps| *steps <= price.steps())
                    .map(|steps| {
                        let mut deal = vec![price.at(steps)];
                        deal.extend(&choice);
                        deal
                    })
                    .find(|deal| self.worth(deal).is_some_and(|worth| worth >= target))
            })
            .collect()
    }

    /// The best of everything.
    pub fn best(&self) -> Deal {
        self.issues.iter().map(|issue| issue.best).collect()
    }

    /// A deal as an offer.
    pub fn offer(&self, deal: &[i128]) -> Offer {
        let of = |name: usize| {
            let position = self.issues.iter().position(|issue| issue.name == name)?;
            u32::try_from(*deal.get(position)?).ok()
        };
        let price = deal.first().copied().unwrap_or_default();
        Offer {
            price: Money {
                minor: i64::try_from(price).unwrap_or(i64::MAX),
                currency: self.currency.clone(),
            },
            quantity: of(1),
            delivery_days: of(2),
            payment_days: of(3),
            valid_until: None,
        }
    }
}
