//! What a case did, against what it was expected to do.

use super::case::{Case, Expect, Stored, read_json};
use crate::card::diff::plain_diff;
use crate::card::layout;
use guildhall_host::RunStatus;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde_json::Value;

/// Lines of one difference in a report.
const LINES: usize = 40;

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// How the run ended.
    pub status: RunStatus,
    /// Output, if it ended well.
    pub output: Option<Value>,
    /// The operation's typed failure.
    pub failure: Option<Value>,
    /// What ended the run otherwise, for a person.
    pub ended_by: Option<String>,
    /// Files found on disk after the commit, by the skill's own path, in the order of the effects.
    pub writes: Vec<(String, Vec<u8>)>,
    /// Payments and messages of a run that was committed, each as one line, in the order they were staged.
    pub effects: Vec<String>,
    /// Refusals, in order: rule and sentence.
    pub refusals: Vec<(String, String)>,
}

/// One difference: a sentence, and lines that show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// What differs.
    pub message: String,
    /// How.
    pub lines: Vec<String>,
}

impl Problem {
    /// A difference without lines.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            lines: Vec::new(),
        }
    }
}

/// Every difference, the status first.
#[must_use]
pub fn compare(case: &Case, expect: &Expect, observed: &Observed, columns: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    if observed.status != expect.status() {
        let mut problem = Problem::new(format!(
            "the run ended {}, expected {}",
            observed.status.word(),
            expect.status().word()
        ));
        problem.lines.extend(observed.ended_by.clone());
        problem.lines.extend(
            observed
                .refusals
                .iter()
                .map(|(rule, message)| format!("{message} ({rule})")),
        );
        problems.push(problem);
    }
    if expect.output.is_some() || expect.ends_well() {
        problems.extend(value(
            case,
            "output",
            expect.output.as_ref(),
            observed.output.as_ref(),
            columns,
        ));
    }
    if expect.failure.is_some() {
        problems.extend(value(
            case,
            "failure",
            expect.failure.as_ref(),
            observed.failure.as_ref(),
            columns,
        ));
    }
    problems.extend(writes(case, expect, observed, columns));
    problems.extend(effects(expect, observed, columns));
    problems.extend(refusals(expect, observed));
    problems
}

fn effects(expect: &Expect, observed: &Observed, columns: usize) -> Option<Problem> {
    if expect.effects == observed.effects {
        return None;
    }
    let lines = |list: &[String]| list.join("\n");
    Some(Problem {
        message: "the payments and messages are not the expected ones (- expected, + now)"
            .to_owned(),
        lines: plain_diff(
            &lines(&expect.effects),
            &lines(&observed.effects),
            columns,
            LINES,
        ),
    })
}

