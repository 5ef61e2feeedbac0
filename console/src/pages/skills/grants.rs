//! What one run is given to use: fields of its form, and the grants that follow from them. Never more than was consented to.

use std::io;
use std::path::{Path, PathBuf};

use guildhall_host::{
    Consent, FileGrant, Grants, MessageGrant, PayGrant, Retention, SecretSummary,
};
use guildhall_package::text::plain;
use guildhall_package::{Access, FolderName};

use crate::forms::{Entries, Problems};
use crate::uploads::Folder;

/// What a form offers besides the input.
#[derive(Debug)]
pub struct Offered {
    /// Addresses that may be asked.
    pub network: Vec<Tick>,
    /// Files that are given, and folders for what is written.
    pub files: Vec<FileField>,
    /// Whether it may propose payments, and what stands in the fields.
    pub pays: Option<PayField>,
    /// Channels.
    pub messages: Vec<Tick>,
    /// Secrets for the addresses.
    pub secrets: Vec<Tick>,
    /// What is kept: word, name, meaning, whether it is chosen.
    pub retention: Vec<(&'static str, &'static str, &'static str, bool)>,
}

/// A box to tick.
#[derive(Debug)]
pub struct Tick {
    /// Name under which it is sent.
    pub name: String,
    /// What it gives.
    pub label: String,
    /// Whether it is ticked.
    pub on: bool,
}

/// Files of one name.
#[derive(Debug)]
pub struct FileField {
    /// Name under which the skill knows them.
    pub name: FolderName,
    /// Whether files are read.
    pub reads: bool,
    /// Whether files are written.
    pub writes: bool,
    /// The author's reason.
    pub reason: String,
    /// A folder of this machine instead, as it was written.
    pub folder: String,
    /// What is wrong.
    pub problem: Option<String>,
}

/// How much may be paid.
#[derive(Debug)]
pub struct PayField {
    /// `500.00`.
    pub amount: String,
    /// `EUR`.
    pub currency: String,
    /// What is wrong.
    pub problem: Option<String>,
}

/// The fields. `sent` is what was sent of them; none for a form that is new. `default` is what is kept unless it is chosen
/// otherwise.
#[must_use]
pub fn offered(
    consent: &Consent,
    reasons: &dyn Fn(&FolderName) -> String,
    secrets: &[SecretSummary],
    sent: Option<&Entries>,
    problems: &Problems,
    default: Retention,
) -> Offered {
    let ticked = |name: &str| sent.is_none_or(|sent| sent.has(name));
    let boxed = |name: String, label: String| Tick {
        on: ticked(&name),
        name,
        label,
    };
    let text = |name: &str| {
        sent.map(|sent| sent.text(name).to_owned())
            .unwrap_or_default()
    };
    let kept = text("retention");
    Offered {
        network: consent
            .network
            .iter()
            .enumerate()
            .map(|(index, grant)| boxed(format!("network:{index}"), plain(&grant.to_string(), 400)))
            .collect(),
        files: consent
            .files
            .iter()
            .map(|(name, access)| FileField {
                reads: access.reads(),
                writes: access.writes(),
                reason: reasons(name),
                folder: text(&format!("folder:{name}")),
                problem: problems.get(&format!("file:{name}")).cloned(),
                name: name.clone(),
            })
            .collect(),
        pays: (!consent.payees.is_empty()).then(|| PayField {
            amount: text("pay:amount"),
            currency: Some(text("pay:currency"))
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| "EUR".to_owned()),
            problem: problems.get("pay:amount").cloned(),
        }),
        messages: consent
            .channels
            .iter()
            .map(|channel| boxed(format!("message:{channel}"), channel.to_string()))
            .collect(),
        secrets: useful(consent, secrets)
            .map(|(secret, host)| Tick {
                on: sent.is_some_and(|sent| sent.has(&format!("secret:{}", secret.name))),
                name: format!("secret:{}", secret.name),
                label: format!("{} for {}", plain(&secret.name, 64), plain(host, 253)),
            })
            .collect(),
        retention: [
            (
                "full",
                "Everything",
                "It can be looked at, verified, replayed and undone later.",
            ),
            (
                "hashes",
                "Commitments only",
                "Content is encrypted while it waits, and destroyed when it ends.",
            ),
            (
                "none",
                "Nothing",
                "It can't wait for approval: what no standing approval covers is not done.",
            ),
        ]
        .map(|(word, name, meaning)| {
            let on = if kept.is_empty() {
                word == default.word()
            } else {
                word == kept
            };
            (word, name, meaning, on)
        })
        .to_vec(),
    }
}

/// Secrets that go to a host that the skill may ask.
fn useful<'s>(
    consent: &'s Consent,
    secrets: &'s [SecretSummary],
) -> impl Iterator<Item = (&'s SecretSummary, &'s str)> {
    secrets.iter().filter_map(|secret| {
        let host = secret.bound.as_ref()?.host.as_str();
        let name = host.split(':').next().unwrap_or(host);
        consent
            .network
            .iter()
            .any(|grant| grant.pattern.host() == name || grant.pattern.host() == host)
            .then_some((secret, host))
    })
}

