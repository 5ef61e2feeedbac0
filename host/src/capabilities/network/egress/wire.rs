//! A connection to checked addresses, and nothing else.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::resolve::Dialable;
use super::transport::Meter;

/// Head start of each address over the next one (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// More addresses than this are checked, but not tried.
const MAX_TRIED: usize = 8;

/// Connects to the first address that answers, in the resolver's order, each with a head start over the next.
pub(super) async fn dial(to: &Dialable) -> io::Result<TcpStream> {
    let mut waiting = to.addresses().iter().copied().take(MAX_TRIED);
    let mut trying = FuturesUnordered::new();
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "no address");
    loop {
        let more = waiting.next();
        let had_more = more.is_some();
        trying.extend(more.map(TcpStream::connect));
        let outcome = if had_more {
            match tokio::time::timeout(HEAD_START, trying.next()).await {
                Ok(outcome) => outcome,
                Err(_) => continue,
            }
        } else {
            trying.next().await
        };
        match outcome {
            Some(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Some(Err(error)) => last = error,
            None if had_more => {}
            None => return Err(last),
        }
    }
}

/// Both kinds of connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection whose bytes are counted.
pub(super) struct Metered {
    inner: Box<dyn Stream>,
    meter: Arc<Meter>,
}

impl Metered {
    pub fn new(inner: Box<dyn Stream>, meter: Arc<Meter>) -> Self {
        Self { inner, meter }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.meter
            .add_received(buf.filled().len().saturating_sub(before) as u64);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Even a write that fails may have sent some of it.
        self.meter.begin();
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.meter.add_sent(written as u64);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
