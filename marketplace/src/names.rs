//! Which names publishers get: none that is reserved, and none that passes for another.

use std::collections::HashMap;

use guildhall_package::FolderName;
use guildhall_package::trust::release::oci::is_repository_part;
use typomania::checks::{Bitflips, Omitted, SwappedWords, Typos};
use typomania::{AuthorSet, Corpus, Harness, Package};
use unicode_security::confusable_detection::skeleton;

/// Names that would speak for the marketplace, the contract, a part of an address, or everybody.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "anonymous",
    "api",
    "app",
    "assets",
    "author",
    "book",
    "bundle",
    "catalog",
    "checkpoint",
    "config",
    "contract",
    "dashboard",
    "docs",
    "download",
    "example",
    "favicon",
    "guild",
    "guildhall",
    "guildhall-official",
    "healthz",
    "help",
    "host",
    "index",
    "info",
    "install",
    "latest",
    "licence",
    "license",
    "local",
    "localhost",
    "log",
    "login",
    "logout",
    "market",
    "marketplace",
    "merchant",
    "metrics",
    "new",
    "null",
    "official",
    "operator",
    "owner",
    "payment",
    "payments",
    "public",
    "publisher",
    "registry",
    "release",
    "releases",
    "report",
    "review",
    "reviewer",
    "root",
    "search",
    "security",
    "settings",
    "signup",
    "skill",
    "skills",
    "staff",
    "static",
    "status",
    "store",
    "support",
    "system",
    "test",
    "tile",
    "undefined",
    "user",
    "verified",
    "wasi",
    "wasm",
    "webassembly",
    "witness",
    "www",
];

/// Shortest name that is compared by typing mistakes: among shorter ones nearly all are near each other.
const SHORTEST: usize = 5;
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-";

/// Why a name is not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameRefused {
    /// Registries would not take it.
    #[error(
        "the name `{0}` ends with `-`, and registries take no such name: nobody could pull its releases (rule name.shape)"
    )]
    Shape(FolderName),
    /// Reserved.
    #[error("the name `{0}` is reserved (rule name.reserved)")]
    Reserved(FolderName),
    /// It is taken.
    #[error("the name `{0}` is taken (rule name.taken)")]
    Taken(FolderName),
    /// It looks like one that is there.
    #[error("the name `{name}` looks like `{like}`, which is there already (rule name.look-alike)")]
    LookAlike {
        /// The name that was asked for.
        name: FolderName,
        /// The name that it could be taken for.
        like: String,
    },
}

impl NameRefused {
    /// Stable name of the rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Shape(_) => "name.shape",
            Self::Reserved(_) => "name.reserved",
            Self::Taken(_) => "name.taken",
            Self::LookAlike { .. } => "name.look-alike",
        }
    }
}

/// Whether `name` may be granted next to those that are there. `reserved` are the operator's own.
///
/// # Errors
/// [`NameRefused`] for the first rule that refuses it.
pub fn check(
    name: &FolderName,
    existing: &[String],
    reserved: &[String],
) -> Result<(), NameRefused> {
    if !is_repository_part(name) {
        return Err(NameRefused::Shape(name.clone()));
    }
    if existing.iter().any(|other| other == name.as_str()) {
        return Err(NameRefused::Taken(name.clone()));
    }
    let own = look(name.as_str());
    let is_reserved = RESERVED
        .iter()
        .copied()
        .chain(reserved.iter().map(String::as_str))
        .any(|word| look(word) == own);
    if is_reserved {
        return Err(NameRefused::Reserved(name.clone()));
    }
    let like = existing
        .iter()
        .find(|other| look(other) == own)
        .cloned()
        .or_else(|| mistyped(name.as_str(), existing));
    match like {
        Some(like) => Err(NameRefused::LookAlike {
            name: name.clone(),
            like,
        }),
        None => Ok(()),
    }
}

/// What a name looks like to a hasty reader: equal looks are equal names. Unicode's skeleton, and what it leaves apart among
/// ASCII letters.
fn look(name: &str) -> String {
    let letters = name.replace('-', "").replace('0', "o").replace('1', "l");
    let folded = letters.replace("vv", "w").replace("cl", "d");
    let spelled: String = skeleton(&folded).collect();
    spelled
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'i' | 'j' | '|' => 'l',
            '5' => 's',
            other => other,
        })
        .collect()
}

/// A name that this one could be typed for by mistake.
fn mistyped(name: &str, existing: &[String]) -> Option<String> {
    if name.len() < SHORTEST {
        return None;
    }
    let names = Names(
        existing
            .iter()
            .filter(|other| other.len() >= SHORTEST)
            .map(|other| (other.clone(), Stranger))
            .collect(),
    );
    let harness = Harness::builder()
        .with_check(Bitflips::new(ALPHABET, names.0.keys().map(String::as_str)))
        .with_check(Omitted::new(ALPHABET))
        .with_check(SwappedWords::new("-"))
        .with_check(Typos::new(NEIGHBOURS.iter().map(|(c, near)| {
            (*c, near.iter().map(|text| (*text).to_owned()).collect())
        })))
        .build(names);
    // The corpus is in memory and does not fail.
    let squats = harness.check_package(name, Box::new(Stranger)).ok()?;
    squats.first().map(|squat| squat.package().to_owned())
}

