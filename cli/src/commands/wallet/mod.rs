//! `guildhall wallet`

mod bank;
mod statement;

use crate::args::{AddBankArgs, AddBookArgs, LimitArgs, WalletArgs, WalletCommand};
use crate::card::layout::{in_fours, payee};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::when::{self, Clock};
use guildhall_host::{
    AccountError, AccountSummary, Amount, EgressConfig, Hold, HoldSummary, Host, NewAccount,
    SpendLimit, Tenant,
};
use guildhall_package::text::plain;
use serde_json::json;

/// Rail of accounts at a bank.
const BANK: &str = "bank-file";

/// Lists accounts, opens and limits them, shows what is held and was posted, and writes files for the bank.
///
/// # Errors
/// If the account can't be used, a rule of the wallet refuses, or the journal fails.
pub async fn run(home: &Home, args: WalletArgs) -> Result<Exit, CliError> {
    let command = args
        .command
        .unwrap_or(WalletCommand::List { json: args.json });
    if let WalletCommand::Limit(_) = command {
        // Above an amount a person is asked: who takes that away stands for the person.
        home.config()?.may_approve()?;
    }
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match command {
        WalletCommand::List { json } => list(&host, home, json).await,
        WalletCommand::AddBook(args) => add_book(&host, args).await,
        WalletCommand::AddBank(args) => add_bank(&host, args).await,
        WalletCommand::Deposit { name, amount, json } => deposit(&host, &name, amount, json).await,
        WalletCommand::Limit(args) => limit(&host, args).await,
        WalletCommand::Close { name, json } => close(&host, &name, json).await,
        WalletCommand::Holds { json } => holds(&host, json).await,
        WalletCommand::Statement { name, csv, json } => {
            statement::run(&host, &name, csv, json).await
        }
        WalletCommand::Files { json } => bank::files(&host, json).await,
        WalletCommand::Export(args) => bank::export(&host, home, args).await,
        WalletCommand::Confirm(args) => bank::confirm(&host, args).await,
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn list(host: &Host, home: &Home, as_json: bool) -> Result<Exit, CliError> {
    let accounts = host
        .accounts(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "accounts": super::to_json(&accounts)? }));
        return Ok(Exit::Done);
    }
    if accounts.is_empty() {
        output::note("There is no account yet, so nothing can be paid.");
        let program = super::program(home);
        output::hint(format_args!(
            "{program} wallet add-bank NAME --iban IBAN --holder NAME"
        ));
        output::hint(format_args!(
            "{program} wallet add-book NAME --currency EUR"
        ));
        return Ok(Exit::Done);
    }
    output::line(output::table(
        ["NAME", "ACCOUNT", "AVAILABLE", "HELD", "LIMIT", ""],
        accounts.iter().map(|account| {
            [
                account.name.clone(),
                place(account),
                available(account),
                amount(account, account.held),
                limits(account),
                state(account).to_owned(),
            ]
        }),
    ));
    Ok(Exit::Done)
}

/// Where an account is.
fn place(account: &AccountSummary) -> String {
    match (&account.iban, &account.holder) {
        (Some(iban), Some(holder)) => {
            format!("{}, {}", in_fours(&plain(iban, 40)), plain(holder, 80))
        }
        (Some(iban), None) => in_fours(&plain(iban, 40)),
        (None, _) => format!("{} on this host", plain(&account.rail, 20)),
    }
}

/// What can be spent, as far as that is known here.
fn available(account: &AccountSummary) -> String {
    if account.rail == BANK {
        let out = amount(account, account.available.saturating_neg());
        format!("at the bank; {out} paid out")
    } else {
        amount(account, account.available)
    }
}

fn amount(account: &AccountSummary, minor: i64) -> String {
    Amount {
        minor,
        currency: account.currency,
    }
    .to_string()
}

