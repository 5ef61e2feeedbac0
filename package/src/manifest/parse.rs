//! The grammar of `skill.toml`.

use std::collections::HashMap;

use semver::Version;
use toml::de::DeTable;

use super::error::{ManifestErrors, Mistakes};
use super::table::{Entry, Source, Table};
use super::{
    LimitRequests, Manifest, MessageDecl, NetworkDecl, PaymentDecl, Places, SkillName, StateDecl,
    licence, settings,
};
use crate::authority::{
    Access, FolderDecl, FolderName, Method, Methods, PayeePattern, UrlGrant, UrlPattern,
};
use crate::capability::Capability;
use crate::text;

const MAX_DECLARATIONS: usize = 64;
const MAX_REASON: usize = 300;
const DEFAULT_STATE_BYTES: u64 = 1 << 20;
const REASON_EXAMPLE: &str = "\"why the skill needs it, in one sentence for the merchant\"";

pub(super) fn manifest(text: &str) -> Result<Manifest, ManifestErrors> {
    if text.len() > Manifest::MAX_BYTES {
        let mut mistakes = Mistakes::default();
        mistakes.add(
            super::Place::default(),
            format!("skill.toml is longer than {} bytes", Manifest::MAX_BYTES),
            "shorten it",
        );
        return mistakes.finish(None);
    }
    let source = Source::new(text);
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            source.mistake(
                &error.span().unwrap_or(0..0),
                format!(
                    "this is not valid TOML: {}",
                    text::plain(error.message(), 200)
                ),
                "correct the line; https://toml.io shows the notation",
            );
            return source.mistakes.into_inner().finish(None);
        }
    };
    let manifest = read(&Table {
        source: &source,
        path: String::new(),
        span: 0..0,
        table: root.get_ref(),
    });
    source.mistakes.into_inner().finish(manifest)
}

fn read(root: &Table<'_, '_>) -> Option<Manifest> {
    root.only(&[
        "name",
        "version",
        "description",
        "licence",
        "homepage",
        "contact",
        "keywords",
        "capabilities",
        "limits",
        "settings",
    ]);
    let mut places = Places {
        end: root.source.end(),
        ..Places::default()
    };
    // Everything is read before the first missing part ends it, so that all mistakes are found.
    let name = root
        .need("name", "\"your-name/your-skill\"")
        .and_then(|entry| entry.parsed::<SkillName>("\"your-name/your-skill\""));
    let version = root
        .need("version", "\"0.1.0\"")
        .and_then(|entry| entry.parsed::<Version>("\"0.1.0\""));
    let description = root
        .need("description", "\"what the skill does, for the merchant\"")
        .and_then(|entry| entry.text(2000));
    let licence = root
        .need("licence", "\"Apache-2.0\"")
        .and_then(|entry| licence_text(&entry));
    let homepage = root.get("homepage").and_then(|entry| homepage(&entry));
    let contact = root.get("contact").and_then(|entry| contact(&entry));
    let keywords = root.get("keywords").map(|entry| keywords(&entry));
    let limits = root.get("limits").and_then(|entry| limits(&entry));
    let settings = root.get("settings").map(|entry| {
        places.settings = entry.place();
        settings::read(&entry)
    });
    let capabilities = root
        .get("capabilities")
        .and_then(|entry| entry.table("write [[capabilities.network]] and so on"))
        .map(|table| capabilities(&table, &mut places))
        .unwrap_or_default();
    Some(Manifest {
        name: name?,
        version: version?,
        description: description?,
        licence: licence?,
        homepage,
        contact,
        keywords: keywords.unwrap_or_default(),
        network: capabilities.network,
        files: capabilities.files,
        payments: capabilities.payments,
        messages: capabilities.messages,
        state: capabilities.state,
        limits: limits.unwrap_or_default(),
        settings: settings.unwrap_or_default(),
        places,
    })
}

