//! Where the command keeps its state, and what its owner has set there.

use crate::error::CliError;
use guildhall_host::{DatabaseUrl, InvalidDatabaseUrl};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What `config.toml` may say.
pub const SETTINGS: &str = "the settings are `approvals = \"command-line\"` or `\"console\"`, `peers = [\"HOST:PORT=127.0.0.1:PORT\"]`, `peer-ca = \"FILE\"` and `database = \"postgres://USER:PASSWORD@HOST/NAME\"`";

/// Says in which database the journal is, before `config.toml`.
pub const DATABASE: &str = "GUILDHALL_HOST_DATABASE";

/// Longest `config.toml` in bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// The folder under which everything is kept.
#[derive(Debug, Clone)]
pub struct Home {
    path: PathBuf,
    /// Whether a later command needs to be told, because the environment does not say.
    by_flag: bool,
}

/// What `config.toml` in the home folder says. Absent means defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Who may approve. Default: this command may.
    pub approvals: Approvals,
    /// Peers on this machine that every command reaches, as `--peer` takes them. Default: none.
    pub peers: Vec<String>,
    /// Certificate authority (PEM) that these peers, and only they, are checked against. A relative path begins in the home
    /// folder. Default: none.
    pub peer_ca: Option<PathBuf>,
    /// Database of a PostgreSQL server that the journal is in. Default: a file of the home folder.
    #[serde(deserialize_with = "database")]
    pub database: Option<DatabaseUrl>,
}

/// What is wrong with it is said without it: a password may be in it.
fn database<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DatabaseUrl>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

/// Who may approve effects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approvals {
    /// Whoever uses this command line.
    #[default]
    CommandLine,
    /// The console alone: this command never approves.
    Console,
}

impl Home {
    /// The folder given with `--home` or `GUILDHALL_HOME`, or `guildhall` in the XDG data folder.
    ///
    /// # Errors
    /// If nothing says where the user's data folder is.
    pub fn find(given: Option<PathBuf>) -> Result<Self, CliError> {
        let by_flag = given.is_some()
            && given.as_ref().map(|path| path.as_os_str())
                != std::env::var_os("GUILDHALL_HOME").as_deref();
        let path = match given.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => path,
            None => default_home(|name| std::env::var_os(name).map(PathBuf::from)).ok_or_else(|| {
                CliError::usage("there is no home folder: neither GUILDHALL_HOME, XDG_DATA_HOME nor HOME is set")
                    .kind("no-home")
                    .fix("set GUILDHALL_HOME to a folder of your own")
            })?,
        };
        let path = std::path::absolute(&path).map_err(|error| {
            CliError::usage(format!(
                "the home folder {} can't be used: {error}",
                path.display()
            ))
        })?;
        Ok(Self { path, by_flag })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder, if later commands must be told with `--home`.
    #[must_use]
    pub fn flag(&self) -> Option<&Path> {
        self.by_flag.then_some(self.path.as_path())
    }

    /// The folder of the host's own state, inside this one.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// Creates the folder, for this user alone.
    ///
    /// # Errors
    /// If it can't be created, or others may write into it: who can write there can approve.
    pub fn prepare(&self) -> Result<(), CliError> {
        let cannot = |error: io::Error| {
            CliError::fault(format!(
                "the home folder {} can't be used: {error}",
                self.path.display()
            ))
            .kind("home")
            .fix("set GUILDHALL_HOME to a folder that you own")
        };
        crate::disk::create_folder(&self.path).map_err(cannot)?;
        let mode = self.mode().map_err(cannot)?;
        if mode & 0o022 != 0 {
            return Err(CliError::refused(format!(
                "the home folder {} can be written by others (mode {mode:03o}), who could then approve in your name",
                self.path.display()
            ))
            .fix(format!("chmod 700 {}", self.path.display())));
        }
        Ok(())
    }

    /// Permission bits of the folder.
    ///
    /// # Errors
    /// If it does not exist or can't be looked at.
    pub fn mode(&self) -> io::Result<u32> {
        Ok(std::fs::metadata(&self.path)?.permissions().mode() & 0o777)
    }

    /// Reads `config.toml`.
    ///
    /// # Errors
    /// If it is there and can't be read or understood; a setting that is misread must not become a default.
    pub fn config(&self) -> Result<Config, CliError> {
        let path = self.path.join("config.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => {
                return Err(CliError::usage(format!(
                    "{} can't be read: {error}",
                    path.display()
                )));
            }
        };
        parse_config(&text).map_err(|problem| {
            CliError::usage(format!("{} is not understood: {problem}", path.display()))
                .kind("config")
                .fix(SETTINGS)
        })
    }

    /// The database that the journal is in: what `GUILDHALL_HOST_DATABASE` says, else `config.toml`; none is a file of this folder.
    ///
    /// # Errors
    /// If what is said is no address.
    pub fn database(&self) -> Result<Option<DatabaseUrl>, CliError> {
        match std::env::var(DATABASE) {
            Ok(text) if !text.is_empty() => {
                text.parse().map(Some).map_err(|error: InvalidDatabaseUrl| {
                    CliError::usage(format!("{DATABASE}: {error}")).kind("config")
                })
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(CliError::usage(format!("{DATABASE} is no text")).kind("config"))
            }
            _ => Ok(self.config()?.database),
        }
    }

    /// Leaves approving to the console, unless `config.toml` says who approves. Returns what was written, or the setting if it is
    /// another one; none if it said so already.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn leave_approving_to_the_console(&self) -> Result<Option<Approvals>, CliError> {
        let config = self.config()?;
        if config.approvals == Approvals::Console {
            return Ok(None);
        }
        let path = self.path.join("config.toml");
        let cannot = |error: String| {
            CliError::fault(format!("{} can't be changed: {error}", path.display())).kind("config")
        };
        let bytes = crate::disk::read(&path, MAX_CONFIG)
            .map_err(|error| cannot(error.to_string()))?
            .unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|error| cannot(error.to_string()))?;
        let Some(changed) = with_console(&text).map_err(cannot)? else {
            return Ok(Some(Approvals::CommandLine));
        };
        crate::disk::write(&path, changed.as_bytes()).map_err(|error| cannot(error.to_string()))?;
        Ok(Some(Approvals::Console))
    }
}