/// `EUR 500.00 a day; asks above EUR 200.00`.
fn limits(account: &AccountSummary) -> String {
    let limit = account
        .limit
        .map(|limit| format!("{} {}", limit.amount, limit.per.phrase()));
    let asks = account.ask_above.map(|above| format!("asks above {above}"));
    let both: Vec<String> = limit.into_iter().chain(asks).collect();
    if both.is_empty() {
        "none".to_owned()
    } else {
        both.join("; ")
    }
}

const fn state(account: &AccountSummary) -> &'static str {
    match (account.closed, account.pays) {
        (true, _) => "closed",
        (false, true) => "payments leave from here",
        (false, false) => "",
    }
}

async fn add_book(host: &Host, args: AddBookArgs) -> Result<Exit, CliError> {
    let zone = args.zone.unwrap_or_else(when::zone);
    let account = NewAccount::book(&args.name, args.currency, &zone).map_err(account_error)?;
    open(host, account, args.json).await
}

async fn add_bank(host: &Host, args: AddBankArgs) -> Result<Exit, CliError> {
    let zone = args.zone.unwrap_or_else(when::zone);
    let account = NewAccount::bank(
        &args.name,
        args.currency,
        &zone,
        &args.iban,
        args.bic.as_deref(),
        &args.holder,
    )
    .map_err(account_error)?;
    open(host, account, args.json).await
}

fn account_error(error: AccountError) -> CliError {
    CliError::usage(plain(&error.to_string(), 600)).kind("account")
}

async fn open(host: &Host, account: NewAccount, as_json: bool) -> Result<Exit, CliError> {
    let name = account.name().to_owned();
    host.open_account(&Tenant::local(), account)
        .await
        .map_err(host::host_error)?;
    let account = summary(host, &name).await?;
    if as_json {
        return print(&account);
    }
    let payees = if account.rail == BANK {
        "to IBANs"
    } else {
        "to book accounts"
    };
    output::note(if account.pays {
        format!(
            "`{name}` is open; payments in {} {payees} leave from it.",
            account.currency
        )
    } else {
        format!(
            "`{name}` is open; payments in {} {payees} leave from another account.",
            account.currency
        )
    });
    Ok(Exit::Done)
}

async fn deposit(
    host: &Host,
    name: &str,
    paid_in: Amount,
    as_json: bool,
) -> Result<Exit, CliError> {
    host.deposit(&Tenant::local(), name, paid_in)
        .await
        .map_err(host::host_error)?;
    let account = summary(host, name).await?;
    if as_json {
        return print(&account);
    }
    output::note(format_args!(
        "{paid_in} recorded on `{}`; {} available.",
        account.name,
        amount(&account, account.available)
    ));
    Ok(Exit::Done)
}

/// What is not named stays as it is.
async fn limit(host: &Host, args: LimitArgs) -> Result<Exit, CliError> {
    let before = summary(host, &args.name).await?;
    let limit = match (args.none, args.amount, args.per) {
        (true, ..) => None,
        (false, Some(amount), Some(per)) => Some(SpendLimit { amount, per }),
        (false, ..) => before.limit,
    };
    let ask_above = if args.none {
        None
    } else {
        args.ask_above.or(before.ask_above)
    };
    host.limit_account(&Tenant::local(), &args.name, limit, ask_above)
        .await
        .map_err(host::host_error)?;
    let account = summary(host, &args.name).await?;
    if args.json {
        return print(&account);
    }
    output::note(format_args!(
        "Limits of `{}`: {}, by the calendar of {}.",
        account.name,
        limits(&account),
        plain(&account.zone, 64)
    ));
    Ok(Exit::Done)
}

async fn close(host: &Host, name: &str, as_json: bool) -> Result<Exit, CliError> {
    host.close_account(&Tenant::local(), name)
        .await
        .map_err(host::host_error)?;
    let account = summary(host, name).await?;
    if as_json {
        return print(&account);
    }
    output::note(format_args!(
        "`{}` is closed: nothing leaves from it any more.",
        account.name
    ));
    Ok(Exit::Done)
}

