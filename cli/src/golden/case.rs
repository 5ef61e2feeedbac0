//! The format of a golden case: `golden/NAME/case.toml`.
//!
//! ```toml
//! operation = "report"
//! input = { year = 2026 }             # or input-file = "input.json"
//! now = 2026-01-31T09:30:00Z          # default 2026-01-01T00:00:00Z
//! locale = "de-DE"                    # default "en"
//! pay = ["EUR 500.00"]                # ceilings, as `--pay` takes them; the case's wallet has what they need
//! message = ["email"]                 # channels, as `--message` takes them; nothing leaves
//!
//! [settings]
//! currency = "EUR"
//! [limits]
//! wall-ms = 5000
//! [[before]]                          # runs that come first and share the state, approved
//! operation = "check"
//! input-file = "first.json"
//! [[read]]                            # paths are relative to the case's folder
//! name = "invoices"
//! path = "invoices"
//! [[write]]                           # an empty folder, or a copy of `path`
//! name = "reports"
//! [[network]]                         # what is recorded is granted; everything else is not
//! request = "GET https://rates.example/daily.xml"
//! status = 200
//! body-file = "daily.xml"             # or body = "…"
//! headers = { content-type = "text/xml" }
//!
//! [expect]                            # written by `guildhall test --update`
//! status = "committed"
//! output-file = "expected/output.json" # or output = …, failure = …, failure-file = …
//! [[expect.write]]
//! path = "reports/vat.csv"
//! content-file = "expected/reports/vat.csv"
//! # effects = ["pay EUR 120.00 to iban:DE… for INV-1"]  # payments and messages, in their order
//! [[expect.refusal]]
//! rule = "files.not-found"
//! ```
//!
//! A run that is expected to end well must do nothing that is not written down: its output, every file and every
//! refusal. Of a run that ends otherwise, the failure and the refusals are compared if they are written down.

use super::paths::Paths;
use super::toml_json;
use crate::grants::{self, LimitValue};
use crate::when::parse_rfc3339;
use guildhall_host::{MessageGrant, PayGrant, RunStatus};
use guildhall_package::json::{JsonLimits, parse_strict};
use guildhall_package::{FolderName, Target, UrlGrant};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Start of a case's time where it names none: 2026-01-01T00:00:00Z.
pub const DEFAULT_NOW_MS: i64 = 1_767_225_600_000;

/// A case that can be run.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its folder.
    pub folder: PathBuf,
    /// The call that is tested.
    pub call: Call,
    /// Calls that come first.
    pub before: Vec<Call>,
    /// Start of time in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Language tag.
    pub locale: String,
    /// Settings as text.
    pub settings: BTreeMap<String, String>,
    /// Limits over the defaults.
    pub limits: Vec<LimitValue>,
    /// Files and folders to read.
    pub read: Vec<ReadEntry>,
    /// Folders to write to.
    pub write: Vec<WriteEntry>,
    /// Ceilings of payments.
    pub pay: Vec<PayGrant>,
    /// Channels for messages.
    pub message: Vec<MessageGrant>,
    /// Recorded answers.
    pub network: Vec<Answer>,
    /// What is expected; none if nothing was recorded yet.
    pub expect: Option<Expect>,
    /// Every place that it names, absolute; some may hold nothing yet.
    pub named: BTreeSet<PathBuf>,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Operation.
    pub operation: String,
    /// Input object.
    pub input: Value,
}

/// A file or folder to read.
#[derive(Debug, Clone)]
pub struct ReadEntry {
    /// Name that the skill sees.
    pub name: FolderName,
    /// Where it is.
    pub path: PathBuf,
}

/// A folder to write to.
#[derive(Debug, Clone)]
pub struct WriteEntry {
    /// Name that the skill sees.
    pub name: FolderName,
    /// What is in it before; none for an empty folder.
    pub copy_of: Option<PathBuf>,
    /// Whether the skill may read it too.
    pub read: bool,
}

/// A recorded answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method of the request.
    pub method: String,
    /// URL of the request.
    pub url: String,
    /// The grant that covers exactly this request, whatever its query.
    pub grant: UrlGrant,
    /// Status code.
    pub status: u16,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Vec<u8>,
}

