//! Whether an installed skill may run: what was bought for it, looked at without a network; and its renewal where that is due.

use super::ask::{Merchant, Seller, refetch};
use super::buy::{Bought, Deciders, Wanted, buy};
use super::present::present_paid;
use super::store::{Kept, KeptOrder};
use crate::approve::By;
use crate::error::CliError;
use crate::home::Home;
use crate::host;
use crate::installed::{Record, Store};
use crate::market::release::skill;
use crate::market::{Market, watch};
use crate::output;
use crate::when::{Clock, now_ms};
use guildhall_host::{Host, PublicKey, Tenant};
use guildhall_package::market::money::licence::best;
use guildhall_package::market::money::period::DAY_MS;
use guildhall_package::market::money::{Licence, Price, PriceModel, Standing};
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName};
use std::collections::BTreeMap;
use std::time::Duration;

/// From so long before its end a month is renewed.
const AHEAD_MS: i64 = 3 * DAY_MS;
/// From so long before its end the licence of what was paid once is fetched anew.
const FREE_AHEAD_MS: i64 = 30 * DAY_MS;
/// How long a run waits for a renewal that it can do without.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a run waits to learn a price.
const SHORT: Duration = Duration::from_millis(1_500);

/// What licences say about a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may run.
    Open {
        /// Until then, in milliseconds since the Unix epoch.
        until: i64,
        /// Whether its licence has ended, and only grace is left.
        grace: bool,
        /// Whether it is time for the next one.
        renew: bool,
    },
    /// It may not.
    Shut(Option<Standing>),
}

/// The licences of a skill, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The verdict.
    pub gate: Gate,
    /// The licence that it rests on, or the newest.
    pub licence: Option<Licence>,
}

/// Judges what was bought. Pure: `seen` is the latest time that this host knows of, `refunded` what was paid back.
#[must_use]
fn judge(
    orders: &BTreeMap<Digest, KeptOrder>,
    (merchant, name): (&PublicKey, &SkillName),
    (now, seen): (i64, Option<i64>),
    refunded: impl Fn(&Digest) -> bool,
) -> Judged {
    let licences: Vec<&Licence> = orders
        .values()
        .filter_map(|order| order.licence.as_ref())
        .collect();
    let check = |licence: &Licence| {
        let back = refunded(&licence.order)
            || orders
                .get(&licence.order)
                .is_some_and(|order| order.credit.is_some());
        licence.check(merchant, name, now, seen, back)
    };
    let standing = best(licences.iter().map(|licence| check(licence)));
    let licence = licences
        .iter()
        .filter(|licence| Some(check(licence)) == standing)
        .max_by_key(|licence| licence.until)
        .map(|licence| (*licence).clone());
    // The next month may be paid already.
    let paid_until = licences
        .iter()
        .filter(|licence| {
            matches!(
                check(licence),
                Standing::Valid { .. } | Standing::NotYet { .. }
            )
        })
        .map(|licence| licence.until)
        .max();
    let ahead = match licence.as_ref().map(|licence| licence.model) {
        Some(PriceModel::OneTime) => FREE_AHEAD_MS,
        _ => AHEAD_MS,
    };
    let gate = match standing {
        Some(Standing::Valid { until }) => Gate::Open {
            until,
            grace: false,
            renew: paid_until.unwrap_or(until).saturating_sub(now) <= ahead,
        },
        Some(Standing::Grace { until }) => Gate::Open {
            until,
            grace: true,
            renew: true,
        },
        other => Gate::Shut(other),
    };
    Judged { gate, licence }
}

/// A standing in a word, for tables.
#[must_use]
pub const fn standing_words(gate: &Gate) -> &'static str {
    match gate {
        Gate::Open { grace: false, .. } => "valid",
        Gate::Open { grace: true, .. } => "grace",
        Gate::Shut(None) => "none",
        Gate::Shut(Some(standing)) => match standing {
            Standing::Expired { .. } => "expired",
            Standing::NotYet { .. } => "not yet",
            Standing::Refunded => "paid back",
            Standing::ClockSetBack { .. } => "clock set back",
            Standing::NotYours => "another merchant's",
            Standing::OtherSkill => "another skill's",
            Standing::Valid { .. } | Standing::Grace { .. } => "valid",
        },
    }
}

