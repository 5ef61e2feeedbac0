//! A terminal without a person: a pseudo-terminal that types and reads the screen.

use crate::ran::PATIENCE;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Question of a program where the cursor is.
const WHERE: &str = "\u{1b}[6n";
/// How long nothing happens before a screen counts as still.
const STILL: Duration = Duration::from_millis(300);

/// Key `↑`.
pub const UP: &str = "\u{1b}[A";
/// Key `↓`.
pub const DOWN: &str = "\u{1b}[B";
/// Key `Enter`.
pub const ENTER: &str = "\r";
/// Key `Esc`.
pub const ESCAPE: &str = "\u{1b}";
/// Keys `Ctrl-C`.
pub const CTRL_C: &str = "\u{3}";

/// A command that believes in a person before it.
pub struct Terminal {
    keyboard: File,
    screen: Arc<Mutex<String>>,
    child: Child,
}

impl Terminal {
    /// Starts a command on a terminal of 100 columns and 50 rows.
    ///
    /// # Panics
    /// If the system has no terminal to give.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a pseudo-terminal");
        grantpt(&main).expect("a pseudo-terminal of ours");
        unlockpt(&main).expect("a pseudo-terminal of ours");
        let name = ptsname(&main, Vec::new()).expect("its name");
        let side = open(
            name,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .expect("its other side");
        let size = Winsize {
            ws_row: 50,
            ws_col: 100,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&main, size).expect("a size");
        let side = File::from(side);
        let copy = || side.try_clone().expect("one more descriptor");
        command
            .stdin(copy())
            .stdout(copy())
            .stderr(copy())
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR");
        let child = command.spawn().expect("the command starts");
        drop((side, command));
        let main = File::from(main);
        let keyboard = main.try_clone().expect("one more descriptor");
        let screen = Arc::new(Mutex::new(String::new()));
        watch(
            main,
            keyboard.try_clone().expect("one more descriptor"),
            screen.clone(),
        );
        Self {
            keyboard,
            screen,
            child,
        }
    }

    /// Everything that was written to the screen so far, escape sequences included.
    #[must_use]
    pub fn raw(&self) -> String {
        self.screen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The same without escape sequences.
    #[must_use]
    pub fn text(&self) -> String {
        without_escapes(&self.raw())
    }

    /// Waits until a text is on the screen and the screen is still.
    ///
    /// # Panics
    /// If it does not come.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.raw();
            if without_escapes(&before).contains(text) {
                std::thread::sleep(STILL);
                if before == self.raw() {
                    return;
                }
            }
            assert!(Instant::now() < deadline, "no `{text}` on\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses keys.
    ///
    /// # Panics
    /// If there is nobody to take them.
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.keyboard
                .write_all(key.as_bytes())
                .expect("somebody reads");
            // A person is slower still; an escape key is told from an escape sequence by the time after it.
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits for the end. Returns the exit code and everything on the screen without escape sequences.
    ///
    /// # Panics
    /// If it does not come; the command is killed then.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                std::thread::sleep(Duration::from_millis(50));
                return (status.code(), self.text());
            }
            assert!(
                Instant::now() < deadline,
                "it does not end\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the screen, and answers where the cursor is, as a terminal does.
fn watch(mut from: File, mut answer: File, screen: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut bytes = Vec::new();
        let mut asked = 0;
        // Ends with an error when the last one on the other side has gone.
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let questions = text.matches(WHERE).count();
            *screen.lock().unwrap_or_else(PoisonError::into_inner) = text;
            while asked < questions {
                asked += 1;
                let _ = answer.write_all(b"\x1b[1;1R");
            }
        }
    });
}

/// Text without control sequences (ECMA-48 CSI, OSC and two-character escapes) and carriage returns.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\u{1b}', Some('[')) => {
                chars.next();
                while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
            }
            ('\u{1b}', Some(']')) => while chars.next().is_some_and(|c| c != '\u{7}') {},
            ('\u{1b}', _) => drop(chars.next()),
            ('\r', _) => {}
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_read_without_its_colours() {
        assert_eq!(
            without_escapes("a\u{1b}[1;32mb\u{1b}[0m\r\nc\u{1b}]0;title\u{7}d\u{1b}=e"),
            "ab\ncde"
        );
    }
}
