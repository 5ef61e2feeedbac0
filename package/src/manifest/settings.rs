//! `[settings.NAME]`: what the merchant can set.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::table::{Entry, Table};
use super::{Setting, SettingKind};
use crate::authority::FolderName;

const MAX_SETTINGS: usize = 64;
const MAX_VALUE: usize = 1000;

pub(super) fn read(entry: &Entry<'_, '_>) -> BTreeMap<String, Setting> {
    let Some(table) = entry.table("write [settings.NAME] and keys below it") else {
        return BTreeMap::new();
    };
    if table.table.len() > MAX_SETTINGS {
        entry.mistake(
            format!("there are more than {MAX_SETTINGS} settings"),
            "keep those that a merchant will want to change",
        );
        return BTreeMap::new();
    }
    table
        .entries()
        .filter_map(|(key, entry)| {
            let name = key.get_ref();
            if name.parse::<FolderName>().is_err() {
                table.source.mistake(
                    &key.span(),
                    format!("`{}` is not a name for a setting", entry.path),
                    "start with a small letter and use up to 64 small letters, digits and `-`",
                );
                return None;
            }
            let table = entry.table("write [settings.NAME] and keys below it")?;
            Some((name.to_string(), setting(&table)?))
        })
        .collect()
}

fn setting(table: &Table<'_, '_>) -> Option<Setting> {
    table.only(&["type", "choices", "default", "description"]);
    let description = table
        .need("description", "\"what the setting changes\"")
        .and_then(|entry| entry.text(500));
    let kind = table
        .need("type", "\"string\"")
        .and_then(|entry| kind(table, &entry));
    if !matches!(kind, Some(SettingKind::Choice { .. }) | None)
        && let Some(entry) = table.get("choices")
    {
        entry.mistake(
            "`choices` belongs to settings of type \"choice\"",
            "write type = \"choice\", or remove the choices",
        );
    }
    let default = match (table.get("default"), &kind) {
        (Some(entry), Some(kind)) => Some(default(&entry, kind)?),
        _ => None,
    };
    Some(Setting {
        kind: kind?,
        default,
        description: description?,
    })
}

fn kind(table: &Table<'_, '_>, entry: &Entry<'_, '_>) -> Option<SettingKind> {
    match entry.text(40)?.as_str() {
        "string" => Some(SettingKind::String),
        "integer" => Some(SettingKind::Integer),
        "boolean" => Some(SettingKind::Boolean),
        "choice" => {
            let example = "[\"monthly\", \"quarterly\"]";
            let items = table
                .need("choices", example)?
                .items(64, &format!("write choices = {example}"))?;
            let choices = items
                .iter()
                .map(|item| item.text(MAX_VALUE))
                .collect::<Option<Vec<_>>>()?;
            Some(SettingKind::Choice { choices })
        }
        _ => {
            entry.mistake(
                format!("`{}` is no type of a setting", entry.path),
                "write \"string\", \"integer\", \"boolean\" or \"choice\"",
            );
            None
        }
    }
}

/// The default as the text that the skill gets.
fn default(entry: &Entry<'_, '_>, kind: &SettingKind) -> Option<String> {
    match kind {
        SettingKind::String => match entry.value.get_ref().as_str() {
            // Unlike other texts a default may be empty.
            Some("") => Some(String::new()),
            _ => entry.text(MAX_VALUE),
        },
        SettingKind::Integer => entry.integer().map(|value| value.to_string()),
        SettingKind::Boolean => entry.boolean().map(|value| value.to_string()),
        SettingKind::Choice { choices } => {
            let value = match entry.value.get_ref() {
                DeValue::String(value) => value.to_string(),
                _ => String::new(),
            };
            if choices.contains(&value) {
                Some(value)
            } else {
                entry.mistake(
                    format!("`{}` is not one of the choices", entry.path),
                    format!("write one of: {}", choices.join(", ")),
                );
                None
            }
        }
    }
}
