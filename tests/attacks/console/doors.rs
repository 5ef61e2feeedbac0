//! A page elsewhere, a stranger on the net and who reads the log, against the real program.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall_tests::console::Up;
use guildhall_tests::ran::{Ran, Running};
use guildhall_tests::{Home, json};
use rustix::process::Signal;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Longer than a start takes on a busy machine.
const START: Duration = Duration::from_secs(60);
const FORM: &str = "content-type: application/x-www-form-urlencoded";

/// `guildhall up` at work.
struct Console {
    running: Running,
    port: u16,
}

impl Console {
    fn start(home: &Home, more: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let listen = format!("127.0.0.1:{port}");
        let mut args = vec!["up", "--json", "--listen", &listen];
        args.extend(more);
        let mut command = home.command(args);
        command.env("GUILDHALL_LOG", "trace");
        let mut running = Running::start(command);
        let deadline = Instant::now() + START;
        while TcpStream::connect(&listen).is_err() {
            assert!(!running.has_ended(), "it ended: {}", running.wait().shown());
            assert!(Instant::now() < deadline, "nobody listens at {listen}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { running, port }
    }

    /// Sends this, with the header fields that everything needs, and reads all that comes back.
    fn ask(&self, line: &str, host: &str, headers: &[&str], body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        exchange(&mut stream, line, host, headers, body)
    }

    fn own(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Ends it, and gives what it wrote.
    fn end(self) -> Ran {
        self.running.interrupt();
        self.running.wait().exits(0)
    }
}

fn exchange(
    stream: &mut (impl Read + Write),
    line: &str,
    host: &str,
    headers: &[&str],
    body: &str,
) -> String {
    let mut request =
        format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\naccept: text/html\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if !headers
        .iter()
        .any(|header| header.starts_with("content-length"))
    {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str(&format!("\r\n{body}"));
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    // Some end the connection without saying so, which is no harm here.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn is(answer: &str, status: u16) {
    let begin = format!("HTTP/1.1 {status} ");
    assert!(answer.starts_with(&begin), "not {status}: {answer}");
}

/// The value of the cookie that an answer sets.
fn cookie(answer: &str) -> String {
    let (_, rest) = answer.split_once("set-cookie: ").expect("a cookie");
    rest.split(';').next().unwrap().to_owned()
}

/// The token of the form on a page.
fn token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_page_elsewhere_can_not_become_the_owner_and_logs_hold_no_secret() {
    let home = Home::new();
    // Somebody has to be there who can sign in.
    let first = Up::start(&home);
    let _ = first.owner();
    let _ = first.end(Signal::INT);
    let console = Console::start(&home, &[]);
    let own = console.own();

    // The page of another site whose name leads to this machine: whatever it asks for, nothing comes.
    for name in [
        "evil.test",
        &format!("evil.test:{}", console.port),
        "localhost",
    ] {
        for path in ["/", "/start", "/sign-in", "/events", "/mcp", "/api/v1/runs"] {
            is(&console.ask(&format!("GET {path}"), name, &[], ""), 421);
        }
    }
    let twice = console.ask("GET /", &own, &["host: evil.test"], "");
    is(&twice, 400);
    is(&console.ask("GET http://evil.test/", &own, &[], ""), 421);

    let page = console.ask("GET /sign-in", &own, &[], "");
    is(&page, 200);
    let (cookie, csrf) = (cookie(&page), token(&page));
    let sent = format!("cookie: {cookie}");
    let password = "a-password-that-somebody-typed";
    let form = format!("csrf={csrf}&name=Ann&password={password}");
    for origin in [
        "origin: http://evil.test",
        "origin: null",
        "sec-fetch-site: cross-site",
    ] {
        let answer = console.ask("POST /sign-in", &own, &[FORM, &sent, origin], &form);
        is(&answer, 403);
        assert!(answer.contains("form.foreign"), "{answer}");
    }
    // Without the token, and with that of another visit.
    for wrong in ["", "csrf=x", &format!("csrf={cookie}")] {
        let form = format!("{wrong}&name=Ann&password={password}");
        is(
            &console.ask("POST /sign-in", &own, &[FORM, &sent], &form),
            403,
        );
    }
    // From the console's own page it is a wrong password, and after some of them a wait.
    let origin = format!("origin: http://{own}");
    let mut waits = false;
    for _ in 0..8 {
        let answer = console.ask("POST /sign-in", &own, &[FORM, &sent, &origin], &form);
        waits = waits || answer.starts_with("HTTP/1.1 429 ");
        assert!(waits || answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert!(waits, "who guesses is never told to wait");
    // Endless heads and bodies.
    is(&console.ask("GET /", &own, &["x-again: 1"; 150], ""), 431);
    let endless = "content-length: 99999999999";
    let told = console.ask("POST /sign-in", &own, &[FORM, &sent, endless], "");
    is(&told, 413);
    // Every answer, also of what was refused, tells the browser to trust nothing.
    assert!(
        told.contains("content-security-policy: default-src 'none'"),
        "{told}"
    );

    let ran = console.end();
    assert!(
        ran.stderr.contains("answered"),
        "nothing was logged: {}",
        ran.stderr
    );
    let value = cookie.split_once('=').unwrap().1;
    for secret in [password, csrf.as_str(), value] {
        assert!(!ran.stderr.contains(secret), "in the log: {secret}");
    }
}

#[test]
fn with_a_certificate_connections_are_encrypted_and_a_key_that_others_read_is_refused() {
    let home = Home::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = home.put("chain.pem", made.cert.pem());
    let key = home.put("key.pem", made.signing_key.serialize_pem());
    let files = [
        "--tls-cert",
        certificate.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let up = |key_mode: u32, more: &[&str]| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(key_mode)).unwrap();
        let mut args = vec!["up", "--json", "--listen", "127.0.0.1:0"];
        args.extend(more);
        home.guildhall(args)
    };
    let refused = up(0o644, &files);
    let said = refused.error(2, "certificate");
    assert!(said.contains("others can read"), "{said}");
    // The two the wrong way round, and one alone.
    let swapped = [files[0], files[3], files[2], files[1]];
    let said = up(0o600, &swapped).error(2, "certificate");
    assert!(!said.contains("PRIVATE"), "{said}");
    let _ = up(0o600, &files[..2]).exits(2);

    let console = Console::start(&home, &files);
    let own = console.own();
    // Who speaks without encryption is told nothing.
    let plain = console.ask("GET /sign-in", &own, &[], "");
    assert!(!plain.contains("HTTP/1.1"), "{plain}");
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(made.cert.der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let ask = |headers: &[&str]| {
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(config.clone()), name).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", console.port)).unwrap();
        let mut stream = StreamOwned::new(client, stream);
        exchange(&mut stream, "GET /sign-in", &own, headers, "")
    };
    let page = ask(&[]);
    is(&page, 200);
    assert!(
        page.contains("set-cookie: __Host-guildhall-console="),
        "{page}"
    );
    assert!(page.contains("; Secure"), "{page}");
    // A client that connects and says nothing holds nobody up.
    let _dawdles = TcpStream::connect(("127.0.0.1", console.port)).unwrap();
    is(&ask(&[]), 200);
    let ran = console.end();
    let url = ran.json();
    assert!(
        url["url"]
            .as_str()
            .unwrap()
            .starts_with("https://localhost:"),
        "{url}"
    );
    assert_eq!(
        url.as_object().map(|object| object.len()),
        Some(1),
        "{}",
        json!(url)
    );
}
