//! Runs the story's commands as a person would type them, and checks what they said.

use crate::error::TaskError;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder in which the story happens.
pub struct Shell {
    guildhall: PathBuf,
    folder: PathBuf,
}

/// What a command printed: standard output, then standard error.
pub struct Said(String);

impl Shell {
    /// `guildhall` in `folder`, with a home of its own there.
    pub fn new(guildhall: &Path, folder: &Path) -> Self {
        Self {
            guildhall: guildhall.to_owned(),
            folder: folder.to_owned(),
        }
    }

    /// Shows the command, runs it, shows what it prints, and insists on its exit code.
    pub fn guildhall(&self, arguments: &[&str], expected: i32) -> Result<Said, TaskError> {
        let shown: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        println!("\n$ guildhall {}", shown.join(" "));
        let output = Command::new(&self.guildhall)
            .args(arguments)
            .current_dir(&self.folder)
            .env("GUILDHALL_HOME", self.folder.join("home"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .map_err(|source| TaskError::Start {
                program: "guildhall".to_owned(),
                source,
            })?;
        let out = String::from_utf8_lossy(&output.stdout);
        let all = format!("{out}{}", String::from_utf8_lossy(&output.stderr));
        print!("{all}");
        let _ = std::io::stdout().flush();
        let code = output.status.code();
        if code != Some(0) {
            println!(
                "(exit code {})",
                code.map_or_else(|| "none".to_owned(), |code| code.to_string())
            );
        }
        if code == Some(expected) {
            return Ok(Said(all));
        }
        Err(TaskError::check(format!(
            "`guildhall {}` ended with {code:?}; {expected} was expected",
            arguments.join(" ")
        )))
    }

    /// Shows a file as `cat` does, and returns it.
    pub fn cat(&self, path: &str) -> Result<String, TaskError> {
        println!("\n$ cat {path}");
        let file = self.folder.join(path);
        let text = std::fs::read_to_string(&file).map_err(TaskError::file(path))?;
        println!("{}", text.trim_end());
        Ok(text)
    }
}

impl Said {
    /// Insists that a text was printed.
    pub fn expect(&self, text: &str) -> Result<(), TaskError> {
        if self.0.contains(text) {
            return Ok(());
        }
        Err(TaskError::check(format!(
            "the command above should have said `{text}`"
        )))
    }

    /// The word that follows a text.
    pub fn after(&self, text: &str) -> Result<String, TaskError> {
        self.expect(text)?;
        let word = self
            .0
            .split(text)
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next());
        Ok(word.unwrap_or_default().to_owned())
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
