//! Serving connections: so many at once, none that only dawdles, and an end that lets what is at work come to its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use futures::future::{Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Longest head of a request in bytes.
const MAX_HEAD: usize = 32 << 10;
/// Pause when no more connections can be taken from the system.
const PAUSE: Duration = Duration::from_millis(100);
/// How long connections may go on after the end was called.
const GRACE: Duration = Duration::from_secs(10);

/// What is made of a connection before requests are read from it.
pub trait Accept: Clone + Send + Sync + 'static {
    /// What requests are read from.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Makes it; none for a client that does not keep to the protocol. It is given the time that the head of a request is.
    fn accept(&self, stream: TcpStream) -> impl Future<Output = Option<Self::Stream>> + Send;
}

/// Connections as they are.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Accept for Plain {
    type Stream = TcpStream;

    fn accept(&self, stream: TcpStream) -> impl Future<Output = Option<TcpStream>> + Send {
        ready(Some(stream))
    }
}

impl Accept for TlsAcceptor {
    type Stream = tokio_rustls::server::TlsStream<TcpStream>;

    async fn accept(&self, stream: TcpStream) -> Option<Self::Stream> {
        match Self::accept(self, stream).await {
            Ok(stream) => Some(stream),
            Err(error) => {
                tracing::debug!(%error, "a client spoke no TLS");
                None
            }
        }
    }
}

/// Bounds of serving.
#[derive(Debug, Clone)]
pub struct Serving {
    /// Connections at once; more wait to be taken.
    pub connections: usize,
    /// Time for the head of a request, also of the next one on a connection that is kept.
    pub head: Duration,
    /// Ends it.
    pub stop: CancellationToken,
}

/// Serves until `stop`, and then until the connections have ended, but not for long. What `front` has no answer to goes to the
/// router.
pub async fn serve<A: Accept>(
    listener: TcpListener,
    (front, router): (
        impl Fn(&hyper::Request<Incoming>) -> Option<Response> + Clone + Send + 'static,
        Router,
    ),
    accept: A,
    serving: Serving,
) {
    let Serving {
        connections,
        head,
        stop,
    } = serving;
    let places = Arc::new(Semaphore::new(connections.max(1)));
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MAX_HEAD);
    loop {
        // Who comes when all places are taken waits in the system's queue.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer): (TcpStream, SocketAddr) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, for one: trying again at once would only spin.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Small answers must not wait for each other.
        let _ = stream.set_nodelay(true);
        let (front, router) = (front.clone(), router.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            if let Some(response) = front(&request) {
                return Either::Left(ready(Ok(response)));
            }
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Either::Right(router.clone().oneshot(request))
        });
        let (accept, builder, watcher) = (accept.clone(), builder.clone(), graceful.watcher());
        let ended = stop.clone();
        tokio::spawn(async move {
            let taken = tokio::select! {
                taken = tokio::time::timeout(head, accept.accept(stream)) => taken,
                () = ended.cancelled() => return,
            };
            if let Ok(Some(stream)) = taken {
                let connection = builder.serve_connection(TokioIo::new(stream), service);
                // A client that hangs up is no news.
                let _ = watcher.watch(connection).await;
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some connections did not end in time");
    }
}
