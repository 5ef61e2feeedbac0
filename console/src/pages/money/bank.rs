//! Files for the bank: made, downloaded again, and what the bank did with them.

use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::{ExportError, Host, HostError, Tenant};
use guildhall_package::text::plain;
use guildhall_web::error::not_found;
use guildhall_web::fields::Fields;

use super::super::answer::{Other, see};
use super::super::posted::Posted;
use super::super::visitor::Visitor;
use super::super::words::{When, sentence, when};
use super::account::{file, find, path, shown};
use super::words::refused;
use crate::app::App;
use crate::people::Right;

/// Open files whose orders are listed one by one.
const LISTED: usize = 5;

/// A file as it is listed.
pub(super) struct ShownFile {
    pub(super) id: String,
    pub(super) made: When,
    pub(super) orders: u64,
    pub(super) open: u64,
    /// Orders of an open file: identifier, and what it is.
    pub(super) list: Vec<(String, String)>,
}

/// Files of an account, newest first.
pub(super) async fn files(host: &Host, account: &str) -> Result<Vec<ShownFile>, Other> {
    let tenant = Tenant::local();
    let mut list = Vec::new();
    let mut open = 0;
    for one in host.bank_files(&tenant).await? {
        if one.account != account {
            continue;
        }
        let mut orders = Vec::new();
        if one.open > 0 && open < LISTED {
            open += 1;
            // One whose names were deleted is confirmed as a whole.
            if let Ok(Some((file, _))) = host.bank_file(&tenant, &one.id).await {
                orders = file
                    .orders
                    .into_iter()
                    .map(|order| {
                        let said = format!("{} to {}", order.amount, plain(&order.payee_name, 60));
                        (order.id, said)
                    })
                    .collect();
            }
        }
        list.push(ShownFile {
            made: when(one.created_at_ms),
            id: one.id,
            orders: one.orders,
            open: one.open,
            list: orders,
        });
    }
    Ok(list)
}

/// Why no file came of it, as a sentence. A fault is no such thing.
fn told(error: ExportError) -> Result<String, Other> {
    match error {
        ExportError::Journal(error) => refused(HostError::Journal(error)),
        error => Ok(sentence(&error.to_string())),
    }
}

pub(super) async fn export(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    let account = find(host, &name).await?;
    match host.export_bank_file(&Tenant::local(), &account.name).await {
        Ok(Some((made, _))) => {
            tracing::info!(person = %person.id(), file = made.id, "made a file for the bank");
            app.live.bump();
            Ok(see(&format!("{}?made={}", path(&name), made.id)))
        }
        Ok(None) => Ok(see(&format!("{}?done=nothing", path(&name)))),
        Err(error) => {
            let problem = Some(told(error)?);
            shown(&app, &visitor, person, &name, &Fields::default(), problem).await
        }
    }
}

/// The bytes of a file: the same each time. It names payees, so it is for owners.
pub(super) async fn download(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    match host.bank_file(&Tenant::local(), &id).await {
        Ok(Some((made, bytes))) if made.account == name => {
            Ok(file(&format!("{}.xml", made.id), "application/xml", bytes))
        }
        Ok(_) => Err(not_found("file for the bank").into()),
        Err(error) => {
            let problem = Some(told(error)?);
            shown(&app, &visitor, person, &name, &Fields::default(), problem).await
        }
    }
}

pub(super) async fn confirm(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, &path(&name))?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let files = host.bank_files(&tenant).await?;
    if !files.iter().any(|one| one.id == id && one.account == name) {
        return Err(not_found("file for the bank").into());
    }
    let returned = match fields.text("what") {
        "returned" => true,
        "carried-out" => false,
        _ => {
            let problem = Some("Say what the bank did.".to_owned());
            return shown(&app, &visitor, person, &name, &Fields::default(), problem).await;
        }
    };
    let order = fields.get("order");
    match host.confirm_bank_file(&tenant, &id, order, returned).await {
        Ok(_) => {
            tracing::info!(person = %person.id(), file = id, returned, "recorded what the bank did");
            app.live.bump();
            Ok(see(&format!("{}?done=confirmed", path(&name))))
        }
        Err(error) => {
            let problem = Some(refused(error)?);
            shown(&app, &visitor, person, &name, &Fields::default(), problem).await
        }
    }
}
