//! A marketplace of one test, with its witness, both processes of their own; and the folders that authors publish from.

use crate::home::Home;
use crate::ran::{Ran, Running};
use crate::{Value, clock, component, find, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Password of every account in a test.
pub const PASSWORD: &str = "correct horse battery";
/// How long a service may take to listen.
const START: Duration = Duration::from_secs(60);

/// A marketplace and its witness. Both end when it is dropped.
#[derive(Debug)]
pub struct Market {
    home: Home,
    /// Fingerprint of its root.
    pub root: String,
    address: String,
    witness: Option<Running>,
    service: Option<Running>,
    log: String,
    witness_address: String,
}

impl Default for Market {
    fn default() -> Self {
        Self::start()
    }
}

impl Market {
    /// One with a witness that must cosign, over SQLite.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_over(None)
    }

    /// The same over this database.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_over(database: Option<&str>) -> Self {
        let home = Home::new();
        let key = home
            .guildhall([
                "witness",
                "init",
                "witness",
                "--name",
                "witness.test",
                "--json",
            ])
            .exits(0)
            .word("/key");
        // The marketplace must know where its witness is before either of them listens.
        let (witness_address, address) = (free_address(), free_address());
        let witness = format!("{key}=http://{witness_address}");
        let mut args = vec![
            "marketplace",
            "init",
            "market",
            "--origin",
            "market.test/log",
            "--admin",
            "root",
            "--password-stdin",
            "--listen",
            &address,
            "--operator",
            "Tests Ltd",
            "--contact",
            "help@market.test",
            "--witness",
            &witness,
            "--json",
        ];
        args.extend(database.iter().flat_map(|url| ["--database", *url]));
        let made = telling(home.command(args), PASSWORD).exits(0);
        let mut market = Self {
            root: made.word("/root"),
            log: made.word("/log"),
            home,
            address,
            witness: None,
            service: None,
            witness_address,
        };
        market.start_witness();
        market.start_service();
        market
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder of its home, for what a test looks into or changes.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("market")
    }

    /// Starts its witness.
    ///
    /// # Panics
    /// If it does not listen.
    pub fn start_witness(&mut self) {
        let started = self.home.start([
            "witness",
            "serve",
            "witness",
            "--name",
            "witness.test",
            "--log",
            &self.log,
            "--listen",
            &self.witness_address,
        ]);
        self.witness = Some(listening(started, &self.witness_address));
    }

    /// Starts its service.
    ///
    /// # Panics
    /// If it does not listen.
    pub fn start_service(&mut self) {
        let started = self.home.start(["marketplace", "serve", "market"]);
        self.service = Some(listening(started, &self.address));
    }

    /// Starts its service again, its clock set wrong by so many seconds.
    ///
    /// # Panics
    /// If it does not listen.
    pub fn restart_at(&mut self, seconds: i64) {
        if self.service.is_some() {
            self.kill_service();
        }
        let command = self.home.command(["marketplace", "serve", "market"]);
        let command = clock::set_wrong(command, seconds);
        self.service = Some(listening(Running::start(command), &self.address));
    }

    /// Starts a second process over the same database and blobs. Returns it with its address.
    ///
    /// # Panics
    /// If it does not listen.
    #[must_use]
    pub fn second_service(&self) -> (Running, String) {
        let address = free_address();
        let started = self
            .home
            .start(["marketplace", "serve", "market", "--listen", &address]);
        (listening(started, &address), address)
    }

    /// Its service, for who ends it in a way of their own. It can be started again.
    ///
    /// # Panics
    /// If there is none.
    pub fn take_service(&mut self) -> Running {
        self.service.take().expect("a service")
    }

    /// Ends its service without a warning.
    ///
    /// # Panics
    /// If there is none.
    pub fn kill_service(&mut self) {
        let _ = self.service.take().expect("a service").kill();
    }

    /// Ends its witness without a warning.
    ///
    /// # Panics
    /// If there is none.
    pub fn kill_witness(&mut self) {
        let _ = self.witness.take().expect("a witness").kill();
    }

    /// Ends its service as an operator does. Returns how it ended.
    ///
    /// # Panics
    /// If there is none.
    pub fn end_service(&mut self) -> Ran {
        let service = self.service.take().expect("a service");
        service.interrupt();
        service.wait()
    }

    /// A new author, logged in, with a publisher's name and a key.
    ///
    /// # Panics
    /// If the marketplace refuses.
    #[must_use]
    pub fn author(&self, account: &str, publisher: &str) -> Home {
        let home = self.member(account);
        let _ = home
            .guildhall(["keys", "new", publisher, "--json"])
            .exits(0);
        home
    }

    /// A new account, logged in.
    ///
    /// # Panics
    /// If the marketplace refuses.
    #[must_use]
    pub fn member(&self, account: &str) -> Home {
        let home = Home::new();
        let _ = self.login(&home, account, &["--new"]).exits(0);
        home
    }

    /// The first account, which is admin and reviewer.
    ///
    /// # Panics
    /// If the marketplace refuses.
    #[must_use]
    pub fn staff(&self) -> Home {
        let home = Home::new();
        let _ = self.login(&home, "root", &["--staff"]).exits(0);
        home
    }

    /// Logs in.
    #[must_use]
    pub fn login(&self, home: &Home, account: &str, more: &[&str]) -> Ran {
        login_at(home, &self.url(), account, more)
    }

    /// Logs in at another process of it.
    #[must_use]
    pub fn login_at(&self, home: &Home, url: &str, account: &str) -> Ran {
        login_at(home, url, account, &["--root", &self.root])
    }

    /// `guildhall install WHAT --from URL --json` and more.
    #[must_use]
    pub fn install(&self, home: &Home, what: &str, more: &[&str]) -> Ran {
        let url = self.url();
        let mut args = vec!["install", what, "--from", &url, "--json"];
        args.extend(more);
        home.guildhall(args)
    }
}

