//! Arguments of what has to do with money between a merchant and a marketplace.

use super::From;
use clap::{Args, Subcommand};
use guildhall_host::Amount;
use guildhall_package::trust::PublicKey;
use guildhall_package::{FolderName, SkillName};

/// Buy a skill
///
/// Asks the marketplace what is to be paid, and has your own host pay it: the card is shown, you approve, the amount is booked
/// from your wallet to what you owe the marketplace, and the receipt is exchanged for a licence. The marketplace can't charge
/// you: nothing is paid without your approval, or a mandate that you gave. However often it is repeated, it is paid once; a
/// payment that waits for approval is gone on with by the same command.
///
/// The licence is bound to this home folder's key, is looked at without a network, and has a week of grace after its end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall buy acme/vat-report
  guildhall buy acme/vat-report --yes --json
  guildhall buy acme/vat-report --later")]
pub struct BuyArgs {
    /// The skill
    #[arg(value_name = "NAME")]
    pub name: SkillName,
    /// Approve the payment at the price that the marketplace has now, without being asked
    #[arg(long, conflicts_with = "later")]
    pub yes: bool,
    /// Leave the payment waiting for approval
    #[arg(long)]
    pub later: bool,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: skill, state, price, order, run, licence
    #[arg(long)]
    pub json: bool,
}

/// Licences: list, show, renew, cancel, or get the money back
///
/// A skill that costs something runs only with a licence. What is paid by the month is renewed from three days before its end:
/// by `guildhall run` where a mandate covers it, otherwise when you approve it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall licences
  guildhall licences show acme/vat-report
  guildhall licences renew acme/vat-report
  guildhall licences cancel acme/vat-report
  guildhall licences refund acme/vat-report")]
pub struct LicencesArgs {
    /// What to do [default: list].
    #[command(subcommand)]
    pub command: Option<LicencesCommand>,
    /// Print one JSON object: licences, owed
    #[arg(long)]
    pub json: bool,
}

/// What to do with licences.
#[derive(Debug, Subcommand)]
pub enum LicencesCommand {
    /// List what was bought, and what is owed to whom
    List {
        /// Print one JSON object: licences, owed
        #[arg(long)]
        json: bool,
    },
    /// Show the licences of a skill
    Show {
        /// The skill
        #[arg(value_name = "NAME")]
        name: SkillName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: skill, state, orders
        #[arg(long)]
        json: bool,
    },
    /// Pay the next month, or fetch a licence anew
    ///
    /// What was paid once gets a new licence free of charge. A month is paid from seven days before the end of the one before;
    /// earlier there is nothing to pay. Without a name, everything that is due.
    Renew {
        /// The skill [default: all that were bought]
        #[arg(value_name = "NAME")]
        name: Option<SkillName>,
        /// Approve the payment without being asked, if the price is the one that was paid before
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: renewed
        #[arg(long)]
        json: bool,
    },
    /// Get money back: all of it within 14 days if the skill never ran, otherwise the part of the days that are left
    Refund {
        /// The skill
        #[arg(value_name = "NAME")]
        name: SkillName,
        /// Without being asked: the licence does not count any more afterwards
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: skill, order, amount, rule, credited
        #[arg(long)]
        json: bool,
    },
    /// Pay no further month; what is paid can be used to its end
    Cancel {
        /// The skill
        #[arg(value_name = "NAME")]
        name: SkillName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: skill, told, paid_until
        #[arg(long)]
        json: bool,
    },
}

/// Set what a skill costs, or see it
///
/// Only an owner of its publisher can. It counts for what is bought from then on; months that are paid stay paid.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall price acme/vat-report
  guildhall price acme/vat-report free
  guildhall price acme/vat-report once EUR 12.00
  guildhall price acme/vat-report monthly 5.00 EUR")]
pub struct PriceArgs {
    /// The skill
    #[arg(value_name = "NAME")]
    pub name: SkillName,
    /// free, once AMOUNT or monthly AMOUNT [default: show it]
    #[arg(value_name = "PRICE", num_args = 0..=3)]
    pub price: Vec<String>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: skill, price
    #[arg(long)]
    pub json: bool,
}

/// See what a publisher earned in a month
///
/// What merchants have bought is owed by them until they settle with the marketplace; each line says whether they have. What they
/// have settled the operator pays out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall earnings acme
  guildhall earnings acme --month 2026-11 --csv > acme-2026-11.csv")]
pub struct EarningsArgs {
    /// The publisher
    #[arg(value_name = "PUBLISHER")]
    pub publisher: FolderName,
    /// Which month, in UTC [default: this one]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<String>,
    /// Print the whole month for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: publisher, month, totals, items
    #[arg(long)]
    pub json: bool,
}

/// What staff does about money.
#[derive(Debug, Args)]
pub struct SettleArgs {
    /// The merchant's key
    #[arg(value_name = "KEY")]
    pub merchant: PublicKey,
    /// What he has paid, as in 'EUR 12.00'
    #[arg(value_name = "AMOUNT")]
    pub amount: Amount,
    /// Reference of that payment, for example of the bank: it counts once
    #[arg(long, value_name = "TEXT")]
    pub reference: String,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: merchant, debt
    #[arg(long)]
    pub json: bool,
}

/// What a publisher was paid.
#[derive(Debug, Args)]
pub struct PayoutArgs {
    /// The publisher
    #[arg(value_name = "PUBLISHER")]
    pub publisher: FolderName,
    /// What was paid, as in 'EUR 12.00'
    #[arg(value_name = "AMOUNT")]
    pub amount: Amount,
    /// Reference of that payment, for example of the bank: it counts once, and the publisher sees it
    #[arg(long, value_name = "TEXT")]
    pub reference: String,
    /// What the publisher should know of it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: publisher, paid_out, left
    #[arg(long)]
    pub json: bool,
}

/// How much a merchant may owe.
#[derive(Debug, Args)]
pub struct CreditArgs {
    /// The merchant's key
    #[arg(value_name = "KEY")]
    pub merchant: PublicKey,
    /// The most that he may owe in this currency, as in 'EUR 5000.00'
    #[arg(value_name = "AMOUNT")]
    pub limit: Amount,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: merchant, limit
    #[arg(long)]
    pub json: bool,
}

impl LicencesArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(
                LicencesCommand::List { json }
                | LicencesCommand::Show { json, .. }
                | LicencesCommand::Renew { json, .. }
                | LicencesCommand::Refund { json, .. }
                | LicencesCommand::Cancel { json, .. },
            ) => *json || self.json,
        }
    }
}