async fn holds(host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let holds = host
        .holds(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "holds": super::to_json(&holds)? }));
        return Ok(Exit::Done);
    }
    if holds.is_empty() {
        output::note("No order waits or holds funds.");
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let ids: Vec<&str> = holds.iter().map(|hold| hold.run.as_str()).collect();
    output::line(output::table(
        ["RUN", "FROM", "TO", "AMOUNT", "STATE", "ORDERED"],
        holds.iter().zip(short_runs(&ids)).map(|(hold, run)| {
            [
                run.to_owned(),
                hold.account.clone(),
                payee(&hold.payee),
                hold.amount.to_string(),
                hold_state(hold),
                clock.relative(hold.ordered_at_ms),
            ]
        }),
    ));
    Ok(Exit::Done)
}

/// Short beginnings of the runs, of which several orders may be.
fn short_runs<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let mut each = ids.to_vec();
    each.sort_unstable();
    each.dedup();
    let short = host::short_ids(&each);
    ids.iter()
        .map(|id| {
            each.binary_search(id)
                .ok()
                .and_then(|place| short.get(place).copied())
                .unwrap_or(*id)
        })
        .collect()
}

fn hold_state(hold: &HoldSummary) -> String {
    match (hold.hold, hold.bank.as_deref()) {
        (Hold::None, _) => "waits for approval".to_owned(),
        (Hold::Held, Some("queued")) => "waits for the next file for the bank".to_owned(),
        (Hold::Held, _) => "held".to_owned(),
        (other, _) => other.word().to_owned(),
    }
}

/// An account by its name, also a closed one.
async fn summary(host: &Host, name: &str) -> Result<AccountSummary, CliError> {
    let accounts = host
        .accounts(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    accounts
        .into_iter()
        .find(|account| account.name == name)
        .ok_or_else(|| {
            // As the host says it, where it looks itself.
            CliError::refused(format!(
                "there is no account `{}` in your wallet",
                plain(name, 64)
            ))
            .kind("wallet.no-account")
            .fix("see `guildhall wallet`")
        })
}

fn print(account: &AccountSummary) -> Result<Exit, CliError> {
    output::json(&super::to_json(account)?);
    Ok(Exit::Done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::{Currency, Period};

    fn account(rail: &str) -> AccountSummary {
        let bank = rail == BANK;
        AccountSummary {
            name: "main".to_owned(),
            account: "book:main".to_owned(),
            rail: rail.to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            iban: bank.then(|| "DE89370400440532013000".to_owned()),
            holder: bank.then(|| "Acme\u{1b}[2J GmbH".to_owned()),
            pays: true,
            available: -12_000,
            held: 500,
            limit: None,
            zone: "Europe/Berlin".to_owned(),
            ask_above: None,
            closed: false,
        }
    }

    #[test]
    fn what_is_at_the_bank_is_not_said_to_be_known() {
        let bank = account(BANK);
        assert_eq!(available(&bank), "at the bank; EUR 120.00 paid out");
        assert_eq!(
            place(&bank),
            "DE89 3704 0044 0532 0130 00, Acme\\u{1b}[2J GmbH"
        );
        let mut book = account("book");
        book.available = 12_000;
        assert_eq!(available(&book), "EUR 120.00");
        assert_eq!(place(&book), "book on this host");
    }

    #[test]
    fn limits_are_said_with_their_period() {
        let mut account = account("book");
        assert_eq!(limits(&account), "none");
        account.limit = Some(SpendLimit {
            amount: "EUR 500.00".parse().unwrap(),
            per: Period::Day,
        });
        account.ask_above = Some("EUR 200.00".parse().unwrap());
        assert_eq!(limits(&account), "EUR 500.00 a day; asks above EUR 200.00");
    }

    #[test]
    fn two_orders_of_one_run_have_the_same_short_identifier() {
        let (a, b) = (
            "0198c0de-f00d-7000-8000-000000000001",
            "0198c0de-f00e-7000-8000-000000000001",
        );
        assert_eq!(
            short_runs(&[b, a, b]),
            ["0198c0de-f00e", "0198c0de-f00d", "0198c0de-f00e"]
        );
    }
}
