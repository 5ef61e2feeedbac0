//! The stream under the mail library: it bounds every wait and every answer, and remembers how the connection ended.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::SmtpLimits;

/// What is known about a dialogue from outside, also when its future is gone.
#[derive(Debug, Default)]
pub(super) struct Progress {
    ending: AtomicBool,
    lost: OnceLock<String>,
}

impl Progress {
    /// From now on the server may have the message in full.
    pub fn begin_ending(&self) {
        self.ending.store(true, Ordering::SeqCst);
    }

    /// Whether the server may have the message in full.
    pub fn may_have_all(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// How the connection ended, as a clause; the first cause counts.
    pub fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }

    fn lose(&self, how: String) {
        // A later cause is only a consequence.
        let _ = self.lost.set(how);
    }
}

struct State<S> {
    inner: S,
    wait: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// Bytes that the server may still send.
    left: usize,
    progress: Arc<Progress>,
}

/// A connected stream with limits.
///
/// The library wants a stream that can be shared between threads, and never shares it: the lock is never taken, only
/// looked through.
pub(super) struct Bounded<S>(Mutex<State<S>>);

impl<S> Bounded<S> {
    pub fn new(inner: S, limits: &SmtpLimits, progress: Arc<Progress>) -> Self {
        Self(Mutex::new(State {
            inner,
            wait: limits.wait,
            timer: None,
            left: limits.max_reply_bytes,
            progress,
        }))
    }

    fn state(&mut self) -> &mut State<S> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> State<S> {
    /// `outcome`, or an error once nothing has happened for too long.
    fn timed<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Ok(done)) => {
                self.timer = None;
                Poll::Ready(Ok(done))
            }
            Poll::Ready(Err(error)) => {
                self.progress
                    .lose(format!("the connection broke ({error})"));
                Poll::Ready(Err(error))
            }
            Poll::Pending => {
                let wait = self.wait;
                let timer = self
                    .timer
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.progress.lose(format!(
                    "the mail server was silent for {} s",
                    wait.as_secs_f64()
                ));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let state = self.state();
        let before = buf.filled().len();
        let outcome = Pin::new(&mut state.inner).poll_read(cx, buf);
        let outcome = state.timed(cx, outcome);
        if let Poll::Ready(Ok(())) = outcome {
            let count = buf.filled().len().saturating_sub(before);
            if count == 0 {
                state
                    .progress
                    .lose("the mail server closed the connection".to_owned());
            }
            let Some(left) = state.left.checked_sub(count) else {
                state
                    .progress
                    .lose("the mail server sent too much".to_owned());
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            };
            state.left = left;
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let state = self.state();
        let outcome = Pin::new(&mut state.inner).poll_write(cx, buf);
        state.timed(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.state();
        let outcome = Pin::new(&mut state.inner).poll_flush(cx);
        state.timed(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.state();
        let outcome = Pin::new(&mut state.inner).poll_shutdown(cx);
        state.timed(cx, outcome)
    }
}

impl<S> fmt::Debug for Bounded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bounded")
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> AsyncTokioStream for Bounded<S> {
    /// The host knows whom it dialled; the library does not need to.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
