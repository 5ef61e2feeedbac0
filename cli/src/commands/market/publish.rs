//! `guildhall publish`

use super::keys::usable;
use super::show_findings;
use crate::args::market::PublishArgs;
use crate::build::{build, skill_folder};
use crate::card::layout::{bytes, counted};
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::golden;
use crate::golden::archive::{ArchiveLimits, Packed, pack};
use crate::home::Home;
use crate::host::{fault, read_component, read_error};
use crate::market::http::{Form, Part, RequestBuilder};
use crate::market::keys::OwnKeys;
use crate::market::{Market, once};
use crate::output::{self, Progress};
use guildhall_marketplace::{ProcessReviewer, ReviewRequest, Reviewer};
use guildhall_package::market::publish::{PublishWait, part};
use guildhall_package::market::{PublishInfo, PublishState, ReviewReport, Verdict};
use guildhall_package::text::plain;
use guildhall_package::trust::Artifact;
use guildhall_package::trust::statement::{PublisherClaim, PublisherStatement};
use guildhall_package::{Digest, Manifest, SkillPackage};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a review on this machine may take.
const REVIEW: Duration = Duration::from_secs(120);
/// How long is waited for the marketplace's review.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long one question waits for a change.
const TURN_MS: u64 = 10_000;

/// What would be published.
struct Skill {
    component: Vec<u8>,
    package: SkillPackage,
    manifest: Manifest,
    golden: Option<Packed>,
}

/// Builds, signs and sends a skill, and waits for its review.
///
/// # Errors
/// If it can't be built, packed or sent. A review that refuses is an outcome with its exit code.
pub async fn run(home: &Home, args: PublishArgs) -> Result<Exit, CliError> {
    let folder = skill_folder(&args.dir)?;
    let skill = prepare(&folder, args.component.as_deref())?;
    if !args.json {
        show_files(&skill, args.dry_run);
    }
    if args.dry_run {
        return dry_run(&skill, args.json).await;
    }
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let sent = send(home, &market, &args, &skill).await?;
    let publish = if args.no_wait {
        sent
    } else {
        wait(&market, sent).await?
    };
    if args.json {
        let mut object = crate::commands::to_json(&publish)?;
        if let Some(object) = object.as_object_mut() {
            object.insert("files".to_owned(), files(&skill));
        }
        output::json(&object);
    } else {
        say(home, &publish);
    }
    Ok(exit(publish.state, args.no_wait))
}

fn prepare(folder: &Path, component: Option<&Path>) -> Result<Skill, CliError> {
    let component = match component {
        Some(file) => read_component(file)?,
        None => build(folder)?.bytes,
    };
    let package = SkillPackage::read(&component).map_err(read_error)?;
    let manifest = package.manifest.clone().ok_or_else(|| {
        CliError::refused("the component carries no manifest")
            .kind("manifest")
            .fix("build it with `guildhall build`")
    })?;
    manifest
        .check(&package)
        .map_err(crate::build::manifest_errors)?;
    let cases = golden::find(folder).map_err(CliError::usage)?;
    let golden = if cases.is_empty() {
        None
    } else {
        let packed = pack(folder, &cases, ArchiveLimits::default()).map_err(|error| {
            CliError::refused(plain(&error.to_string(), 1_000)).kind("golden-archive")
        })?;
        Some(packed)
    };
    Ok(Skill {
        component,
        package,
        manifest,
        golden,
    })
}

/// What leaves this machine, each file with its size.
fn files(skill: &Skill) -> Value {
    let golden = skill.golden.iter().flat_map(|packed| &packed.files);
    let golden: Vec<Value> = golden
        .map(|(name, size)| json!({ "name": name, "bytes": size }))
        .collect();
    json!({
        "component": { "digest": skill.package.digest, "bytes": skill.component.len() },
        "golden": golden,
    })
}

fn show_files(skill: &Skill, each: bool) {
    let fact = |label: &str, text: String| {
        output::note(format_args!("{} {text}", format!("{label:10}").bold()));
    };
    fact(
        "skill",
        format!("{} {}", skill.manifest.name, skill.manifest.version),
    );
    fact(
        "component",
        format!(
            "{}, {}",
            bytes(skill.component.len() as u64),
            skill.package.digest
        ),
    );
    let Some(packed) = &skill.golden else {
        output::warning("there are no golden cases, so nobody can see that it does what it says");
        return;
    };
    fact(
        "golden",
        format!(
            "{} in {}, {}",
            counted(packed.cases, "case"),
            counted(packed.files.len(), "file"),
            bytes(packed.bytes.len() as u64)
        ),
    );
    let listed: Vec<(String, u64)> = if each {
        packed.files.clone()
    } else {
        by_folder(&packed.files)
    };
    for (name, size) in &listed {
        output::note(format_args!(
            "           {} {}",
            plain(name, 300),
            bytes(*size).dimmed()
        ));
    }
}

