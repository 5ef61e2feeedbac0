//! Standard input and output of a session, as what they are. Clients connect pipes or sockets, which the runtime can wait for
//! itself; anything else (a file, a terminal) has to be read and written on threads that may block, which costs two changes of
//! threads for every message.

use std::fs::{File, FileType, Metadata};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

/// Where the client's messages come from.
pub(super) type Input = Box<dyn AsyncRead + Send + Unpin>;
/// Where the answers go.
pub(super) type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// Both ends of this process.
pub(super) fn of_this_process() -> (Input, Output) {
    let errors = std::io::stderr();
    let input = input(std::io::stdin().as_fd(), errors.as_fd());
    let output = output(std::io::stdout().as_fd(), errors.as_fd());
    (
        input.unwrap_or_else(|| Box::new(tokio::io::stdin())),
        output.unwrap_or_else(|| Box::new(tokio::io::stdout())),
    )
}

fn input(end: BorrowedFd<'_>, errors: BorrowedFd<'_>) -> Option<Input> {
    let kind = kind(end, errors)?;
    if kind.is_fifo() {
        return Some(Box::new(pipe::Receiver::from_owned_fd(owned(end)?).ok()?));
    }
    Some(Box::new(socket(end, kind)?))
}

fn output(end: BorrowedFd<'_>, errors: BorrowedFd<'_>) -> Option<Output> {
    let kind = kind(end, errors)?;
    if kind.is_fifo() {
        return Some(Box::new(pipe::Sender::from_owned_fd(owned(end)?).ok()?));
    }
    Some(Box::new(socket(end, kind)?))
}

/// None if it is where errors are written to as well: whoever writes those must be able to wait.
fn kind(end: BorrowedFd<'_>, errors: BorrowedFd<'_>) -> Option<FileType> {
    let (found, errors) = (facts(end)?, facts(errors));
    let is_same =
        errors.is_some_and(|errors| (errors.dev(), errors.ino()) == (found.dev(), found.ino()));
    (!is_same).then(|| found.file_type())
}

fn facts(end: BorrowedFd<'_>) -> Option<Metadata> {
    File::from(owned(end)?).metadata().ok()
}

fn owned(end: BorrowedFd<'_>) -> Option<OwnedFd> {
    end.try_clone_to_owned().ok()
}

fn socket(end: BorrowedFd<'_>, kind: FileType) -> Option<UnixStream> {
    if !kind.is_socket() {
        return None;
    }
    let stream = std::os::unix::net::UnixStream::from(owned(end)?);
    // One of the network is none of these.
    stream.local_addr().ok()?;
    stream.set_nonblocking(true).ok()?;
    UnixStream::from_std(stream).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn pipes_and_sockets_are_waited_for_without_a_thread() {
        let file = tempfile::tempfile().unwrap();
        let (read, mut write) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut write, b"asked").unwrap();
        drop(write);
        let mut text = String::new();
        let mut end = input(read.as_fd(), file.as_fd()).unwrap();
        end.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "asked");

        let (mut read, write) = std::io::pipe().unwrap();
        let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
        for end in [write.as_fd(), near.as_fd()] {
            let mut end = output(end, file.as_fd()).unwrap();
            end.write_all(b"answered").await.unwrap();
        }
        let mut heard = [0; 8];
        read.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"answered");
        far.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"answered");
        assert!(input(near.as_fd(), file.as_fd()).is_some());
    }

    #[tokio::test]
    async fn files_and_what_errors_are_written_to_are_left_to_threads() {
        let file = tempfile::tempfile().unwrap();
        let (read, write) = std::io::pipe().unwrap();
        assert!(input(file.as_fd(), read.as_fd()).is_none());
        assert!(output(file.as_fd(), read.as_fd()).is_none());
        assert!(output(write.as_fd(), write.as_fd()).is_none());
        assert!(input(read.as_fd(), read.as_fd()).is_none());
        let net = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(input(net.as_fd(), read.as_fd()).is_none());
    }
}
