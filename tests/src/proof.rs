//! A reader of receipts, audit logs and signed webhooks that knows nothing of the product: `tests/peers/proof.py`.

use crate::find;
use crate::peer::Received;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The signed content of a receipt, if the signature holds under a key as `guildhall receipts key` prints it.
///
/// # Errors
/// What does not hold.
pub fn receipt(file: &Path, key: &str) -> Result<crate::Value, String> {
    let text = proof([OsStr::new("receipt"), file.as_os_str(), key.as_ref()], b"")?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Number of entries and hash of the last one, if an exported audit log holds together.
///
/// # Errors
/// What does not hold.
pub fn audit(file: &Path) -> Result<(u64, String), String> {
    let text = proof(
        [OsStr::new("audit"), file.as_os_str(), "local".as_ref()],
        b"",
    )?;
    let (entries, hash) = text.trim().split_once(' ').ok_or("two words")?;
    let entries = entries.parse().map_err(|_| "a number".to_owned())?;
    Ok((entries, hash.to_owned()))
}

/// Whether a request is signed with this secret, as Standard Webhooks says.
///
/// # Errors
/// What does not hold.
pub fn webhook(secret: &str, request: &Received) -> Result<(), String> {
    let header = |name: &str| request.header(name).ok_or(format!("no {name}"));
    let args = [
        "webhook",
        secret,
        header("webhook-id")?,
        header("webhook-timestamp")?,
        header("webhook-signature")?,
    ];
    proof(args, &request.body).map(drop)
}

/// The signature that Meta's services send with a webhook under this secret.
///
/// # Panics
/// If the reader does not work.
#[must_use]
pub fn hub(secret: &str, body: &[u8]) -> String {
    let signature = proof(["hub", secret], body).expect("nothing to be wrong");
    signature.trim().to_owned()
}

/// Runs the reader; what it printed is the answer, or what is wrong.
fn proof<S: AsRef<OsStr>>(
    args: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Result<String, String> {
    // It needs no package, so any Python will do.
    let mut child = Command::new("python3")
        .arg(find::repository().join("tests/peers/proof.py"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("it prints UTF-8");
    match output.status.code() {
        Some(0) => Ok(text),
        Some(1) => Err(text),
        _ => panic!("proof.py was used wrongly: {text}"),
    }
}