fn login_at(home: &Home, url: &str, account: &str, more: &[&str]) -> Ran {
    let mut args = vec![
        "login",
        url,
        "--account",
        account,
        "--password-stdin",
        "--json",
    ];
    args.extend(more);
    telling(home.command(args), PASSWORD)
}

/// Runs a command line with this text as its standard input.
///
/// # Panics
/// If it does not start.
#[must_use]
pub fn telling(mut command: Command, text: &str) -> Ran {
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    running.tell(format!("{text}\n").as_bytes());
    running.wait()
}

/// An address of this machine that nobody listens at for now.
fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

fn listening(mut service: Running, address: &str) -> Running {
    let deadline = Instant::now() + START;
    while std::net::TcpStream::connect(address).is_err() {
        assert!(!service.has_ended(), "it ended: {}", service.wait().shown());
        assert!(Instant::now() < deadline, "nobody listens at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
    service
}

/// A skill as its author has it: the prober with a manifest of its own, and golden cases.
#[derive(Debug, Clone)]
pub struct Draft {
    name: String,
    version: String,
    tables: String,
    homepage: String,
    length: usize,
    code: usize,
    cases: Vec<(String, String)>,
}

/// What the prober imports, declared so that a test can narrow or widen it.
pub const NETWORK: &str = "[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://shop.test/public/*\"\nreason = \"Looks up prices.\"\n";
/// Files.
pub const FILES: &str = "[[capabilities.files]]\nname = \"out\"\naccess = \"read-write\"\nreason = \"Writes the report.\"\n";
/// Payments.
pub const PAYMENTS: &str =
    "[[capabilities.payments]]\npayees = [\"book:*\"]\nreason = \"Pays.\"\noptional = true\n";
/// Messages.
pub const MESSAGES: &str =
    "[[capabilities.messages]]\nchannels = [\"email\"]\nreason = \"Tells.\"\noptional = true\n";
/// State.
pub const STATE: &str = "[capabilities.state]\nreason = \"Remembers.\"\nmax-bytes = 1000\n";

/// A case that the prober passes.
pub const CASE: &str =
    "operation = \"fail\"\ninput = { text = \"no\" }\n[expect]\nfailure = \"no\"\n";

impl Draft {
    /// A skill that passes its review.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            tables: [NETWORK, FILES, PAYMENTS, MESSAGES, STATE].concat(),
            homepage: String::new(),
            length: 0,
            code: 0,
            cases: vec![("a".to_owned(), CASE.to_owned())],
        }
    }

    /// Another version of the same.
    #[must_use]
    pub fn version(&self, version: &str) -> Self {
        Self {
            version: version.to_owned(),
            ..self.clone()
        }
    }

    /// With another text in the place of a part of its manifest.
    ///
    /// # Panics
    /// If there is no such part.
    #[must_use]
    pub fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.tables.contains(from), "{from} in {}", self.tables);
        self.tables = self.tables.replace(from, to);
        self
    }

    /// With a home page.
    #[must_use]
    pub fn homepage(mut self, url: &str) -> Self {
        self.homepage = format!("homepage = \"{url}\"\n");
        self
    }

    /// With bytes at its end that say nothing, until it is this long. Nothing if it is longer already.
    #[must_use]
    pub const fn padded(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    /// With so many bytes of code more, which nobody calls.
    #[must_use]
    pub const fn code(mut self, bytes: usize) -> Self {
        self.code = bytes;
        self
    }

    /// With this golden case.
    #[must_use]
    pub fn case(mut self, name: &str, text: &str) -> Self {
        self.cases.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Its component.
    ///
    /// # Panics
    /// If the prober is not built.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        let mut bytes = std::fs::read(find::guest("prober")).expect("the prober");
        if self.code > 0 {
            bytes = component::with_code(&bytes, self.code);
        }
        if bytes.len() < self.length {
            component::pad(&mut bytes, self.length);
        }
        component::with_manifest(&bytes, &self.manifest())
    }

    fn manifest(&self) -> String {
        let Self {
            name,
            version,
            tables,
            homepage,
            ..
        } = self;
        format!(
            "name = \"{name}\"\nversion = \"{version}\"\ndescription = \"Tries things for shops.\"\nlicence = \"Apache-2.0\"\n\
             keywords = [\"invoicing\"]\n{homepage}{tables}"
        )
    }

    /// Writes its folder and component into a home, and gives the arguments of `publish` for it.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn publish_args(&self, home: &Home) -> Vec<String> {
        let folder = format!("skills/{}-{}", self.name.replace('/', "-"), self.version);
        // What an earlier draft had is not of this one.
        let _ = std::fs::remove_dir_all(home.path().join(&folder));
        home.put(&format!("{folder}/skill.toml"), self.manifest());
        home.put(&format!("{folder}/Cargo.toml"), "[package]\nname = \"x\"\n");
        for (name, text) in &self.cases {
            home.put(&format!("{folder}/golden/{name}/case.toml"), text);
        }
        let component = home.put(&format!("{folder}/component.wasm"), self.component());
        let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
        vec![
            "publish".to_owned(),
            text(&home.path().join(&folder)),
            "--component".to_owned(),
            text(&component),
            "--json".to_owned(),
        ]
    }

    /// Publishes it.
    #[must_use]
    pub fn publish(&self, home: &Home) -> Ran {
        home.guildhall(self.publish_args(home))
    }

    /// Publishes it, and insists that it is released.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn release(&self, home: &Home) -> Value {
        let ran = self.publish(home).exits(0);
        let answer = ran.json();
        assert_eq!(answer["state"], "released", "{answer:#}");
        answer
    }
}

/// Input of the prober's operation `remember`.
#[must_use]
pub fn remember(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value, "then_fail": false })
}
