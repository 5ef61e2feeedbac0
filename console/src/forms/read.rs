//! A form that was sent, as a value.

use super::entries::{Entries, PREFIX, Problems, below, is_given_by_writing, item, mark};
use super::fill::payload_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::model::LabelsType;
use guildhall_package::{JsonLimits, Param, Type, parse_strict};
use serde_json::{Map, Number, Value};

/// What a form says.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The input: an object by parameter name. Only complete if there are no problems.
    pub input: Value,
    /// Mistakes by path.
    pub problems: Problems,
}

/// Reads the input of an operation out of a form.
#[must_use]
pub fn read(params: &[Param], entries: &Entries) -> Read {
    let mut reader = Reader {
        entries,
        problems: Problems::new(),
    };
    let mut input = Map::new();
    for param in params {
        let value = reader.value(&below(PREFIX, &param.name), &param.ty);
        input.insert(param.name.clone(), value);
    }
    Read {
        input: Value::Object(input),
        problems: reader.problems,
    }
}

struct Reader<'e> {
    entries: &'e Entries,
    problems: Problems,
}

impl Reader<'_> {
    fn problem(&mut self, path: &str, text: impl Into<String>) -> Value {
        self.problems.insert(path.to_owned(), text.into());
        Value::Null
    }

    /// Types end at [`Type::MAX_DEPTH`], and so does this.
    fn value(&mut self, path: &str, ty: &Type) -> Value {
        if let Some(json) = self.entries.get(&mark(path, "json")) {
            return self.json(path, ty, json);
        }
        let text = self.entries.text(path);
        match ty {
            Type::Bool => Value::Bool(text == "on"),
            Type::S8 => self.integer(path, i8::MIN, i8::MAX),
            Type::U8 => self.integer(path, u8::MIN, u8::MAX),
            Type::S16 => self.integer(path, i16::MIN, i16::MAX),
            Type::U16 => self.integer(path, u16::MIN, u16::MAX),
            Type::S32 => self.integer(path, i32::MIN, i32::MAX),
            Type::U32 => self.integer(path, u32::MIN, u32::MAX),
            Type::S64 => self.integer(path, i64::MIN, i64::MAX),
            Type::U64 => self.integer(path, u64::MIN, u64::MAX),
            Type::F32 | Type::F64 => self.float(path, text.trim()),
            Type::Char => {
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (Some(_), None) => Value::from(text),
                    _ => self.problem(path, "Write exactly one character."),
                }
            }
            // Browsers send line ends as two characters.
            Type::String => Value::from(text.replace("\r\n", "\n")),
            Type::Enum(labels) => self.label(path, labels, text),
            Type::Flags(labels) => labels
                .labels
                .iter()
                .filter(|label| self.entries.has(&below(path, &label.name)))
                .map(|label| Value::from(label.name.as_str()))
                .collect(),
            Type::List(_) if ty.is_bytes() => self.bytes(path),
            Type::List(of) => (0..self.entries.count(path))
                .map(|index| self.value(&item(path, index), of))
                .collect(),
            Type::Tuple(types) => types
                .iter()
                .enumerate()
                .map(|(index, ty)| self.value(&item(path, index), ty))
                .collect(),
            Type::Record(record) => {
                let fields = record.fields.iter().map(|field| {
                    let value = self.value(&below(path, &field.name), &field.ty);
                    (field.name.clone(), value)
                });
                Value::Object(fields.collect())
            }
            Type::Variant(_) | Type::Result(_) => self.case(path, ty),
            Type::Option(inner) => self.option(path, inner, text),
        }
    }

    fn option(&mut self, path: &str, inner: &Type, text: &str) -> Value {
        let given = self.entries.has(&mark(path, "given"));
        let by_writing = is_given_by_writing(inner);
        match inner {
            Type::Bool => match text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            },
            _ if inner.is_bytes() && self.entries.has(&mark(path, "kept")) => self.bytes(path),
            // Blanks are a text, and no number.
            Type::String | Type::Char if text.is_empty() && !given => Value::Null,
            _ if by_writing && text.trim().is_empty() && !given && !is_text(inner) => Value::Null,
            _ if !by_writing && !given => Value::Null,
            _ => self.value(path, inner),
        }
    }

    fn case(&mut self, path: &str, ty: &Type) -> Value {
        let chosen = self.entries.text(&mark(path, "case"));
        let known = match ty {
            Type::Variant(variant) => variant.cases.iter().any(|case| case.name == chosen),
            _ => matches!(chosen, "ok" | "err"),
        };
        if !known {
            return self.problem(path, "Choose one.");
        }
        let payload = match payload_of(ty, chosen) {
            Some(ty) => self.value(&below(path, chosen), ty),
            None => Value::Null,
        };
        Value::Object([(chosen.to_owned(), payload)].into_iter().collect())
    }

    fn label(&mut self, path: &str, labels: &LabelsType, text: &str) -> Value {
        match labels.labels.iter().any(|label| label.name == text) {
            true => Value::from(text),
            false => self.problem(path, "Choose one."),
        }
    }

    fn integer(&mut self, path: &str, least: impl Into<i128>, most: impl Into<i128>) -> Value {
        let (least, most) = (least.into(), most.into());
        let text = self.entries.text(path).trim();
        match text.parse::<i128>() {
            Ok(value) if (least..=most).contains(&value) => whole(value),
            _ => self.problem(
                path,
                format!("Write a whole number from {least} to {most}."),
            ),
        }
    }

    fn float(&mut self, path: &str, text: &str) -> Value {
        if matches!(text, "NaN" | "Infinity" | "-Infinity") {
            return Value::from(text);
        }
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        match number {
            Some(number) => Value::Number(number),
            None => self.problem(path, "Write a number, such as 1.5."),
        }
    }

    fn bytes(&mut self, path: &str) -> Value {
        match self.entries.get(&mark(path, "kept")) {
            Some(kept) if STANDARD.decode(kept).is_ok() => Value::from(kept),
            _ => self.problem(path, "Choose a file."),
        }
    }

    fn json(&mut self, path: &str, ty: &Type, text: &str) -> Value {
        if text.trim().is_empty() {
            return match ty {
                Type::Option(_) => Value::Null,
                _ => self.problem(path, "Write a value, as JSON."),
            };
        }
        match parse_strict(text.as_bytes(), JsonLimits::default()) {
            Ok(value) => value,
            Err(error) => self.problem(path, format!("This is no JSON: {error}.")),
        }
    }
}

const fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Char)
}

/// A whole number as the host writes it: as text where not every reader keeps it exactly.
fn whole(value: i128) -> Value {
    if value.unsigned_abs() <= u128::from(Type::MAX_SAFE_INTEGER)
        && let Ok(small) = i64::try_from(value)
    {
        return Value::from(small);
    }
    Value::from(value.to_string())
}
