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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::connection::Connection;
use crate::lent::Lent;

/// Longest head of a request in bytes.
const MAX_HEAD: usize = 32 << 10;
/// Pause when no more connections can be taken from the system.
const PAUSE: Duration = Duration::from_millis(100);
/// How long connections may go on after the end was called.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop`, and then until the connections have ended, but not for long. What `front` has no answer to goes to the
/// router. `head` is the time for the head of a request, also of the next one on a connection that is kept.
pub(crate) async fn serve(
    listener: TcpListener,
    (front, router): (
        impl Fn(&hyper::Request<Incoming>) -> Option<Response> + Clone + Send + 'static,
        Router,
    ),
    lent: Lent,
    connections: usize,
    head: Duration,
    stop: CancellationToken,
) {
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
        let connection =
            builder.serve_connection(TokioIo::new(Connection::new(stream, lent.clone())), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that hangs up is no news.
            let _ = connection.await;
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