/// Lets an installed skill run, or says why not and what mends it. What is free, or was when it was installed, runs.
///
/// # Errors
/// The rule that refuses it: `licence.missing`, `licence.expired`, `licence.other-merchant`, `licence.clock`, `licence.refunded`.
pub async fn require(home: &Home, host: &Host, record: &Record, by: &By) -> Result<(), CliError> {
    let mut price = record.price.clone();
    if price.is_none() {
        price = learned(home, record).await?;
    }
    if price == Some(Price::Free) {
        return Ok(());
    }
    let market = watch::market_of(home, record)?;
    let seller = Seller::pinned(&market)?;
    if price.is_none()
        && let Some(seller) = &seller
    {
        // What was bought has a price, whether or not it can be asked for now.
        price = Kept::of(&market, &record.name).price(seller)?;
    }
    let Some(price) = price else {
        return Ok(());
    };
    let Some(seller) = seller else {
        return Err(refusal(record, &price, None));
    };
    let merchant = Merchant {
        host,
        market: &market,
        seller: &seller,
    };
    let kept = Kept::of(&market, &record.name);
    let first = look(merchant, &record.name).await?;
    let due = match first.gate {
        Gate::Open { renew, .. } => renew,
        Gate::Shut(standing) => matches!(
            standing,
            None | Some(Standing::Expired { .. } | Standing::NotYet { .. })
        ),
    };
    let judged = if due {
        renewed(home, merchant, record, (&first, by)).await?
    } else {
        first
    };
    match judged.gate {
        Gate::Open { until, grace, .. } => {
            if grace {
                output::warning(format_args!(
                    "the licence of {} has ended; it runs on until {}",
                    record.name,
                    Clock::system().date(until)
                ));
                output::hint(format_args!("guildhall licences renew {}", record.name));
            }
            kept.set_seen(now_ms())
        }
        Gate::Shut(standing) => Err(refusal(record, &price, standing)),
    }
}

