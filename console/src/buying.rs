//! Buying a skill: what its licence allows now, paying for it by a card that a person approves, and fetching the licence of what
//! was paid. Each step can be repeated, in any process and after any end: nothing is paid twice.

use std::time::Duration;

use guildhall_package::SkillName;
use guildhall_package::market::money::Price;

use crate::app::App;

/// How long a decision waits for the licence of what it paid. It is fetched all the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether something was paid whose licence is not here: by another process, or before this one began.
const LOOK: Duration = Duration::from_secs(60);

/// How an installed skill stands to what it costs, by what is known here. Nobody is asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Whether it may run.
    pub standing: Standing,
    /// The run of a payment for it that waits for a decision.
    pub waits: Option<String>,
    /// What was paid for it and has no licence.
    pub paid: Paid,
}

/// What was paid for a skill and has no licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paid {
    /// Nothing.
    Nothing,
    /// Its licence is still to be fetched.
    Open,
    /// It was paid back, by whoever else has this merchant's key.
    Back,
    /// The marketplace does not take the payment, by this rule.
    Refused(String),
}

/// Whether a skill may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It costs nothing, as far as is known.
    Free,
    /// It was not bought.
    Missing,
    /// It may.
    Counts {
        /// Until then, in milliseconds since the Unix epoch.
        until_ms: i64,
        /// Whether that is its grace: what was paid has ended.
        is_grace: bool,
    },
    /// It was bought, and may not: a few words.
    Over(String),
}

/// What came of buying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bought {
    /// There is nothing to pay.
    Free,
    /// The licence is here.
    Licensed,
    /// The payment waits for a decision, as this run.
    Waits(String),
    /// Nothing was paid, which this run tells of.
    NotPaid(String),
}

/// What somebody was shown and wants to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The skill.
    pub skill: &'a SkillName,
    /// Its price as it was shown. At another one nothing is ordered.
    pub price: &'a Price,
}

/// Fetches the licences of what was paid. What does not answer is asked again later.
pub async fn settle(app: &App) {
    let Some(market) = app.shelf.market() else {
        return;
    };
    match market.settle().await {
        Ok(fetched) if fetched.is_empty() => {}
        Ok(fetched) => {
            for skill in fetched {
                tracing::info!(%skill, "the licence of what was paid is here");
            }
            app.live.bump();
        }
        Err(error) => tracing::warn!(%error, "a licence of what was paid is not here yet"),
    }
}

/// The same after a decision that may have paid for something. Waited for as long as a person waits for a page.
pub async fn settle_soon(app: &App) {
    let fetching = app.clone();
    let task = tokio::spawn(async move { settle(&fetching).await });
    // One that takes longer goes on without who waits.
    let _ = tokio::time::timeout(PATIENCE, task).await;
}

/// Looks for what was paid elsewhere, until the console ends.
pub async fn follow(app: App) {
    loop {
        settle(&app).await;
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
