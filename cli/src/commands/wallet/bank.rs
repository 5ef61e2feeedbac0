//! Files for the bank, and what the bank did with them.

use crate::args::{ConfirmArgs, ExportArgs};
use crate::card::layout::{account, counted};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::outfile::OutFile;
use crate::output;
use crate::when::Clock;
use guildhall_host::words::sums;
use guildhall_host::{Amount, BankFile, Host, Tenant};
use guildhall_package::text::plain;
use serde_json::json;

/// Where the identifier of a file is found.
const IDENTIFIER: &str =
    "give the identifier as `guildhall wallet export` printed it; it is in the file, too (MsgId)";

/// Writes a new file for the bank, or an earlier one again.
///
/// The place of the file is taken first: orders that were exported and are in no file would look paid.
pub(super) async fn export(host: &Host, home: &Home, args: ExportArgs) -> Result<Exit, CliError> {
    let out = OutFile::create(&args.out)?;
    let path = plain(&args.out.display().to_string(), 4_000);
    let tenant = Tenant::local();
    let made = match &args.again {
        Some(id) => {
            let found = host
                .bank_file(&tenant, id)
                .await
                .map_err(host::export_error)?
                .filter(|(file, _)| file.account == args.name);
            Some(found.ok_or_else(|| no_file(id, &args.name))?)
        }
        None => host
            .export_bank_file(&tenant, &args.name)
            .await
            .map_err(host::export_error)?,
    };
    let Some((file, bytes)) = made else {
        if args.json {
            output::json(&json!({ "out": null, "file": null }));
        } else {
            output::note("No order waits for the bank; no file was written.");
        }
        return Ok(Exit::Done);
    };
    let program = super::super::program(home);
    out.finish(&bytes).map_err(|error| {
        error.fix(format!(
            "its orders count as exported now; write the same file elsewhere: {program} wallet export {} --out FILE --again {}",
            args.name, file.id
        ))
    })?;
    if args.json {
        output::json(
            &json!({ "out": args.out.display().to_string(), "file": super::super::to_json(&file)? }),
        );
        return Ok(Exit::Done);
    }
    show(&file);
    output::note(format_args!(
        "{} for the bank, {}, in {path}.",
        counted(file.orders.len(), "order"),
        sums(&amounts(&file)),
    ));
    if args.again.is_none() {
        output::note("They count as paid from now on and can't be withdrawn here any more.");
    }
    output::hint(format_args!(
        "give the file to your bank, then: {program} wallet confirm {}",
        file.id
    ));
    Ok(Exit::Done)
}

fn show(file: &BankFile) {
    output::line(output::table(
        ["ORDER", "TO", "NAME", "AMOUNT", "ON", "DOCUMENT"],
        file.orders.iter().map(|order| {
            [
                order.id.clone(),
                account("iban", &order.iban),
                order.payee_name.clone(),
                order.amount.to_string(),
                order
                    .requested_date
                    .clone()
                    .unwrap_or_else(|| "as soon as possible".to_owned()),
                order.document.clone(),
            ]
        }),
    ));
}

fn amounts(file: &BankFile) -> Vec<Amount> {
    file.orders.iter().map(|order| order.amount).collect()
}

fn no_file(id: &str, account: &str) -> CliError {
    CliError::usage(format!(
        "there is no file {} of `{}`",
        plain(id, 64),
        plain(account, 64)
    ))
    .kind("not-found")
    .fix(IDENTIFIER)
}

/// Records what the bank did.
pub(super) async fn confirm(host: &Host, args: ConfirmArgs) -> Result<Exit, CliError> {
    let tenant = Tenant::local();
    let known = host
        .bank_file(&tenant, &args.file)
        .await
        .map_err(host::export_error)?;
    let Some((file, _)) = known else {
        return Err(
            CliError::usage(format!("there is no file {}", plain(&args.file, 64)))
                .kind("not-found")
                .fix(IDENTIFIER),
        );
    };
    if let Some(order) = &args.order
        && !file.orders.iter().any(|known| known.id == *order)
    {
        let orders = file.orders.iter().map(|order| order.id.clone());
        return Err(CliError::usage(format!(
            "the file {} has no order {}",
            file.id,
            plain(order, 64)
        ))
        .kind("not-found")
        .details(orders.take(20)));
    }
    let count = host
        .confirm_bank_file(&tenant, &args.file, args.order.as_deref(), args.returned)
        .await
        .map_err(host::host_error)?;
    let word = if args.returned {
        "returned"
    } else {
        "confirmed"
    };
    if args.json {
        output::json(&json!({ "file": file.id, word: count }));
        return Ok(Exit::Done);
    }
    let orders = counted(usize::try_from(count).unwrap_or(usize::MAX), "order");
    output::note(match (count, args.returned) {
        (0, _) => "Nothing was left to record: the bank's answer is known already.".to_owned(),
        (_, false) => format!("{orders} of {} carried out by the bank.", file.id),
        (_, true) => format!(
            "{orders} of {} returned; the money is back on the account.",
            file.id
        ),
    });
    Ok(Exit::Done)
}

/// Lists the files that were made.
pub(super) async fn files(host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let files = host
        .bank_files(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "files": crate::commands::to_json(&files)? }));
        return Ok(Exit::Done);
    }
    if files.is_empty() {
        output::note("No file was made for the bank yet.");
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let rows = files.iter().map(|file| {
        [
            file.id.clone(),
            file.account.clone(),
            clock.date(file.created_at_ms),
            file.orders.to_string(),
            if file.open == 0 {
                "settled".to_owned()
            } else {
                format!("{} not confirmed", file.open)
            },
        ]
    });
    output::line(output::table(
        ["FILE", "ACCOUNT", "MADE", "ORDERS", "STATE"],
        rows,
    ));
    Ok(Exit::Done)
}
