//! The paid part of the story: an author sets a price, the merchant's own host pays it, and the licence lets the skill run.

use super::shell::Shell;
use super::story::say;
use crate::error::TaskError;

const REPORTS: &str = "guildhall-examples/vat-report";

/// Tells it: the skill is published already.
pub fn tell(author: &Shell, merchant: &Shell, publisher: &str) -> Result<(), TaskError> {
    say("Another skill costs something: its author sets a price, which stands in the log as well.");
    let price = ["price", REPORTS, "once", "12.00", "EUR"];
    author.guildhall(&price, 0)?.expect("EUR 12.00 once")?;
    let install = ["install", REPORTS, "--yes"];
    merchant.guildhall(&install, 0)?.expect("EUR 12.00 once")?;
    let run = [
        "run",
        REPORTS,
        "report",
        "--input",
        r#"{"folder":"invoices","output":"reports/bought"}"#,
        "--read",
        "invoices=invoices",
        "--write",
        "reports=reports",
        "--approve",
        "all",
    ];
    merchant.guildhall(&run, 4)?.expect("guildhall buy")?;

    say(
        "The marketplace can charge nobody. The merchant's own host pays, by the same card, hold and receipt as any payment.",
    );
    merchant.guildhall(&["wallet", "add-book", "till", "--currency", "EUR"], 0)?;
    merchant.guildhall(&["wallet", "deposit", "till", "EUR 100.00"], 0)?;
    merchant
        .guildhall(&["buy", REPORTS, "--yes"], 0)?
        .expect("licensed until")?;
    merchant.guildhall(&run, 0)?.expect("reports/bought.json")?;
    merchant.guildhall(&["licences"], 0)?.expect("valid")?;

    say("What the author earned, and which part of it merchants have settled.");
    author
        .guildhall(&["earnings", publisher], 0)?
        .expect("EUR 10.20")?;

    say(
        "Uninstalling stops charges at that moment, whether or not the marketplace can be reached.",
    );
    merchant
        .guildhall(&["uninstall", REPORTS], 0)?
        .expect("have stopped")
}
