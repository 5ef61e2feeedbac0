//! Opening accounts, paying in, setting limits, closing: for owners.

use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::{AccountSummary, Currency, NewAccount, Period, SpendLimit, Tenant};
use guildhall_web::fields::Fields;

use super::super::answer::{Other, see};
use super::super::posted::Posted;
use super::super::words::sentence;
use super::account::{find, path, shown};
use super::words::{refused, typed};
use super::{Asked, Opening};
use crate::app::App;
use crate::people::Right;

pub(super) async fn open(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, super::PATH)?;
    let host = app.host.for_person(person);
    let opened = match new_account(&fields, host.time_zone()) {
        Err(problem) => Err(problem),
        Ok(account) => {
            let name = account.name().to_owned();
            match host.open_account(&Tenant::local(), account).await {
                Ok(()) => Ok(name),
                Err(error) => Err(refused(error)?),
            }
        }
    };
    match opened {
        Ok(name) => {
            tracing::info!(person = %person.id(), "opened an account of the wallet");
            app.live.bump();
            Ok(see(&format!("{}?done=opened", path(&name))))
        }
        Err(problem) => {
            let opening = Opening::of(&fields, problem);
            super::shown(&app, &visitor, Asked::of(&fields), opening).await
        }
    }
}

/// The account that a form describes.
fn new_account(fields: &Fields, zone: &str) -> Result<NewAccount, String> {
    let code = fields.text("currency").trim().to_ascii_uppercase();
    let currency = Currency::parse(&code).map_err(|error| sentence(&error.to_string()))?;
    let zone = fields.get("zone").map_or(zone, str::trim);
    let name = fields.text("name").trim();
    let account = match fields.text("rail") {
        "bank" => {
            let bic = fields.get("bic").map(|bic| bic.trim().to_ascii_uppercase());
            let iban = fields.text("iban").trim().to_ascii_uppercase();
            let holder = fields.text("holder");
            NewAccount::bank(name, currency, zone, &iban, bic.as_deref(), holder)
        }
        _ => NewAccount::book(name, currency, zone),
    };
    account.map_err(|error| sentence(&error.to_string()))
}

pub(super) async fn deposit(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    let account = find(host, &name).await?;
    let problem = match typed(fields.text("amount"), account.currency) {
        Err(problem) => Some(problem),
        Ok(amount) => match host.deposit(&Tenant::local(), &name, amount).await {
            Ok(()) => None,
            Err(error) => Some(refused(error)?),
        },
    };
    match problem {
        None => {
            tracing::info!(person = %person.id(), "recorded a deposit");
            app.live.bump();
            Ok(see(&format!("{}?done=deposit", path(&name))))
        }
        told => shown(&app, &visitor, person, &name, &Fields::default(), told).await,
    }
}

pub(super) async fn limits(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    let account = find(host, &name).await?;
    let problem = match new_limits(&fields, &account) {
        Err(problem) => Some(problem),
        Ok((limit, above)) => {
            let tenant = Tenant::local();
            match host.limit_account(&tenant, &name, limit, above).await {
                Ok(()) => None,
                Err(error) => Some(refused(error)?),
            }
        }
    };
    match problem {
        None => {
            tracing::info!(person = %person.id(), "set limits of an account");
            app.live.bump();
            Ok(see(&format!("{}?done=limits", path(&name))))
        }
        told => shown(&app, &visitor, person, &name, &Fields::default(), told).await,
    }
}

/// What is left empty is no limit.
fn new_limits(
    fields: &Fields,
    account: &AccountSummary,
) -> Result<(Option<SpendLimit>, Option<guildhall_host::Amount>), String> {
    let amount = |name: &str| {
        fields
            .get(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| typed(text, account.currency))
            .transpose()
    };
    let limit = match amount("limit")? {
        None => None,
        Some(amount) => {
            let per = Period::from_word(fields.text("per"))
                .ok_or_else(|| "Choose for how long the limit is.".to_owned())?;
            Some(SpendLimit { amount, per })
        }
    };
    Ok((limit, amount("above")?))
}

pub(super) async fn close(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    let account = find(host, &name).await?;
    let problem = if fields.text("sure").trim() == account.name {
        match host.close_account(&Tenant::local(), &name).await {
            Ok(()) => None,
            Err(error) => Some(refused(error)?),
        }
    } else {
        Some("Type the name of the account to close it.".to_owned())
    };
    match problem {
        None => {
            tracing::info!(person = %person.id(), "closed an account of the wallet");
            app.live.bump();
            Ok(see(&format!("{}?done=closed", path(&name))))
        }
        told => shown(&app, &visitor, person, &name, &Fields::default(), told).await,
    }
}
