//! A connection that sends what the kernel has from there.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::ready;
use guildhall_web::serve::Accept;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::lent::Lent;

/// A connection of a client.
pub(crate) struct Connection {
    stream: TcpStream,
    lent: Lent,
}

/// Makes such connections of those that are taken.
#[derive(Clone)]
pub(crate) struct Lending(pub(crate) Lent);

impl Accept for Lending {
    type Stream = Connection;

    fn accept(&self, stream: TcpStream) -> impl Future<Output = Option<Connection>> + Send {
        let lent = self.0.clone();
        ready(Some(Connection { stream, lent }))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            std::task::ready!(self.stream.poll_write_ready(cx))?;
            let mut is_lent = true;
            let sent = self.stream.try_io(Interest::WRITABLE, || {
                self.lent.send(&self.stream, parts).unwrap_or_else(|| {
                    is_lent = false;
                    Ok(0)
                })
            });
            if !is_lent {
                return Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
            }
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return Poll::Ready(sent),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
