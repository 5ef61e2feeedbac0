//! A running marketplace: its parts, what stands in front of every request, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use guildhall_web::contact::Public;
use guildhall_web::serve::{Serving, serve};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::extract::Client;
use crate::app::App;
use crate::blobs::Blobs;
use crate::config::Config;
use crate::connection::Lending;
use crate::error::{ApiError, not_found, panicked, wait};
use crate::front::{self, finish};
use crate::init::{SetupError, open_keys};
use crate::review::{Reviewer, queue};
use crate::store;
use crate::{api, downloads, log, oci, pages};

/// How often uploads that were left behind are swept.
const SWEEP: Duration = Duration::from_secs(600);

/// The marketplace.
#[derive(Debug, Clone, Copy)]
pub struct Service;

/// A marketplace that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: App,
    server: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Service {
    /// Starts a marketplace that was set up with [`crate::init::init`].
    ///
    /// # Errors
    /// [`SetupError`] if something that it needs is not there.
    pub async fn start(config: Config, reviewer: Arc<dyn Reviewer>) -> Result<Running, SetupError> {
        let (log_key, review_key, roots) = open_keys(&config)?;
        let store = store::open(&config.database).await?;
        let blobs = Blobs::open(&config.blobs, config.limits.cache_bytes)?;
        let listener =
            TcpListener::bind(config.listen)
                .await
                .map_err(|error| SetupError::Listen {
                    address: config.listen,
                    error,
                })?;
        let address = listener.local_addr().map_err(|error| SetupError::Listen {
            address: config.listen,
            error,
        })?;
        let reviews = config.reviews.max(1);
        let http = log::witnesses::client(log::witnesses::PATIENCE).map_err(SetupError::Http)?;
        let public = Public::of(config.public_url.as_ref(), address);
        let keys = (log_key, review_key);
        let app = App::new(config, store, blobs, keys, roots, (http, public))?;
        // The first request sees what is published already. What can't be read now is tried again by the follower.
        if let Err(error) = log::follower::follow(&app).await {
            tracing::error!(%error, "the catalogue could not be read at the start");
        }
        let mut tasks = vec![
            tokio::spawn(log::sequencer::run(app.clone())),
            tokio::spawn(log::follower::run(app.clone())),
            tokio::spawn(sweep(app.clone())),
            tokio::spawn(downloads::run(app.clone())),
        ];
        for _ in 0..reviews {
            let reviewer = Arc::clone(&reviewer);
            tasks.push(tokio::spawn(queue::run(app.clone(), reviewer)));
        }
        let stop = app.stop.clone();
        let limits = app.config.limits;
        let before = app.clone();
        let server = tokio::spawn(serve(
            listener,
            (
                move |request: &_| front::answer(&before, request),
                router(&app),
            ),
            Lending(app.blobs.lent()),
            Serving {
                connections: limits.connections,
                head: limits.head_time,
                stop,
            },
        ));
        tracing::info!(%address, "marketplace listens");
        Ok(Running {
            address,
            app,
            server,
            tasks,
        })
    }
}

impl Running {
    /// Stops: no new connections, requests at work come to their end, and what is durable is whole. Reviews at work are
    /// taken up again by the next process.
    pub async fn shutdown(self) {
        self.app.stop.cancel();
        // It bounds its end itself.
        let _ = self.server.await;
        for task in self.tasks {
            // One that panicked has told so already.
            let _ = task.await;
        }
        self.app.store.close().await;
        tracing::info!("marketplace stopped");
    }

    /// Waits until the server ends by itself, which it does only if something is wrong.
    pub async fn ended(&mut self) {
        let _ = (&mut self.server).await;
    }
}

async fn sweep(app: App) {
    loop {
        match app.blobs.sweep().await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "uploads that were left behind are gone"),
            Err(error) => tracing::warn!(%error, "uploads could not be swept"),
        }
        match forget_orders(&app).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "orders that nobody paid could not be forgotten"),
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Orders that nobody paid say nothing: whoever pays one later presents it again.
async fn forget_orders(app: &App) -> Result<(), crate::store::StoreError> {
    let mut tx = app.store.write().await?;
    crate::store::orders::sweep(tx.connection(), app.clock.now()).await?;
    tx.commit().await
}

/// All routes, with what stands in front of them.
fn router(app: &App) -> Router {
    let in_flight = Arc::new(Semaphore::new(app.config.limits.in_flight.max(1)));
    let gate = Gate {
        app: app.clone(),
        in_flight,
    };
    let of_the_api = middleware::from_fn_with_state(app.clone(), throttle_api);
    let limited = api::doc::router().layer(of_the_api);
    Router::new()
        .merge(limited)
        .merge(oci::routes())
        .merge(pages::routes(app))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(gate, admit))
        .layer(middleware::from_fn_with_state(app.clone(), pages::dress))
        .with_state(app.clone())
}

async fn nowhere(request: Request) -> Response {
    if request.uri().path().starts_with("/v2/") {
        return oci::elsewhere(request.method());
    }
    not_found("page").into_response()
}

async fn other_method() -> ApiError {
    crate::error::refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.method",
        "this page does not take that method",
        "look at /api/v1/openapi.json",
    )
}

#[derive(Clone)]
struct Gate {
    app: App,
    in_flight: Arc<Semaphore>,
}

/// Bounds requests at work and their time, names each, counts it and tells of it.
async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let of_registry = request.uri().path().starts_with("/v2/");
    let limit = gate.app.config.limits.request_time;
    let mut response = match gate.in_flight.try_acquire() {
        Err(_) => {
            gate.app.metrics.shed.inc();
            let full = wait(
                StatusCode::SERVICE_UNAVAILABLE,
                "service.full",
                "too many requests are at work",
                1,
            );
            full.into_response()
        }
        Ok(_permit) => match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            // Its clients read JSON of another form, or none.
            Err(_) if of_registry => StatusCode::REQUEST_TIMEOUT.into_response(),
            Err(_) => crate::error::refuse(
                StatusCode::REQUEST_TIMEOUT,
                "request.time",
                format!("the request took longer than {} s", limit.as_secs()),
                "send it again, over a faster connection if it was an upload",
            )
            .into_response(),
        },
    };
    finish(&gate.app, &mut response, &method, &route, began);
    response
}

/// Of the API what needs the database is limited: what is read from memory is not.
async fn throttle_api(state: State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/v1/") {
        throttle(state, request, next).await
    } else {
        next.run(request).await
    }
}

/// What needs the database is limited by client address.
pub(crate) async fn throttle(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Client(client) = Client::of(&parts, &app);
    if let Err(error) = app.limits.read(client) {
        return error.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}
