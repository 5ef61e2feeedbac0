//! The files of licences. Each is a document that somebody has signed, and is verified each time it is read.

use super::ask::Seller;
use crate::disk;
use crate::error::CliError;
use crate::market::Market;
use guildhall_package::market::money::document::{MAX_DOCUMENT_BYTES, verify};
use guildhall_package::market::money::{CreditNote, Document, Licence, Order, Price};
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that says that it was cancelled, and which orders were made anew since.
const CANCELLED: &str = "cancelled";
/// Longest file here, in bytes.
const MAX_FILE: u64 = MAX_DOCUMENT_BYTES as u64 + 1;

/// What is kept about one skill of one marketplace.
#[derive(Debug, Clone)]
pub struct Kept {
    all: PathBuf,
    folder: PathBuf,
    skill: SkillName,
}

/// One order with what came of it.
#[derive(Debug, Clone, Default)]
pub struct KeptOrder {
    /// The order; none if only its licence is here.
    pub order: Option<Order>,
    /// The order's envelope.
    pub order_text: Vec<u8>,
    /// The licence.
    pub licence: Option<Licence>,
    /// The credit note.
    pub credit: Option<CreditNote>,
    /// The rule by which the marketplace does not take its payment.
    pub refusal: Option<String>,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Order,
    Licence,
    Credit,
    /// Signed by nobody: it grants nothing.
    Refusal,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Order, Self::Licence, Self::Credit, Self::Refusal];

    const fn ending(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Licence => "licence",
            Self::Credit => "credit",
            Self::Refusal => "refusal",
        }
    }
}

impl Kept {
    /// What is kept about a skill. Nothing is made before something is kept.
    #[must_use]
    pub fn of(market: &Market, skill: &SkillName) -> Self {
        let all = market.state.folder().join("licences");
        Self {
            folder: all
                .join(skill.publisher.as_str())
                .join(skill.skill.as_str()),
            all,
            skill: skill.clone(),
        }
    }

