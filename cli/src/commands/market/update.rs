//! `guildhall update`

use super::install::{Wish, ask, install, price, refuse_yanked};
use crate::approve::By;
use crate::args::market::UpdateArgs;
use crate::consent::{self, Standing};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::installed::{Record, Store};
use crate::market::log::refresh;
use crate::market::release::{fetch, skill};
use crate::market::{Market, Release, watch};
use crate::output::{self, Progress};
use crate::source;
use guildhall_host::EgressConfig;
use guildhall_package::SkillPackage;
use guildhall_package::market::Authority;
use guildhall_package::market::authority::Wider;
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;
use owo_colors::OwoColorize;
use semver::Version;
use serde::Serialize;
use serde_json::{Value, json};

/// What became of one skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// There is nothing newer.
    Current,
    /// It was revoked, and there is no other.
    Revoked,
    /// It is kept where it is.
    Pinned,
    /// There is something newer, and it was only looked.
    Available,
    /// The newer one is installed.
    Updated,
    /// The newer one asks for more, and there was no consent: the old one stays.
    Held,
    /// It could not be done.
    Failed,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    from: Version,
    to: Option<Version>,
    state: State,
    gained: Vec<Wider>,
    lost: Vec<Wider>,
    /// What has to be consented to anew.
    asks: Vec<Value>,
    error: Option<Value>,
    #[serde(skip)]
    exit: Exit,
}

/// Updates what is installed.
///
/// # Errors
/// If nothing of this name is installed. What fails for one skill is told in its line.
pub async fn run(home: &Home, args: UpdateArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    let records = match &args.name {
        Some(name) => vec![source::record(&store, name)?],
        None => store.list()?,
    };
    if records.is_empty() && !args.json {
        output::note("Nothing is installed.");
    }
    let mut lines = Vec::new();
    for record in records {
        let line = match one(home, &store, &record, &args).await {
            Ok(line) => line,
            Err(error) => {
                if !args.json {
                    output::note(format_args!("{}", record.name.to_string().bold()));
                    output::error(&error, false);
                }
                Line {
                    error: error.to_json().get("error").cloned(),
                    exit: error.exit,
                    ..Line::of(&record, State::Failed)
                }
            }
        };
        lines.push(line);
    }
    if args.json {
        output::json(&json!({ "updates": crate::commands::to_json(&lines)? }));
    }
    Ok(worst(&lines))
}

/// The exit code that says most: what failed, what runs no more, what waits for consent.
fn worst(lines: &[Line]) -> Exit {
    let failed = lines.iter().find(|line| line.state == State::Failed);
    let any = |state| lines.iter().any(|line| line.state == state);
    match failed {
        Some(failed) => failed.exit,
        None if any(State::Revoked) => Exit::Refused,
        None if any(State::Held) => Exit::NotApproved,
        None => Exit::Done,
    }
}

impl Line {
    fn of(record: &Record, state: State) -> Self {
        Self {
            name: record.name.to_string(),
            from: record.version.clone(),
            to: None,
            state,
            gained: Vec::new(),
            lost: Vec::new(),
            asks: Vec::new(),
            error: None,
            exit: Exit::Done,
        }
    }
}

async fn one(
    home: &Home,
    store: &Store,
    record: &Record,
    args: &UpdateArgs,
) -> Result<Line, CliError> {
    let progress = Progress::start("fetching and verifying");
    let looked = look(home, store, record).await?;
    drop(progress);
    let (market, release) = match looked {
        Looked::Newest { revoked } => {
            if !args.json {
                let what = if revoked {
                    "was revoked, and there is none to take its place yet"
                } else {
                    "is the newest"
                };
                output::note(format_args!("{} {} {what}.", record.name, record.version));
            }
            let state = if revoked {
                State::Revoked
            } else {
                State::Current
            };
            return Ok(Line::of(record, state));
        }
        Looked::Pinned(to) => {
            if !args.json {
                output::note(format_args!(
                    "{} stays at {}, as it is pinned; there is {to}.",
                    record.name, record.version
                ));
            }
            return Ok(Line {
                to: Some(to),
                ..Line::of(record, State::Pinned)
            });
        }
        Looked::Newer(newer) => *newer,
    };
    let to = release.verified.entry.version.clone();
    let newer = Line {
        to: Some(to.clone()),
        ..Line::of(record, State::Pinned)
    };
    let (gained, lost) = difference(store, record, &release)?;
    let asks = new_asks(record, &release)?;
    if !args.json {
        output::note(format_args!(
            "{} {} -> {}",
            record.name.to_string().bold(),
            record.version,
            to.to_string().bold()
        ));
        for line in consent::difference_lines(&gained, &lost, output::width()) {
            output::note(line);
        }
    }
    let line = Line {
        gained,
        lost,
        asks,
        ..newer
    };
    if args.dry_run {
        return Ok(Line {
            state: State::Available,
            ..line
        });
    }
    let price = price(&market, &release).await;
    finish(
        (home, store),
        &market,
        record,
        (&release, price),
        args,
        line,
    )
    .await
}

