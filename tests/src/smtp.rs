//! A mail server on this machine that remembers every message it took, and that can be told to be difficult.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the server does where it would say yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Says yes.
    Yes,
    /// Says this instead, a whole reply such as `550 no such user`.
    Say(String),
    /// Closes the connection.
    Close,
}

/// One message that arrived whole, whatever the server said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Argument of `MAIL`.
    pub from: String,
    /// Arguments of `RCPT`.
    pub to: Vec<String>,
    /// Argument of `AUTH`, if there was one.
    pub login: Option<String>,
    /// Header and content with CR LF, dot-stuffing taken out.
    pub text: String,
}

impl Mail {
    /// Header fields of the message itself: up to the first empty line, folded lines joined.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in self.text.split("\r\n").take_while(|line| !line.is_empty()) {
            match (line.starts_with([' ', '\t']), fields.last_mut()) {
                (true, Some((_, value))) => value.push_str(line),
                _ => {
                    let (name, value) = line.split_once(':').unwrap_or((line, ""));
                    fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
        }
        fields
    }

    /// Values of one header field, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<String> {
        let fields = self.headers().into_iter();
        fields
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value)
            .collect()
    }
}

type Script = dyn Fn(&str) -> Act + Send + Sync;

struct Shared {
    stop: AtomicBool,
    connections: AtomicUsize,
    mails: Mutex<Vec<Mail>>,
    commands: Mutex<Vec<String>>,
    script: Box<Script>,
}

/// A running mail server without TLS. It stops when dropped.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl MailServer {
    /// One that takes everything.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start() -> Self {
        Self::scripted(|_| Act::Yes)
    }

    /// One that does as the script says at each step: `HELLO` (the connection), `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA` and `END`
    /// (the message has arrived whole).
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn scripted(script: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            mails: Mutex::default(),
            commands: Mutex::default(),
            script: Box::new(script),
        });
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || {
                for stream in listener.incoming().flatten() {
                    if shared.stop.load(Ordering::SeqCst) {
                        return;
                    }
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let shared = shared.clone();
                    // A client that breaks off is what some tests are about.
                    std::thread::spawn(move || drop(serve(&shared, stream)));
                }
            }
        });
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made to it.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Every message that arrived whole, in order.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        locked(&self.shared.mails).clone()
    }

    /// First words of every command, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        locked(&self.shared.commands).clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut from = BufReader::new(stream.try_clone()?);
    let mut to = stream;
    let mut answer = |step: &str, yes: &str| -> io::Result<bool> {
        let (text, done) = match (shared.script)(step) {
            Act::Yes => (yes.to_owned(), true),
            Act::Say(text) => (text, false),
            Act::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        write!(to, "{text}\r\n")?;
        to.flush()?;
        Ok(done)
    };
    if !answer("HELLO", "220 mail.test ready")? {
        return Ok(());
    }
    let mut mail = empty();
    loop {
        let line = line(&mut from)?;
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let word = word.to_ascii_uppercase();
        locked(&shared.commands).push(word.clone());
        match word.as_str() {
            "EHLO" => drop(answer("EHLO", "250-mail.test\r\n250 AUTH PLAIN LOGIN")?),
            "AUTH" if answer("AUTH", "235 welcome")? => mail.login = Some(rest.to_owned()),
            "MAIL" if answer("MAIL", "250 fine")? => mail.from = rest.to_owned(),
            "RCPT" if answer("RCPT", "250 fine")? => mail.to.push(rest.to_owned()),
            "DATA" if answer("DATA", "354 go on")? => {
                mail.text = text(&mut from)?;
                locked(&shared.mails).push(std::mem::replace(&mut mail, empty()));
                answer("END", "250 queued as 4711")?;
            }
            "AUTH" | "MAIL" | "RCPT" | "DATA" => {}
            "QUIT" => {
                answer("QUIT", "221 bye")?;
                return Ok(());
            }
            _ => drop(answer(&word, "250 fine")?),
        }
    }
}

const fn empty() -> Mail {
    Mail {
        from: String::new(),
        to: Vec::new(),
        login: None,
        text: String::new(),
    }
}

/// A message up to the line with the single dot.
fn text(from: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let line = line(from)?;
        if line == "." {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push_str("\r\n");
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.read_until(b'\n', &mut bytes)?;
    match bytes.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
