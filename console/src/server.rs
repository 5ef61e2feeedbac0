//! A running console: its parts, what stands in front of every request, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use guildhall_web::contact::Public;
use guildhall_web::error::{ApiError, not_found, panicked, refuse, wait};
use guildhall_web::serve::{Plain, Serving, serve};
use guildhall_web::store::StoreError;
use guildhall_web::tls::TlsError;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::{App, Parts};
use crate::config::Config;
use crate::doors;
use crate::doors::tls::Tls;
use crate::people::first;
use crate::{api, channels, hooks, live, mcp, oauth, pages, store, uploads};

/// Why a console can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its address is taken, or not this machine's.
    #[error("the console can't listen at {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// Its own database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something that it needs.
    #[error("the console can't start: {0}")]
    Part(#[from] ApiError),
}

/// The console.
#[derive(Debug, Clone, Copy)]
pub struct Console;

/// A console that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: App,
    server: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

/// Where people go first.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The address. It is a secret if it is the first.
    pub url: String,
    /// Whether it makes the first owner, once.
    pub is_first: bool,
}

impl Console {
    /// Starts a console over a host and what is installed.
    ///
    /// # Errors
    /// [`StartError`] if something that it needs is not there.
    pub async fn start(config: Config, parts: Parts) -> Result<Running, StartError> {
        let listen = config.listen;
        let cannot = |error| StartError::Listen {
            address: listen,
            error,
        };
        // First: two of them over one folder are fine, two at one address are not.
        let listener = TcpListener::bind(listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let tls = config.tls.as_ref().map(Tls::acceptor).transpose()?;
        // Port 0 was any: now it is one.
        let config = Config {
            listen: address,
            ..config
        };
        let app = Self::app(config, parts, address).await?;
        let courier = Arc::new(app.host.courier());
        let mut tasks = vec![
            tokio::spawn(live::follow(app.clone())),
            tokio::spawn(uploads::follow(app.clone())),
            tokio::spawn(crate::erasing::follow(app.clone())),
            tokio::spawn(crate::buying::follow(app.clone())),
            tokio::spawn(hooks::outbox::run(app.clone(), courier)),
        ];
        tasks.extend(channels::start(&app));
        let limits = app.config.limits;
        let serving = Serving {
            connections: limits.connections,
            head: limits.head_time,
            stop: app.stop.clone(),
        };
        let doors = (|_: &_| None, router(&app));
        let server = match tls {
            Some(tls) => tokio::spawn(serve(listener, doors, tls, serving)),
            None => tokio::spawn(serve(listener, doors, Plain, serving)),
        };
        if !app.public.is_https() && !app.doors.names.is_of_this_machine() {
            tracing::warn!(
                "people reach this console over connections that are not encrypted: passwords can be read on the way"
            );
        }
        tracing::info!(%address, "console listens");
        Ok(Running {
            address,
            app,
            server,
            tasks,
        })
    }

    /// What its parts share, over its database, for a console that people reach at this address.
    ///
    /// # Errors
    /// [`StartError`] if the database can't be used.
    pub async fn app(config: Config, parts: Parts, address: SocketAddr) -> Result<App, StartError> {
        let store = store::open(&config.database).await?;
        let public = public(&config, address);
        Ok(App::new(config, store, parts, public))
    }
}

/// The link to give to people: the one that makes the first owner, if there is none yet, or that of the console.
///
/// # Errors
/// [`ApiError`] of the database or of the system's random bytes.
pub async fn link(app: &App) -> Result<Link, ApiError> {
    let key = first::offer(app).await?;
    let path = key.as_ref().map_or_else(
        || "/".to_owned(),
        |key| format!("/start?key={}", key.text()),
    );
    Ok(Link {
        url: app.link(&path),
        is_first: key.is_some(),
    })
}

/// Passkeys belong to names: a console on this machine only is called `localhost`.
fn public(config: &Config, address: SocketAddr) -> Public {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let ip = address.ip();
    let own = if ip.is_loopback() || ip.is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    };
    let url = config.public_url.clone().or_else(|| own.parse().ok());
    Public::of(url.as_ref(), address)
}

impl Running {
    /// The link to give to people.
    ///
    /// # Errors
    /// [`ApiError`] of the database or of the system's random bytes.
    pub async fn link(&self) -> Result<Link, ApiError> {
        link(&self.app).await
    }

    /// What its parts share.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Stops: no new connections, requests at work come to their end.
    pub async fn shutdown(self) {
        self.app.stop.cancel();
        // It bounds its end itself.
        let _ = self.server.await;
        for task in self.tasks {
            // One that panicked has told so already.
            let _ = task.await;
        }
        self.app.store.close().await;
        tracing::info!("console stopped");
    }

    /// Waits until the server ends by itself, which it does only if something is wrong.
    pub async fn ended(&mut self) {
        let _ = (&mut self.server).await;
    }
}

/// All routes, with what stands in front of them.
pub fn router(app: &App) -> Router {
    let gate = Gate {
        in_flight: Arc::new(Semaphore::new(app.config.limits.in_flight.max(1))),
        time: app.config.limits.request_time,
    };
    Router::new()
        .merge(api::routes(app))
        .merge(pages::routes(app))
        .merge(oauth::routes())
        .merge(mcp::http::routes(app))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(app.clone(), doors::pass))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(gate, admit))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            pages::problem::dress,
        ))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            doors::headers::protect,
        ))
        .with_state(app.clone())
}

async fn nowhere() -> ApiError {
    not_found("page")
}

async fn other_method() -> ApiError {
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.method",
        "this page does not take that method",
        "go back and use the buttons on the page",
    )
}

#[derive(Clone)]
struct Gate {
    in_flight: Arc<Semaphore>,
    time: Duration,
}

/// Bounds requests at work and the time until their answers begin, names each, and tells of it. What a stream sends later is
/// bounded by who makes it.
async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    // The route as it was written, and never the path: keys of links stand there.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let mut response = match gate.in_flight.try_acquire() {
        Err(_) => wait(
            StatusCode::SERVICE_UNAVAILABLE,
            "service.full",
            "too many requests are at work",
            1,
        )
        .into_response(),
        Ok(_permit) => match tokio::time::timeout(gate.time, next.run(request)).await {
            Ok(response) => response,
            Err(_) => refuse(
                StatusCode::REQUEST_TIMEOUT,
                "request.time",
                format!("the request took longer than {} s", gate.time.as_secs()),
                "look at the list of runs before you try again: it may have been done",
            )
            .into_response(),
        },
    };
    let id = uuid::Uuid::now_v7().to_string();
    let status = response.status().as_u16();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%method, route, status, took_ms, request = id, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