    /// Every skill that something is kept about at a marketplace, by name.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn skills(market: &Market) -> Result<Vec<SkillName>, CliError> {
        let all = market.state.folder().join("licences");
        let mut found = Vec::new();
        for publisher in names(&all)? {
            for skill in names(&all.join(&publisher))? {
                found.extend(format!("{publisher}/{skill}").parse::<SkillName>());
            }
        }
        found.sort();
        Ok(found)
    }

    /// Everything that is kept, by order. What was changed since, or is of another marketplace, is an error and not nothing.
    ///
    /// # Errors
    /// Names the file that is not what was kept.
    pub fn orders(&self, seller: &Seller) -> Result<BTreeMap<Digest, KeptOrder>, CliError> {
        let mut orders: BTreeMap<Digest, KeptOrder> = BTreeMap::new();
        for name in names(&self.folder)? {
            let Some((id, kind)) = of_name(&name) else {
                continue;
            };
            let path = self.folder.join(&name);
            let Some(text) = disk::read(&path, MAX_FILE).map_err(|error| broken(&path, &error))?
            else {
                continue;
            };
            let kept = orders.entry(id).or_default();
            match kind {
                Kind::Order => {
                    kept.order = Some(self.read::<Order>(&path, &text, seller, id, |it| {
                        (it.id, it.facts.skill.clone())
                    })?);
                    kept.order_text = text;
                }
                Kind::Licence => {
                    kept.licence = Some(self.read::<Licence>(&path, &text, seller, id, |it| {
                        (it.order, it.skill.clone())
                    })?);
                }
                Kind::Credit => {
                    kept.credit =
                        Some(self.read::<CreditNote>(&path, &text, seller, id, |it| {
                            (it.order, it.skill.clone())
                        })?);
                }
                Kind::Refusal => {
                    kept.refusal = Some(String::from_utf8_lossy(&text).into_owned());
                }
            }
        }
        Ok(orders)
    }

    fn read<D: Document>(
        &self,
        path: &Path,
        text: &[u8],
        seller: &Seller,
        id: Digest,
        names: impl Fn(&D) -> (Digest, SkillName),
    ) -> Result<D, CliError> {
        let changed = |problem: &str| {
            CliError::unverified(format!(
                "{}: this is not {} that {} signed for {} ({})",
                path.display(),
                D::WHAT,
                plain(&seller.label, 200),
                self.skill,
                plain(problem, 300)
            ))
            .kind("licence.changed")
            .fix(format!(
                "take the file away, then fetch it again: guildhall licences renew {}",
                self.skill
            ))
        };
        let document: D = verify(text, &seller.key, &seller.origin)
            .map_err(|error| changed(&error.to_string()))?;
        if names(&document) == (id, self.skill.clone()) {
            Ok(document)
        } else {
            Err(changed("it is about another order"))
        }
    }

    /// Keeps an order before it is paid: whatever happens then, it is known what was paid for.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep_order(&self, id: &Digest, text: &[u8]) -> Result<(), CliError> {
        self.write(&file(id, Kind::Order), text)?;
        // What was refused was the order as it was given out before.
        let refusal = self.folder.join(file(id, Kind::Refusal));
        if refusal.exists() {
            disk::remove(&refusal).map_err(|error| broken(&refusal, &error))?;
        }
        Ok(())
    }

    /// At what price it was bought last; none if nothing was ever ordered.
    ///
    /// # Errors
    /// As [`Kept::orders`].
    pub fn price(&self, seller: &Seller) -> Result<Option<Price>, CliError> {
        let orders = self.orders(seller)?;
        let last = orders
            .values()
            .filter_map(|found| found.order.as_ref())
            .max_by_key(|order| (order.facts.purchase, order.facts.period));
        Ok(last.and_then(|order| Price::of(order.model, order.amount).ok()))
    }

    /// Whether anything is kept, be it what it should be or not.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn is_empty(&self) -> Result<bool, CliError> {
        Ok(names(&self.folder)?.is_empty())
    }

    /// Keeps a licence.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep_licence(&self, id: &Digest, text: &[u8]) -> Result<(), CliError> {
        self.write(&file(id, Kind::Licence), text)
    }

    /// Keeps a credit note.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep_credit(&self, id: &Digest, text: &[u8]) -> Result<(), CliError> {
        self.write(&file(id, Kind::Credit), text)
    }

    /// Makes sure that an account of the book is owed to this marketplace alone: what another one is paid into is not
    /// touched by the orders of this one.
    ///
    /// # Errors
    /// If it is another marketplace's.
    pub fn claim_account(&self, account: &str) -> Result<(), CliError> {
        let own = self.all.join("accounts");
        let known = lines(&own)?;
        if known.iter().any(|name| name == account) {
            return Ok(());
        }
        // marketplaces/HOST_PORT/licences
        let all = self.all.ancestors().nth(2).unwrap_or(&self.all);
        for other in names(all)? {
            let folder = all.join(&other);
            // Beside the folders stands a file that names the marketplace to ask.
            let path = folder.join("licences/accounts");
            if folder.is_dir() && path != own && lines(&path)?.iter().any(|name| name == account) {
                return Err(CliError::refused(format!(
                    "the marketplace wants to be paid into the account {}, which is owed to another one; nothing was paid",
                    plain(account, 100)
                ))
                .kind("licence.payee")
                .fix("ask the marketplace's operator for an account name of its own"));
            }
        }
        let mut lines = known;
        lines.push(account.to_owned());
        put(&self.all, &own, lines.join("\n").as_bytes())
    }

    /// Whether nothing more is paid for it: it was cancelled, and there is no licence of what was ordered anew since.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let path = self.folder.join(CANCELLED);
        if !path.exists() {
            return false;
        }
        // What can't be read is no reason to go on paying.
        let anew = lines(&path).unwrap_or_default();
        let is_licensed = |hex: &String| {
            let licence = format!("{hex}.{}", Kind::Licence.ending());
            of_name(&licence).is_some() && self.folder.join(licence).exists()
        };
        !anew.iter().any(is_licensed)
    }

    /// From now on nothing more is paid for it, whatever licence comes of what was paid before.
    ///
    /// # Errors
    /// If it can't be written down.
    pub fn cancel(&self) -> Result<(), CliError> {
        self.write(CANCELLED, b"")
    }

    /// Somebody buys it anew by this order. It is paid for again once there is its licence, and not if it is cancelled before.
    ///
    /// # Errors
    /// If it can't be written down.
    pub fn order_anew(&self, id: &Digest) -> Result<(), CliError> {
        let path = self.folder.join(CANCELLED);
        if !path.exists() {
            return Ok(());
        }
        let mut anew = lines(&path)?;
        if anew.contains(&id.hex()) {
            return Ok(());
        }
        anew.push(id.hex());
        self.write(CANCELLED, anew.join("\n").as_bytes())
    }

    /// Writes down that the marketplace does not take the payment of an order, by its rule.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep_refusal(&self, id: &Digest, rule: &str) -> Result<(), CliError> {
        self.write(&file(id, Kind::Refusal), rule.as_bytes())
    }

    /// The latest time that a paid skill of this marketplace ran at, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn seen(&self) -> Result<Option<i64>, CliError> {
        let path = self.all.join("seen");
        let text = disk::read(&path, 64).map_err(|error| broken(&path, &error))?;
        Ok(text.and_then(|text| String::from_utf8_lossy(&text).trim().parse().ok()))
    }

    /// Writes down that a paid skill ran at this time.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn set_seen(&self, now_ms: i64) -> Result<(), CliError> {
        put(
            &self.all,
            &self.all.join("seen"),
            now_ms.to_string().as_bytes(),
        )
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), CliError> {
        put(&self.folder, &self.folder.join(name), content)
    }
}

