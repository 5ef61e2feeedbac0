//! A session over standard input and output, which then carry nothing else.

use super::{Door, ends};
use rmcp::ServiceExt;
use tokio_util::sync::CancellationToken;

/// The session could not be held.
#[derive(Debug, thiserror::Error)]
#[error("the session with the client broke: {0}")]
pub struct Broken(String);

/// Serves one client until it goes away or `stop` fires. Runs that are at work then are cancelled.
///
/// # Errors
/// If what the client says first is none of the protocol.
pub async fn serve(door: Door, stop: CancellationToken) -> Result<(), Broken> {
    let toolbox = door.toolbox().clone();
    let looking = tokio::spawn(async move { toolbox.look_on().await });
    let served = async {
        let begun = door
            .serve_with_ct(ends::of_this_process(), stop.child_token())
            .await;
        match begun {
            Ok(session) => session.waiting().await.map(drop).map_err(|e| e.to_string()),
            // A client that goes before it has said anything is no fault.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = stop.cancelled() => Ok(()),
    };
    looking.abort();
    ended.map_err(Broken)
}