fn value(
    case: &Case,
    what: &str,
    expected: Option<&Stored>,
    seen: Option<&Value>,
    columns: usize,
) -> Option<Problem> {
    let (expected, place) = match expected {
        None => {
            return seen.filter(|seen| !seen.is_null()).map(|seen| {
                let mut problem = Problem::new(format!(
                    "there is {} {what} that the case does not expect",
                    article(what)
                ));
                problem.lines = shown(&pretty(seen), columns);
                problem
            });
        }
        Some(Stored::Inline(value)) => (value.clone(), "case.toml".to_owned()),
        Some(Stored::File(file)) => match read_json(&case.folder.join(file)) {
            Ok(value) => (value, file.clone()),
            Err(error) => {
                return Some(Problem::new(format!(
                    "the expected {what} can't be read: {error}"
                )));
            }
        },
    };
    // An operation without a result has the output null.
    let seen = seen.unwrap_or(&Value::Null);
    (expected != *seen).then(|| Problem {
        message: format!("the {what} differs from {place} (- expected, + now)"),
        lines: plain_diff(&pretty(&expected), &pretty(seen), columns, LINES),
    })
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn writes(case: &Case, expect: &Expect, observed: &Observed, columns: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    for expected in &expect.write {
        let seen = observed
            .writes
            .iter()
            .find(|(path, _)| *path == expected.path);
        let Some((path, seen)) = seen else {
            problems.push(Problem::new(format!("{} was not written", expected.path)));
            continue;
        };
        match std::fs::read(case.folder.join(&expected.content_file)) {
            Err(error) => problems.push(Problem::new(format!(
                "the expected content {} can't be read: {error}",
                expected.content_file
            ))),
            Ok(content) if content != *seen => problems.push(Problem {
                message: format!(
                    "{path} differs from {} (- expected, + now)",
                    expected.content_file
                ),
                lines: content_diff(&content, seen, columns),
            }),
            Ok(_) => {}
        }
    }
    for (path, content) in &observed.writes {
        if !expect.write.iter().any(|expected| expected.path == *path) {
            let mut problem = Problem::new(format!(
                "{} was written and is not expected",
                plain(path, 400)
            ));
            problem.lines = std::str::from_utf8(content)
                .map_or_else(|_| Vec::new(), |text| shown(text, columns));
            problems.push(problem);
        }
    }
    problems
}

fn refusals(expect: &Expect, observed: &Observed) -> Option<Problem> {
    let expected = match &expect.refusals {
        Some(rules) => rules.as_slice(),
        None if expect.ends_well() => &[],
        None => return None,
    };
    if expected
        .iter()
        .eq(observed.refusals.iter().map(|(rule, _)| rule))
    {
        return None;
    }
    let none = |list: String| {
        if list.is_empty() {
            "none".to_owned()
        } else {
            list
        }
    };
    let seen: Vec<&str> = observed
        .refusals
        .iter()
        .map(|(rule, _)| rule.as_str())
        .collect();
    Some(Problem {
        message: format!(
            "the refusals differ: expected {}, now {}",
            none(expected.join(", ")),
            none(seen.join(", "))
        ),
        lines: observed
            .refusals
            .iter()
            .map(|(rule, message)| format!("{} ({})", plain(message, 400), plain(rule, 80)))
            .collect(),
    })
}

fn content_diff(expected: &[u8], seen: &[u8], columns: usize) -> Vec<String> {
    match (std::str::from_utf8(expected), std::str::from_utf8(seen)) {
        (Ok(expected), Ok(seen)) => plain_diff(expected, seen, columns, LINES),
        _ => vec![format!(
            "not text: expected {} ({}), now {} ({})",
            layout::bytes(expected.len() as u64),
            Digest::of(expected).short(),
            layout::bytes(seen.len() as u64),
            Digest::of(seen).short()
        )],
    }
}

fn shown(text: &str, columns: usize) -> Vec<String> {
    plain_diff("", text, columns, LINES)
}

/// JSON as it is stored: readable, with a line break at the end.
#[must_use]
pub fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::case;
    use super::*;
    use serde_json::json;

    fn observed() -> Observed {
        Observed {
            status: RunStatus::Committed,
            output: Some(json!({"total": 2})),
            failure: None,
            ended_by: None,
            writes: vec![("out/a.csv".to_owned(), b"x,2\n".to_vec())],
            effects: Vec::new(),
            refusals: vec![],
        }
    }

    fn problems(files: &[(&str, &str)], observed: &Observed) -> Vec<Problem> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let case = case::read(folder.path()).unwrap();
        compare(&case, case.expect.as_ref().unwrap(), observed, 80)
    }

    const CASE: &str = "operation = \"x\"\n[expect]\noutput = { total = 2 }\n\
                        [[expect.write]]\npath = \"out/a.csv\"\ncontent-file = \"a.csv\"\n";

    #[test]
    fn a_case_that_does_what_is_expected_has_no_problem() {
        assert_eq!(
            problems(&[("case.toml", CASE), ("a.csv", "x,2\n")], &observed()),
            []
        );
    }

    #[test]
    fn a_difference_in_a_file_is_shown_line_by_line() {
        let found = problems(&[("case.toml", CASE), ("a.csv", "x,1\n")], &observed());
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].message,
            "out/a.csv differs from a.csv (- expected, + now)"
        );
        assert_eq!(found[0].lines, ["- x,1", "+ x,2"]);
    }

    #[test]
    fn what_is_not_expected_is_a_problem_too() {
        let mut seen = observed();
        seen.status = RunStatus::Refused;
        seen.output = Some(json!({"total": 3}));
        seen.writes = vec![("out/b.csv".to_owned(), b"y".to_vec())];
        seen.refusals = vec![("files.not-found".to_owned(), "nothing there".to_owned())];
        let found = problems(&[("case.toml", CASE), ("a.csv", "x,2\n")], &seen);
        let messages: Vec<&str> = found
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(
            messages,
            [
                "the run ended refused, expected committed",
                "the output differs from case.toml (- expected, + now)",
                "out/a.csv was not written",
                "out/b.csv was written and is not expected",
                "the refusals differ: expected none, now files.not-found",
            ]
        );
        assert_eq!(found[0].lines, ["nothing there (files.not-found)"]);
    }

    #[test]
    fn an_output_that_nobody_wrote_down_is_a_problem() {
        let mut seen = observed();
        seen.status = RunStatus::Completed;
        seen.writes.clear();
        let found = problems(&[("case.toml", "operation = \"x\"\n[expect]\n")], &seen);
        assert_eq!(
            found[0].message,
            "there is an output that the case does not expect"
        );
    }
}
