//! `guildhall revoke`

use crate::args::RevokeArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use guildhall_host::EgressConfig;
use serde_json::json;

/// Revokes a digest, or lists what is revoked.
///
/// # Errors
/// If the journal can't be used.
pub async fn run(home: &Home, args: RevokeArgs) -> Result<Exit, CliError> {
    let host = host::open(home, EgressConfig::default()).await?;
    if let (Some(digest), Some(reason)) = (args.digest, &args.reason) {
        host.revoke(digest, reason).await.map_err(host::fault)?;
        if args.json {
            output::json(&json!({ "revoked": digest, "reason": reason }));
        } else {
            output::note(format_args!(
                "{digest} is revoked: it runs no more, and what it has waiting is void."
            ));
        }
    } else {
        let revoked = host.revocations().await.map_err(host::fault)?;
        if args.json {
            let list: Vec<_> = revoked
                .iter()
                .map(|(digest, reason)| json!({ "digest": digest, "reason": reason }))
                .collect();
            output::json(&json!({ "revocations": list }));
        } else if revoked.is_empty() {
            output::note("Nothing is revoked.");
        } else {
            let rows = revoked
                .iter()
                .map(|(digest, reason)| [digest.to_string(), reason.clone()]);
            output::line(output::table(["DIGEST", "REASON"], rows));
        }
    }
    host.shutdown().await;
    Ok(Exit::Done)
}
