//! No further month: what stops charges. They stop by being written down here, whether or not the marketplace can be told: only
//! this host pays.

use super::ask::{Merchant, cancel};
use super::buy::purpose;
use super::store::Kept;
use crate::approve::By;
use crate::commands::market::consent::reject_waiting;
use crate::error::CliError;
use crate::host;
use crate::output;
use crate::when::{Clock, now_ms};
use guildhall_host::Tenant;
use guildhall_package::SkillName;
use guildhall_package::market::money::PriceModel;
use std::time::Duration;

/// How long the marketplace has to take note.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was stopped.
#[derive(Debug, Clone, Default)]
pub struct Stopped {
    /// Until when it can be used, by the marketplace; none if it could not be told.
    pub paid_until: Option<i64>,
    /// Mandates that were taken back.
    pub mandates: Vec<String>,
    /// Payments that waited for approval and are void.
    pub void: Vec<String>,
}

/// Stops charges for a skill: writes it down, voids what waits for approval, takes back what would approve the next month, and
/// tells the marketplace if it can be reached.
///
/// # Errors
/// If it can't be written down; then nothing is said to be stopped.
pub async fn stop(merchant: Merchant<'_>, name: &SkillName, by: &By) -> Result<Stopped, CliError> {
    let kept = Kept::of(merchant.market, name);
    kept.cancel()?;
    let bought = purpose(&merchant.seller.label, name).digest();
    let (host, tenant) = (merchant.host, Tenant::local());
    let mut mandates = Vec::new();
    for given in host.mandates(&tenant).await.map_err(host::host_error)? {
        if given.mandate.skill == bought && given.revoked_at_ms.is_none() {
            let id = given.mandate.id;
            host.revoke_mandate(&tenant, &id, &by.decider)
                .await
                .map_err(host::host_error)?;
            mandates.push(id);
        }
    }
    let void = reject_waiting(host, bought, None, "no further month is wanted", by).await?;
    // If a licence is damaged, the marketplace knows.
    let monthly = kept.orders(merchant.seller).map_or(true, |orders| {
        orders.into_values().any(|found| {
            found
                .licence
                .is_some_and(|licence| licence.model == PriceModel::PerMonth)
        })
    });
    let paid_until = if monthly {
        let told = tokio::time::timeout(PATIENCE, cancel(merchant, name)).await;
        told.ok().and_then(Result::ok)
    } else {
        None
    };
    Ok(Stopped {
        paid_until,
        mandates,
        void,
    })
}

/// What it means, in sentences.
#[must_use]
pub fn stopped_lines(name: &SkillName, stopped: &Stopped) -> Vec<String> {
    let mut lines = vec![format!(
        "Charges for {name} have stopped: this host pays nothing more for it."
    )];
    lines.extend(
        stopped
            .void
            .iter()
            .map(|run| format!("The payment {run} that waited for approval is void.")),
    );
    lines.extend(stopped.mandates.iter().map(|mandate| {
        format!("The mandate {mandate}, which would have paid the next month, is taken back.")
    }));
    lines.push(match stopped.paid_until {
        Some(until) if until <= now_ms() => {
            "The marketplace knows it, and nothing that is paid is left.".to_owned()
        }
        Some(until) => format!(
            "What is paid can be used until {}.",
            Clock::system().date(until)
        ),
        None => "The marketplace was not told, and need not be: it can't charge you.".to_owned(),
    });
    lines
}

/// Says it.
pub fn say_stopped(name: &SkillName, stopped: &Stopped) {
    for line in stopped_lines(name, stopped) {
        output::note(line);
    }
}
