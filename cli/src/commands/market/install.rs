//! `guildhall install`

use super::show_findings_of;
use crate::approve::{By, noted};
use crate::args::market::InstallArgs;
use crate::commands::program;
use crate::consent::{self, Ask, Standing};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::installed::{Format, Parts, Record, Store};
use crate::market::bundled;
use crate::market::release::{fetch, skill, version};
use crate::market::trust::witnesses;
use crate::market::{Market, NameVersion, Release, state};
use crate::output::{self, Progress};
use crate::when::{Clock, now_ms};
use guildhall_host::{Consent, EgressConfig, Host};
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;
use guildhall_package::trust::bundle;
use guildhall_package::{Digest, Inspection, SkillName};
use inquire::Confirm;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How long is waited for a price that a bundle does not tell.
const PRICE_PATIENCE: Duration = Duration::from_secs(5);

/// Verifies a release, asks for consent, installs.
///
/// # Errors
/// If a check fails or there is no consent; nothing is installed then.
pub async fn run(home: &Home, args: InstallArgs) -> Result<Exit, CliError> {
    home.prepare()?;
    let known = state::known(home)?;
    let (market, release) = match args.what.parse::<NameVersion>() {
        // A file may be called like a skill only with a folder in front of it.
        Ok(wanted) => from_marketplace(home, &args, &wanted).await?,
        Err(problem) => from_file(home, &args, Path::new(&args.what), &problem)?,
    };
    let host = host::open(home, EgressConfig::default()).await?;
    let by = By::command();
    // Whatever becomes of the skill: its marketplace is trusted from now on.
    if !known.contains(market.place()) {
        by.note(&host, noted::CONNECTED, &connected(&market)?)
            .await?;
    }
    refuse_yanked(&release)?;
    let store = Store::of(home);
    let before = store.get(&release.verified.entry.name)?;
    refuse_other(&market, before.as_ref())?;
    let wish = Wish {
        yes: args.yes,
        decline: &args.decline,
        verb: "Install",
    };
    let price = price(&market, &release).await;
    let given = ask(&market, &release, price, before.as_ref(), &wish)?;
    let log = (&host, &by);
    let record = install(&store, &market, &release, before.as_ref(), &given, log).await?;
    host.shutdown().await;
    say(home, &record, &given.asks, &release, args.json)?;
    Ok(Exit::Done)
}

async fn from_marketplace(
    home: &Home,
    args: &InstallArgs,
    wanted: &NameVersion,
) -> Result<(Market, Release), CliError> {
    let market = Market::open(home, args.from.from.as_ref())?;
    let trust = market.trusted(args.root).await?;
    let progress = Progress::start("fetching and verifying");
    let version = version(&market, wanted).await?;
    let release = fetch(&market, trust, &wanted.name, &version).await?;
    drop(progress);
    Ok((market, release))
}

fn from_file(
    home: &Home,
    args: &InstallArgs,
    file: &Path,
    no_name: &str,
) -> Result<(Market, Release), CliError> {
    if !file.exists() {
        return Err(CliError::usage(format!(
            "there is no file {}, and {no_name}",
            file.display()
        ))
        .kind("not-found"));
    }
    let bytes = crate::commands::read_file(file, bundle::MAX_BUNDLE_BYTES as u64)?;
    bundled::open(home, args.from.from.as_ref(), args.root, &bytes)
}

/// A skill of the same name from elsewhere is another skill.
///
/// # Errors
/// If the one that is installed is from another marketplace.
pub fn refuse_other(market: &Market, before: Option<&Record>) -> Result<(), CliError> {
    match before {
        Some(before) if before.marketplace != market.place().label() => {
            Err(CliError::refused(format!(
                "{} is installed from {}, and this is another skill of the same name from {}",
                before.name,
                plain(&before.marketplace, 200),
                market.place().label()
            ))
            .kind("other-marketplace")
            .fix(format!(
                "take the other one away first: guildhall uninstall {}",
                before.name
            )))
        }
        _ => Ok(()),
    }
}

/// What is not offered any more is not installed anew.
pub fn refuse_yanked(release: &Release) -> Result<(), CliError> {
    let Some(reason) = &release.verified.yanked else {
        return Ok(());
    };
    let entry = &release.verified.entry;
    Err(CliError::refused(format!(
        "{}@{} was taken off the shelf: “{}”",
        entry.name,
        entry.version,
        plain(reason, 300)
    ))
    .kind("yanked")
    .fix(format!(
        "see what is there: guildhall releases {}",
        entry.name
    )))
}

/// What a release costs, by its marketplace; none if that can't be asked for now, as where there is no network.
pub async fn price(market: &Market, release: &Release) -> Option<Price> {
    let asked = skill(market, &release.verified.entry.name);
    let answer = tokio::time::timeout(PRICE_PATIENCE, asked).await;
    answer.ok()?.ok().map(|info| info.price)
}

