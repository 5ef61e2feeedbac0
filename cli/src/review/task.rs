//! What the worker is told, and the bytes that it is told about: only those of the digests named.

use guildhall_package::Digest;
use guildhall_package::market::limits::{MAX_COMPONENT, MAX_GOLDEN};
use guildhall_package::market::review::ReviewTask;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest task in bytes.
const MAX_TASK: u64 = 1 << 20;

/// A task with its bytes.
pub struct Given {
    /// The task.
    pub task: ReviewTask,
    /// The component.
    pub component: Vec<u8>,
    /// The tar of golden cases.
    pub golden: Option<Vec<u8>>,
}

/// Reads the task from `input`, then the files that it names.
///
/// # Errors
/// If it is no task, or a file is not what the task says.
pub fn read(input: impl Read) -> Result<Given, String> {
    let mut text = Vec::new();
    input
        .take(MAX_TASK + 1)
        .read_to_end(&mut text)
        .map_err(|error| format!("the task can't be read: {error}"))?;
    if text.len() as u64 > MAX_TASK {
        return Err(format!("the task has more than {MAX_TASK} bytes"));
    }
    let task: ReviewTask =
        serde_json::from_slice(&text).map_err(|error| format!("this is no task: {error}"))?;
    let component = file(
        &task.component_file,
        task.component,
        MAX_COMPONENT,
        "component",
    )?;
    let golden = match (&task.golden_file, task.golden) {
        (Some(path), Some(digest)) => Some(file(path, digest, MAX_GOLDEN, "golden tar")?),
        (None, None) => None,
        _ => {
            return Err(
                "a golden tar is named by a file and by a digest, or not at all".to_owned(),
            );
        }
    };
    Ok(Given {
        task,
        component,
        golden,
    })
}

fn file(path: &Path, digest: Digest, limit: u64, what: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the {what} can't be read: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("the {what} has more than {limit} bytes"));
    }
    let found = Digest::of(&bytes);
    if found == digest {
        Ok(bytes)
    } else {
        // Another artifact than the one that would be released.
        Err(format!("the {what} has the digest {found}, not {digest}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn task(change: impl FnOnce(&mut Value)) -> Result<Given, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("component"), "bytes").unwrap();
        std::fs::write(path("golden"), "tar").unwrap();
        let mut task = json!({
            "name": "acme/x",
            "version": "1.0.0",
            "component": Digest::of(b"bytes"),
            "component_file": path("component"),
            "golden": Digest::of(b"tar"),
            "golden_file": path("golden"),
            "limit_ms": 1_000,
        });
        change(&mut task);
        read(task.to_string().as_bytes())
    }

    fn set(name: &'static str, value: Value) -> impl FnOnce(&mut Value) {
        move |task| {
            let object = task.as_object_mut().unwrap();
            if value.is_null() {
                object.remove(name);
            } else {
                object.insert(name.to_owned(), value);
            }
        }
    }

    #[test]
    fn the_bytes_reviewed_are_those_that_were_named() {
        let given = task(|_| {}).unwrap();
        assert_eq!(given.component, b"bytes");
        assert_eq!(given.golden.as_deref(), Some(&b"tar"[..]));
        let other = json!(Digest::of(b"other"));
        for (name, word) in [
            ("component", "component has the digest"),
            ("golden", "golden tar has the digest"),
        ] {
            let error = task(set(name, other.clone())).err().unwrap();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn half_a_task_is_none() {
        for (name, value) in [
            ("golden", Value::Null),
            ("golden_file", Value::Null),
            ("name", json!("no name")),
            ("component_file", json!("/nonexistent")),
            ("unknown", json!(1)),
        ] {
            assert!(task(set(name, value)).is_err(), "{name}");
        }
        assert!(read(&b""[..]).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = read(text.as_bytes());
        }
    }
}
