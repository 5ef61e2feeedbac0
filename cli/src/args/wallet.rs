//! Arguments of `wallet`.

use crate::grants;
use clap::{ArgGroup, Args, Subcommand, ValueHint};
use guildhall_host::{Amount, Currency, Period};
use std::path::PathBuf;

/// Accounts that payments leave from, what is held on them, and files for your bank
///
/// Without a subcommand, lists the accounts. A book account is kept on this host: what is on it is what you recorded as
/// deposited, and payments to other book accounts are recorded here, without a bank. A bank account is at your bank:
/// approved payments from it become orders in a file (ISO 20022 pain.001) that you give to the bank.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall wallet add-bank main --iban 'DE89 3704 0044 0532 0130 00' --holder 'Acme GmbH'
  guildhall wallet limit main 'EUR 500.00' --per day --ask-above 'EUR 200.00'
  guildhall wallet holds
  guildhall wallet export main --out payments.xml
  guildhall wallet confirm GH0198c0def00d7000800000000000000a"
)]
pub struct WalletArgs {
    /// What to do; without one, the list of accounts.
    #[command(subcommand)]
    pub command: Option<WalletCommand>,
    /// Print one JSON object: accounts, with amounts in minor units
    #[arg(long)]
    pub json: bool,
}

/// What to do with the wallet.
#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// List the accounts: what can be spent, what is held, which limit holds
    List {
        /// Print one JSON object: accounts, with amounts in minor units
        #[arg(long)]
        json: bool,
    },
    AddBook(AddBookArgs),
    AddBank(AddBankArgs),
    /// Record money that came into a book account from outside
    Deposit {
        /// Name of the account
        name: String,
        /// How much
        #[arg(value_name = "'EUR 100.00'", value_parser = grants::positive)]
        amount: Amount,
        /// Print one JSON object: the account
        #[arg(long)]
        json: bool,
    },
    Limit(LimitArgs),
    /// Close an account: nothing leaves from it any more, also not what is approved already
    Close {
        /// Name of the account
        name: String,
        /// Print one JSON object: the account
        #[arg(long)]
        json: bool,
    },
    /// List the orders that wait for approval, hold funds, or wait for the next file for the bank
    Holds {
        /// Print one JSON object: holds
        #[arg(long)]
        json: bool,
    },
    /// Show what was posted to an account, oldest first
    Statement {
        /// Name of the account
        name: String,
        /// Print comma-separated values: time, kind, amount, currency, other, state, run, balance
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// Print one JSON object: lines, with amounts in minor units
        #[arg(long)]
        json: bool,
    },
    Export(ExportArgs),
    /// List the files that were made for the bank, newest first
    Files {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    Confirm(ConfirmArgs),
}

/// Open an account of this host's own book
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall wallet add-book till --currency EUR")]
pub struct AddBookArgs {
    /// Name, unique on this host: small letters, digits, `-`, `.` and `/`
    pub name: String,
    /// Currency that it is kept in
    #[arg(long, value_name = "CODE", value_parser = grants::currency)]
    pub currency: Currency,
    /// Time zone in which its limits count days [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print one JSON object: the account
    #[arg(long)]
    pub json: bool,
}

/// Name an account at your bank, from which orders go to the bank in files
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall wallet add-bank main --iban 'DE89 3704 0044 0532 0130 00' --holder 'Acme GmbH'"
)]
pub struct AddBankArgs {
    /// Name, unique in your wallet: small letters, digits, `-`, `.` and `/`
    pub name: String,
    /// IBAN; spaces are left out
    #[arg(long, value_name = "IBAN")]
    pub iban: String,
    /// Holder of the account, as the bank knows them
    #[arg(long, value_name = "NAME")]
    pub holder: String,
    /// BIC of the bank; most banks need none
    #[arg(long, value_name = "BIC")]
    pub bic: Option<String>,
    /// Currency of its orders
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = grants::currency)]
    pub currency: Currency,
    /// Time zone in which its limits count days [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print one JSON object: the account
    #[arg(long)]
    pub json: bool,
}

/// Set how much may leave an account, and above which amount a person is always asked
///
/// What is spent and what is held count together. A limit holds for payments that a person approves too; above
/// --ask-above no mandate approves. What is not named stays as it is.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("limits").required(true).multiple(true).args(["amount", "ask_above", "none"])),
    after_help = "Example:\n  guildhall wallet limit main 'EUR 500.00' --per day\n  guildhall wallet limit main --ask-above 'EUR 200.00'\n  guildhall wallet limit main --none"
)]
pub struct LimitArgs {
    /// Name of the account
    pub name: String,
    /// The most in each period
    #[arg(value_name = "'EUR 500.00'", value_parser = grants::positive, requires = "per")]
    pub amount: Option<Amount>,
    /// After how long the limit begins anew, by the account's calendar
    #[arg(long, value_name = "day|week|month|in-all", value_parser = grants::period, requires = "amount")]
    pub per: Option<Period>,
    /// Always ask a person above this amount, whatever mandates say
    #[arg(long, value_name = "'EUR 200.00'")]
    pub ask_above: Option<Amount>,
    /// Take both limits away
    #[arg(long, conflicts_with_all = ["amount", "per", "ask_above"])]
    pub none: bool,
    /// Print one JSON object: the account
    #[arg(long)]
    pub json: bool,
}

/// Write the orders that wait into a new file for your bank (ISO 20022 pain.001)
///
/// The orders count as paid from then on and can't be withdrawn here any more. Give the file to your bank, and record
/// with `guildhall wallet confirm` what the bank did. If nothing waits, no file is written.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall wallet export main --out payments.xml\n  guildhall wallet export main --out again.xml --again GH0198c0def00d7000800000000000000a"
)]
pub struct ExportArgs {
    /// Name of the account
    pub name: String,
    /// File to write; it must not be there yet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
    /// Write an earlier file once more, byte for byte, instead of a new one
    #[arg(long, value_name = "FILE-ID")]
    pub again: Option<String>,
    /// Print one JSON object: out, file with its orders
    #[arg(long)]
    pub json: bool,
}

/// Record what the bank did with the orders of a file
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall wallet confirm GH0198c0def00d7000800000000000000a\n  guildhall wallet confirm GH0198c0def00d7000800000000000000a --order 0198c0def00d7000800000000000000b000 --returned"
)]
pub struct ConfirmArgs {
    /// Identifier of the file, as `guildhall wallet export` printed it
    #[arg(value_name = "FILE-ID")]
    pub file: String,
    /// Only this order, by its identifier in the file
    #[arg(long, value_name = "ID")]
    pub order: Option<String>,
    /// The bank returned the money; without this, the bank carried the orders out
    #[arg(long)]
    pub returned: bool,
    /// Print one JSON object: file, confirmed or returned
    #[arg(long)]
    pub json: bool,
}

impl WalletArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(
                WalletCommand::List { json }
                | WalletCommand::Deposit { json, .. }
                | WalletCommand::Close { json, .. }
                | WalletCommand::Holds { json }
                | WalletCommand::Files { json }
                | WalletCommand::Statement { json, .. },
            ) => *json,
            Some(WalletCommand::AddBook(args)) => args.json,
            Some(WalletCommand::AddBank(args)) => args.json,
            Some(WalletCommand::Limit(args)) => args.json,
            Some(WalletCommand::Export(args)) => args.json,
            Some(WalletCommand::Confirm(args)) => args.json,
        }
    }
}