fn licence_text(entry: &Entry<'_, '_>) -> Option<String> {
    let text = entry.text(200)?;
    if !licence::is_expression(&text) {
        entry.mistake(
            format!("`{}` is not an SPDX licence expression", text::plain(&text, 80)),
            "write identifiers from https://spdx.org/licenses joined by AND, OR or WITH, for example \"MIT OR Apache-2.0\"",
        );
        return None;
    }
    Some(text)
}

fn homepage(entry: &Entry<'_, '_>) -> Option<String> {
    let text = entry.text(500)?;
    let url = https(&text);
    if url.is_none() {
        entry.mistake(
            "`homepage` is not an https URL",
            "write for example \"https://example.com/skill\"",
        );
    }
    url
}

fn https(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let fits = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    fits.then(|| url.into())
}

fn contact(entry: &Entry<'_, '_>) -> Option<String> {
    let text = entry.text(200)?;
    if is_mail(&text) {
        return Some(text);
    }
    let url = https(&text);
    if url.is_none() {
        entry.mistake(
            "`contact` is neither an https URL nor an e-mail address",
            "write for example \"help@example.com\"",
        );
    }
    url
}

/// An address that a mail program understands, of letters that nobody can mistake.
fn is_mail(text: &str) -> bool {
    let of = |part: &str, more: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    text.split_once('@').is_some_and(|(name, host)| {
        of(name, ".+-_")
            && of(host, ".-")
            && host.split('.').all(|label| !label.is_empty())
            && host.contains('.')
    })
}

fn keywords(entry: &Entry<'_, '_>) -> Vec<String> {
    entry
        .items(16, "write keywords = [\"invoice\", \"vat\"]")
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.text(40))
        .collect()
}

fn limits(entry: &Entry<'_, '_>) -> Option<LimitRequests> {
    let table = entry.table("write [limits] and keys below it")?;
    table.only(&[
        "fuel",
        "wall-ms",
        "memory-bytes",
        "table-elements",
        "host-calls",
        "bytes-in",
        "bytes-out",
        "log-bytes",
    ]);
    let limit = |key| table.get(key).and_then(|entry| entry.positive());
    Some(LimitRequests {
        fuel: limit("fuel"),
        wall_ms: limit("wall-ms"),
        memory_bytes: limit("memory-bytes"),
        table_elements: limit("table-elements"),
        host_calls: limit("host-calls"),
        bytes_in: limit("bytes-in"),
        bytes_out: limit("bytes-out"),
        log_bytes: limit("log-bytes"),
    })
}

#[derive(Default)]
struct Capabilities {
    network: Vec<NetworkDecl>,
    files: Vec<FolderDecl>,
    payments: Vec<PaymentDecl>,
    messages: Vec<MessageDecl>,
    state: Option<StateDecl>,
}

fn capabilities(table: &Table<'_, '_>, places: &mut Places) -> Capabilities {
    let mut out = Capabilities::default();
    for (key, entry) in table.entries() {
        match key.get_ref().parse::<Capability>() {
            Ok(Capability::Network) => (out.network, places.network) = each(&entry, network),
            Ok(Capability::Files) => {
                (out.files, places.files) = each(&entry, folder);
                same_names(&out.files, &places.files, &entry);
            }
            Ok(Capability::Payments) => (out.payments, places.payments) = each(&entry, payment),
            Ok(Capability::Messages) => (out.messages, places.messages) = each(&entry, message),
            Ok(Capability::State) => {
                places.state = entry.place();
                out.state = entry
                    .table("write [capabilities.state] with single brackets: there is one store")
                    .and_then(|table| state(&table));
            }
            Ok(free @ (Capability::Context | Capability::Log)) => table.source.mistake(
                &key.span(),
                format!("`{free}` needs no declaration"),
                "remove this table",
            ),
            Err(error) => table.source.mistake(
                &key.span(),
                format!("`{}`: {error}", entry.path),
                "correct the name of the capability",
            ),
        }
    }
    out
}

/// Reads `[[capabilities.X]]`, every table with its place.
fn each<T>(
    entry: &Entry<'_, '_>,
    read: fn(&Table<'_, '_>) -> Option<T>,
) -> (Vec<T>, Vec<super::Place>) {
    let fix = format!(
        "write [[{}]] with double brackets for each of them",
        entry.path
    );
    entry
        .items(MAX_DECLARATIONS, &fix)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            let table = item.table(&fix)?;
            Some((read(&table)?, table.place()))
        })
        .unzip()
}

