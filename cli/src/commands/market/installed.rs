//! `guildhall installed` and `guildhall pin`

use crate::args::market::{InstalledArgs, PinArgs};
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::installed::{Record, Store, check};
use crate::output;
use crate::source;
use crate::when::Clock;
use guildhall_package::text::plain;
use serde_json::json;

/// Lists what is installed.
///
/// # Errors
/// If that can't be read.
pub fn list(home: &Home, args: &InstalledArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    let records = store.list()?;
    if args.check {
        for record in &records {
            check(&store, record)?;
        }
    }
    if args.json {
        output::json(&json!({ "installed": crate::commands::to_json(&records)? }));
        return Ok(Exit::Done);
    }
    if records.is_empty() {
        output::note("Nothing is installed.");
        output::hint(format_args!("{} search WORDS", program(home)));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let rows = records.iter().map(|record| {
        [
            record.name.to_string(),
            record.version.to_string(),
            record.marketplace.clone(),
            clock.date(record.changed_at_ms),
            state(record),
        ]
    });
    output::line(output::table(
        ["SKILL", "VERSION", "FROM", "SINCE", "STATE"],
        rows,
    ));
    if args.check {
        output::note("All of it is what was verified when it was installed.");
    }
    Ok(Exit::Done)
}

fn state(record: &Record) -> String {
    if let Some(revoked) = &record.revoked {
        return format!("revoked: {}", plain(&revoked.reason, 120));
    }
    let mut words = Vec::new();
    if record.yanked {
        words.push("off the shelf");
    }
    if record.pinned {
        words.push("pinned");
    }
    if !record.declined.is_empty() {
        words.push("parts declined");
    }
    words.join(", ")
}

/// Pins a skill, or lets updates change it again.
///
/// # Errors
/// If it is not installed.
pub fn pin(home: &Home, args: &PinArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    source::record(&store, &args.name)?;
    let locked = store.lock()?;
    let mut record = source::record(&store, &args.name)?;
    record.pinned = !args.off;
    store.change(&locked, &record)?;
    if args.json {
        output::json(&json!({ "name": record.name, "pinned": record.pinned }));
    } else if record.pinned {
        output::note(format_args!("{} stays at {}.", record.name, record.version));
    } else {
        output::note(format_args!("{} is updated again.", record.name));
    }
    Ok(Exit::Done)
}
