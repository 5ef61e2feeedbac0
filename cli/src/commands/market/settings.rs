//! `marketplace.toml`: what an operator has decided about a marketplace.

use crate::error::CliError;
use guildhall_marketplace::money::MoneyConfig;
use guildhall_marketplace::{Config, Registration, WitnessAddress};
use guildhall_package::market::money::Share;
use guildhall_package::text::plain;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file in the marketplace's folder.
pub const FILE: &str = "marketplace.toml";

/// What the file says. Absent means the default of [`Config::local`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Identity of the log. It never changes.
    pub origin: String,
    /// Address to listen at.
    pub listen: SocketAddr,
    /// Address under which people reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// How to reach who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Folder for blobs; a relative path begins in the marketplace's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blobs: Option<PathBuf>,
    /// Whether anybody may make an account.
    #[serde(default = "yes")]
    pub open_registration: bool,
    /// Reviews at work at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<usize>,
    /// Time that a review may take, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_seconds: Option<u64>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<IpNet>,
    /// Who may read `/metrics`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_from: Option<Vec<IpNet>>,
    /// Names that no publisher gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved_names: Vec<String>,
    /// What is sold, and how it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<MoneySetting>,
    /// Who is asked to cosign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witness: Vec<WitnessSetting>,
}

/// What is sold, and how it is shared. Absent means the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct MoneySetting {
    /// The author's share, in basis points: 8500 is 85 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_share: Option<Share>,
    /// Name of this marketplace's account in every merchant's book. Orders that were signed keep theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How much a merchant may owe, for each currency in which is sold: `["EUR 1000.00"]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Vec<String>>,
}

impl MoneySetting {
    fn config(&self, default: MoneyConfig) -> Result<MoneyConfig, CliError> {
        let problem = |field: &str, what: &dyn std::fmt::Display| {
            CliError::usage(plain(&format!("money.{field}: {what}"), 600)).kind("settings")
        };
        let credit = match &self.credit {
            None => default.credit,
            Some(limits) => limits
                .iter()
                .map(|limit| limit.parse().map_err(|error| problem("credit", &error)))
                .collect::<Result<_, _>>()?,
        };
        let config = MoneyConfig {
            account: self.account.clone().unwrap_or(default.account),
            share: self.author_share.unwrap_or(default.share),
            credit,
        };
        for limit in &config.credit {
            let payee = config.payee(limit.currency);
            payee.map_err(|error| problem("account", &error))?;
        }
        Ok(config)
    }
}

/// A witness and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WitnessSetting {
    /// Its public key.
    pub key: String,
    /// Where it is asked.
    pub url: String,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

const fn yes() -> bool {
    true
}

impl std::str::FromStr for WitnessSetting {
    type Err = String;

    /// `KEY=URL`: the URL begins after the last `=` before a scheme, for a key may end in `=`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{}` names no witness; write its key, `=`, and its address: witness.example+2f1c…=https://witness.example",
                plain(text, 200)
            )
        };
        let at = ["=https://", "=http://"]
            .iter()
            .filter_map(|mark| text.find(mark))
            .min()
            .ok_or_else(wrong)?;
        let (key, url) = text.split_at_checked(at).ok_or_else(wrong)?;
        Ok(Self {
            key: key.to_owned(),
            url: url.trim_start_matches('=').to_owned(),
            operator: None,
        })
    }
}

impl Settings {
    /// Reads the file of a folder.
    ///
    /// # Errors
    /// If it is not there or not understood.
    pub fn read(folder: &Path) -> Result<Self, CliError> {
        let path = folder.join(FILE);
        let problem = |why: &dyn std::fmt::Display| {
            CliError::usage(plain(&format!("{}: {why}", path.display()), 1_000)).kind("settings")
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            problem(&error).fix("make the folder with `guildhall marketplace init`")
        })?;
        toml::from_str(&text).map_err(|error| problem(&error.message()))
    }

    /// The service's configuration for a folder.
    ///
    /// # Errors
    /// If a witness is not understood.
    pub fn config(&self, folder: &Path) -> Result<Config, CliError> {
        let local = Config::local(folder, &self.origin);
        let witnesses = self
            .witness
            .iter()
            .map(|witness| {
                let problem = |what: &dyn std::fmt::Display| {
                    CliError::usage(plain(&format!("witness {}: {what}", witness.key), 600))
                        .kind("witness")
                };
                Ok(WitnessAddress {
                    key: witness.key.parse().map_err(|error| problem(&error))?,
                    url: witness.url.parse().map_err(|error| problem(&error))?,
                    operator: witness.operator.as_deref().map(|text| plain(text, 100)),
                })
            })
            .collect::<Result<Vec<_>, CliError>>()?;
        let public_url = match &self.public_url {
            None => None,
            Some(text) => Some(public_url(text)?),
        };
        let money = self.money.clone().unwrap_or_default();
        Ok(Config {
            money: money.config(local.money)?,
            listen: self.listen,
            public_url,
            operator: self.operator.as_deref().map(|text| plain(text, 100)),
            contact: self.contact.as_deref().map(|text| plain(text, 200)),
            database: self.database.clone().unwrap_or(local.database),
            blobs: self
                .blobs
                .as_ref()
                .map_or(local.blobs, |path| folder.join(path)),
            registration: if self.open_registration {
                Registration::Open
            } else {
                Registration::Closed
            },
            witnesses,
            reviews: self.reviews.unwrap_or(local.reviews),
            review_limit: self
                .review_seconds
                .map_or(local.review_limit, Duration::from_secs),
            trusted_proxies: self.trusted_proxies.clone(),
            metrics_from: self.metrics_from.clone().unwrap_or(local.metrics_from),
            reserved_names: self.reserved_names.clone(),
            ..Config::local(folder, &self.origin)
        })
    }
}

