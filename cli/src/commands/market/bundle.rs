//! `guildhall bundle`

use crate::args::market::BundleArgs;
use crate::card::layout::bytes;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host::fault;
use crate::market::Market;
use crate::market::log::LogTiles;
use crate::market::release::{all_roots, fetch, version};
use crate::outfile::OutFile;
use crate::output::{self, Progress};
use guildhall_package::text::plain;
use guildhall_package::trust::bundle;
use serde_json::json;

/// Logs of up to this many entries go into a bundle with all their leaf hashes, so that it proves growth from anywhere.
const WHOLE_LOG: u64 = 16_384;

/// Fetches and verifies a release, and writes it with everything that proves it into one file.
///
/// # Errors
/// If it can't be had, a check fails, or the file can't be written.
pub async fn run(home: &Home, args: BundleArgs) -> Result<Exit, CliError> {
    let market = Market::open(home, args.from.from.as_ref())?;
    let file = OutFile::create(&args.output)?;
    let trust = market.trusted(None).await?;
    let progress = Progress::start("fetching and verifying");
    let version = version(&market, &args.skill).await?;
    let release = fetch(&market, trust, &args.skill.name, &version).await?;
    let head = release
        .verified
        .state
        .seen
        .ok_or_else(|| fault("the log's state is not known"))?;
    let mut evidence = release.evidence;
    // The other machine may know less than this one, down to nothing.
    evidence.roots = all_roots(&market).await?;
    let mut tiles = LogTiles::new(&market.http, head.size);
    for since in &args.since {
        let proof = tiles.consistency(*since, head.size).await?;
        evidence.consistency.proofs.push((*since, proof));
    }
    if head.size <= WHOLE_LOG {
        evidence.consistency.leaves = tiles.leaves().await?;
    }
    drop(progress);
    let content = bundle::write(&evidence)
        .map_err(|error| CliError::failed(plain(&error.to_string(), 600)).kind("bundle"))?;
    let path = file.path().display().to_string();
    file.finish(&content)?;
    let entry = &release.verified.entry;
    let root = release.verified.state.root.fingerprint();
    if args.json {
        output::json(&json!({
            "file": path,
            "name": entry.name,
            "version": entry.version,
            "release": entry.release,
            "root": root,
            "log_size": head.size,
        }));
        return Ok(Exit::Done);
    }
    output::note(format_args!(
        "{} {} with its proofs is in {}, {}.",
        entry.name,
        entry.version,
        plain(&path, 400),
        bytes(content.len() as u64)
    ));
    output::note("It counts for a day: after that, what was revoked since might be missing.");
    output::hint(format_args!(
        "on the other machine: {} install {} --from {} --root {root}",
        program(home),
        plain(&path, 400),
        market.place()
    ));
    Ok(Exit::Done)
}
