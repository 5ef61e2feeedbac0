//! `guildhall_run`: what became of a run that the agent began. It tells; it changes nothing.

use super::hints::Hints;
use super::tools::{annotations, object};
use rmcp::model::Tool;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Its name.
pub const NAME: &str = "guildhall_run";
/// Longest wait, in seconds: shorter than what clients and proxies wait for an answer.
pub const MAX_WAIT: u64 = 25;

/// What it is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The handle that the tool's answer named.
    pub run: String,
    /// How long to wait for its end.
    #[serde(default)]
    pub wait_seconds: u64,
}

/// Row 16 of the table.
#[must_use]
pub const fn hints() -> Hints {
    Hints::PURE
}

/// As clients see it.
#[must_use]
pub fn tool() -> Tool {
    let input = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "run": {"type": "string", "description": "Handle of a run, as the answer of a tool named it."},
            "wait_seconds": {
                "type": "integer", "minimum": 0, "maximum": MAX_WAIT,
                "description": "How long to wait for its end. Default: not at all.",
            },
        },
        "required": ["run"],
        "additionalProperties": false,
    });
    let output = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "run": {"type": "string", "description": "Identifier by which people know the run."},
            "status": {"type": "string"},
            "over": {"type": "boolean", "description": "Whether nothing more will become of it."},
            "words": {"type": "string", "description": "The same in a sentence."},
            "output": {"description": "What the operation returned, once nothing waits any more."},
            "effects": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "summary": {"type": "string"},
                        "state": {"type": "string"},
                        "detail": {"type": ["string", "null"]},
                    },
                    "required": ["summary", "state"],
                },
            },
        },
        "required": ["run", "status", "over", "words", "effects"],
    });
    Tool::new(
        NAME,
        "Tells what became of a run that you began: whether it still waits for a person, and what it came to. It changes \
         nothing and can't approve.",
        Arc::new(object(input)),
    )
    .with_title("What became of a run")
    .with_raw_output_schema(Arc::new(object(output)))
    .with_annotations(annotations(hints()))
}