/// What was found when it was looked for a newer release.
pub enum Looked {
    /// There is nothing newer.
    Newest {
        /// The installed one was revoked.
        revoked: bool,
    },
    /// There is something newer, and the installed one is kept where it is.
    Pinned(Version),
    /// Something newer, verified.
    Newer(Box<(Market, Release)>),
}

/// Looks for a newer release, and fetches and verifies it.
///
/// # Errors
/// If the marketplace does not answer, or a check fails.
pub async fn look(home: &Home, store: &Store, record: &Record) -> Result<Looked, CliError> {
    let market = watch::market_of(home, record)?;
    let trust = market.trusted(None).await?;
    let trust = refresh(&market, &trust).await?;
    let revoked = record.revoked.is_some()
        || trust
            .status
            .as_ref()
            .is_some_and(|status| status.revocation(&record.release).is_some());
    let latest = skill(&market, &record.name).await?.latest;
    // What was revoked runs no more: then an older one that is on the shelf is better than none.
    let to =
        latest.filter(|latest| *latest > record.version || (revoked && *latest != record.version));
    let Some(to) = to else {
        let locked = store.lock()?;
        if store.get(&record.name)?.as_ref() == Some(record) {
            store.tidy(&locked, record)?;
        }
        return Ok(Looked::Newest { revoked });
    };
    if record.pinned {
        return Ok(Looked::Pinned(to));
    }
    let release = fetch(&market, trust, &record.name, &to).await?;
    refuse_yanked(&release)?;
    Ok(Looked::Newer(Box::new((market, release))))
}

async fn finish(
    (home, store): (&Home, &Store),
    market: &Market,
    record: &Record,
    (release, price): (&Release, Option<Price>),
    args: &UpdateArgs,
    line: Line,
) -> Result<Line, CliError> {
    let wish = Wish {
        yes: args.yes,
        decline: &args.decline,
        verb: "Update to",
    };
    let given = match ask(market, release, price, Some(record), &wish) {
        Ok(given) => given,
        Err(error) if error.exit == Exit::NotApproved => {
            if !args.json {
                output::note(format_args!(
                    "{} {} stays: the newer one asks for more, and there was no consent.",
                    record.name, record.version
                ));
                if let Some(fix) = &error.fix {
                    output::hint(plain(fix, 300));
                }
            }
            return Ok(Line {
                state: State::Held,
                exit: Exit::NotApproved,
                ..line
            });
        }
        Err(error) => return Err(error),
    };
    let host = host::open(home, EgressConfig::default()).await?;
    let log = (&host, &By::command());
    let updated = install(store, market, release, Some(record), &given, log).await?;
    host.shutdown().await;
    if !args.json {
        output::note(format_args!(
            "{} is at {} now.",
            updated.name, updated.version
        ));
        if updated.price != record.price
            && let Some(price) = updated
                .price
                .as_ref()
                .filter(|price| **price != Price::Free)
        {
            output::note(format_args!(
                "It costs {price} now, and runs with a licence: guildhall licences show {}",
                updated.name
            ));
        }
    }
    Ok(Line {
        state: State::Updated,
        ..line
    })
}

/// What the newer release may do and the installed one may not, and the other way round.
///
/// # Errors
/// If what is installed was changed.
pub fn difference(
    store: &Store,
    record: &Record,
    release: &Release,
) -> Result<(Vec<Wider>, Vec<Wider>), CliError> {
    let old = SkillPackage::read(&store.component(record)?).map_err(crate::host::read_error)?;
    let (old, new) = (
        Authority::of(&old),
        Authority::of(&release.verified.package),
    );
    Ok((new.wider_than(&old), old.wider_than(&new)))
}

/// What was not consented to yet.
fn new_asks(record: &Record, release: &Release) -> Result<Vec<Value>, CliError> {
    consent::asks(&release.verified.package)
        .iter()
        .filter(|ask| consent::standing(ask, &record.consent, &record.declined) == Standing::New)
        .map(crate::commands::to_json)
        .collect()
}