/// An address under which people reach the marketplace: pages and files begin at its root.
fn public_url(text: &str) -> Result<url::Url, CliError> {
    let wrong = || {
        CliError::usage(format!(
            "public-url: `{}` is no address of a marketplace",
            plain(text, 200)
        ))
        .kind("settings")
        .fix("write for example \"https://market.example\", without a path")
    };
    let url: url::Url = text.parse().map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if fits { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = text.parse::<WitnessSetting>();
            let _ = toml::from_str::<Settings>(&text);
        }
    }

    const KEY: &str = "witness.example+ea03fbd5+BP7p7wPPAx3l2H3gU2yFUuf34ysBRjvGaXBQkM+Q63uP";

    #[test]
    fn a_witness_is_its_key_and_its_address() {
        let witness: WitnessSetting = format!("{KEY}=http://127.0.0.1:8081").parse().unwrap();
        assert_eq!(
            (witness.key.as_str(), witness.url.as_str()),
            (KEY, "http://127.0.0.1:8081")
        );
        let padded: WitnessSetting = "w+1+a===https://w.example/x=https://y".parse().unwrap();
        assert_eq!(
            (padded.key.as_str(), padded.url.as_str()),
            ("w+1+a==", "https://w.example/x=https://y")
        );
        for wrong in ["", KEY, "https://w.example", "w=ftp://x"] {
            assert!(wrong.parse::<WitnessSetting>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_an_error_and_not_a_default() {
        let folder = tempfile::tempdir().unwrap();
        let good = "origin = \"a.example/log\"\nlisten = \"127.0.0.1:0\"\n";
        for (text, is_good) in [
            (good.to_owned(), true),
            (
                format!("{good}open-registration = false\nblobs = \"b\"\n"),
                true,
            ),
            (format!("{good}open_registration = false\n"), false),
            (format!("{good}[[witness]]\nkey = \"x\"\n"), false),
            ("origin = \"a\"\n".to_owned(), false),
        ] {
            std::fs::write(folder.path().join(FILE), &text).unwrap();
            let settings = Settings::read(folder.path());
            assert_eq!(settings.is_ok(), is_good, "{text}");
        }
        let text = format!("{good}open-registration = false\nblobs = \"b\"\n");
        std::fs::write(folder.path().join(FILE), &text).unwrap();
        let config = Settings::read(folder.path())
            .unwrap()
            .config(folder.path())
            .unwrap();
        assert_eq!(config.registration, Registration::Closed);
        assert_eq!(config.blobs, folder.path().join("b"));
        for (url, is_good) in [
            ("https://market.example", true),
            ("http://127.0.0.1:8080/", true),
            ("https://market.example/shop", false),
            ("ftp://market.example", false),
            ("market.example", false),
        ] {
            let text = format!("{good}public-url = \"{url}\"\noperator = \"A\"\n");
            let settings: Settings = toml::from_str(&text).unwrap();
            assert_eq!(settings.config(folder.path()).is_ok(), is_good, "{url}");
        }
        std::fs::write(
            folder.path().join(FILE),
            format!("{good}[[witness]]\nkey = \"x\"\nurl = \"http://a\"\n"),
        )
        .unwrap();
        let error = Settings::read(folder.path())
            .unwrap()
            .config(folder.path())
            .unwrap_err();
        assert_eq!(error.kind, "witness");
    }

    #[test]
    fn what_is_sold_is_the_operators_choice() {
        let read = |money: &str| {
            let text = format!("origin = \"log.test\"\nlisten = \"127.0.0.1:0\"\n[money]\n{money}");
            let settings: Settings = toml::from_str(&text).map_err(|error| error.to_string())?;
            let config = settings.config(Path::new("/m"));
            config
                .map(|config| config.money)
                .map_err(|error| error.to_string())
        };
        let default = read("").unwrap();
        assert_eq!(default, MoneyConfig::of_origin("log.test"));
        let own =
            read("author-share = 9000\naccount = \"guild\"\ncredit = [\"SEK 500.00\"]").unwrap();
        assert_eq!(
            (own.share.basis_points(), own.account.as_str()),
            (9_000, "guild")
        );
        assert_eq!(own.credit, ["SEK 500.00".parse().unwrap()]);
        for wrong in [
            "author-share = 10001",
            "account = \"*\"",
            "account = \"A b\"",
            "credit = [\"500\"]",
            "fee = 1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
