//! Reading what programs say about themselves.

use crate::error::TaskError;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

/// One JSON document from a program's output.
pub fn parse<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, TaskError> {
    serde_json::from_slice(bytes).map_err(|error| {
        TaskError::check(format!("{what} is not the JSON that was expected: {error}"))
    })
}

#[derive(serde::Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(serde::Deserialize)]
struct Target {
    name: String,
}

/// The executables among the messages of `cargo build --message-format json…`, by target name.
pub fn executables(messages: &[u8]) -> Vec<(String, PathBuf)> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_other_messages() {
        let messages = br#"noise
{"reason":"compiler-artifact","target":{"name":"dep"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"guildhall"},"executable":"/t/debug/guildhall"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executables(messages),
            [("guildhall".to_owned(), PathBuf::from("/t/debug/guildhall"))]
        );
    }
}
