//! A witness: a process of its own with its own key, which cosigns a log only as long as that log grows. What it has
//! cosigned last is durable before the cosignature leaves the house.

mod state;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use guildhall_package::trust::SigningKey;
use guildhall_package::trust::log::note::Algorithm;
use guildhall_package::trust::log::witness::{
    AddCheckpoint, MAX_REQUEST_BYTES, SIZE_TYPE, WatchedLog, WitnessRefusal, decide,
};
use guildhall_package::trust::log::{VerifierKey, cosign};
use guildhall_web::serve::{self, Plain, Serving};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

use crate::clock::Clock;
use crate::keys::{self, Folder, KeyError};

pub use state::StateError;
use state::WitnessState;

/// Connections at once.
const CONNECTIONS: usize = 256;
/// How long a request may take, and its head by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a witness runs.
#[derive(Debug, Clone)]
pub struct WitnessConfig {
    /// Address to listen at. Port 0: any that is free.
    pub listen: SocketAddr,
    /// Folder of its key and of what it has cosigned last, private to the user.
    pub folder: PathBuf,
    /// Its name: best the address of who runs it, without `https://`.
    pub name: String,
    /// The logs that it watches, each by its origin and key.
    pub logs: Vec<VerifierKey>,
    /// The clock. Only tests move it.
    pub clock: Clock,
}

/// A witness can't run.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Its key.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// What it has cosigned last.
    #[error(transparent)]
    State(#[from] StateError),
    /// Its name.
    #[error("`{0}` can't name a witness: use a host name with a path, without spaces and `+`")]
    Name(String),
    /// The address can't be listened at.
    #[error("the witness can't listen at {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// A witness that runs.
pub struct RunningWitness {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its key, for the root files of the logs that count on it.
    pub key: VerifierKey,
    watched: Arc<RwLock<Vec<WatchedLog>>>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl RunningWitness {
    /// Watches one more log from now on. Logs are otherwise named when it starts.
    pub fn watch(&self, log: &VerifierKey) {
        let mut watched = self.watched.write().unwrap_or_else(PoisonError::into_inner);
        watched.push(watched_log(log));
    }

    /// Stops, after the requests at work.
    pub async fn shutdown(self) {
        self.stop.cancel();
        // It bounds its end itself.
        let _ = self.server.await;
    }

    /// Waits until the server ends by itself, which it does only if something is wrong.
    pub async fn ended(&mut self) {
        let _ = (&mut self.server).await;
    }
}

#[derive(Clone)]
struct Witness(Arc<Inner>);

struct Inner {
    key: SigningKey,
    verifier: VerifierKey,
    watched: Arc<RwLock<Vec<WatchedLog>>>,
    /// One decision at a time: reading what was last, deciding and writing belong together.
    state: Mutex<WitnessState>,
    clock: Clock,
}

fn watched_log(log: &VerifierKey) -> WatchedLog {
    WatchedLog {
        origin: log.name().to_owned(),
        keys: vec![log.clone()],
    }
}

/// The key of a witness, made if there is none yet.
///
/// # Errors
/// [`WitnessError`].
pub fn key(config: &WitnessConfig) -> Result<VerifierKey, WitnessError> {
    Ok(open_key(config)?.1)
}

fn open_key(config: &WitnessConfig) -> Result<(SigningKey, VerifierKey), WitnessError> {
    let folder = Folder::open(&config.folder)?;
    if !folder.has(keys::WITNESS) {
        folder.make_key(keys::WITNESS)?;
    }
    let key = folder.key(keys::WITNESS)?;
    let verifier = VerifierKey::new(&config.name, Algorithm::Cosignature, key.public())
        .map_err(|_| WitnessError::Name(config.name.clone()))?;
    Ok((key, verifier))
}

/// Runs a witness.
///
/// # Errors
/// [`WitnessError`] if something that it needs is not there.
pub async fn serve(config: WitnessConfig) -> Result<RunningWitness, WitnessError> {
    let (key, verifier) = open_key(&config)?;
    let state = WitnessState::open(Folder::open(&config.folder)?)?;
    let failed = |error| WitnessError::Listen {
        address: config.listen,
        error,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let watched = Arc::new(RwLock::new(config.logs.iter().map(watched_log).collect()));
    let witness = Witness(Arc::new(Inner {
        key,
        verifier: verifier.clone(),
        watched: Arc::clone(&watched),
        state: Mutex::new(state),
        clock: config.clock,
    }));
    let router = Router::new()
        .route("/", get(told))
        .route("/add-checkpoint", post(add_checkpoint))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES + 1))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .with_state(witness);
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve::serve(
        listener,
        (|_: &_| None, router),
        Plain,
        Serving {
            connections: CONNECTIONS,
            head: PATIENCE,
            stop: stop.clone(),
        },
    ));
    tracing::info!(%address, key = %verifier, "witness listens");
    Ok(RunningWitness {
        address,
        key: verifier,
        watched,
        stop,
        server,
    })
}

/// Who it is and what it watches.
async fn told(State(witness): State<Witness>) -> String {
    let watched = witness
        .0
        .watched
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let mut text = format!("{}\n", witness.0.verifier);
    for log in watched {
        text.push_str(&log.origin);
        text.push('\n');
    }
    text
}

async fn add_checkpoint(State(witness): State<Witness>, body: Bytes) -> Response {
    match cosigned(&witness.0, &body).await {
        Ok(line) => line.into_response(),
        Err(Failed::Refused(refusal)) => refused(&refusal),
        Err(Failed::State(error)) => {
            tracing::error!(%error, "nothing was cosigned");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the witness could not remember the checkpoint, so it did not cosign it\n",
            )
                .into_response()
        }
    }
}

enum Failed {
    Refused(WitnessRefusal),
    State(StateError),
}

async fn cosigned(witness: &Inner, body: &[u8]) -> Result<String, Failed> {
    let request = AddCheckpoint::parse(body).map_err(Failed::Refused)?;
    let watched = witness
        .watched
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let log = request.authenticate(&watched).map_err(Failed::Refused)?;
    let mut state = witness.state.lock().await;
    let next = decide(state.last(&log.origin).as_ref(), &request).map_err(|refusal| {
        if matches!(
            refusal,
            WitnessRefusal::Fork { .. } | WitnessRefusal::Inconsistent(_)
        ) {
            tracing::error!(origin = log.origin, %refusal, "A LOG DID NOT ONLY GROW");
        }
        Failed::Refused(refusal)
    })?;
    state.remember(&log.origin, next).map_err(Failed::State)?;
    drop(state);
    let time = u64::try_from(witness.clock.now() / 1000).unwrap_or(0);
    let text = request.checkpoint.note().text();
    cosign(text, witness.verifier.name(), &witness.key, time)
        .map(|line| line.to_string())
        .map_err(|error| Failed::Refused(error.into()))
}

fn refused(refusal: &WitnessRefusal) -> Response {
    let status =
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match refusal.conflict_body() {
        Some(size) => {
            let mut response = (status, size).into_response();
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(SIZE_TYPE));
            response
        }
        None => (status, format!("{refusal}\n")).into_response(),
    }
}