/// Files by the folder that they are in, with how many there are; for a list that fits a screen.
fn by_folder(files: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut folders: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (name, size) in files {
        // The case is the smallest whole: `skill/golden/NAME`.
        let depth = if name.starts_with("skill/golden/") {
            3
        } else {
            1
        };
        let end = name
            .match_indices('/')
            .nth(depth - 1)
            .map_or(name.len(), |(at, _)| at);
        let entry = folders.entry(name.get(..end).unwrap_or(name)).or_default();
        entry.0 += 1;
        entry.1 += size;
    }
    folders
        .into_iter()
        .map(|(folder, (count, size))| (format!("{folder}: {}", counted(count, "file")), size))
        .collect()
}

/// Reviews on this machine, in the same process of its own that a marketplace would start.
async fn dry_run(skill: &Skill, as_json: bool) -> Result<Exit, CliError> {
    let progress = Progress::start("reviewing");
    let report = review(skill).await?;
    drop(progress);
    let verdict = report.verdict();
    if as_json {
        output::json(&json!({
            "name": skill.manifest.name,
            "version": skill.manifest.version,
            "files": files(skill),
            "passes": verdict == Verdict::Pass,
            "review": crate::commands::to_json(&report)?,
        }));
    } else {
        show_report(&report);
        match verdict {
            Verdict::Pass => output::note("It would pass. Nothing was sent."),
            Verdict::Reject => output::note("It would be rejected. Nothing was sent."),
        }
    }
    Ok(match verdict {
        Verdict::Pass => Exit::Done,
        Verdict::Reject => Exit::Refused,
    })
}

async fn review(skill: &Skill) -> Result<ReviewReport, CliError> {
    let scratch = tempfile::tempdir().map_err(fault)?;
    let program = std::env::current_exe().map_err(fault)?;
    let reviewer = ProcessReviewer::new(
        program,
        vec!["review-worker".into()],
        Vec::new(),
        scratch.path().to_owned(),
    );
    let request = ReviewRequest {
        name: skill.manifest.name.clone(),
        version: skill.manifest.version.clone(),
        digest: skill.package.digest,
        component: skill.component.clone().into(),
        golden: skill
            .golden
            .as_ref()
            .map(|packed| (packed.digest, packed.bytes.clone().into())),
        previous: None,
        limit: REVIEW,
    };
    reviewer
        .review(request)
        .await
        .map_err(|error| CliError::failed(plain(&error.to_string(), 1_000)).kind("review"))
}

fn show_report(report: &ReviewReport) {
    let golden = &report.golden;
    if !golden.cases.is_empty() {
        output::note(format_args!(
            "{} {} passed, {} failed",
            format!("{:10}", "cases").bold(),
            golden.passed,
            golden.failed
        ));
    }
    for case in golden.cases.iter().filter(|case| !case.passed) {
        output::note(format_args!(
            "  {} {}",
            "FAILED".red().bold(),
            plain(&case.name, 100)
        ));
        for line in case.problem.iter().flat_map(|problem| problem.lines()) {
            output::note(format_args!("    {}", plain(line, 300)));
        }
    }
    show_findings(&report.findings);
}

/// Signs and uploads. The same component again gives the same release, so that a second try after a broken line is no
/// second release.
async fn send(
    home: &Home,
    market: &Market,
    args: &PublishArgs,
    skill: &Skill,
) -> Result<PublishInfo, CliError> {
    let publisher = &skill.manifest.name.publisher;
    let keys = OwnKeys::of(home, &market.state);
    let key = match &args.key {
        Some(public) => keys.list()?.into_iter().find(|key| key.public == *public),
        None => usable(&keys, market, publisher).await?,
    };
    let key = key.ok_or_else(|| {
        CliError::refused(format!(
            "this machine has no key of {publisher} that is in force at {}",
            market.place()
        ))
        .kind("no-key")
        .fix(format!("{} keys new {publisher}", program(home)))
    })?;
    let golden = skill.golden.as_ref();
    let created = once::created(
        &market.state,
        skill.package.digest,
        golden.map(|it| it.digest),
    )?;
    let artifact = Artifact::of(&skill.package, created)
        .map_err(|error| CliError::refused(plain(&error.to_string(), 1_000)).kind("release"))?;
    let statement = PublisherStatement {
        name: artifact.name.clone(),
        version: artifact.version.clone(),
        release: artifact.release,
        claim: PublisherClaim {
            component: artifact.component,
            golden: golden.map(|packed| packed.digest),
            created,
        },
    }
    .sign(&keys.signing(&key)?)
    .map_err(fault)?;
    let progress = Progress::start("sending");
    let component = bytes::Bytes::from(skill.component.clone());
    let tar = golden.map(|packed| bytes::Bytes::from(packed.bytes.clone()));
    let form = |request: RequestBuilder| {
        let blob =
            |bytes: &bytes::Bytes| Part::stream_with_length(bytes.clone(), bytes.len() as u64);
        let mut form = Form::new()
            .part(part::STATEMENT, Part::bytes(statement.clone()))
            .part(part::MANIFEST, Part::bytes(artifact.manifest.clone()))
            .part(part::CONFIG, Part::bytes(artifact.config.clone()));
        if let Some(tar) = &tar {
            form = form.part(part::GOLDEN, blob(tar));
        }
        request.multipart(form.part(part::COMPONENT, blob(&component)))
    };
    let publish: PublishInfo = market.http.upload("/api/v1/publishes", &form).await?;
    drop(progress);
    check_answer(&publish, artifact.release, skill.package.digest)?;
    Ok(publish)
}

