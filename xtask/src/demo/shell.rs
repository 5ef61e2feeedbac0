//! Runs the story's commands as a person would type them, and checks what they said.

use crate::error::TaskError;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// A folder in which the story happens.
pub struct Shell {
    guildhall: PathBuf,
    folder: PathBuf,
    /// Folder of whoever types, in the folder.
    home: &'static str,
}

/// A command that runs on; it ends with the story.
pub struct Server(Option<Child>);

impl Server {
    /// How it ended, if it has.
    fn ended(&mut self) -> Result<Option<ExitStatus>, TaskError> {
        let Some(child) = &mut self.0 else {
            return Ok(None);
        };
        child.try_wait().map_err(not_started)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Time between two looks at something that happens soon.
const PAUSE: Duration = Duration::from_millis(50);

/// What a command printed: standard output, then standard error.
pub struct Said(String);

impl Shell {
    /// `guildhall` in `folder`, with a home of its own there.
    pub fn new(guildhall: &Path, folder: &Path) -> Self {
        Self {
            guildhall: guildhall.to_owned(),
            folder: folder.to_owned(),
            home: "home",
        }
    }

    /// The same folder, with the home of somebody else.
    pub fn of(&self, home: &'static str) -> Self {
        Self {
            guildhall: self.guildhall.clone(),
            folder: self.folder.clone(),
            home,
        }
    }

    /// Shows the command, runs it, shows what it prints, and insists on its exit code.
    pub fn guildhall(&self, arguments: &[&str], expected: i32) -> Result<Said, TaskError> {
        self.telling(arguments, "", expected)
    }

    /// The same, with something to read on standard input.
    pub fn telling(
        &self,
        arguments: &[&str],
        input: &str,
        expected: i32,
    ) -> Result<Said, TaskError> {
        let (code, said) = self.tried(arguments, input)?;
        if code == Some(expected) {
            return Ok(said);
        }
        Err(unexpected(arguments, code, expected))
    }

    /// Shows the command, runs it, and shows what it prints, however it ends. Returns its exit code too, none if it was killed.
    pub fn tried(&self, arguments: &[&str], input: &str) -> Result<(Option<i32>, Said), TaskError> {
        self.show(arguments);
        let output = self.output(arguments, input)?;
        let said = Said::of(&output);
        print!("{}", said.0);
        let _ = std::io::stdout().flush();
        let code = output.status.code();
        if code != Some(0) {
            println!(
                "(exit code {})",
                code.map_or_else(|| "none".to_owned(), |code| code.to_string())
            );
        }
        Ok((code, said))
    }

    /// What a command says, without showing it, however it ends.
    pub fn asked(&self, arguments: &[&str]) -> Result<Said, TaskError> {
        Ok(Said::of(&self.output(arguments, "")?))
    }

    /// Asks, without showing it, until a text is said.
    pub fn until(&self, arguments: &[&str], text: &str, looks: u32) -> Result<(), TaskError> {
        for _ in 0..looks {
            if self.asked(arguments)?.has(text) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        Err(TaskError::check(format!(
            "`guildhall {}` did not come to say `{text}`",
            arguments.join(" ")
        )))
    }

    /// Starts a command that runs on, and waits until it listens at its address.
    pub fn start(&self, arguments: &[&str], address: &str) -> Result<Server, TaskError> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.listening(arguments, address, command, |_| Ok(()))
    }

    fn listening(
        &self,
        arguments: &[&str],
        address: &str,
        mut command: Command,
        started: impl FnOnce(u32) -> Result<(), TaskError>,
    ) -> Result<Server, TaskError> {
        self.show(arguments);
        if TcpStream::connect(address).is_ok() {
            return Err(TaskError::check(format!(
                "another program listens at {address} already: end it first"
            )));
        }
        let child = command.spawn().map_err(not_started)?;
        let process = child.id();
        let mut server = Server(Some(child));
        started(process)?;
        for _ in 0..200 {
            if let Some(status) = server.ended()? {
                return Err(TaskError::check(format!(
                    "`guildhall {}` ended at once: {status}",
                    arguments.join(" ")
                )));
            }
            if TcpStream::connect(address).is_ok() {
                println!("listens at http://{address}");
                return Ok(server);
            }
            std::thread::sleep(PAUSE);
        }
        Err(TaskError::check(format!(
            "`guildhall {}` does not listen at {address}",
            arguments.join(" ")
        )))
    }

    /// Starts a command that stays when this program ends, and waits until it listens. What it says goes to the end of a file.
    /// `started` is told its process number before it listens: this program may be killed while it waits.
    pub fn leave_running(
        &self,
        arguments: &[&str],
        address: &str,
        log: &Path,
        started: impl FnOnce(u32) -> Result<(), TaskError>,
    ) -> Result<(), TaskError> {
        let mut command = self.staying(arguments, log)?;
        command.stdout(Stdio::null());
        self.left(arguments, address, command, started)
    }

    /// The same; what it says to programs goes to a file of its own, which is emptied first.
    pub fn leave_running_and_saying(
        &self,
        arguments: &[&str],
        address: &str,
        log: &Path,
        said: &Path,
        started: impl FnOnce(u32) -> Result<(), TaskError>,
    ) -> Result<(), TaskError> {
        let mut command = self.staying(arguments, log)?;
        command.stdout(std::fs::File::create(said).map_err(TaskError::file(said))?);
        self.left(arguments, address, command, started)
    }

    fn staying(&self, arguments: &[&str], log: &Path) -> Result<Command, TaskError> {
        let file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(TaskError::file(log))?;
        let mut command = self.command(arguments);
        // In a group of its own: what is typed at this terminal later is not meant for it.
        command.stderr(file).process_group(0);
        Ok(command)
    }

    fn left(
        &self,
        arguments: &[&str],
        address: &str,
        command: Command,
        started: impl FnOnce(u32) -> Result<(), TaskError>,
    ) -> Result<(), TaskError> {
        let mut server = self.listening(arguments, address, command, started)?;
        // It is ended by nobody when this is dropped.
        server.0 = None;
        Ok(())
    }

    fn show(&self, arguments: &[&str]) {
        let shown: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        let who = match self.home {
            "home" => String::new(),
            other => format!("{other} "),
        };
        println!("\n{who}$ guildhall {}", shown.join(" "));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.guildhall);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("GUILDHALL_HOME", self.folder.join(self.home))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    fn output(&self, arguments: &[&str], input: &str) -> Result<Output, TaskError> {
        let mut command = self.command(arguments);
        if input.is_empty() {
            return command.output().map_err(not_started);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(not_started)?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that has ended already says so by its exit code.
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output().map_err(not_started)
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

/// What is said of a command that ended otherwise than it should have.
pub fn unexpected(arguments: &[&str], code: Option<i32>, expected: i32) -> TaskError {
    TaskError::check(format!(
        "`guildhall {}` ended with {code:?}; {expected} was expected",
        arguments.join(" ")
    ))
}

fn not_started(source: std::io::Error) -> TaskError {
    TaskError::Start {
        program: "guildhall".to_owned(),
        source,
    }
}

impl Said {
    fn of(output: &Output) -> Self {
        let out = String::from_utf8_lossy(&output.stdout);
        Self(format!("{out}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The first word that was printed.
    pub fn word(&self) -> String {
        let first = self.0.split_whitespace().next();
        first.unwrap_or_default().to_owned()
    }

    /// Whether a text was printed.
    pub fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    /// Insists that a text was printed.
    pub fn expect(&self, text: &str) -> Result<(), TaskError> {
        if self.has(text) {
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
