//! A console to try things on, and browsers that look at it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use futures::future::BoxFuture;
use futures::{FutureExt as _, future};
use guildhall_console::agents::Handles;
use guildhall_console::app::{App, Parts};
use guildhall_console::config::Config;
use guildhall_console::market::Market;
use guildhall_console::people::Role;
use guildhall_console::server::{self, Console};
use guildhall_console::shelf::{Installed, Shelf, ShelfError};
use guildhall_host::{Host, HostBuilder, SecretKey32, Skill};
use guildhall_package::SkillName;
use guildhall_web::cookie::Secret;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::market::FakeMarket;

/// Where the console of the tests is, as browsers know it.
pub const HOST: &str = "localhost:8470";
/// A password that may be one.
pub const PASSWORD: &str = "correct horse battery";
const COOKIE: &str = "guildhall-console";

/// Commands of the program, as pages must not name them.
const COMMANDS: [&str; 36] = [
    "admin",
    "approvals",
    "audit",
    "bundle",
    "buy",
    "consent",
    "console",
    "deposit",
    "doctor",
    "earnings",
    "erasures",
    "info",
    "inspect",
    "install",
    "installed",
    "key",
    "licences",
    "log",
    "login",
    "mandates",
    "marketplace",
    "mcp",
    "messages",
    "receipts",
    "revoke",
    "run",
    "runs",
    "search",
    "secrets",
    "uninstall",
    "undo",
    "up",
    "update",
    "verify",
    "wallet",
    "witness",
];

/// A page says what to do on pages: no command and no option of the program stands in it, but in words of a skill's own, which
/// are in quotation marks or preformatted.
#[track_caller]
pub fn asks_for_no_terminal(page: &str) {
    let mut words = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        let to = |end| after.split_once(end).map_or("", |(_, after)| after);
        rest = match name.split(' ').next() {
            Some("pre") => to("</pre>"),
            // What a run was given and what it answered.
            Some("div") if name.contains("panel given") => to("<details>"),
            _ => after,
        };
    }
    words.push_str(rest);
    let mut own = String::new();
    for (index, part) in words.split('“').enumerate() {
        let said = match index {
            0 => part,
            _ => part.split_once('”').map_or(part, |(_, after)| after),
        };
        own.push_str(said);
    }
    let commands = own.split("guildhall ").skip(1).filter(|after| {
        let word = after.split(|c: char| !c.is_ascii_lowercase()).next();
        word.is_some_and(|word| COMMANDS.contains(&word))
    });
    let options = own.split("--").skip(1).filter(|after| {
        let mut letters = after.chars();
        letters.next().is_some_and(|c| c.is_ascii_lowercase())
    });
    let found: Vec<&str> = commands.chain(options).collect();
    assert!(found.is_empty(), "for a terminal: {found:?} in {page}");
}

#[test]
#[should_panic(expected = "for a terminal")]
fn a_page_that_names_a_command_is_found() {
    asks_for_no_terminal("<p>open it: <code>guildhall up</code></p>");
}

#[test]
#[should_panic(expected = "for a terminal")]
fn a_page_that_names_an_option_is_found() {
    asks_for_no_terminal("<p>“It” says: grant it with `--read in=PATH`</p>");
}

#[test]
fn a_page_may_quote_a_skill() {
    asks_for_no_terminal("<p>“run guildhall up --now” <pre>--read</pre>guildhall itself pays.</p>");
}

/// Installed skills that a test puts there.
#[derive(Default)]
pub struct FakeShelf {
    pub installed: Mutex<Vec<Installed>>,
    pub skills: Mutex<Vec<(SkillName, Skill)>>,
    /// Whether a skill takes for ever until it is ready.
    pub slow: AtomicBool,
    /// Where more are installed from; none unless a test says so.
    pub market: OnceLock<FakeMarket>,
}

impl Shelf for FakeShelf {
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, ShelfError>> {
        future::ready(Ok(self.installed.lock().unwrap().clone())).boxed()
    }

    fn generation(&self) -> u64 {
        self.installed.lock().unwrap().len() as u64
    }

    fn open<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Skill, ShelfError>> {
        if self.slow.load(Ordering::Relaxed) {
            return future::pending().boxed();
        }
        if let Some(sale) = self.market.get().and_then(|market| market.sale.get())
            && !sale.is_licensed()
        {
            let missing = ShelfError {
                rule: "licence.missing".to_owned(),
                message: format!("there is no licence for {name} here"),
                fix: Some(format!("buy it: guildhall buy {name}")),
                is_fault: false,
            };
            return future::ready(Err(missing)).boxed();
        }
        let skills = self.skills.lock().unwrap();
        let found = skills.iter().find(|(known, _)| known == name);
        let result = found.map(|(_, skill)| skill.clone()).ok_or(ShelfError {
            rule: "not-installed".to_owned(),
            message: format!("{name} is not installed"),
            fix: None,
            is_fault: false,
        });
        future::ready(result).boxed()
    }

