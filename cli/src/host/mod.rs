//! The host as this command uses it, and its errors in the command's voice.

mod errors;

pub use errors::{
    decide_error, export_error, failure_text, fault, host_error, invoke_error, load_error,
    read_error, refused_imports, resolve_error, verify_error,
};

use crate::compile_child::ChildCompiler;
use crate::error::CliError;
use crate::home::Home;
use crate::peers;
use crate::when;
use guildhall_host::{
    EgressConfig, Host, HostError, JournalError, KeyFolder, RunFilter, SecretKey32, Tenant,
};
use guildhall_package::text::plain;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Most runs searched for the beginning of an identifier.
const SEARCHED: u32 = 1_000;
/// Shortest beginning of an identifier that is taken.
const MIN_PREFIX: usize = 4;

/// Opens the host over the home folder. What is set for every command in `config.toml` is added to `egress`, so that what an
/// earlier command left open is finished with the same peers.
///
/// # Errors
/// If the folder, what is set in it, or the journal can't be used.
pub async fn open(home: &Home, egress: EgressConfig) -> Result<Host, CliError> {
    home.prepare()?;
    let egress = peers::configured(egress, &home.config()?, home.path())?;
    let mut builder = Host::builder().state_dir(home.state());
    if let Some(database) = home.database()? {
        builder = builder.database(database);
        // Whoever copies the keys of this machine to another one has them all.
        agents_key(home)?;
    }
    builder
        .egress(egress)
        .time_zone(when::zone())
        .compiler(Arc::new(ChildCompiler::new()?))
        .build()
        .await
        .map_err(|error| match error {
            HostError::Journal(JournalError::OtherKeys(_) | JournalError::Away) => {
                host_error(error)
            }
            error => fault(error).fix("`guildhall doctor` checks the home folder"),
        })
}

/// Name of the key that agents' handles are made with.
pub const AGENTS: &str = "agents";

/// That key, beside the host's own.
///
/// # Errors
/// If it can't be read or made.
pub fn agents_key(home: &Home) -> Result<SecretKey32, CliError> {
    KeyFolder::open(&home.state().join("keys"))
        .and_then(|keys| keys.secret(AGENTS))
        .map_err(|error| CliError::fault(error.to_string()).kind("keys"))
}

/// Reads a component file, and says what to give instead when it is something else.
///
/// # Errors
/// If there is no such file, or it is a folder.
pub fn read_component(file: &Path) -> Result<Vec<u8>, CliError> {
    let shown = file.display();
    let found = std::fs::metadata(file).map_err(|error| {
        CliError::usage(format!("{shown} can't be read: {error}")).kind("no-file")
    })?;
    if found.is_dir() {
        let error = CliError::usage(format!("{shown} is a folder; a component file is needed"))
            .kind("is-folder");
        return Err(if file.join("skill.toml").is_file() {
            error.fix(format!("build it: guildhall build {shown}"))
        } else {
            error.fix("give the .wasm file that a build wrote")
        });
    }
    std::fs::read(file)
        .map_err(|error| CliError::usage(format!("{shown} can't be read: {error}")).kind("no-file"))
}

/// The run that `given` is the identifier of, or its unique beginning.
///
/// # Errors
/// If there is no such run, or several.
pub async fn resolve(host: &Host, given: &str) -> Result<String, CliError> {
    long_enough(given, "run")?;
    let tenant = Tenant::local();
    if let Some(run) = host.run(&tenant, given).await.map_err(fault)? {
        return Ok(run.summary.invocation);
    }
    let filter = RunFilter {
        status: None,
        limit: SEARCHED,
    };
    let runs = host.runs(&tenant, filter).await.map_err(fault)?;
    // What waits may be older than the runs searched.
    let waiting = host.pending(&tenant).await.map_err(fault)?;
    let ids: BTreeSet<String> = runs
        .into_iter()
        .map(|run| run.invocation)
        .chain(waiting.into_iter().map(|run| run.invocation))
        .collect();
    pick(given, ids.into_iter(), "run", "`guildhall runs` lists them")
}

/// Insists on a beginning that is no slip of the hand.
///
/// # Errors
/// If `given` is shorter.
pub fn long_enough(given: &str, noun: &str) -> Result<(), CliError> {
    if given.len() < MIN_PREFIX {
        return Err(CliError::usage(format!(
            "give at least {MIN_PREFIX} characters of the {noun}'s identifier"
        )));
    }
    Ok(())
}

/// The one of `ids` that `given` is or begins, or an error that says how to find it.
///
/// # Errors
/// If there is none, or several.
pub fn pick(
    given: &str,
    ids: impl Iterator<Item = String>,
    noun: &str,
    listed: &str,
) -> Result<String, CliError> {
    let given = given.to_ascii_lowercase();
    let mut found: Vec<String> = ids.filter(|id| id.starts_with(&given)).collect();
    if let Some(exact) = found.iter().position(|id| *id == given) {
        return Ok(found.swap_remove(exact));
    }
    let count = found.len();
    match (found.pop(), count) {
        (Some(id), 1) => Ok(id),
        (None, _) => Err(
            CliError::usage(format!("there is no {noun} `{}`", plain(&given, 64)))
                .kind("not-found")
                .fix(listed),
        ),
        (Some(last), _) => {
            found.push(last);
            found.truncate(5);
            Err(CliError::usage(format!(
                "`{}` begins the identifiers of {count} {noun}s; give more of it",
                plain(&given, 64)
            ))
            .kind("ambiguous")
            .details(found))
        }
    }
}

/// Shortest beginnings, at least this long, by which each of `ids` can be named among the others.
#[must_use]
pub fn short_ids<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    const LEAST: usize = 13;
    ids.iter()
        .map(|id| {
            (LEAST..id.len())
                .filter_map(|length| id.get(..length))
                .find(|head| ids.iter().filter(|other| other.starts_with(head)).count() == 1)
                .unwrap_or(id)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const A: &str = "0198c0de-f00d-7000-8000-000000000001";
    const B: &str = "0198c0de-f00d-7000-8000-000000000002";
    const C: &str = "0198c0de-f00e-7000-8000-000000000001";

    fn picked(given: &str) -> Result<String, CliError> {
        pick(
            given,
            [A, B, C].map(str::to_owned).into_iter(),
            "run",
            "list them",
        )
    }

    #[test]
    fn a_unique_beginning_names_a_run_and_an_ambiguous_one_lists_them() {
        assert_eq!(picked("0198c0de-f00e"), Ok(C.to_owned()));
        assert_eq!(picked(A), Ok(A.to_owned()));
        assert_eq!(picked("0198C0DE-F00E"), Ok(C.to_owned()));
        let error = picked("0198c0de-f00d").unwrap_err();
        assert_eq!((&*error.kind, error.details.len()), ("ambiguous", 2));
        assert_eq!(picked("ffff").unwrap_err().kind, "not-found");
    }

    #[test]
    fn identifiers_are_shortened_only_as_far_as_they_stay_unique() {
        assert_eq!(short_ids(&[A, C]), ["0198c0de-f00d", "0198c0de-f00e"]);
        assert_eq!(short_ids(&[A, B]), [A, B]);
        assert!(short_ids(&[]).is_empty());
    }

    #[test]
    fn a_skill_folder_is_told_to_build_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("skill.toml"), "").unwrap();
        let error = read_component(folder.path()).unwrap_err();
        assert!(error.fix.unwrap().starts_with("build it: guildhall build "));
        assert_eq!(
            read_component(&folder.path().join("no.wasm"))
                .unwrap_err()
                .exit
                .code(),
            2
        );
    }
}