/// How somebody is asked.
pub struct Wish<'a> {
    /// Consent to everything that is not declined.
    pub yes: bool,
    /// Parts declined on the command line.
    pub decline: &'a [String],
    /// What is asked: `Install`, `Update`.
    pub verb: &'static str,
}

/// A consent, and to what.
pub struct Given {
    /// Everything that is asked for.
    pub asks: Vec<Ask>,
    /// What was consented to.
    pub consent: Consent,
    /// What was declined.
    pub declined: Vec<String>,
    /// What it costs, as it was shown.
    pub price: Option<Price>,
}

/// Asks for consent to a release, against what was consented to before if it takes the place of another.
///
/// # Errors
/// If there is none.
pub fn ask(
    market: &Market,
    release: &Release,
    price: Option<Price>,
    before: Option<&Record>,
    wish: &Wish<'_>,
) -> Result<Given, CliError> {
    let package = &release.verified.package;
    let asks = consent::asks(package);
    let mut declined = consent::declined(&asks, wish.decline)?;
    let nothing = Consent::default();
    let (old, old_declined) = match before {
        Some(before) => (&before.consent, before.declined.as_slice()),
        None => (&nothing, [].as_slice()),
    };
    let mut open = Vec::new();
    for ask in &asks {
        match consent::standing(ask, old, old_declined) {
            Standing::Declined if !declined.contains(&ask.id) => declined.push(ask.id.clone()),
            Standing::New if !declined.contains(&ask.id) => open.push(ask),
            _ => {}
        }
    }
    // The first time is always asked, also for a skill that asks for nothing.
    let first = before.is_none();
    if (first || !open.is_empty()) && !wish.yes {
        show(market, release, price.as_ref(), &asks);
        decide(&open, &mut declined, release, wish)?;
    }
    Ok(Given {
        consent: consent::consent(&asks, &declined),
        asks,
        declined,
        price,
    })
}

fn decide(
    open: &[&Ask],
    declined: &mut Vec<String>,
    release: &Release,
    wish: &Wish<'_>,
) -> Result<(), CliError> {
    let entry = &release.verified.entry;
    let what = format!("{} {}", entry.name, entry.version);
    if !output::can_ask() {
        return Err(CliError::refused(format!("{what} needs your consent, and nobody can be asked here"))
            .exit(Exit::NotApproved)
            .kind("consent-needed")
            .details(open.iter().map(|ask| {
                let optional = if ask.optional { " (optional)" } else { "" };
                format!("{}: {}{optional}", ask.id, plain(&ask.what, 300))
            }))
            .fix("look at it on a terminal, or consent with --yes; --decline NAME leaves out what is optional"));
    }
    let refused = |_| {
        CliError::refused(format!("{what}: no consent was given"))
            .exit(Exit::NotApproved)
            .kind("no-consent")
    };
    for ask in open.iter().filter(|ask| ask.optional) {
        let allow = Confirm::new(&format!("Allow the optional part {}?", ask.id))
            .with_default(false)
            .with_help_message(&plain(&ask.what, 200))
            .prompt()
            .map_err(refused)?;
        if !allow {
            declined.push(ask.id.clone());
        }
    }
    let yes = Confirm::new(&format!("{} {what} with this?", wish.verb))
        .with_default(false)
        .prompt()
        .map_err(refused)?;
    if yes {
        return Ok(());
    }
    Err(CliError::refused(format!("{what}: no consent was given"))
        .exit(Exit::NotApproved)
        .kind("no-consent"))
}

/// The page that is consented from.
fn show(market: &Market, release: &Release, price: Option<&Price>, asks: &[Ask]) {
    let inspection = Inspection::of(&release.verified.package);
    let facts = facts(market, release, price);
    for line in consent::page(&inspection, asks, &facts, output::width()) {
        output::note(line);
    }
    show_findings_of(&release.verified.review.claim.findings);
    output::note("");
}

/// What was verified, in words.
#[must_use]
pub fn facts(
    market: &Market,
    release: &Release,
    price: Option<&Price>,
) -> Vec<(&'static str, String)> {
    let verified = &release.verified;
    let head = verified.state.seen.map_or(0, |head| head.size);
    let witnessed = match verified.cosignatures.len() {
        0 => witnesses(&verified.state.root),
        _ => {
            let names: Vec<&str> = verified
                .cosignatures
                .iter()
                .map(|one| one.witness.name())
                .collect();
            format!("the log's state was seen by {}", names.join(", "))
        }
    };
    let manifest = verified.package.manifest.as_ref();
    vec![
        ("From", market.place().label()),
        (
            "Publisher",
            format!(
                "{}, signed with {}",
                verified.entry.name.publisher, verified.entry.key
            ),
        ),
        (
            "Review",
            format!(
                "passed on {}, reviewed by {}",
                Clock::system().date(verified.review.claim.at),
                verified.review.claim.reviewer
            ),
        ),
        (
            "Log",
            format!("entry {} of {head}; {witnessed}", verified.index),
        ),
        (
            "Licence",
            manifest.map_or_else(String::new, |manifest| manifest.licence.clone()),
        ),
        ("Price", price_words(price)),
    ]
}

