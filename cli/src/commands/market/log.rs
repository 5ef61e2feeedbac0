//! `guildhall log audit`

use crate::args::market::{LogArgs, LogCommand};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host::fault;
use crate::market::Market;
use crate::market::log::{LogTiles, broken_log, refresh};
use crate::output::{self, Progress};
use guildhall_package::text::plain;
use guildhall_package::trust::LogState;
use guildhall_package::trust::log::{Entry, Frontier, TreeHash};
use guildhall_package::trust::status::Status;
use serde_json::json;

/// Most faults that are told one by one.
const SHOWN: usize = 50;

/// Looks into a log.
///
/// # Errors
/// If it can't be read or trusted.
pub async fn run(home: &Home, args: LogArgs) -> Result<Exit, CliError> {
    match args.command {
        LogCommand::Audit { from, json } => {
            let market = Market::open(home, from.from.as_ref())?;
            audit(&market, json).await
        }
    }
}

/// What reading a whole log showed.
struct Audit {
    size: u64,
    root: TreeHash,
    publishers: usize,
    skills: usize,
    releases: usize,
    /// Where the log breaks its own rules.
    faults: Vec<String>,
    /// What the signed status says otherwise than the log.
    differences: Vec<String>,
}

async fn audit(market: &Market, as_json: bool) -> Result<Exit, CliError> {
    let trust = market.trusted(None).await?;
    let progress = Progress::start("reading the log");
    let trust = refresh(market, &trust).await?;
    let (head, status) = trust
        .seen
        .zip(trust.status)
        .ok_or_else(|| fault("the log's state is not known"))?;
    let audit = read(market, head.size, &status).await?;
    drop(progress);
    if audit.root != head.root {
        return Err(CliError::unverified(format!(
            "the {} entries that are served have another root hash than the checkpoint: {} and not {}",
            head.size, audit.root, head.root
        ))
        .kind("log-root")
        .fix("keep the checkpoint, and tell the witnesses' operators: the log shows you something else than it signed"));
    }
    let good = audit.faults.is_empty() && audit.differences.is_empty();
    if as_json {
        output::json(&json!({
            "marketplace": market.place().to_string(),
            "size": audit.size,
            "root": audit.root,
            "publishers": audit.publishers,
            "skills": audit.skills,
            "releases": audit.releases,
            "faults": audit.faults,
            "differences": audit.differences,
        }));
    } else {
        say(&audit);
    }
    Ok(if good { Exit::Done } else { Exit::Unverified })
}

/// Reads every entry, hashes it, and follows what it says. The status is compared at the size that it is about.
async fn read(market: &Market, size: u64, status: &Status) -> Result<Audit, CliError> {
    let tiles = LogTiles::new(&market.http, size);
    let mut state = LogState::default();
    let mut frontier = Frontier::empty();
    let mut faults = Vec::new();
    let mut differences = None;
    let mut compare = |state: &LogState| {
        if state.size() == status.size {
            let found = state.compare(status);
            differences = Some(found.iter().map(|it| plain(&it.to_string(), 600)).collect());
        }
    };
    compare(&state);
    tiles
        .entries(|first, entries| {
            let leaves: Vec<TreeHash> = entries.iter().map(|bytes| TreeHash::leaf(bytes)).collect();
            frontier
                .append(&leaves)
                .map_err(|error| broken_log(&error))?;
            for (index, bytes) in (first..).zip(entries) {
                match Entry::parse(bytes) {
                    Ok(entry) => {
                        if let Err(fault) = state.apply(&entry) {
                            faults.push(plain(&fault.to_string(), 600));
                        }
                    }
                    Err(error) => faults.push(plain(&format!("entry {index}: {error}"), 600)),
                }
                compare(&state);
            }
            Ok(())
        })
        .await?;
    Ok(Audit {
        size,
        root: frontier.root(),
        publishers: state.publishers().count(),
        skills: state.skills().count(),
        releases: state.skills().map(|(_, skill)| skill.releases.len()).sum(),
        faults,
        differences: differences.unwrap_or_else(|| {
            vec![format!(
                "the status is about {} entries and {size} could be read",
                status.size
            )]
        }),
    })
}

fn say(audit: &Audit) {
    output::line(format_args!(
        "{} entries: {} publishers, {} skills, {} releases",
        audit.size, audit.publishers, audit.skills, audit.releases
    ));
    output::line(format_args!("root {}", audit.root));
    for (what, list) in [
        ("the log breaks its own rules", &audit.faults),
        (
            "the signed status says something else than the log",
            &audit.differences,
        ),
    ] {
        if list.is_empty() {
            continue;
        }
        output::warning(what);
        for one in list.iter().take(SHOWN) {
            output::note(format_args!("  {one}"));
        }
        if list.len() > SHOWN {
            output::note(format_args!("  and {} more", list.len() - SHOWN));
        }
    }
    if audit.faults.is_empty() && audit.differences.is_empty() {
        output::note(
            "The log keeps its rules, has the root hash that was signed, and the status says what it says.",
        );
    }
}