/// The grants that a form gives. `owns`: whether who sent it may name folders of this machine.
///
/// # Errors
/// If a folder can't be made.
pub fn granted(
    consent: &Consent,
    secrets: &[SecretSummary],
    sent: &Entries,
    folder: &Folder,
    owns: bool,
    problems: &mut Problems,
) -> io::Result<Grants> {
    let mut grants = Grants::none();
    for (index, grant) in consent.network.iter().enumerate() {
        if sent.has(&format!("network:{index}")) {
            grants.network.push(grant.clone());
        }
    }
    for (name, access) in &consent.files {
        let written = sent.text(&format!("folder:{name}")).trim();
        let path = if written.is_empty() {
            own_folder(folder, name, *access)?
        } else if owns {
            match named_folder(written) {
                Ok(path) => Some(path),
                Err(problem) => {
                    problems.insert(format!("file:{name}"), problem);
                    None
                }
            }
        } else {
            problems.insert(
                format!("file:{name}"),
                "Only an owner of this console may name a folder of this machine.".to_owned(),
            );
            None
        };
        if let Some(path) = path {
            grants.files.push(FileGrant {
                name: name.clone(),
                path,
                access: *access,
                is_folder: true,
            });
        }
    }
    let amount = sent.text("pay:amount").trim();
    if !consent.payees.is_empty() && !amount.is_empty() {
        let text = format!(
            "{} {amount}",
            sent.text("pay:currency").trim().to_uppercase()
        );
        match text.parse::<PayGrant>() {
            Ok(grant) => grants.payments.push(grant),
            Err(_) => {
                problems.insert(
                    "pay:amount".to_owned(),
                    "Write an amount such as 500.00, and a currency such as EUR.".to_owned(),
                );
            }
        }
    }
    for channel in &consent.channels {
        if sent.has(&format!("message:{channel}")) {
            grants.messages.push(MessageGrant {
                channel: channel.clone(),
                recipient: None,
            });
        }
    }
    for (secret, _) in useful(consent, secrets) {
        if sent.has(&format!("secret:{}", secret.name))
            && let Ok(name) = secret.name.parse()
        {
            grants.secrets.push(name);
        }
    }
    Ok(grants)
}

/// A folder of this console: for what is read, the one with the files that were given, if any were.
fn own_folder(folder: &Folder, name: &FolderName, access: Access) -> io::Result<Option<PathBuf>> {
    if access.writes() {
        let output = folder.output(name)?;
        // What is read and written is one folder.
        if access.reads() && folder.count(name) > 0 {
            move_into(&folder.input(name)?, &output)?;
        }
        return Ok(Some(output));
    }
    (folder.count(name) > 0)
        .then(|| folder.input(name))
        .transpose()
}

fn move_into(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A folder that somebody named.
fn named_folder(written: &str) -> Result<PathBuf, String> {
    let path = Path::new(written);
    if !path.is_absolute() {
        return Err("Write the whole path of a folder, from / on.".to_owned());
    }
    if !path.is_dir() {
        return Err("There is no such folder on this machine.".to_owned());
    }
    Ok(path.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::Config;
    use guildhall_host::{Binding, RunId};

    fn consent() -> Consent {
        Consent {
            network: vec!["GET https://a.example/x/*".parse().unwrap()],
            files: vec![
                ("invoices".parse().unwrap(), Access::Read),
                ("reports".parse().unwrap(), Access::Write),
            ],
            payees: vec!["iban:*".parse().unwrap()],
            channels: vec!["email".parse().unwrap()],
            state: false,
        }
    }

    fn entries(pairs: &[(&str, &str)]) -> Entries {
        Entries::of(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    fn secret(name: &str, host: &str) -> SecretSummary {
        SecretSummary {
            name: name.to_owned(),
            bound: Some(Binding {
                host: host.to_owned(),
                header: "authorization".to_owned(),
                prefix: String::new(),
            }),
            created_at_ms: 0,
        }
    }

    #[test]
    fn a_run_is_given_what_was_ticked_and_consented_to_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&Config::local(&home.path().join("state")), RunId::new());
        let secrets = [secret("mine", "a.example"), secret("other", "b.example")];
        let give = |pairs: &[(&str, &str)], owns| {
            let mut problems = Problems::new();
            let grants = granted(
                &consent(),
                &secrets,
                &entries(pairs),
                &folder,
                owns,
                &mut problems,
            )
            .unwrap();
            (grants, problems)
        };
        let (none, problems) = give(
            &[
                ("network:7", "on"),
                ("message:sms", "on"),
                ("secret:other", "on"),
            ],
            false,
        );
        assert!(none.network.is_empty() && none.messages.is_empty() && none.secrets.is_empty());
        assert!(none.payments.is_empty() && problems.is_empty());
        // A folder for what it writes is always there; for what it reads only if something was given.
        let names: Vec<&str> = none.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["reports"]);
        let (all, problems) = give(
            &[
                ("network:0", "on"),
                ("message:email", "on"),
                ("secret:mine", "on"),
                ("pay:amount", "500.00"),
                ("pay:currency", "eur"),
            ],
            false,
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(
            (all.network.len(), all.messages.len(), all.secrets.len()),
            (1, 1, 1)
        );
        assert_eq!(
            all.payments
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["EUR 500.00"]
        );
    }

    #[test]
    fn only_an_owner_names_a_folder_of_this_machine_and_only_one_that_is_there() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&Config::local(&home.path().join("state")), RunId::new());
        let there = home.path().to_str().unwrap().to_owned();
        for (path, owns, good) in [
            (there.as_str(), true, true),
            (there.as_str(), false, false),
            ("relative", true, false),
            ("/nowhere/at/all", true, false),
        ] {
            let mut problems = Problems::new();
            let sent = entries(&[("folder:invoices", path), ("pay:amount", "much")]);
            let grants = granted(&consent(), &[], &sent, &folder, owns, &mut problems).unwrap();
            assert_eq!(!problems.contains_key("file:invoices"), good, "{path}");
            let has = grants.files.iter().any(|file| file.path == Path::new(path));
            assert_eq!(has, good, "{path}");
            assert!(problems.contains_key("pay:amount"));
        }
    }
}