fn put(folder: &Path, path: &Path, content: &[u8]) -> Result<(), CliError> {
    disk::create_folder(folder)
        .and_then(|()| disk::write(path, content))
        .map_err(|error| broken(path, &error))
}

/// What a file lists; nothing if it is not there.
fn lines(path: &Path) -> Result<Vec<String>, CliError> {
    let text = disk::read(path, MAX_FILE).map_err(|error| broken(path, &error))?;
    let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
    Ok(text.lines().map(str::to_owned).collect())
}

fn file(id: &Digest, kind: Kind) -> String {
    format!("{}.{}", id.hex(), kind.ending())
}

fn of_name(name: &str) -> Option<(Digest, Kind)> {
    let (hex, ending) = name.split_once('.')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.ending() == ending)?;
    Some((format!("sha256:{hex}").parse().ok()?, kind))
}

/// Names in a folder; none if it is not there.
fn names(folder: &Path) -> Result<Vec<String>, CliError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(broken(folder, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| broken(folder, &error))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn broken(path: &Path, error: &std::io::Error) -> CliError {
    CliError::fault(plain(&format!("{}: {error}", path.display()), 600))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_is_named_by_its_order_and_what_it_is() {
        let id = Digest::of(b"x");
        for kind in Kind::ALL {
            assert_eq!(of_name(&file(&id, kind)), Some((id, kind)));
        }
        for other in ["cancelled", "seen", "00.order", ".order", "x.y.order"] {
            assert_eq!(of_name(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_cancelled_stays_so_whatever_licence_comes_late() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept {
            all: home.path().to_owned(),
            folder: home.path().join("acme/shop"),
            skill: "acme/shop".parse().unwrap(),
        };
        let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
        kept.order_anew(&old).unwrap();
        assert!(!kept.is_cancelled(), "what nobody cancelled is not");
        kept.cancel().unwrap();
        kept.keep_licence(&old, b"{}").unwrap();
        assert!(kept.is_cancelled());
        // Bought anew it is paid for once the licence is there, in one step.
        kept.order_anew(&new).unwrap();
        assert!(kept.is_cancelled());
        kept.keep_licence(&new, b"{}").unwrap();
        assert!(!kept.is_cancelled());
        kept.cancel().unwrap();
        assert!(kept.is_cancelled());
        // Cancelled between the order and its licence.
        let last = Digest::of(b"last");
        kept.order_anew(&last).unwrap();
        kept.cancel().unwrap();
        kept.keep_licence(&last, b"{}").unwrap();
        assert!(kept.is_cancelled());
    }

    proptest! {
        #[test]
        fn no_name_panics(name in ".{0,80}") {
            let _ = of_name(&name);
        }
    }
}