/// What is kept about a skill, judged now. Needs no network.
///
/// # Errors
/// If it can't be read, or is not what was kept.
pub async fn look(merchant: Merchant<'_>, name: &SkillName) -> Result<Judged, CliError> {
    let kept = Kept::of(merchant.market, name);
    let recorded = merchant
        .host
        .latest_time(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    let seen = recorded.max(kept.seen()?);
    let status = merchant.market.pinned()?.and_then(|trust| trust.status);
    Ok(judge(
        &kept.orders(merchant.seller)?,
        (&merchant.key(), name),
        (now_ms(), seen),
        |order| {
            status
                .as_ref()
                .is_some_and(|status| status.is_refunded(order))
        },
    ))
}

/// Renews what can be renewed without asking anybody, within a time that a run can spend on it. What does not work out is said; the
/// verdict counts.
async fn renewed(
    home: &Home,
    merchant: Merchant<'_>,
    record: &Record,
    (first, by): (&Judged, &By),
) -> Result<Judged, CliError> {
    let asked = tokio::time::timeout(PATIENCE, renew(home, merchant, record, (first, by))).await;
    match asked {
        Ok(Ok(Some(Bought::Waits { run, .. }))) => {
            output::note(format_args!(
                "The next month of {} waits for your approval: guildhall approvals approve {run}",
                record.name
            ));
        }
        Ok(Ok(Some(Bought::Licensed {
            run: Some(run),
            licence,
            ..
        }))) => output::note(format_args!(
            "{} is renewed until {} (run {run}).",
            record.name,
            Clock::system().date(licence.until)
        )),
        Ok(Ok(Some(Bought::NotPaid(outcome)))) => {
            for refusal in &outcome.refusals {
                output::warning(format_args!(
                    "the next month of {} was not paid: {}",
                    record.name,
                    plain(&refusal.to_string(), 600)
                ));
            }
            output::hint(format_args!("guildhall licences renew {}", record.name));
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            // Without a licence there is nothing to renew, and the verdict says what to do.
            if first.licence.is_some() {
                output::warning(format_args!(
                    "{} could not be renewed: {}",
                    record.name,
                    plain(&error.message, 600)
                ));
            }
        }
        Err(_) => output::warning(format_args!(
            "whether {} is renewed is not known yet, because {} does not answer; the next run looks again",
            record.name,
            plain(&merchant.seller.label, 200)
        )),
    }
    look(merchant, &record.name).await
}

async fn renew(
    home: &Home,
    merchant: Merchant<'_>,
    record: &Record,
    (first, by): (&Judged, &By),
) -> Result<Option<Bought>, CliError> {
    let kept = Kept::of(merchant.market, &record.name);
    let Some(licence) = &first.licence else {
        return present_paid(merchant, &record.name).await;
    };
    if licence.model == PriceModel::OneTime {
        refetch(merchant, &record.name, &licence.order).await?;
        return Ok(None);
    }
    if kept.is_cancelled() {
        return Ok(None);
    }
    let price = skill(merchant.market, &record.name).await?.price;
    if price == Price::Free {
        Store::of(home).set_price(&record.name, &record.marketplace, &price)?;
        return Ok(None);
    }
    let wanted = Wanted {
        skill: &record.name,
        price,
        next: true,
        by,
    };
    buy(merchant, &wanted, &Deciders::Later).await.map(Some)
}

/// The price of a skill that was installed where it could not be asked for; none if it can't be asked for now.
async fn learned(home: &Home, record: &Record) -> Result<Option<Price>, CliError> {
    let market: Market = watch::market_of(home, record)?;
    let asked = tokio::time::timeout(SHORT, skill(&market, &record.name)).await;
    let Ok(Ok(info)) = asked else { return Ok(None) };
    Store::of(home).set_price(&record.name, &record.marketplace, &info.price)?;
    Ok(Some(info.price))
}

fn refusal(record: &Record, price: &Price, standing: Option<Standing>) -> CliError {
    let (name, clock) = (&record.name, Clock::system());
    let buy = format!("buy it: guildhall buy {name}");
    let (rule, message, fix) = match standing {
        Some(Standing::Expired { at }) => (
            "licence.expired",
            format!(
                "the licence of {name} has ended, and its days of grace on {}",
                clock.date(at)
            ),
            format!("renew it: guildhall licences renew {name}"),
        ),
        Some(Standing::NotYet { from }) => (
            "licence.not-yet",
            format!("the licence of {name} counts from {} on", clock.date(from)),
            "if that is past already, set this computer's clock".to_owned(),
        ),
        Some(Standing::NotYours | Standing::OtherSkill) => (
            "licence.other-merchant",
            format!(
                "the licence of {name} that is here is another merchant's: it is bound to the key of another host"
            ),
            buy,
        ),
        Some(Standing::ClockSetBack { seen }) => (
            "licence.clock",
            format!(
                "the clock of this computer was set back: it shows {}, and {} was seen before, so that nobody knows \
                 whether the licence of {name} still counts",
                clock.date(now_ms()),
                clock.date(seen)
            ),
            format!(
                "set the clock right, then try again; if it is right now and was ahead before, the licence counts again from {} on",
                clock.date(seen)
            ),
        ),
        Some(Standing::Refunded) => (
            "licence.refunded",
            format!("{name} was paid back; its licence does not count any more"),
            buy,
        ),
        None | Some(Standing::Valid { .. } | Standing::Grace { .. }) => (
            "licence.missing",
            format!("{name} costs {price}, and there is no licence for it here"),
            buy,
        ),
    };
    CliError::refused(message).kind(rule).fix(fix)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_package::trust::keys::SigningKey;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000_000;

    fn key(n: u8) -> PublicKey {
        PublicKey::of(&SigningKey::from_seed(&[n; 32]))
    }

    fn licence(model: PriceModel, from: i64, until: i64) -> KeptOrder {
        let licence = Licence {
            origin: "market.test/log".to_owned(),
            order: Digest::of(&from.to_be_bytes()),
            skill: "acme/x".parse().unwrap(),
            merchant: key(1),
            model,
            purchase: 0,
            period: 0,
            from,
            until,
            issued: from.min(NOW),
            grace_days: 7,
        };
        KeptOrder {
            licence: Some(licence),
            ..KeptOrder::default()
        }
    }

    fn judged(orders: &[KeptOrder], now: i64, seen: Option<i64>) -> Gate {
        let orders = orders
            .iter()
            .map(|order| (order.licence.as_ref().unwrap().order, order.clone()))
            .collect();
        judge(
            &orders,
            (&key(1), &"acme/x".parse().unwrap()),
            (now, seen),
            |_| false,
        )
        .gate
    }

    #[test]
    fn a_month_is_renewed_three_days_before_its_end_unless_the_next_one_is_paid() {
        let this = licence(PriceModel::PerMonth, NOW - 27 * DAY_MS, NOW + 3 * DAY_MS);
        let next = licence(PriceModel::PerMonth, NOW + 3 * DAY_MS, NOW + 33 * DAY_MS);
        let until = NOW + 3 * DAY_MS;
        let open = |renew| Gate::Open {
            until,
            grace: false,
            renew,
        };
        assert_eq!(
            judged(std::slice::from_ref(&this), NOW - 1, None),
            open(false)
        );
        assert_eq!(judged(std::slice::from_ref(&this), NOW, None), open(true));
        assert_eq!(
            judged(&[this.clone(), next.clone()], NOW, None),
            open(false)
        );
        // What is paid for later does not count yet, and is no reason to pay again.
        assert_eq!(
            judged(&[next], NOW, None),
            Gate::Shut(Some(Standing::NotYet { from: until }))
        );
        let late = until + DAY_MS;
        assert!(matches!(
            judged(std::slice::from_ref(&this), late, None),
            Gate::Open {
                grace: true,
                renew: true,
                ..
            }
        ));
        let over = until + 7 * DAY_MS;
        assert_eq!(
            judged(&[this], over, None),
            Gate::Shut(Some(Standing::Expired { at: over }))
        );
    }

    #[test]
    fn what_was_paid_back_is_known_by_its_credit_note_too() {
        use guildhall_package::market::money::{CreditNote, RefundRule};
        let mut order = licence(PriceModel::OneTime, NOW - DAY_MS, NOW + 364 * DAY_MS);
        assert!(matches!(
            judged(&[order.clone()], NOW, None),
            Gate::Open { renew: false, .. }
        ));
        let id = order.licence.as_ref().unwrap().order;
        order.credit = Some(CreditNote {
            id: CreditNote::id_of(&id),
            origin: "market.test/log".to_owned(),
            order: id,
            skill: "acme/x".parse().unwrap(),
            merchant: key(1),
            amount: "EUR 1.00".parse().unwrap(),
            payee: "book:m".parse().unwrap(),
            rule: RefundRule::Full,
            at: NOW,
        });
        assert_eq!(
            judged(&[order], NOW, None),
            Gate::Shut(Some(Standing::Refunded))
        );
        assert_eq!(judged(&[], NOW, None), Gate::Shut(None));
    }

    proptest! {
        #[test]
        fn nothing_opens_the_gate_after_the_grace_or_before_what_was_seen(
            from in 0..NOW, length in 1..60 * DAY_MS, now in 0..2 * NOW, seen in proptest::option::of(0..2 * NOW),
        ) {
            let order = licence(PriceModel::PerMonth, from, from + length);
            let gate = judged(&[order], now, seen);
            let tolerance = 10 * 60_000;
            let past = now >= from + length + 7 * DAY_MS;
            let back = seen.is_some_and(|seen| now + tolerance < seen);
            if past || back || now + tolerance < from {
                prop_assert!(matches!(gate, Gate::Shut(_)), "{gate:?}");
            } else {
                prop_assert!(matches!(gate, Gate::Open { .. }), "{gate:?}");
            }
        }
    }
}