/// What it costs, and what that means for running it.
fn price_words(price: Option<&Price>) -> String {
    match price {
        None => "not known here; its marketplace can't be asked now".to_owned(),
        Some(Price::Free) => Price::Free.to_string(),
        Some(price) => format!("{price}; installing costs nothing, it runs once it is bought"),
    }
}

/// A marketplace, as the audit log names it: with the root that is trusted.
///
/// # Errors
/// If what was kept of it is not what was written.
pub fn connected(market: &Market) -> Result<String, CliError> {
    let label = market.place().label();
    Ok(match market.pinned()? {
        Some(trust) => format!("{label}, root {}", trust.root.fingerprint()),
        None => label,
    })
}

/// Writes it down, first in the audit log. From this moment on it is installed.
///
/// # Errors
/// If it can't be written; what was installed before still is.
pub async fn install(
    store: &Store,
    market: &Market,
    release: &Release,
    before: Option<&Record>,
    given: &Given,
    (host, by): (&Host, &By),
) -> Result<Record, CliError> {
    let verified = &release.verified;
    let evidence = bundle::write(&release.evidence).map_err(crate::host::fault)?;
    let now = now_ms();
    let record = Record {
        format: Format,
        name: verified.entry.name.clone(),
        version: verified.entry.version.clone(),
        release: verified.entry.release,
        component: verified.entry.component,
        evidence: Digest::of(&evidence),
        golden: release.golden.as_deref().map(Digest::of),
        marketplace: market.place().label(),
        key: verified.entry.key.to_string(),
        log_index: verified.index,
        consent: given.consent.clone(),
        declined: given.declined.clone(),
        pinned: before.is_some_and(|before| before.pinned),
        installed_at_ms: before.map_or(now, |before| before.installed_at_ms),
        changed_at_ms: now,
        revoked: None,
        yanked: false,
        // What can't be asked for now costs what it did.
        price: given
            .price
            .clone()
            .or_else(|| before.and_then(|before| before.price.clone())),
    };
    unchanged(store, &record.name, before)?;
    let (name, version) = (&record.name, &record.version);
    let (what, about) = match before {
        None => (
            noted::INSTALLED,
            format!("{name} {version} from {}", record.marketplace),
        ),
        Some(before) => (
            noted::UPDATED,
            format!("{name} from {} to {version}", before.version),
        ),
    };
    // Before the lock: nobody waits for a database while others wait for the lock.
    by.note(host, what, &about).await?;
    let locked = store.lock()?;
    unchanged(store, &record.name, before)?;
    let parts = Parts {
        component: &release.evidence.component,
        evidence: &evidence,
        golden: release.golden.as_deref(),
    };
    store.put(&locked, &record, parts)?;
    Ok(record)
}

/// Somebody else may have changed it while this one was asked about.
fn unchanged(store: &Store, name: &SkillName, before: Option<&Record>) -> Result<(), CliError> {
    if store.get(name)?.as_ref() == before {
        return Ok(());
    }
    Err(
        CliError::refused(format!("{name} was changed by another command meanwhile"))
            .kind("changed-meanwhile")
            .fix("try again"),
    )
}

fn say(
    home: &Home,
    record: &Record,
    asks: &[Ask],
    release: &Release,
    as_json: bool,
) -> Result<(), CliError> {
    if as_json {
        output::json(&json!({
            "installed": crate::commands::to_json(record)?,
            "asks": asks_json(asks, &record.declined)?,
            "findings": crate::commands::to_json(&release.verified.review.claim.findings)?,
        }));
        return Ok(());
    }
    output::note(format_args!(
        "Installed {} {}.",
        record.name, record.version
    ));
    if !record.declined.is_empty() {
        output::note(format_args!(
            "Declined: {}",
            plain(&record.declined.join(", "), 600)
        ));
    }
    output::hint(format_args!(
        "what it does and takes: {} inspect {}",
        program(home),
        record.name
    ));
    if let Some(price) = record.price.as_ref().filter(|price| **price != Price::Free) {
        output::note(format_args!(
            "It costs {price}, and runs once there is a licence for it."
        ));
        output::hint(format_args!(
            "buy it: {} buy {}",
            program(home),
            record.name
        ));
    }
    Ok(())
}

/// Each part with whether it is consented to.
///
/// # Errors
/// Never; a defect is reported and not hidden.
pub fn asks_json(asks: &[Ask], declined: &[String]) -> Result<Value, CliError> {
    let mut list = Vec::new();
    for ask in asks {
        let mut value = crate::commands::to_json(ask)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("given".to_owned(), json!(!declined.contains(&ask.id)));
        }
        list.push(value);
    }
    Ok(Value::Array(list))
}
