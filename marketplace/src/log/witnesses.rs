//! Asking witnesses to cosign, by C2SP `tlog-witness`. Their addresses come from the operator's configuration and from
//! nowhere else.

use std::time::Duration;

use futures::future::join_all;
use guildhall_package::text::plain;
use guildhall_package::trust::log::witness::AddCheckpoint;
use guildhall_package::trust::log::{NoteSignature, SignedCheckpoint, VerifierKey, cosignatures};

use super::LogError;
use crate::app::App;
use crate::clock::{stored, wire};
use crate::config::WitnessAddress;
use crate::store::log::{self as rows, Head};

/// How long one witness may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 10;
/// How often a witness may say that it is elsewhere before it is left alone for this time.
const TURNS: usize = 3;

/// Makes the client for asking witnesses: no proxy, no redirects.
///
/// # Errors
/// What the client says, for the operator.
pub fn client() -> Result<reqwest::Client, String> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())
}

/// The checkpoint with the cosignatures that the root file demands, and those of other witnesses that were asked.
pub(super) async fn cosigned(app: &App, head: &Head) -> Result<String, LogError> {
    let mut note = SignedCheckpoint::parse(&head.note)
        .map_err(|error| LogError::Broken(error.to_string()))?;
    let asked = app
        .config
        .witnesses
        .iter()
        .map(|witness| ask(app, witness, &note));
    let mut problems = Vec::new();
    for (witness, answer) in app.config.witnesses.iter().zip(join_all(asked).await) {
        match answer {
            Ok(lines) => {
                for line in lines {
                    note.add(line)
                        .map_err(|error| LogError::Broken(error.to_string()))?;
                }
            }
            Err(problem) => {
                app.metrics.witness_failures.inc();
                tracing::warn!(witness = witness.key.name(), problem, "witness did not cosign");
                problems.push(format!("{}: {problem}", witness.key.name()));
            }
        }
    }
    let (keys, needed) = app.shelf.roots().witnesses();
    let got = cosignatures(note.note(), &keys).map_or(0, |found| found.len());
    if got < needed {
        return Err(LogError::Witnesses {
            got,
            needed,
            size: wire(head.size),
            problems: problems.join("; "),
        });
    }
    Ok(note.to_text())
}

/// Asks one witness. Its answer counts only if its key signed.
async fn ask(
    app: &App,
    witness: &WitnessAddress,
    checkpoint: &SignedCheckpoint,
) -> Result<Vec<NoteSignature>, String> {
    let new = checkpoint.unverified().head.size;
    let name = witness.key.to_string();
    let mut old = {
        let mut db = app.store.read().await.map_err(|error| error.to_string())?;
        let known = rows::witnessed(&mut db, &name).await;
        wire(known.map_err(|error| error.to_string())?)
    };
    for _ in 0..TURNS {
        // Another process may have got a longer one cosigned.
        if old > new {
            return Err(format!("it has cosigned the larger size {old} already"));
        }
        let proof = app
            .tiles
            .consistency(old, new)
            .await
            .map_err(|error| error.to_string())?;
        let request = AddCheckpoint {
            old,
            proof,
            checkpoint: checkpoint.clone(),
        };
        match post(app, witness, &request).await? {
            Answer::Lines(text) => {
                let lines = signed(checkpoint, &witness.key, &text)?;
                remember(app, &name, new).await?;
                return Ok(lines);
            }
            Answer::At(size) => {
                old = size;
                remember(app, &name, size).await?;
            }
        }
    }
    Err("it keeps saying that it is at another size".to_owned())
}

async fn remember(app: &App, name: &str, size: u64) -> Result<(), String> {
    let write = async {
        let mut tx = app.store.write().await?;
        rows::set_witnessed(tx.connection(), name, stored(size)).await?;
        tx.commit().await
    };
    write.await.map_err(|error| error.to_string())
}

enum Answer {
    /// Signature lines.
    Lines(String),
    /// It is at this size.
    At(u64),
}

async fn post(
    app: &App,
    witness: &WitnessAddress,
    request: &AddCheckpoint,
) -> Result<Answer, String> {
    let mut url = witness.url.clone();
    url.path_segments_mut()
        .map_err(|()| "its address can't have a path".to_owned())?
        .pop_if_empty()
        .push("add-checkpoint");
    let mut response = app
        .http
        .post(url)
        .body(request.to_body())
        .send()
        .await
        // With the address it would only be longer.
        .map_err(|error| error.without_url().to_string())?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| error.without_url().to_string())?
    {
        if body.len() + part.len() > MAX_ANSWER {
            return Err("its answer is too long".to_owned());
        }
        body.extend_from_slice(&part);
    }
    let text = String::from_utf8(body).map_err(|_| "its answer is no text".to_owned())?;
    match status {
        200 => Ok(Answer::Lines(text)),
        409 => text
            .trim_end()
            .parse()
            .map(Answer::At)
            .map_err(|_| format!("it refused: {}", plain(&text, 200))),
        _ => Err(format!("it answered {status}: {}", plain(&text, 200))),
    }
}

/// The lines of an answer, if the witness's key is among them and all of its lines fit.
fn signed(
    checkpoint: &SignedCheckpoint,
    key: &VerifierKey,
    text: &str,
) -> Result<Vec<NoteSignature>, String> {
    let lines = NoteSignature::parse_lines(text).map_err(|error| error.to_string())?;
    let mut trial = SignedCheckpoint::parse(checkpoint.to_text().as_bytes())
        .map_err(|error| error.to_string())?;
    for line in &lines {
        trial.add(line.clone()).map_err(|error| error.to_string())?;
    }
    let keys = std::slice::from_ref(key);
    let found = cosignatures(trial.note(), keys).map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err("its answer is not signed by its key".to_owned());
    }
    Ok(lines)
}