fn same_names(files: &[FolderDecl], places: &[super::Place], entry: &Entry<'_, '_>) {
    let mut seen = HashMap::new();
    for (file, place) in files.iter().zip(places) {
        if let Some(first) = seen.insert(&file.name, place) {
            entry.source.mistakes.borrow_mut().add(
                *place,
                format!("`{}` is already declared in line {}", file.name, first.line),
                "give each file or folder a name of its own, or declare it once with access = \"read-write\"",
            );
        }
    }
}

fn reason(table: &Table<'_, '_>) -> Option<String> {
    table.need("reason", REASON_EXAMPLE)?.text(MAX_REASON)
}

fn optional(table: &Table<'_, '_>) -> bool {
    table
        .get("optional")
        .and_then(|entry| entry.boolean())
        .unwrap_or(false)
}

fn network(table: &Table<'_, '_>) -> Option<NetworkDecl> {
    table.only(&["methods", "url", "reason", "optional"]);
    let methods = table.need("methods", "[\"GET\"]").and_then(|entry| {
        let items = entry.items(Method::ALL.len(), "write methods = [\"GET\"]")?;
        items
            .iter()
            .map(|item| item.parsed::<Method>("\"GET\""))
            .collect::<Option<Methods>>()
    });
    let example = "\"https://example.com/reports/*\"";
    let pattern = table
        .need("url", example)
        .and_then(|entry| entry.parsed::<UrlPattern>(example));
    let reason = reason(table);
    let optional = optional(table);
    Some(NetworkDecl {
        grant: UrlGrant {
            methods: methods?,
            pattern: pattern?,
        },
        reason: reason?,
        optional,
    })
}

fn folder(table: &Table<'_, '_>) -> Option<FolderDecl> {
    table.only(&["name", "access", "reason", "optional"]);
    let name = table
        .need("name", "\"invoices\"")
        .and_then(|entry| entry.parsed::<FolderName>("\"invoices\""));
    let access = table
        .need("access", "\"read\"")
        .and_then(|entry| entry.parsed::<Access>("\"read\""));
    let reason = reason(table);
    let optional = optional(table);
    Some(FolderDecl {
        name: name?,
        access: access?,
        reason: reason?,
        optional,
    })
}

/// A list of texts that a parser accepts.
fn list<T: std::str::FromStr>(table: &Table<'_, '_>, key: &str, example: &str) -> Option<Vec<T>>
where
    T::Err: std::fmt::Display,
{
    let shape = format!("[{example}]");
    let items = table
        .need(key, &shape)?
        .items(256, &format!("write {key} = {shape}"))?;
    items.iter().map(|item| item.parsed(example)).collect()
}

fn payment(table: &Table<'_, '_>) -> Option<PaymentDecl> {
    table.only(&["payees", "reason", "optional"]);
    let payees = list::<PayeePattern>(table, "payees", "\"iban:*\"");
    let reason = reason(table);
    let optional = optional(table);
    Some(PaymentDecl {
        payees: payees?,
        reason: reason?,
        optional,
    })
}

fn message(table: &Table<'_, '_>) -> Option<MessageDecl> {
    table.only(&["channels", "reason", "optional"]);
    let channels = list::<FolderName>(table, "channels", "\"email\"");
    let reason = reason(table);
    let optional = optional(table);
    Some(MessageDecl {
        channels: channels?,
        reason: reason?,
        optional,
    })
}

fn state(table: &Table<'_, '_>) -> Option<StateDecl> {
    table.only(&["reason", "max-bytes"]);
    let max_bytes = match table.get("max-bytes") {
        Some(entry) => entry.positive(),
        None => Some(DEFAULT_STATE_BYTES),
    };
    Some(StateDecl {
        reason: reason(table)?,
        max_bytes: max_bytes?,
    })
}
