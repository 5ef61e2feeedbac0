//! From which amounts on an approval asks again who it is: what owners have set on a page, what the program that embeds the console
//! allows at most, and what accounts of the wallet say.

use axum::http::StatusCode;
use guildhall_host::{Amount, Host, HostError, Tenant};
use guildhall_web::error::{ApiError, refuse};

use super::decider::name_of;
use super::rules::Ceilings;
use crate::app::App;
use crate::people::Person;
use crate::people::confirm::{Confirmed, Deed};
use crate::store::settings;

/// The ceilings that count now.
///
/// # Errors
/// If the wallet or the console's settings can't be read.
pub async fn ceilings(app: &App, host: &Host) -> Result<Ceilings, ApiError> {
    let accounts = host.accounts(&Tenant::local()).await.map_err(part)?;
    let limits = accounts
        .into_iter()
        .filter_map(|account| Some((account.name, account.ask_above?)));
    Ok(Ceilings::new(&all(app).await?, limits))
}

/// What is set, on the page and by the program: of two in one currency the lower counts.
async fn all(app: &App) -> Result<Vec<Amount>, ApiError> {
    let mut db = app.store.read().await?;
    let mut all = settings::ceilings(&mut db).await?;
    all.extend_from_slice(&app.config.ask_again_above);
    Ok(all)
}

/// Sets from which amount of a currency on an owner wants to be asked. Raising it takes showing who one is; lowering does not.
///
/// # Errors
/// A refusal, if it is above what the program allows, or is raised without `confirmed`; the database's error or the host's.
pub async fn set(
    app: &App,
    owner: &Person,
    amount: Amount,
    confirmed: Option<&Confirmed>,
) -> Result<(), ApiError> {
    let most = app
        .config
        .ask_again_above
        .iter()
        .filter(|most| most.currency == amount.currency)
        .min_by_key(|most| most.minor);
    if let Some(most) = most.filter(|most| amount.minor > most.minor) {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "ceilings.most",
            format!("whoever starts this console allows at most {most}"),
            "set a lower amount",
        ));
    }
    let mut tx = app.store.write().await?;
    // In the transaction: somebody else may have lowered it a moment ago.
    let known = settings::ceilings(tx.connection()).await?;
    let known: Vec<Amount> = known
        .into_iter()
        .chain(app.config.ask_again_above.iter().copied())
        .collect();
    let before = Ceilings::new(&known, []).of(amount.currency);
    let is_confirmed = confirmed.is_some_and(|confirmed| confirmed.is_of(Deed::raise(amount)));
    if amount.minor > before.minor && !is_confirmed {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "ceilings.sign-in",
            format!("{amount} is more than {before}, which is paid without asking again now"),
            "give your password, or use a passkey, to raise it",
        ));
    }
    settings::set_ceiling(tx.connection(), amount).await?;
    // In the log first: nothing is raised that the log does not tell of.
    app.host
        .for_person(owner)
        .note_ceiling(&Tenant::local(), (before, amount), &name_of(owner))
        .await
        .map_err(part)?;
    tx.commit().await?;
    Ok(())
}

fn part(error: HostError) -> ApiError {
    ApiError::Part(Box::new(error))
}
