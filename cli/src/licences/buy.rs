//! Buying: ask what is to be paid, have the host pay it, present the receipt, keep the licence. Each step can be repeated: what is
//! done already is found, and nothing is paid twice.

use super::ask::{Merchant, signed};
use super::present::{is_final, is_settled, present, present_if_paid, unpresented};
use super::store::Kept;
use crate::approve::{AllApprover, AskApprover, By};
use crate::error::CliError;
use crate::host;
use crate::market::http::Method;
use crate::output::Progress;
use crate::when::{last_day, now_ms};
use guildhall_host::{
    Approver, DecideError, Decision, Hold, Outcome, OwnPayment, Purpose, RunStatus, Tenant,
};
use guildhall_package::SkillName;
use guildhall_package::market::money::{
    Licence, Order, OrderAnswer, OrderRequest, Price, PriceModel,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often it is looked again when somebody else pays the same at this moment.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// What is to be bought.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The skill.
    pub skill: &'a SkillName,
    /// The price that the merchant was shown. At another one nothing is ordered.
    pub price: Price,
    /// Whether the next month is meant, once this one is paid. If not, it is bought anew, whether or not it was cancelled before.
    pub next: bool,
    /// Who wants it, and voids an older card for it.
    pub by: &'a By,
}

/// Who decides about the payment. Mandates do before anybody is asked.
pub enum Deciders {
    /// Whoever sits at the terminal; the progress ends before they are asked.
    Ask(Arc<Mutex<Option<Progress>>>),
    /// A flag that was given.
    All,
    /// Nobody now: it waits.
    Later,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Bought {
    /// There is a licence.
    Licensed {
        /// It.
        licence: Box<Licence>,
        /// The run that has paid for it, if that was this command or one before it that ended too early.
        run: Option<String>,
        /// Whether another copy of this home had paid before, so that this payment came back.
        twice: bool,
    },
    /// The payment waits for approval.
    Waits {
        /// What is to be paid.
        order: Box<Order>,
        /// The run that waits.
        run: String,
        /// Why a person is asked although there are mandates.
        asks: Vec<String>,
    },
    /// Nothing was paid: rejected, or refused by a rule.
    NotPaid(Box<Outcome>),
}

/// What approvals and mandates for a skill's licence bind to.
#[must_use]
pub fn purpose(from: &str, skill: &SkillName) -> Purpose {
    Purpose {
        from: from.to_owned(),
        what: format!("licence of {skill}"),
    }
}

impl Deciders {
    fn approver(&self) -> Option<Arc<dyn Approver>> {
        match self {
            Self::Ask(progress) => Some(Arc::new(AskApprover::new(progress.clone()))),
            Self::All => Some(Arc::new(AllApprover::new("command line --yes"))),
            Self::Later => None,
        }
    }
}

/// Buys a skill, or its next month. What was paid before and never presented is presented first.
///
/// # Errors
/// If the marketplace refuses, does not answer or answers with what is not its own; the message says whether something was paid.
pub async fn buy(
    merchant: Merchant<'_>,
    wanted: &Wanted<'_>,
    deciders: &Deciders,
) -> Result<Bought, CliError> {
    let kept = Kept::of(merchant.market, wanted.skill);
    let known = kept.orders(merchant.seller)?;
    let mut stuck = None;
    for (id, order) in &known {
        if !wanted.next && unpresented(merchant, order).await?.is_some() {
            kept.order_anew(id)?;
        }
        match present_if_paid(merchant, &kept, wanted.skill, order).await {
            Ok(Some(bought)) => return Ok(bought),
            Ok(None) => {}
            Err(error) if is_settled(&error) => {}
            // However often it is presented, it is not taken: only the same order, given out anew, takes the same payment.
            Err(error) if is_final(&error) => stuck = Some((*id, error)),
            Err(error) => return Err(error),
        }
    }
    let (order, text) = match ask(merchant, wanted).await? {
        OrderAnswer::Paid { licence } => {
            let licence = merchant.keep(&kept, wanted.skill, None, &licence)?;
            if !wanted.next {
                kept.order_anew(&licence.order)?;
            }
            return Ok(Bought::Licensed {
                licence: Box::new(licence),
                run: None,
                twice: false,
            });
        }
        OrderAnswer::ToPay { order: text } => {
            let order: Order = merchant.seller.read(&text)?;
            merchant.expect_order(&order, wanted.skill)?;
            as_shown(&order, &wanted.price)?;
            (order, text)
        }
    };
    if let Some((id, error)) = stuck {
        let before = known.get(&id).and_then(|found| found.order.as_ref());
        let same = order.id == id && before.is_some_and(|before| before.amount == order.amount);
        if !same {
            return Err(error);
        }
    }
    kept.claim_account(order.account())?;
    let before = known.get(&order.id).and_then(|found| found.order.as_ref());
    if let Some(before) = before.filter(|before| before.amount != order.amount) {
        void(merchant, before, &order, wanted.by).await?;
    }
    if !wanted.next {
        kept.order_anew(&order.id)?;
    }
    kept.keep_order(&order.id, text.as_bytes())?;
    merchant
        .host
        .open_payable(order.account(), order.amount.currency)
        .await
        .map_err(host::host_error)?;
    // Somebody may have taken the skill away while the marketplace was asked.
    if wanted.next && kept.is_cancelled() {
        return Err(unwanted(wanted.skill));
    }
    let paid = pay(merchant, wanted.skill, &order, deciders).await?;
    match paid {
        Paid::By(run) => present(merchant, &kept, wanted.skill, (&order, &text), &run).await,
        Paid::Waits { run, asks } => Ok(Bought::Waits {
            order: Box::new(order),
            run,
            asks,
        }),
        Paid::Not(outcome) => Ok(Bought::NotPaid(outcome)),
    }
}

/// The card of the same order at another price is void: what is approved is what is asked for now. It is taken back before the
/// order is replaced, so that what is approved at this very moment is still known with its own.
async fn void(
    merchant: Merchant<'_>,
    before: &Order,
    now: &Order,
    by: &By,
) -> Result<(), CliError> {
    let (host, tenant) = (merchant.host, Tenant::local());
    let state = host
        .payment_of(&tenant, before.account(), &before.reference)
        .await
        .map_err(host::host_error)?;
    let run = match state {
        Some((run, Hold::None)) => run,
        Some((_, Hold::Held | Hold::Captured)) => return Err(meanwhile(&now.facts.skill)),
        _ => return Ok(()),
    };
    let Some(card) = host.card(&tenant, &run).await.map_err(host::host_error)? else {
        return Err(meanwhile(&now.facts.skill));
    };
    let reason = format!(
        "the price is {} by now and not {}",
        now.amount, before.amount
    );
    let decision = Decision::Reject { reason };
    let decided = host
        .decide(
            &tenant,
            &run,
            card.effect_set,
            decision,
            &by.decider,
            by.channel,
        )
        .await;
    match decided {
        Ok(_) => Ok(()),
        Err(DecideError::NotPending(_)) => Err(meanwhile(&now.facts.skill)),
        Err(error) => Err(host::decide_error(error)),
    }
}

fn meanwhile(skill: &SkillName) -> CliError {
    CliError::refused(format!("another command is paying for {skill} right now"))
        .kind("changed-meanwhile")
        .fix(format!(
            "see `guildhall wallet`, then try again: guildhall buy {skill}"
        ))
}

/// No further month was wanted.
pub fn unwanted(skill: &SkillName) -> CliError {
    CliError::refused(format!(
        "no further month of {skill} is wanted: it was cancelled, paid back, or taken away"
    ))
    .kind("licence.cancelled")
    .fix(format!("buy it anew: guildhall buy {skill}"))
}

async fn ask(merchant: Merchant<'_>, wanted: &Wanted<'_>) -> Result<OrderAnswer, CliError> {
    let request = OrderRequest {
        origin: merchant.seller.origin.clone(),
        skill: wanted.skill.clone(),
        merchant: merchant.key(),
        price: wanted.price.clone(),
        next: wanted.next,
        at: now_ms(),
    };
    let request = signed(merchant.host, &request)?;
    let http = &merchant.market.http;
    Ok(http.send(Method::POST, "/api/v1/orders", &request).await?)
}

/// The order binds the marketplace to the price that was shown; here it is held to it.
fn as_shown(order: &Order, price: &Price) -> Result<(), CliError> {
    let shown = price.amount().ok().flatten();
    if shown == Some(order.amount) && price.model() == order.model {
        return Ok(());
    }
    Err(CliError::refused(format!(
        "the marketplace asks for {} now, and {price} was shown; nothing was paid",
        order.amount
    ))
    .kind("price.changed")
    .fix(format!(
        "look at the price and buy again: guildhall info {}",
        order.facts.skill
    )))
}

/// How a payment ended.
enum Paid {
    By(String),
    Waits { run: String, asks: Vec<String> },
    Not(Box<Outcome>),
}

/// Pays an order, or finds that it is paid. Of many who pay the same, one does.
async fn pay(
    merchant: Merchant<'_>,
    skill: &SkillName,
    order: &Order,
    deciders: &Deciders,
) -> Result<Paid, CliError> {
    for look in 0..LOOKS {
        let state = merchant
            .host
            .payment_of(&Tenant::local(), order.account(), &order.reference)
            .await
            .map_err(host::host_error)?;
        let outcome = match state {
            Some((run, Hold::Captured)) => return Ok(Paid::By(run)),
            // Another command has it approved, and is at it.
            Some((_, Hold::Held)) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Some((run, Hold::None)) => match decide(merchant, &run, deciders).await? {
                Decided::Outcome(outcome) => *outcome,
                Decided::Waits => {
                    return Ok(Paid::Waits {
                        run,
                        asks: Vec::new(),
                    });
                }
                Decided::Otherwise => continue,
            },
            _ => merchant
                .host
                .pay(payment(merchant, skill, order, deciders))
                .await
                .map_err(host::host_error)?,
        };
        let taken = outcome
            .refusals
            .iter()
            .any(|refusal| refusal.rule == "payments.already-ordered");
        match outcome.status {
            RunStatus::Committed => return Ok(Paid::By(outcome.invocation)),
            RunStatus::AwaitingApproval => {
                return Ok(Paid::Waits {
                    run: outcome.invocation,
                    asks: outcome.asks,
                });
            }
            // Somebody else was a moment earlier.
            RunStatus::Refused if taken && look + 1 < LOOKS => {}
            // It is approved, and another command of this home has taken it up.
            RunStatus::Committing => tokio::time::sleep(PAUSE).await,
            _ => return Ok(Paid::Not(Box::new(outcome))),
        }
    }
    Err(meanwhile(skill))
}

fn payment(
    merchant: Merchant<'_>,
    skill: &SkillName,
    order: &Order,
    deciders: &Deciders,
) -> OwnPayment {
    let day = |ms: i64| last_day(ms.saturating_add(1), "UTC");
    let reason = match order.model {
        PriceModel::PerMonth => format!(
            "{skill} for a month, from {} to {}",
            day(order.covers.from),
            day(order.covers.until)
        ),
        _ => format!("{skill}, paid once"),
    };
    let operation = if order.facts.period > 0 {
        "renew"
    } else {
        "buy"
    };
    OwnPayment {
        tenant: Tenant::local(),
        purpose: purpose(&merchant.seller.label, skill),
        operation: operation.to_owned(),
        payee: order.account().to_owned(),
        payee_name: merchant.seller.label.clone(),
        amount: order.amount,
        document: order.reference.clone(),
        reason,
        approver: deciders.approver(),
        use_mandates: true,
    }
}

/// What came of asking about a payment that waits.
enum Decided {
    Outcome(Box<Outcome>),
    Waits,
    /// Somebody else decided meanwhile.
    Otherwise,
}

/// Asks whoever may decide about a payment that an earlier command left waiting.
async fn decide(
    merchant: Merchant<'_>,
    run: &str,
    deciders: &Deciders,
) -> Result<Decided, CliError> {
    let Some(approver) = deciders.approver() else {
        return Ok(Decided::Waits);
    };
    let (host, tenant) = (merchant.host, Tenant::local());
    let card = host.card(&tenant, run).await.map_err(host::host_error)?;
    let Some(card) = card else {
        return Ok(Decided::Otherwise);
    };
    let decision = approver.decide(&card).await;
    if decision == Decision::Later {
        return Ok(Decided::Waits);
    }
    let decided = host
        .decide(
            &tenant,
            run,
            card.effect_set,
            decision,
            approver.decider(),
            approver.channel(),
        )
        .await;
    match decided {
        Ok(outcome) => Ok(Decided::Outcome(Box::new(outcome))),
        Err(DecideError::NotPending(_) | DecideError::Expired) => Ok(Decided::Otherwise),
        Err(error) => Err(host::decide_error(error)),
    }
}
