//! How long a server is waited for. By itself, a way that swallows what is sent over it is noticed only when TCP gives up, a
//! quarter of an hour later: until then nothing of this host would be written, and nothing refused.

use sqlx::Error;
use std::time::Duration;

/// For what is answered at once: a connection, the beginning of a transaction and its undoing. A busy machine takes seconds.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// For a statement. The server itself gives up on one after a minute (`statement_timeout`), and its word comes first. No test waits
/// that long.
pub(super) const STATEMENT: Duration = Duration::from_secs(if cfg!(test) { 30 } else { 75 });
/// For a commit, which waits for a disk. One that takes longer is asked for over another connection, well before the lease of
/// this host ends.
pub(super) const COMMIT: Duration = Duration::from_secs(20);

/// Does something within a limit. What takes longer has failed as if the connection were lost, which it is then: what it
/// carries is not known any more.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(late()),
    }
}

/// No answer in time.
pub(super) fn late() -> Error {
    Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "no answer in time",
    ))
}
