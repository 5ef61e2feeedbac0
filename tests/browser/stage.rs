//! A marketplace with something to see: real skills with their golden cases, a held, a yanked and a revoked release, a
//! refused one, and one whose author tries to break the page.

use guildhall_tests::{Home, Market, component, find, folder, skill};
use std::path::Path;
use std::time::{Duration, Instant};

/// What an author writes who wants to break pages: markup, a script, letters that turn the direction, no space to break at.
const NASTY: &str = "<script>document.title='taken'</script><img src=x onerror=alert(1)>\\\"'><b>bold</b> \u{05d0}\u{05d1}\u{05d2} \
     Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichenverordnungsdurchfuehrungsbestimmungenkommentar";

/// The skill that costs something each month, and its price.
pub const MONTHLY: [&str; 2] = ["northwind/invoice-check", "EUR 12.50"];
/// The skill that costs something once, and its price.
pub const ONCE: [&str; 2] = ["northwind/exchange-rates", "EUR 9.00"];
/// The skill that is free.
pub const FREE: &str = "northwind/pay-supplier";

/// The marketplace, and what is on its shelf.
pub struct Stage {
    market: Market,
    author: Home,
    /// Name of the skill with the odd texts.
    pub odd: String,
    /// The held publish.
    pub held: String,
}

/// A release made of an example.
struct Made<'a> {
    example: &'a str,
    name: &'a str,
    version: &'a str,
    /// Lines of the manifest, and what stands there instead.
    changes: &'a [(&'a str, &'a str)],
    golden: bool,
}

/// A marketplace with these examples on its shelf, published by northwind as they are.
pub fn shelf(examples: &[&str]) -> Market {
    let market = Market::start();
    let author = market.author("nora", "northwind");
    for example in examples {
        let made = Made {
            example,
            name: example,
            version: "0.1.0",
            changes: &[],
            golden: true,
        };
        let _ = publish(&author, &made).exits(0);
    }
    market
}

