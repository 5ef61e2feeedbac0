//! The fields of a form.

use super::entries::{
    Entries, MAX_ITEMS, PREFIX, Problems, below, is_given_by_writing, is_json, item, mark,
};
use super::field::{Choice, Control, Field};
use guildhall_package::model::{Label, RecordType};
use guildhall_package::text::plain;
use guildhall_package::{Param, Type};

/// Longest text of an author at a field, in characters.
const DOC: usize = 600;
/// Text of this length and more gets several lines.
const LONG: usize = 80;
/// Names of fields that as a rule hold several lines.
const LONG_NAMES: [&str; 9] = [
    "text", "body", "message", "note", "notes", "comment", "content", "csv", "xml",
];

/// The fields of an operation's input, with what stands in them and what is wrong with it.
#[must_use]
pub fn show(params: &[Param], entries: &Entries, problems: &Problems) -> Vec<Field> {
    let shown = Shown { entries, problems };
    params
        .iter()
        .map(|param| {
            shown.field(Place {
                path: below(PREFIX, &param.name),
                label: words(&param.name),
                name: &param.name,
                doc: None,
                ty: &param.ty,
                level: 0,
            })
        })
        .collect()
}

struct Shown<'a> {
    entries: &'a Entries,
    problems: &'a Problems,
}

struct Place<'a> {
    path: String,
    label: String,
    name: &'a str,
    doc: Option<&'a str>,
    ty: &'a Type,
    level: usize,
}

impl Shown<'_> {
    fn field(&self, place: Place<'_>) -> Field {
        let is_optional = matches!(place.ty, Type::Option(_));
        let json = self.entries.get(&mark(&place.path, "json"));
        let control = if json.is_some() || is_json(place.ty, place.level) {
            Control::Json {
                value: json.unwrap_or_default().to_owned(),
            }
        } else {
            self.control(&place)
        };
        let inner = match place.ty {
            Type::Option(inner) => inner,
            other => other,
        };
        let hint = match control {
            Control::Json { .. } => format!("JSON ({})", inner.kind()),
            _ => hint(inner).to_owned(),
        };
        Field {
            problem: self.problems.get(&place.path).cloned(),
            doc: doc_lines(place.doc.or_else(|| type_doc(inner))),
            hint,
            optional: is_optional,
            label: place.label,
            path: place.path,
            control,
        }
    }

    fn control(&self, place: &Place<'_>) -> Control {
        let (path, ty) = (&place.path, place.ty);
        let text = self.entries.text(path);
        match ty {
            Type::Bool => Control::Check { on: text == "on" },
            Type::F32 | Type::F64 => line(text, "decimal", false),
            Type::Char => line(text, "text", false),
            Type::String => self.text(place, false),
            Type::Enum(labels) => Control::Choose {
                name: path.clone(),
                choices: with_none(label_choices(&labels.labels, text), "Choose…"),
            },
            Type::Flags(labels) => Control::Flags {
                boxes: labels
                    .labels
                    .iter()
                    .map(|label| Choice {
                        value: below(path, &label.name),
                        label: words(&label.name),
                        doc: label.doc.as_deref().map(doc).unwrap_or_default(),
                        on: self.entries.has(&below(path, &label.name)),
                    })
                    .collect(),
            },
            Type::List(_) if ty.is_bytes() => self.upload(path),
            Type::List(of) => {
                let count = self.entries.count(path);
                let rows = (0..count).map(|index| self.part(place, index, of));
                Control::Items {
                    rows: rows.collect(),
                    can_grow: count < MAX_ITEMS,
                }
            }
            Type::Tuple(types) => Control::Group {
                fields: types
                    .iter()
                    .enumerate()
                    .map(|(index, ty)| self.part(place, index, ty))
                    .collect(),
            },
            Type::Record(record) => Control::Group {
                fields: self.record(place, record),
            },
            Type::Variant(variant) => {
                let cases = variant
                    .cases
                    .iter()
                    .map(|case| (case.name.as_str(), case.doc.as_deref(), case.ty.as_ref()));
                self.cases(place, cases)
            }
            Type::Result(result) => self.cases(
                place,
                [
                    ("ok", None, result.ok.as_ref()),
                    ("err", None, result.err.as_ref()),
                ]
                .into_iter(),
            ),
            Type::Option(inner) => self.option(place, inner),
            _ => line(text, "numeric", false),
        }
    }

    fn text(&self, place: &Place<'_>, is_optional: bool) -> Control {
        let value = self.entries.text(&place.path);
        let empty_is_meant =
            is_optional && value.is_empty() && self.entries.has(&mark(&place.path, "given"));
        let is_long = value.contains('\n')
            || value.chars().count() > LONG
            || LONG_NAMES.contains(&place.name);
        if is_long {
            return Control::Lines {
                value: value.to_owned(),
                empty_is_meant,
            };
        }
        line(value, "text", empty_is_meant)
    }

    fn upload(&self, path: &str) -> Control {
        let kept = self.entries.get(&mark(path, "kept")).map(str::to_owned);
        let size = kept.as_ref().map_or(0, |kept| {
            let padding = kept.bytes().rev().take_while(|byte| *byte == b'=').count();
            (kept.len() / 4 * 3).saturating_sub(padding)
        });
        Control::Upload {
            kept,
            size: format!("{size} bytes"),
        }
    }

    fn option(&self, place: &Place<'_>, inner: &Type) -> Control {
        let path = &place.path;
        let text = self.entries.text(path);
        match inner {
            Type::Bool => Control::Choose {
                name: path.clone(),
                choices: with_none(
                    vec![choice("true", "Yes", text), choice("false", "No", text)],
                    "Leave empty",
                ),
            },
            Type::String => self.text(place, true),
            Type::Enum(labels) => Control::Choose {
                name: path.clone(),
                choices: with_none(label_choices(&labels.labels, text), "Leave empty"),
            },
            _ if inner.is_bytes() => self.upload(path),
            _ if is_given_by_writing(inner) => self.control(&self.inside(place, inner)),
            _ => Control::Maybe {
                on: self.entries.has(&mark(path, "given")),
                field: Box::new(Field {
                    problem: None,
                    doc: Vec::new(),
                    ..self.field(self.inside(place, inner))
                }),
            },
        }
    }

    fn inside<'a>(&self, place: &Place<'a>, inner: &'a Type) -> Place<'a> {
        Place {
            path: place.path.clone(),
            label: place.label.clone(),
            name: place.name,
            doc: None,
            ty: inner,
            level: place.level,
        }
    }

    fn part(&self, place: &Place<'_>, index: usize, ty: &Type) -> Field {
        self.field(Place {
            path: item(&place.path, index),
            label: format!("{} {}", place.label, index + 1),
            name: place.name,
            doc: None,
            ty,
            level: place.level + 1,
        })
    }

    fn record(&self, place: &Place<'_>, record: &RecordType) -> Vec<Field> {
        record
            .fields
            .iter()
            .map(|field| {
                self.field(Place {
                    path: below(&place.path, &field.name),
                    label: words(&field.name),
                    name: &field.name,
                    doc: field.doc.as_deref(),
                    ty: &field.ty,
                    level: place.level + 1,
                })
            })
            .collect()
    }

    fn cases<'t>(
        &self,
        place: &Place<'_>,
        cases: impl Iterator<Item = (&'t str, Option<&'t str>, Option<&'t Type>)>,
    ) -> Control {
        let chosen = self.entries.text(&mark(&place.path, "case"));
        let mut choices = Vec::new();
        let mut payloads = Vec::new();
        for (name, about, ty) in cases {
            choices.push(Choice {
                doc: about.map(doc).unwrap_or_default(),
                ..choice(name, &words(name), chosen)
            });
            payloads.push(ty.map(|ty| {
                self.field(Place {
                    path: below(&place.path, name),
                    label: words(name),
                    name,
                    doc: about,
                    ty,
                    level: place.level + 1,
                })
            }));
        }
        Control::Cases {
            choices: with_none(choices, "Choose…"),
            payloads,
        }
    }
}

