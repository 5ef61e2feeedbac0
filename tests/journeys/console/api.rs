//! The API for programs of a console that runs: a key outlives the process, and the document is true of it.

use guildhall_tests::installed::seven;
use guildhall_tests::wire::{Answer, ask};
use guildhall_tests::{Draft, Home, Value, find, json};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse battery";

/// A console. It ends when it is dropped, as a power cut would end it.
struct Console {
    process: Child,
    address: String,
    /// The link that it printed.
    link: String,
}

impl Console {
    fn start(home: &Home) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = port.local_addr().expect("an address").to_string();
        drop(port);
        let file = home.path().join("link");
        let out = std::fs::File::create(&file).expect("a file");
        let mut command = home.command(["up", "--json", "--listen", &address]);
        let mut process = command
            .stdout(Stdio::from(out))
            .stderr(Stdio::null())
            .spawn()
            .expect("guildhall");
        let deadline = Instant::now() + Duration::from_secs(60);
        let link = loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Ok(said) = serde_json::from_str::<Value>(&text) {
                break said["url"].as_str().expect("a link").to_owned();
            }
            let ended = process.try_wait().expect("it is our child");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the console does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        Self {
            process,
            address,
            link,
        }
    }

    fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(&self.address, line, headers, body.as_bytes())
    }

    /// Sends a form with the cookie of a browser.
    fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        // None of these values has a letter that would have to be written otherwise, but spaces.
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
            .collect();
        let body = pairs.join("&");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", cookie),
        ];
        self.ask(&format!("POST {path}"), &headers, &body)
    }

    /// Makes the owner, and a token of a program that stands in for her.
    fn token(&self) -> String {
        let key = self.link.split("key=").nth(1).expect("a first start");
        let page = self.ask(&format!("GET /start?key={key}"), &[], "");
        let cookie = cookie(&page);
        let csrf = field(&page, "csrf");
        let fields = [
            ("csrf", csrf.as_str()),
            ("key", key),
            ("name", "Ann"),
            ("password", PASSWORD),
        ];
        let made = self.form("/start", &cookie, &fields);
        assert_eq!(made.status, 303, "{}", made.text());
        let cookie = self::cookie(&made);
        let page = self.ask("GET /settings/programs", &[("cookie", &cookie)], "");
        let csrf = field(&page, "csrf");
        let fields = [
            ("csrf", csrf.as_str()),
            ("label", "Bookkeeping"),
            ("days", "1"),
        ];
        let page = self.form("/settings/programs", &cookie, &fields).text();
        let token = page
            .split("<code>")
            .nth(1)
            .and_then(|rest| rest.split('<').next());
        token.expect("a token").to_owned()
    }

    fn run(&self, token: &str, key: &str) -> Answer {
        let body = json!({"skill": "acme/seven", "operation": "go", "input": {}}).to_string();
        let token = format!("Bearer {token}");
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.ask("POST /api/v1/runs", &headers, &body)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().expect("a cookie").to_owned()
}

fn field(page: &Answer, name: &str) -> String {
    let text = page.text();
    let mark = format!("name=\"{name}\" value=\"");
    let rest = text
        .split(&mark)
        .nth(1)
        .unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn a_request_that_is_sent_again_after_kill_9_gets_the_same_answer_byte_for_byte() {
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    let console = Console::start(&home);
    let token = console.token();
    let first = console.run(&token, "order-1");
    assert_eq!(first.status, 200, "{}", first.text());
    let said: Value = serde_json::from_slice(&first.body).expect("JSON");
    assert_eq!(
        (&said["status"], &said["output"]),
        (&json!("completed"), &json!(7))
    );
    drop(console);
    let console = Console::start(&home);
    let again = console.run(&token, "order-1");
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, first.body);
    let next = console.run(&token, "order-2");
    assert_ne!(next.body, first.body);
}

/// PyPI `schemathesis` tries what the document says, and what it does not say, on every route.
#[test]
fn schemathesis_finds_nothing_that_the_document_does_not_say() {
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    let console = Console::start(&home);
    let token = console.token();
    let made = console.run(&token, "one-that-is-there");
    let made: Value = serde_json::from_slice(&made.body).expect("JSON");
    let python = std::env::var_os("GUILDHALL_PEERS_PYTHON")
        .expect("GUILDHALL_PEERS_PYTHON names the Python with tests/peers/requirements.txt");
    let ran = Command::new(python)
        .current_dir(home.path())
        .env("GUILDHALL_TEST_RUN", made["run"].as_str().expect("a run"))
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(find::repository().join("tests/peers/schemathesis.toml"))
        .arg("run")
        .arg(format!("http://{}/api/v1/openapi.json", console.address))
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .stdin(Stdio::null())
        .output()
        .expect("Python");
    assert!(
        ran.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    // It did look: at every operation that was not left out, and found what was there.
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(said.contains("Tested: 18"), "{said}");
}