struct Names(HashMap<String, Stranger>);

impl Corpus for Names {
    fn contains_name(&self, name: &str) -> typomania::Result<bool> {
        Ok(self.0.contains_key(name))
    }

    fn get(&self, name: &str) -> typomania::Result<Option<&dyn Package>> {
        Ok(self.0.get(name).map(|package| package as &dyn Package))
    }
}

/// Every publisher is a stranger to every other.
struct Stranger;

impl Package for Stranger {
    fn authors(&self) -> &dyn AuthorSet {
        self
    }

    fn description(&self) -> Option<&str> {
        None
    }

    fn shared_authors(&self, _other: &dyn AuthorSet) -> bool {
        false
    }
}

impl AuthorSet for Stranger {
    fn contains(&self, _author: &str) -> bool {
        false
    }
}

/// Keys beside each other on a keyboard, and letters that are heard alike.
const NEIGHBOURS: &[(char, &[&str])] = &[
    ('a', &["e", "q", "s", "z"]),
    ('b', &["g", "n", "v", "p"]),
    ('c', &["k", "s", "v", "x", "ck"]),
    ('d', &["e", "f", "s", "t"]),
    ('e', &["a", "d", "i", "r", "w"]),
    ('f', &["d", "g", "r", "ph", "v"]),
    ('g', &["f", "h", "b"]),
    ('h', &["g", "j", "n"]),
    ('i', &["e", "o", "u", "y", "ie"]),
    ('j', &["h", "k", "u"]),
    ('k', &["c", "j", "l", "ck", "q"]),
    ('l', &["k", "o", "p"]),
    ('m', &["n", "rn"]),
    ('n', &["b", "h", "m"]),
    ('o', &["i", "p", "l", "oo"]),
    ('p', &["o", "l", "b"]),
    ('q', &["a", "w", "k"]),
    ('r', &["e", "t", "f"]),
    ('s', &["a", "d", "z", "c"]),
    ('t', &["r", "y", "d"]),
    ('u', &["y", "i", "v", "oo"]),
    ('v', &["b", "c", "w", "u"]),
    ('w', &["q", "e", "v"]),
    ('x', &["c", "z", "ks"]),
    ('y', &["t", "u", "i"]),
    ('z', &["x", "s"]),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn granted(name: &str, existing: &[&str]) -> Result<(), &'static str> {
        let existing: Vec<String> = existing.iter().map(|name| (*name).to_owned()).collect();
        check(&name.parse().unwrap(), &existing, &["acme-bank".to_owned()])
            .map_err(|refused| refused.code())
    }

    #[test]
    fn ordinary_names_are_granted() {
        let there = ["northwind", "harbour-tools", "contoso"];
        for name in ["fabrikam", "southwind-trade", "tax", "harbor-master", "k9"] {
            assert_eq!(granted(name, &there), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_speak_for_others_are_reserved() {
        for name in [
            "admin",
            "guildhall",
            "guild-hall",
            "gui1dhall",
            "acme-bank",
            "acmebank",
            "api",
        ] {
            assert_eq!(granted(name, &[]), Err("name.reserved"), "{name}");
        }
    }

    #[test]
    fn a_name_that_no_registry_takes_is_refused() {
        assert_eq!(granted("northwind-", &[]), Err("name.shape"));
        assert_eq!(granted("north--wind", &[]), Ok(()));
    }

    #[test]
    fn names_that_look_alike_are_refused() {
        let there = ["northwind", "microsoft", "paypal", "clearing"];
        for name in [
            "north-wind",
            "northwlnd",
            "northvvind",
            "nortwind",
            "northwwind",
            "nrothwind",
            "northwind2",
            "rnicrosoft",
            "micros0ft",
            "paypai",
            "paypa1",
            "dearing",
            "paypall",
            "baypal",
        ] {
            assert_eq!(granted(name, &there), Err("name.look-alike"), "{name}");
        }
        assert_eq!(granted("paypal", &there), Err("name.taken"));
    }

    proptest! {
        /// No name is granted next to one from which only dashes, or letters that look alike, set it apart.
        #[test]
        fn dashes_and_digits_never_make_a_new_name(name in "[a-z]{2,20}", at in 1usize..20) {
            let cut = at.min(name.len());
            let (left, right) = name.split_at(cut);
            let twin = format!("{left}-{right}").replace('o', "0").replace('l', "1");
            if let Ok(twin) = twin.parse::<FolderName>() {
                prop_assert!(check(&twin, &[name], &[]).is_err());
            }
        }

        #[test]
        fn no_name_makes_it_panic(name in "[a-z][a-z0-9-]{0,63}", other in "[a-z][a-z0-9-]{0,63}") {
            let _ = check(&name.parse().unwrap(), &[other], &[]);
        }
    }
}
