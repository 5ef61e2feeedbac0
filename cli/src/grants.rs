//! Grants, limits, settings and peers as they are written on the command line.

use crate::error::{CliError, did_you_mean};
use guildhall_host::{Amount, Currency, FileGrant, Grants, Limits, LoopbackPeer, Period};
use guildhall_package::text::plain;
use guildhall_package::{Access, FolderName, UrlGrant};
use std::path::{Path, PathBuf};

/// `NAME=PATH` of `--read` and `--write`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// Name under which the skill sees it.
    pub name: FolderName,
    /// Where it is on this machine.
    pub path: PathBuf,
}

/// `NAME=VALUE` of `--limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitValue {
    name: &'static str,
    value: u64,
}

/// `NAME=VALUE` of `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name that the manifest declares.
    pub name: String,
    /// The value as text.
    pub value: String,
}

/// Reads a value of `--allow-net`.
pub fn network(text: &str) -> Result<UrlGrant, String> {
    text.parse::<UrlGrant>().map_err(|error| {
        let bare_url = text.starts_with("http://") || text.starts_with("https://");
        if bare_url && !text.contains(' ') {
            format!(
                "a grant names the methods first; write 'GET {}'",
                plain(text, 200)
            )
        } else {
            error.to_string()
        }
    })
}

/// Reads a value of `--read` or `--write`.
pub fn named_path(text: &str) -> Result<NamedPath, String> {
    let (name, path) = text
        .split_once('=')
        .ok_or("write NAME=PATH: the name that the skill uses, then where it is, for example invoices=./inbox")?;
    let name = name
        .parse::<FolderName>()
        .map_err(|error| error.to_string())?;
    if path.is_empty() {
        return Err(format!("the path after `{name}=` is missing"));
    }
    Ok(NamedPath {
        name,
        path: PathBuf::from(path),
    })
}

/// Reads a value of `--limit`.
pub fn limit(text: &str) -> Result<LimitValue, String> {
    let (given, value) = text
        .split_once('=')
        .ok_or("write NAME=VALUE, for example wall-ms=10000")?;
    let names = Limits::NAMES.map(|(name, _)| name);
    let Some(name) = names.into_iter().find(|name| *name == given) else {
        let guess = did_you_mean(given, names)
            .map_or_else(String::new, |name| format!("; did you mean {name}?"));
        return Err(format!(
            "there is no limit `{}`{guess} (known: {})",
            plain(given, 80),
            names.join(", ")
        ));
    };
    let value = value.replace('_', "").parse::<u64>().map_err(|_| {
        format!("the limit {name} takes a whole number, for example {name}=1_000_000")
    })?;
    Ok(LimitValue { name, value })
}

/// Reads a value of `--set`.
pub fn setting(text: &str) -> Result<Setting, String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write NAME=VALUE with a setting that the skill's manifest declares")?;
    Ok(Setting {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

/// Reads a value of `--peer`.
pub fn peer(text: &str) -> Result<LoopbackPeer, String> {
    text.parse::<LoopbackPeer>()
        .map_err(|error| error.to_string())
}

/// Reads an amount above zero.
pub fn positive(text: &str) -> Result<Amount, String> {
    text.parse::<Amount>()
        .and_then(Amount::ensure_positive)
        .map_err(|error| error.to_string())
}

/// Reads a currency.
pub fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).map_err(|error| error.to_string())
}

/// Reads a value of `--per`.
pub fn period(text: &str) -> Result<Period, String> {
    Period::from_word(text).ok_or_else(|| {
        let words = Period::ALL.map(Period::word).join(", ");
        format!(
            "`{}` is not a period; write one of {words}",
            plain(text, 40)
        )
    })
}

/// Insists that no grant holds the command's home folder or lies in it. The host keeps its own part of it; this keeps the rest,
/// where approving is set.
///
/// # Errors
/// Names the first grant that does.
pub fn keep_out(grants: &Grants, home: &Path) -> Result<(), CliError> {
    for grant in &grants.files {
        if overlaps(&grant.path, home) {
            return Err(CliError::refused(format!(
                "`{}` holds the home folder {} or lies in it, and who can write there can approve in your name",
                grant.name,
                home.display()
            ))
            .kind("files.own-folder")
            .fix("grant a folder that has nothing to do with the home folder"));
        }
    }
    Ok(())
}

/// Whether one of two places holds the other, links followed.
pub fn overlaps(path: &Path, home: &Path) -> bool {
    // What can't be found is refused when it is opened.
    let (Ok(path), Ok(home)) = (path.canonicalize(), home.canonicalize()) else {
        return false;
    };
    path.starts_with(&home) || home.starts_with(&path)
}

/// Puts together what one invocation is granted.
pub fn grants(
    network: Vec<UrlGrant>,
    read: Vec<NamedPath>,
    write: Vec<NamedPath>,
) -> Result<Grants, String> {
    check_once("--read", &read)?;
    check_once("--write", &write)?;
    let mut grants = Grants {
        network,
        ..Grants::none()
    };
    for given in read {
        let path = absolute(&given.path)?;
        let Ok(found) = std::fs::metadata(&path) else {
            return Err(format!(
                "--read {}: there is nothing at {}",
                given.name,
                path.display()
            ));
        };
        grants = grants.file(file_grant(given.name, path, Access::Read, found.is_dir()));
    }
    for given in write {
        let path = absolute(&given.path)?;
        let Ok(found) = std::fs::metadata(&path) else {
            return Err(format!(
                "--write {}: there is no folder at {path}; make it first: mkdir -p {path}",
                given.name,
                path = path.display()
            ));
        };
        grants = grants.file(file_grant(given.name, path, Access::Write, found.is_dir()));
    }
    Ok(grants)
}