impl Stage {
    /// Publishes everything.
    pub fn set() -> Self {
        let market = Market::start();
        let author = market.author("nora", "northwind");
        let long = "w".repeat(63) + "x";
        let odd = format!("{long}/{}", "o".repeat(60));
        let other = market.author("olaf", &long);
        let release = |home: &Home, made: &Made<'_>, code: i32| {
            let ran = publish(home, made).exits(code);
            ran.json()["id"].as_str().unwrap_or_default().to_owned()
        };
        let plain = |example, version| Made {
            example,
            name: example,
            version,
            changes: &[],
            golden: true,
        };
        for example in ["invoice-check", "exchange-rates", "pay-supplier"] {
            release(&author, &plain(example, "0.1.0"), 0);
        }
        sold(&market, &author);
        for version in ["0.1.0", "0.1.1", "0.2.0"] {
            let made = Made {
                golden: version == "0.2.0",
                ..plain("vat-report", version)
            };
            release(&author, &made, 0);
        }
        let take = |version: &str, more: &[&str]| {
            let mut args = vec![
                "yank",
                "northwind/vat-report",
                "--reason",
                "It counted one rate twice.",
            ];
            let named = format!("northwind/vat-report@{version}");
            args[1] = &named;
            args.extend(more);
            let _ = author.guildhall(args).exits(0);
        };
        take("0.1.0", &[]);
        take("0.1.1", &["--revoke"]);
        let description = format!("description = \"{NASTY}\"");
        let keywords = "keywords = [\"<i>tax</i>\", \"documents\", \"\u{05d0}\u{05d1}\"]\nhomepage = \"https://example.test/?q=%3Cscript%3E\"";
        let broken = Made {
            example: "vat-report",
            name: &odd,
            version: "1.0.0-a-very-long-pre-release-name-that-nobody-needs.20261129",
            changes: &[("description", &description), ("keywords", keywords)],
            golden: false,
        };
        release(&other, &broken, 0);
        // One whose cases fail, for the author to mend; and one that asks for more.
        let failing = Made {
            version: "0.1.1",
            changes: &[("keywords", "keywords = [\"fails\"]")],
            ..plain("invoice-check", "0.1.1")
        };
        let _ = spoilt(&author, &failing).exits(4);
        let wider = Made {
            changes: &[("url", "url = \"https://www.ecb.europa.eu/**\"")],
            ..plain("exchange-rates", "0.2.0")
        };
        let held = release(&author, &wider, 3);
        assert!(!held.is_empty());
        Self {
            market,
            author,
            odd,
            held,
        }
    }

    /// A page's address.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.market.url())
    }

    /// Waits until a release is on the shelf.
    pub fn until_released(&self, name: &str, version: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let told = self.author.guildhall(["releases", name, "--json"]).exits(0);
            if told.stdout.contains(&format!("\"{version}\"")) {
                return;
            }
            assert!(Instant::now() < deadline, "{}", told.shown());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Asks prices for two, and sells one of them to a merchant.
fn sold(market: &Market, author: &Home) {
    for ([name, price], model) in [(MONTHLY, "monthly"), (ONCE, "once")] {
        let _ = author
            .guildhall(["price", name, model, price, "--json"])
            .exits(0);
    }
    let [name, _] = MONTHLY;
    let merchant = Home::new();
    merchant.book("till", "EUR");
    let deposit = ["wallet", "deposit", "till", "EUR 100.00", "--json"];
    let _ = merchant.guildhall(deposit).exits(0);
    let _ = market.install(&merchant, name, &["--yes"]).exits(0);
    let _ = merchant
        .guildhall(["buy", name, "--yes", "--json"])
        .exits(0);
}

fn written(home: &Home, made: &Made<'_>) -> (String, String) {
    let example = find::repository()
        .join("skills-examples")
        .join(made.example);
    let name = if made.name.contains('/') {
        made.name.to_owned()
    } else {
        format!("northwind/{}", made.name)
    };
    let text = std::fs::read_to_string(example.join("skill.toml")).unwrap();
    let manifest: Vec<String> = text
        .lines()
        .map(|line| {
            let key = line.split('=').next().unwrap_or_default().trim();
            let changed = made.changes.iter().find(|(of, _)| *of == key);
            match (key, changed) {
                (_, Some((_, to))) => (*to).to_owned(),
                ("name", None) if line.contains("guildhall-examples/") => {
                    format!("name = \"{name}\"")
                }
                ("version", None) => format!("version = \"{}\"", made.version),
                _ => line.to_owned(),
            }
        })
        .collect();
    let manifest = manifest.join("\n");
    let at = format!("skills/{}-{}", name.replace('/', "-"), made.version.len());
    let at = format!(
        "{}-{}",
        &at[..at.len().min(60)],
        made.version.chars().take(20).collect::<String>()
    );
    home.put(&format!("{at}/skill.toml"), &manifest);
    home.put(&format!("{at}/Cargo.toml"), "[package]\nname = \"x\"\n");
    let bytes = std::fs::read(skill(made.example)).unwrap();
    let bytes = component::with_manifest(&bare(&bytes), &manifest);
    let component = home.put(&format!("{at}/component.wasm"), bytes);
    if made.golden {
        for part in ["golden", "sample"].map(Path::new) {
            let from = example.join(part);
            if from.is_dir() {
                folder::copy(&from, &home.path().join(&at).join(part));
            }
        }
        // What the cases read lies beside the skills.
        let invoices = home.path().join("skills/invoices");
        if !invoices.exists() {
            folder::copy(
                &find::repository().join("skills-examples/invoices"),
                &invoices,
            );
        }
    }
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    (text(&home.path().join(&at)), text(&component))
}

fn publish(home: &Home, made: &Made<'_>) -> guildhall_tests::Ran {
    let (folder, component) = written(home, made);
    home.guildhall(["publish", &folder, "--component", &component, "--json"])
}

/// With a case that can't pass.
fn spoilt(home: &Home, made: &Made<'_>) -> guildhall_tests::Ran {
    let (folder, component) = written(home, made);
    let case = Path::new(&folder).join("golden/clean-invoice/case.toml");
    let text = std::fs::read_to_string(&case).unwrap();
    std::fs::write(
        &case,
        text.replace("[expect]", "[expect]\nfailure = \"never\""),
    )
    .unwrap();
    home.guildhall(["publish", &folder, "--component", &component, "--json"])
}

/// The component without its manifest: what stands at the top in a section of that name.
fn bare(bytes: &[u8]) -> Vec<u8> {
    let (head, mut rest) = bytes.split_at(8);
    let mut out = head.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (mut length, mut shift, mut at) = (0, 0, 0);
        loop {
            length |= usize::from(after[at] & 0x7f) << shift;
            shift += 7;
            at += 1;
            if after[at - 1] < 0x80 {
                break;
            }
        }
        let (section, next) = after.split_at(at + length);
        let is_manifest = *id == 0
            && section
                .windows(b"guildhall:manifest".len())
                .take(8)
                .any(|name| name == b"guildhall:manifest");
        if !is_manifest {
            out.push(*id);
            out.extend_from_slice(section);
        }
        rest = next;
    }
    out
}