fn line(value: &str, keys: &'static str, empty_is_meant: bool) -> Control {
    Control::Line {
        value: value.to_owned(),
        keys,
        empty_is_meant,
    }
}

pub(super) fn choice(value: &str, label: &str, chosen: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        doc: String::new(),
        on: value == chosen,
    }
}

fn label_choices(labels: &[Label], chosen: &str) -> Vec<Choice> {
    labels
        .iter()
        .map(|label| Choice {
            doc: label.doc.as_deref().map(doc).unwrap_or_default(),
            ..choice(&label.name, &words(&label.name), chosen)
        })
        .collect()
}

/// The choices after one that is nothing.
pub(super) fn with_none(mut choices: Vec<Choice>, nothing: &str) -> Vec<Choice> {
    let none = !choices.iter().any(|choice| choice.on);
    choices.insert(
        0,
        Choice {
            on: none,
            ..choice("", nothing, "-")
        },
    );
    choices
}

/// What kind of text is wanted.
const fn hint(ty: &Type) -> &'static str {
    match ty {
        Type::S8 | Type::S16 | Type::S32 | Type::S64 => "A whole number",
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => "A whole number, 0 or more",
        Type::F32 | Type::F64 => "A number, such as 1.5",
        Type::Char => "One character",
        _ => "",
    }
}

fn type_doc(ty: &Type) -> Option<&str> {
    match ty {
        Type::Record(record) => record.doc.as_deref(),
        Type::Variant(variant) => variant.doc.as_deref(),
        Type::Enum(labels) | Type::Flags(labels) => labels.doc.as_deref(),
        _ => None,
    }
}

fn doc(text: &str) -> String {
    plain(text, DOC)
}

fn doc_lines(text: Option<&str>) -> Vec<String> {
    text.map(|text| text.lines().map(str::trim).filter(|line| !line.is_empty()))
        .into_iter()
        .flatten()
        .take(8)
        .map(doc)
        .collect()
}

/// A name as words: `net_amount` is `Net amount`.
#[must_use]
pub(super) fn words(name: &str) -> String {
    let spaced = plain(name, 100).replace(['_', '-'], " ");
    let mut chars = spaced.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => spaced,
    }
}