/// What is expected.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// Status; by default committed if writes are expected, failed if a failure is, and completed otherwise.
    pub status: RunStatusWord,
    /// Output of the operation.
    pub output: Option<Stored>,
    /// Typed failure of the operation.
    pub failure: Option<Stored>,
    /// Files written.
    pub write: Vec<ExpectedWrite>,
    /// Payments and messages, each as one line, in the order they were staged.
    pub effects: Vec<String>,
    /// Rules of the refusals met, in order. None: there must be none if the run ends well, and any if it does not.
    pub refusals: Option<Vec<String>>,
}

/// The status that a case names, if it does.
pub type RunStatusWord = Option<RunStatus>;

/// A JSON value in the case, or in a file beside it (which may be missing until it is recorded).
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// In case.toml.
    Inline(Value),
    /// In this file, relative to the case.
    File(String),
}

/// A file that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectedWrite {
    /// Path as the skill names it.
    pub path: String,
    /// File with the content, relative to the case.
    pub content_file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaseFile {
    operation: String,
    input: Option<toml::Table>,
    input_file: Option<String>,
    now: Option<toml::Value>,
    locale: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    #[serde(default)]
    pay: Vec<String>,
    #[serde(default)]
    message: Vec<String>,
    #[serde(default)]
    before: Vec<CallFile>,
    #[serde(default)]
    read: Vec<ReadFile>,
    #[serde(default)]
    write: Vec<WriteFile>,
    #[serde(default)]
    network: Vec<NetworkFile>,
    expect: Option<ExpectFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CallFile {
    operation: String,
    input: Option<toml::Table>,
    input_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadFile {
    name: String,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteFile {
    name: String,
    path: Option<String>,
    #[serde(default)]
    read: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct NetworkFile {
    request: String,
    #[serde(default = "ok")]
    status: u16,
    body: Option<String>,
    body_file: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

const fn ok() -> u16 {
    200
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ExpectFile {
    status: Option<String>,
    output: Option<toml::Value>,
    output_file: Option<String>,
    failure: Option<toml::Value>,
    failure_file: Option<String>,
    #[serde(default)]
    write: Vec<ExpectedWrite>,
    #[serde(default)]
    effects: Vec<String>,
    refusal: Option<Vec<ExpectedRefusal>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRefusal {
    rule: String,
}

/// Reads the case in `folder`, with all files it points to except those that hold expectations.
pub fn read(folder: &Path) -> Result<Case, String> {
    read_with(&Paths::anywhere(folder))
}

/// Reads the case in `folder`, a stranger's: it can name nothing outside `within`, which must hold no links.
pub fn read_within(folder: &Path, within: &Path) -> Result<Case, String> {
    read_with(&Paths::within(folder, within))
}

fn read_with(paths: &Paths) -> Result<Case, String> {
    let text = std::fs::read_to_string(paths.folder().join("case.toml"))
        .map_err(|error| format!("case.toml can't be read: {error}"))?;
    let file: CaseFile = toml::from_str(&text).map_err(|error| format!("case.toml: {error}"))?;
    parse(paths, file)
}

fn parse(folder: &Paths, file: CaseFile) -> Result<Case, String> {
    let call = CallFile {
        operation: file.operation,
        input: file.input,
        input_file: file.input_file,
    };
    Ok(Case {
        call: read_call(folder, call)?,
        before: file
            .before
            .into_iter()
            .map(|call| read_call(folder, call))
            .collect::<Result<_, _>>()?,
        now_ms: file.now.map_or(Ok(DEFAULT_NOW_MS), |now| read_now(&now))?,
        locale: file.locale.unwrap_or_else(|| "en".to_owned()),
        settings: file
            .settings
            .into_iter()
            .map(|(name, value)| Ok((name, setting_text(value)?)))
            .collect::<Result<_, String>>()?,
        limits: file
            .limits
            .into_iter()
            .map(|(name, value)| grants::limit(&format!("{name}={value}")))
            .collect::<Result<_, _>>()?,
        read: file
            .read
            .into_iter()
            .map(|entry| {
                Ok(ReadEntry {
                    name: folder_name(&entry.name)?,
                    path: folder.named(&entry.path)?,
                })
            })
            .collect::<Result<_, String>>()?,
        write: file
            .write
            .into_iter()
            .map(|entry| {
                Ok(WriteEntry {
                    name: folder_name(&entry.name)?,
                    copy_of: entry.path.map(|path| folder.named(&path)).transpose()?,
                    read: entry.read,
                })
            })
            .collect::<Result<_, String>>()?,
        pay: file
            .pay
            .iter()
            .map(|text| text.parse().map_err(|error| format!("`pay`: {error}")))
            .collect::<Result<_, String>>()?,
        message: file
            .message
            .iter()
            .map(|text| text.parse().map_err(|error| format!("`message`: {error}")))
            .collect::<Result<_, String>>()?,
        network: file
            .network
            .into_iter()
            .map(|entry| read_answer(folder, entry))
            .collect::<Result<_, _>>()?,
        expect: file
            .expect
            .map(|expect| read_expect(folder, expect))
            .transpose()?,
        folder: folder.folder().to_owned(),
        named: folder.all_named(),
    })
}

fn read_call(folder: &Paths, call: CallFile) -> Result<Call, String> {
    let input = match (call.input, call.input_file) {
        (Some(_), Some(_)) => return Err("a call has `input` or `input-file`, not both".to_owned()),
        (Some(table), None) => toml_json::to_json(toml::Value::Table(table))?,
        (None, Some(file)) => read_json(&folder.named(&file)?)?,
        (None, None) => Value::Object(serde_json::Map::new()),
    };
    Ok(Call {
        operation: call.operation,
        input,
    })
}

fn read_answer(folder: &Paths, entry: NetworkFile) -> Result<Answer, String> {
    let (method, url) = entry
        .request
        .split_once(' ')
        .ok_or("a network entry's request is a method, a space and a URL: GET https://host/path")?;
    let request = format!("the request `{}`", entry.request);
    Target::parse(method, url).map_err(|error| format!("{request}: {}", error.message))?;
    let covered = url.split('?').next().unwrap_or(url);
    let body = match (entry.body, entry.body_file) {
        (Some(_), Some(_)) => {
            return Err(format!("{request} has `body` and `body-file`; keep one"));
        }
        (Some(text), None) => text.into_bytes(),
        (None, Some(file)) => {
            let path = folder.named(&file)?;
            std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?
        }
        (None, None) => Vec::new(),
    };
    if !(200..=999).contains(&entry.status) {
        return Err(format!("{request}: a status is 200 to 999"));
    }
    Ok(Answer {
        grant: format!("{method} {covered}")
            .parse()
            .map_err(|error| format!("{request}: {error}"))?,
        method: method.to_owned(),
        url: url.to_owned(),
        status: entry.status,
        headers: entry.headers,
        body,
    })
}

fn read_expect(folder: &Paths, file: ExpectFile) -> Result<Expect, String> {
    let stored =
        |what: &str, inline: Option<toml::Value>, path: Option<String>| match (inline, path) {
            (Some(_), Some(_)) => Err(format!("[expect] has `{what}` and `{what}-file`; keep one")),
            (Some(value), None) => Ok(Some(Stored::Inline(toml_json::to_json(value)?))),
            (None, Some(path)) => {
                folder.named(&path)?;
                Ok(Some(Stored::File(path)))
            }
            (None, None) => Ok(None),
        };
    let status = match file.status {
        None => None,
        Some(word) => Some(
            RunStatus::from_word(&word)
                .ok_or_else(|| format!("[expect] there is no status `{word}`"))?,
        ),
    };
    for write in &file.write {
        folder.named(&write.content_file)?;
    }
    Ok(Expect {
        status,
        output: stored("output", file.output, file.output_file)?,
        failure: stored("failure", file.failure, file.failure_file)?,
        write: file.write,
        effects: file.effects,
        refusals: file
            .refusal
            .map(|list| list.into_iter().map(|refusal| refusal.rule).collect()),
    })
}

impl Expect {
    /// The status expected, also where the case leaves it to the rest.
    #[must_use]
    pub const fn status(&self) -> RunStatus {
        match self.status {
            Some(status) => status,
            None if self.failure.is_some() => RunStatus::Failed,
            None if !self.write.is_empty() || !self.effects.is_empty() => RunStatus::Committed,
            None => RunStatus::Completed,
        }
    }

    /// Whether the run is expected to end well. Then everything it does must be written down.
    #[must_use]
    pub const fn ends_well(&self) -> bool {
        matches!(self.status(), RunStatus::Completed | RunStatus::Committed)
    }
}

/// Reads JSON as strictly as an input is read.
pub fn read_json(path: &Path) -> Result<Value, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse_strict(&bytes, JsonLimits::default())
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn read_now(value: &toml::Value) -> Result<i64, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(time) => time.to_string(),
        _ => String::new(),
    };
    parse_rfc3339(&text).map_err(|error| format!("`now`: {error}"))
}

fn setting_text(value: toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(flag) => Ok(flag.to_string()),
        _ => Err("a setting is a text, a whole number, true or false".to_owned()),
    }
}

fn folder_name(text: &str) -> Result<FolderName, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn case(text: &str) -> Result<Case, String> {
        let file: CaseFile = toml::from_str(text).map_err(|error| error.to_string())?;
        parse(&Paths::anywhere(Path::new("/cases/x")), file)
    }

    /// The format as its documentation shows it.
    fn documented() -> String {
        include_str!("case.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! "))
            .skip_while(|line| !line.starts_with("operation"))
            .take_while(|line| !line.starts_with("```"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_documented_case_is_understood() {
        let file: CaseFile = toml::from_str(&documented()).unwrap();
        assert_eq!(file.network.len(), 1);
        let paths = Paths::anywhere(Path::new("/cases/x"));
        let expect = read_expect(&paths, file.expect.unwrap()).unwrap();
        assert_eq!(expect.status(), RunStatus::Committed);
        assert_eq!(expect.refusals.unwrap(), ["files.not-found"]);
    }

    #[test]
    fn a_case_may_name_only_its_operation() {
        let case = case("operation = \"greet\"").unwrap();
        assert_eq!(case.call.input, json!({}));
        assert_eq!(case.now_ms, DEFAULT_NOW_MS);
        assert_eq!(parse_rfc3339("2026-01-01T00:00:00Z"), Ok(DEFAULT_NOW_MS));
        assert!(case.expect.is_none());
    }

    #[test]
    fn a_recorded_answer_grants_exactly_its_request() {
        let case = case(
            "operation = \"x\"\n[[network]]\nrequest = \"GET https://a.example/b?c=d\"\nbody = \"e\"",
        )
        .unwrap();
        let answer = &case.network[0];
        assert_eq!(answer.grant.to_string(), "GET https://a.example/b");
        assert_eq!(
            (answer.url.as_str(), answer.status),
            ("https://a.example/b?c=d", 200)
        );
    }

    #[test]
    fn what_is_misspelt_or_said_twice_is_an_error() {
        for text in [
            "operation = \"x\"\ninputs = {}",
            "operation = \"x\"\ninput = {}\ninput-file = \"a\"",
            "operation = \"x\"\nnow = 2026-01-01",
            "operation = \"x\"\n[expect]\nstatus = \"fine\"",
            "operation = \"x\"\n[expect]\noutput = 1\noutput-file = \"a\"",
            "operation = \"x\"\n[[network]]\nrequest = \"https://a.example/\"",
            "operation = \"x\"\n[[network]]\nrequest = \"GET ftp://a.example/\"",
            "operation = \"x\"\n[[read]]\nname = \"A b\"\npath = \"a\"",
            "operation = \"x\"\n[limits]\nfule = 3",
            "",
        ] {
            assert!(case(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_case_panics(text in "[a-z\\[\\]=\"{}\n .0-9-]{0,200}") {
            let _ = case(&format!("operation = \"x\"\n{text}"));
        }
    }
}