/// What the marketplace says that it took must be what was sent.
fn check_answer(publish: &PublishInfo, release: Digest, component: Digest) -> Result<(), CliError> {
    if publish.release == release && publish.component == component {
        return Ok(());
    }
    Err(CliError::unverified(format!(
        "the marketplace took {} and {release} was sent",
        publish.release
    ))
    .kind("other-release")
    .fix("tell its operator; nothing of it was released in your name, for nothing else is signed"))
}

/// Waits until nothing more happens by itself.
async fn wait(market: &Market, mut publish: PublishInfo) -> Result<PublishInfo, CliError> {
    let begun = Instant::now();
    while !publish.state.is_settled() {
        if begun.elapsed() > PATIENCE {
            return Ok(publish);
        }
        let progress = Progress::start(match publish.state {
            PublishState::Staged => "waiting for a reviewer",
            PublishState::Reviewing => "being reviewed",
            _ => "being logged",
        });
        let query = PublishWait {
            wait_ms: Some(TURN_MS),
            unless: Some(publish.state),
        };
        let path = format!("/api/v1/publishes/{}", publish.id);
        publish = market.http.get(&path, &query).await?;
        drop(progress);
    }
    Ok(publish)
}

fn say(home: &Home, publish: &PublishInfo) {
    let what = format!("{}@{}", publish.name, publish.version);
    show_findings(&publish.findings);
    match publish.state {
        PublishState::Released => {
            let place = publish
                .log_index
                .map_or_else(String::new, |index| format!(", log entry {index}"));
            output::note(format_args!("{} {what}{place}", "released".green().bold()));
            output::hint(format_args!("{} info {what}", program(home)));
        }
        PublishState::Rejected => {
            output::note(format_args!("{} {what}", "rejected".red().bold()));
            output::hint("correct what is refused; the same version may be sent again");
        }
        PublishState::Held => {
            output::note(format_args!(
                "{} {what}: it asks for more than the release before it, so a reviewer decides",
                "held".yellow().bold()
            ));
            for wider in &publish.wider {
                output::note(format_args!("  + {}", plain(&wider.to_string(), 400)));
            }
        }
        PublishState::Errored => {
            let why = publish.reason.as_deref().unwrap_or("no reason is known");
            output::note(format_args!(
                "{} {what}: the review gave no verdict ({})",
                "errored".red().bold(),
                plain(why, 400)
            ));
            output::hint("send it again later");
        }
        PublishState::Staged | PublishState::Reviewing | PublishState::Passed => {
            output::note(format_args!("{what} is {}", publish.state));
            output::hint(format_args!("{} releases {}", program(home), publish.id));
        }
    }
}

/// How the command ends for a state.
const fn exit(state: PublishState, no_wait: bool) -> Exit {
    match state {
        PublishState::Released => Exit::Done,
        PublishState::Rejected => Exit::Refused,
        PublishState::Held => Exit::NotApproved,
        PublishState::Errored => Exit::Failed,
        PublishState::Staged | PublishState::Reviewing | PublishState::Passed => {
            if no_wait {
                Exit::Done
            } else {
                Exit::Partial
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_told_by_folder() {
        let files: Vec<(String, u64)> = [
            ("invoices/a.xml", 1),
            ("invoices/b.xml", 2),
            ("skill/golden/x/case.toml", 4),
            ("skill/golden/x/expected/out.json", 8),
            ("skill/sample/s.xml", 16),
        ]
        .map(|(name, size)| (name.to_owned(), size))
        .to_vec();
        assert_eq!(
            by_folder(&files),
            [
                ("invoices: 2 files".to_owned(), 3),
                ("skill: 1 file".to_owned(), 16),
                ("skill/golden/x: 2 files".to_owned(), 12),
            ]
        );
    }

    #[test]
    fn the_exit_code_says_where_a_publish_stands() {
        assert_eq!(exit(PublishState::Released, false), Exit::Done);
        assert_eq!(exit(PublishState::Rejected, false), Exit::Refused);
        assert_eq!(exit(PublishState::Held, false), Exit::NotApproved);
        assert_eq!(exit(PublishState::Errored, false), Exit::Failed);
        assert_eq!(exit(PublishState::Staged, true), Exit::Done);
        assert_eq!(exit(PublishState::Staged, false), Exit::Partial);
    }
}