/// Limits as given, over `limits`.
pub fn limits(mut limits: Limits, given: &[LimitValue]) -> Limits {
    for limit in given {
        limits.set(limit.name, limit.value);
    }
    limits
}

fn file_grant(name: FolderName, path: PathBuf, access: Access, is_folder: bool) -> FileGrant {
    FileGrant {
        name,
        path,
        access,
        is_folder,
    }
}

fn check_once(flag: &str, paths: &[NamedPath]) -> Result<(), String> {
    let mut names: Vec<_> = paths.iter().map(|path| path.name.as_str()).collect();
    names.sort_unstable();
    match names.array_windows().find(|[a, b]| a == b) {
        Some([name, _]) => Err(format!(
            "{flag} gives the name `{name}` twice; one name stands for one place"
        )),
        None => Ok(()),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bare_url_is_told_to_name_a_method() {
        let error = network("https://example.com/*").unwrap_err();
        assert_eq!(
            error,
            "a grant names the methods first; write 'GET https://example.com/*'"
        );
        assert_eq!(
            network("HEAD,GET https://example.com/a/*")
                .unwrap()
                .to_string(),
            "GET,HEAD https://example.com/a/*"
        );
    }

    #[test]
    fn a_path_may_contain_an_equals_sign_and_a_name_may_not() {
        let given = named_path("in=/a=b").unwrap();
        assert_eq!(
            (given.name.as_str(), given.path.as_path()),
            ("in", Path::new("/a=b"))
        );
        assert!(named_path("In=/a").is_err());
        assert!(named_path("in=").is_err());
        assert!(named_path("in").is_err());
    }

    #[test]
    fn a_misspelt_limit_is_told_the_right_name() {
        let error = limit("wall_ms=5").unwrap_err();
        assert!(error.contains("did you mean wall-ms?"), "{error}");
        assert!(limit("fuel=-1").is_err());
        assert_eq!(
            limits(Limits::default(), &[limit("fuel=1_000").unwrap()]).fuel,
            1000
        );
    }

    #[test]
    fn a_peer_is_always_on_loopback() {
        assert!(peer("rates.test:443=127.0.0.1:8443").is_ok());
        assert!(
            peer("rates.test:443=10.0.0.1:8443")
                .unwrap_err()
                .contains("loopback")
        );
        for wrong in [
            "rates.test=127.0.0.1:1",
            "a:1",
            ":443=127.0.0.1:1",
            "a:99999=127.0.0.1:1",
            "",
        ] {
            assert!(peer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_name_stands_for_reading_once_and_writing_once() {
        let here = || named_path("docs=.").unwrap();
        let grants = grants(vec![], vec![here()], vec![here()]).unwrap();
        assert_eq!(grants.files.len(), 2);
        assert!(grants.files.iter().all(|grant| grant.path.is_absolute()));
        let twice = super::grants(vec![], vec![here(), here()], vec![]).unwrap_err();
        assert!(twice.contains("twice"), "{twice}");
    }

    #[test]
    fn reading_what_is_not_there_is_said_before_the_run() {
        let missing = named_path("docs=/nonexistent/x").unwrap();
        let error = grants(vec![], vec![missing], vec![]).unwrap_err();
        assert_eq!(error, "--read docs: there is nothing at /nonexistent/x");
        let missing = named_path("out=/nonexistent/x").unwrap();
        let error = grants(vec![], vec![], vec![missing]).unwrap_err();
        assert!(
            error.ends_with("make it first: mkdir -p /nonexistent/x"),
            "{error}"
        );
    }

    #[test]
    fn the_home_folder_is_granted_neither_from_inside_nor_from_outside() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let beside = folder.path().join("invoices");
        for made in [&home.join("notes"), &beside] {
            std::fs::create_dir_all(made).unwrap();
        }
        let link = beside.join("link");
        std::os::unix::fs::symlink(&home, &link).unwrap();
        let granting = |path: &Path| {
            let given = named_path(&format!("docs={}", path.display())).unwrap();
            keep_out(&grants(vec![], vec![given], vec![]).unwrap(), &home)
        };
        for inside in [
            home.clone(),
            home.join("notes"),
            folder.path().to_owned(),
            link,
            beside.join("..").join("home").join("notes"),
        ] {
            let error = granting(&inside).unwrap_err();
            assert_eq!((&*error.kind, error.exit.code()), ("files.own-folder", 4));
        }
        assert_eq!(granting(&beside), Ok(()));
    }

    #[test]
    fn money_is_written_with_its_currency_and_paid_above_zero() {
        assert_eq!(positive("EUR 12.50").unwrap().minor, 1_250);
        for wrong in ["EUR 0", "12.50", "EUR -1", "EUR 1.234", "XAU 1", "eur 1"] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
        assert!(currency("EUR").is_ok());
        assert!(currency("XXX").is_err());
    }

    #[test]
    fn a_wrong_period_is_told_the_right_ones() {
        assert_eq!(period("in-all"), Ok(Period::InAll));
        let error = period("year").unwrap_err();
        assert!(error.contains("day, week, month, in-all"), "{error}");
    }

    proptest! {
        #[test]
        fn no_argument_panics(text in ".{0,60}") {
            let _ = network(&text);
            let _ = named_path(&text);
            let _ = limit(&text);
            let _ = setting(&text);
            let _ = peer(&text);
            let _ = positive(&text);
            let _ = currency(&text);
            let _ = period(&text);
        }
    }
}