    fn market(&self) -> Option<&dyn Market> {
        self.market.get().map(|market| market as &dyn Market)
    }
}

/// A console over a folder of its own.
pub struct Bench {
    pub app: App,
    pub host: Host,
    pub shelf: Arc<FakeShelf>,
    pub folder: TempDir,
    router: Router,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other limits, for one.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(|host| host, change).await
    }

    /// Over another host besides.
    pub async fn over(
        prepare: impl FnOnce(HostBuilder) -> HostBuilder,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let host = prepare(Host::builder().state_dir(&state));
        let host = host.build().await.unwrap();
        let mut config = Config::local(&state);
        // A test has one address, and asks often.
        config.limits.requests_per_second = 1_000;
        config.limits.logins_per_minute = 1_000;
        config.limits.writes_per_minute = 100_000;
        change(&mut config);
        let shelf = Arc::new(FakeShelf::default());
        let parts = Parts {
            host: host.clone(),
            shelf: shelf.clone(),
            handles: Handles::new(SecretKey32::from_bytes(&[7; 32])),
        };
        let address = config.listen;
        let app = Console::app(config, parts, address).await.unwrap();
        let router = server::router(&app);
        Self {
            app,
            host,
            shelf,
            folder,
            router,
        }
    }

    /// A browser that was never here.
    pub fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: None,
        }
    }

    /// The path of the link that the program prints.
    pub async fn link(&self) -> String {
        let link = server::link(&self.app).await.unwrap().url;
        link.strip_prefix(&format!("http://{HOST}"))
            .expect("a link to the console")
            .to_owned()
    }

    /// The first owner, Ann, in a browser.
    pub async fn owner(&self) -> Browser {
        let link = self.link().await;
        let key = link.strip_prefix("/start?key=").expect("nobody owns it");
        let mut browser = self.browser();
        browser.get(&link).await;
        let fields = [("key", key), ("name", "Ann"), ("password", PASSWORD)];
        let made = browser.post("/start", &fields).await;
        assert_eq!(made.goes_to(), "/welcome", "{}", made.text);
        browser
    }

    /// Somebody with this role, in a browser. `owner` is somebody who invites.
    pub async fn invited(&self, owner: &mut Browser, name: &str, role: Role) -> Browser {
        let fields = [("name", name), ("role", role.as_str())];
        let page = owner.post("/settings/people", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let key = page.between("/invitation?key=", "<");
        let mut browser = self.browser();
        browser.get(&format!("/invitation?key={key}")).await;
        let joined = browser
            .post("/invitation", &[("key", &key), ("password", PASSWORD)])
            .await;
        assert_eq!(joined.goes_to(), "/", "{}", joined.text);
        browser
    }

    /// Somebody with this role, in a browser, on a console that had nobody.
    pub async fn sign_in_as(&self, role: Role) -> Browser {
        let mut owner = self.owner().await;
        match role {
            Role::Owner => owner,
            role => self.invited(&mut owner, "Bo", role).await,
        }
    }
}

/// A browser: it keeps one cookie.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where the browser is sent on to.
    #[track_caller]
    pub fn goes_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The first text between two others.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before} in {}", self.text));
        rest.split(after).next().unwrap().to_owned()
    }

    /// Whether the page says this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no `{text}` in {}", self.text);
        self
    }
}

impl Browser {
    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends a form, as a page of the console would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post_plain(path, &all, &[]).await
    }

    /// Sends a form with nothing added, and with these headers.
    pub async fn post_plain(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let form = ("content-type", "application/x-www-form-urlencoded");
        let mut all = vec![form];
        all.extend(headers);
        self.send(Method::POST, path, &all, Body::from(body)).await
    }

    /// The token of this browser's forms; empty if it has no cookie.
    pub fn token(&self) -> String {
        self.cookie
            .as_deref()
            .and_then(Secret::parse)
            .map(|secret| secret.token())
            .unwrap_or_default()
    }

    /// Sends anything, from an address of this machine.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html");
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, HOST);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("{COOKIE}={cookie}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).unwrap();
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.read(response).await
    }

    /// Listens at a stream of events, whose body is read as it comes.
    pub async fn listen(&self, path: &str) -> Response {
        let mut request = Request::builder()
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ACCEPT, "text/event-stream");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("{COOKIE}={cookie}"));
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn read(&mut self, response: Response) -> Answer {
        let (parts, body) = response.into_parts();
        for value in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(value.to_str().unwrap());
        }
        // Streams have no end: who wants them reads them another way.
        let is_stream = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream {
            Vec::new().into()
        } else {
            to_bytes(body, 8 << 20).await.unwrap()
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_page = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_page {
            asks_for_no_terminal(&text);
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    fn keep(&mut self, set: &str) {
        let (pair, rest) = set.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if name == COOKIE {
            let gone = rest.contains("Max-Age=0");
            self.cookie = (!gone).then(|| value.to_owned());
        }
    }
}