impl Config {
    /// Refuses when approving is left to the console.
    ///
    /// # Errors
    /// With the reason and where it is set.
    pub fn may_approve(&self) -> Result<(), CliError> {
        match self.approvals {
            Approvals::CommandLine => Ok(()),
            Approvals::Console => Err(CliError::refused(
                "this command line does not approve: config.toml leaves approving to the console (approvals = \"console\")",
            )
            .fix("approve in the console, which `guildhall up` opens; `--approve later` leaves the effects waiting there")),
        }
    }
}

fn default_home(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG rules: a relative path in the variable is to be ignored.
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| {
        variable("HOME")
            .filter(|path| path.is_absolute())
            .map(|home| home.join(".local/share"))
    })?;
    Some(data.join("guildhall"))
}

/// The text with approving left to the console; none if somebody wrote down who approves. What else stands there stays as it is.
fn with_console(text: &str) -> Result<Option<String>, String> {
    let mut file: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())?;
    if file.contains_key("approvals") {
        return Ok(None);
    }
    file.insert("approvals", toml_edit::value("console"));
    Ok(Some(file.to_string()))
}

fn parse_config(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_default_home_follows_the_xdg_rules() {
        let with = |xdg: Option<&'static str>, home: Option<&'static str>| {
            default_home(move |name| match name {
                "XDG_DATA_HOME" => xdg.map(PathBuf::from),
                _ => home.map(PathBuf::from),
            })
        };
        assert_eq!(
            with(Some("/data"), Some("/h")),
            Some("/data/guildhall".into())
        );
        assert_eq!(
            with(Some("rel"), Some("/h")),
            Some("/h/.local/share/guildhall".into())
        );
        assert_eq!(
            with(None, Some("/h")),
            Some("/h/.local/share/guildhall".into())
        );
        assert_eq!(with(None, None), None);
    }

    #[test]
    fn a_new_home_is_private_and_a_shared_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("a/b"))).unwrap();
        home.prepare().unwrap();
        assert_eq!(home.mode().unwrap(), 0o700);
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let refused = home.prepare().unwrap_err();
        assert_eq!(refused.exit.code(), 4);
        assert!(refused.fix.unwrap().starts_with("chmod 700 "));
    }

    #[test]
    fn approving_can_be_left_to_the_console() {
        assert_eq!(parse_config("").unwrap().may_approve(), Ok(()));
        let config = parse_config("approvals = \"console\"").unwrap();
        assert_eq!(config.may_approve().unwrap_err().exit.code(), 4);
    }

    #[test]
    fn the_first_start_of_a_console_leaves_approving_to_it_and_nothing_else_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_path_buf())).unwrap();
        let file = folder.path().join("config.toml");
        let before = "# mine\npeers = [\"a.example:1=127.0.0.1:2\"]  # stays\n";
        std::fs::write(&file, before).unwrap();
        assert_eq!(
            home.leave_approving_to_the_console().unwrap(),
            Some(Approvals::Console)
        );
        let after = std::fs::read_to_string(&file).unwrap();
        assert_eq!(after, format!("{before}approvals = \"console\"\n"));
        assert_eq!(home.config().unwrap().approvals, Approvals::Console);
        assert_eq!(home.leave_approving_to_the_console().unwrap(), None);
        // Who has written down who approves is not overruled.
        std::fs::write(&file, "approvals = \"command-line\"\n").unwrap();
        assert_eq!(
            home.leave_approving_to_the_console().unwrap(),
            Some(Approvals::CommandLine)
        );
        assert_eq!(home.config().unwrap().approvals, Approvals::CommandLine);
    }

    #[test]
    fn peers_are_set_for_every_command() {
        let config =
            parse_config("peers = [\"mail.example:25=127.0.0.1:2525\"]\npeer-ca = \"ca.pem\"")
                .unwrap();
        assert_eq!(config.peers, ["mail.example:25=127.0.0.1:2525"]);
        assert_eq!(config.peer_ca.as_deref(), Some(Path::new("ca.pem")));
        assert_eq!(config.approvals, Approvals::CommandLine);
    }

    #[test]
    fn a_database_is_named_and_its_password_is_never_repeated() {
        let config = parse_config("database = \"postgres://ann:s3cret@localhost/hall\"").unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
        let url = config.database.unwrap();
        assert_eq!(url.to_string(), "postgres://localhost/hall");
        for wrong in ["sqlite:s3cret", "postgres://ann:s3cret@localhost:x/hall"] {
            let problem = parse_config(&format!("database = \"{wrong}\"")).unwrap_err();
            assert!(
                problem.contains("postgres://USER:PASSWORD@HOST/NAME"),
                "{problem}"
            );
            assert!(!problem.contains("s3cret"), "{problem}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_an_error_and_not_a_default() {
        assert!(parse_config("approval = \"console\"").is_err());
        assert!(parse_config("approvals = \"Console\"").is_err());
        assert!(parse_config("peer_ca = \"ca.pem\"").is_err());
    }
}
