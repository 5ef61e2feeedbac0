//! A marketplace for one test, and requests to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use guildhall_marketplace::clock::Clock;
use guildhall_marketplace::{Config, Init, Reviewer, Running, Service, init};
use guildhall_package::market::Problem;
use guildhall_package::market::account::{IssuedToken, Login, NewToken, Scope};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::reviewer::TestReviewer;

pub const ADMIN: &str = "root-admin";
pub const PASSWORD: &str = "correct horse battery";
pub const ORIGIN: &str = "log.test/guildhall";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// A marketplace that runs.
pub struct Shop {
    pub folder: Arc<tempfile::TempDir>,
    pub config: Config,
    pub clock: Clock,
    pub reviewer: TestReviewer,
    pub client: Client,
    pub base: String,
    pub running: Option<Running>,
}

pub fn client() -> Client {
    guildhall_marketplace::log::witnesses::client(Duration::from_secs(60)).unwrap()
}

impl Shop {
    /// One with the defaults.
    pub async fn open(db: Db) -> Self {
        Self::with(db, |_| {}).await
    }

    /// One whose configuration is changed before it is set up.
    pub async fn with(db: Db, change: impl FnOnce(&mut Config)) -> Self {
        Self::with_threshold(db, 0, change).await
    }

    pub async fn with_threshold(
        db: Db,
        witness_threshold: u32,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let mut config = Config::local(folder.path(), ORIGIN);
        if db == Db::Postgres {
            config.database = crate::postgres::database();
        }
        // Tests of these set them low.
        config.limits.logins_per_minute = 10_000;
        config.limits.reads_per_second = 10_000;
        config.limits.writes_per_minute = 100_000;
        config.limits.orders_per_minute = 100_000;
        change(&mut config);
        init(
            &config,
            &Init {
                admin: ADMIN.parse().unwrap(),
                password: PASSWORD.to_owned(),
                witness_threshold,
                root_days: 30,
            },
        )
        .await
        .unwrap();
        let reviewer = TestReviewer::new();
        Self::start(folder, config, reviewer).await
    }

    /// Starts over what is there.
    pub async fn start(
        folder: Arc<tempfile::TempDir>,
        config: Config,
        reviewer: TestReviewer,
    ) -> Self {
        let dynamic: Arc<dyn Reviewer> = Arc::new(reviewer.clone());
        let running = Service::start(config.clone(), dynamic).await.unwrap();
        let shop = Self {
            base: format!("http://{}", running.address),
            clock: config.clock.clone(),
            client: client(),
            folder,
            config,
            reviewer,
            running: Some(running),
        };
        while shop.get("/readyz").await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shop
    }

    /// Another process over the same database and blobs.
    pub async fn twin(&self) -> Self {
        Self::start(
            Arc::clone(&self.folder),
            self.config.clone(),
            self.reviewer.clone(),
        )
        .await
    }

    pub async fn stop(&mut self) {
        self.running.take().unwrap().shutdown().await;
    }

    pub async fn restart(&mut self) {
        if self.running.is_some() {
            self.stop().await;
        }
        let again = Self::start(
            Arc::clone(&self.folder),
            self.config.clone(),
            self.reviewer.clone(),
        )
        .await;
        *self = again;
    }

    pub fn blob_file(&self, digest: &guildhall_package::Digest) -> PathBuf {
        let hex = digest.hex();
        self.config.blobs.join("sha256").join(&hex[..2]).join(hex)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> T {
        answer(self.get(path).await).await
    }

    /// GET with a token.
    pub async fn read(&self, token: &str, path: &str) -> Response {
        self.ask(Method::GET, path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }

    /// A request with a body and a token; an empty token is none.
    pub async fn send<B: Serialize>(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: &B,
    ) -> Response {
        let mut request = self.ask(method, path).json(body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    pub async fn post<B: Serialize>(&self, token: &str, path: &str, body: &B) -> Response {
        self.send(token, Method::POST, path, body).await
    }

    pub async fn login(&self, account: &str, password: &str, scopes: &[Scope]) -> Response {
        let login = Login {
            account: account.parse().unwrap(),
            password: password.to_owned(),
            token: NewToken {
                label: "test".to_owned(),
                scopes: scopes.to_vec(),
                days: None,
            },
        };
        self.post("", "/api/v1/login", &login).await
    }

    /// A token of the administrator with all scopes.
    pub async fn admin(&self) -> String {
        let issued: IssuedToken = answer(self.login(ADMIN, PASSWORD, &Scope::ALL).await).await;
        issued.token
    }

    pub async fn checkpoint_size(&self) -> u64 {
        let response = self.get("/checkpoint").await;
        if response.status() != StatusCode::OK {
            return 0;
        }
        let text = response.text().await.unwrap();
        text.lines().nth(1).unwrap().parse().unwrap()
    }
}

/// The body of a success.
pub async fn answer<T: DeserializeOwned>(response: Response) -> T {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The problem of a refusal: its status and code.
pub async fn refused(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").cloned();
    let text = response.text().await.unwrap();
    assert!(status >= 400, "{status}: {text}");
    assert_eq!(kind.unwrap(), "application/problem+json", "{text}");
    let problem: Problem = serde_json::from_str(&text).unwrap();
    assert_eq!(problem.status, status);
    assert!(
        !problem.fix.is_empty() && !problem.detail.is_empty(),
        "{text}"
    );
    (status, problem.code)
}
