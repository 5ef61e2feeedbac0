//! Grants, limits, settings and peers as they are written on the command line.

use crate::error::did_you_mean;
use guildhall_host::{FileGrant, Grants, Limits, LoopbackPeer};
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

    proptest! {
        #[test]
        fn no_argument_panics(text in ".{0,60}") {
            let _ = network(&text);
            let _ = named_path(&text);
            let _ = limit(&text);
            let _ = setting(&text);
            let _ = peer(&text);
        }
    }
}
