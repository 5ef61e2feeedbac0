//! The settings of a skill as a form. A setting that is left empty has the default of its manifest.

use super::entries::{Entries, Problems, below};
use super::field::{Control, Field};
use super::show::{choice, with_none, words};
use guildhall_package::manifest::{Setting, SettingKind};
use guildhall_package::text::plain;
use std::collections::BTreeMap;

/// First part of the names of settings in a form.
const PREFIX: &str = "setting";
/// Longest text of a setting, in characters, as the host takes it.
const MAX_TEXT: usize = 1_000;

/// The fields of the settings that a manifest declares. `entries` is what was sent, or nothing of a form that is new;
/// `values` is what the merchant has set.
#[must_use]
pub fn show_settings(
    declared: &BTreeMap<String, Setting>,
    values: &BTreeMap<String, String>,
    sent: Option<&Entries>,
    problems: &Problems,
) -> Vec<Field> {
    declared
        .iter()
        .map(|(name, setting)| {
            let path = below(PREFIX, name);
            let value = match sent {
                Some(sent) => sent.text(&path).to_owned(),
                None => values.get(name).cloned().unwrap_or_default(),
            };
            Field {
                label: words(name),
                doc: vec![plain(&setting.description, 600)],
                hint: hint(setting),
                optional: true,
                problem: problems.get(&path).cloned(),
                control: control(&path, setting, &value),
                path,
            }
        })
        .collect()
}

fn control(path: &str, setting: &Setting, value: &str) -> Control {
    let choices = |choices: Vec<_>| Control::Choose {
        name: path.to_owned(),
        choices: with_none(choices, "Its default"),
    };
    match &setting.kind {
        SettingKind::String => Control::Line {
            value: value.to_owned(),
            keys: "text",
            empty_is_meant: false,
        },
        SettingKind::Integer => Control::Line {
            value: value.to_owned(),
            keys: "numeric",
            empty_is_meant: false,
        },
        SettingKind::Boolean => choices(vec![
            choice("true", "Yes", value),
            choice("false", "No", value),
        ]),
        SettingKind::Choice { choices: known } => choices(
            known
                .iter()
                .map(|known| choice(known, &plain(known, 100), value))
                .collect(),
        ),
    }
}

fn hint(setting: &Setting) -> String {
    let kind = match setting.kind {
        SettingKind::Integer => "A whole number. ",
        _ => "",
    };
    match &setting.default {
        Some(default) => format!("{kind}Left empty it is {}.", plain(default, 200)),
        None => format!("{kind}Left empty it is not set."),
    }
}

/// Reads the settings out of a form: those that were set, and what is wrong.
#[must_use]
pub fn read_settings(
    declared: &BTreeMap<String, Setting>,
    entries: &Entries,
) -> (BTreeMap<String, String>, Problems) {
    let mut values = BTreeMap::new();
    let mut problems = Problems::new();
    for (name, setting) in declared {
        let path = below(PREFIX, name);
        let text = entries.text(&path).trim();
        if text.is_empty() {
            continue;
        }
        let problem = match &setting.kind {
            SettingKind::String if text.chars().count() > MAX_TEXT => {
                Some("Write at most 1,000 characters.")
            }
            SettingKind::Integer if text.parse::<i64>().is_err() => Some("Write a whole number."),
            SettingKind::Boolean if !matches!(text, "true" | "false") => Some("Choose one."),
            SettingKind::Choice { choices } if !choices.iter().any(|known| known == text) => {
                Some("Choose one.")
            }
            _ => None,
        };
        match problem {
            Some(problem) => {
                problems.insert(path, problem.to_owned());
            }
            None => {
                values.insert(name.clone(), text.to_owned());
            }
        }
    }
    (values, problems)
}
