//! `guildhall audit`

use crate::args::{AuditArgs, AuditCommand};
use crate::card::layout::number;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::outfile::OutFile;
use crate::output;
use crate::when::Clock;
use guildhall_host::{
    AuditEntry, AuditHead, EgressConfig, Host, ReceiptError, Tenant, check_chain,
};
use guildhall_package::text::plain;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Bytes of a kept head that are read; one has a few hundred.
const MOST: u64 = 1 << 20;

/// Verifies the audit log, exports it, or shows where it ends.
///
/// # Errors
/// If it is not as it was written, or a file can't be read or written.
pub async fn run(home: &Home, args: AuditArgs) -> Result<Exit, CliError> {
    let kept = match &args.command {
        AuditCommand::Verify { heads, .. } => heads
            .iter()
            .map(|file| super::read_file(file, MOST))
            .collect::<Result<Vec<_>, _>>()?,
        AuditCommand::Export { .. } | AuditCommand::Head { .. } => Vec::new(),
    };
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match args.command {
        AuditCommand::Verify { json, .. } => verify(&host, home, &kept, json).await,
        AuditCommand::Export { out, json } => export(&host, home, &out, json).await,
        AuditCommand::Head { out, json } => head(&host, out, json).await,
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn verify(
    host: &Host,
    home: &Home,
    kept: &[Vec<u8>],
    as_json: bool,
) -> Result<Exit, CliError> {
    let report = match host.verify_audit(&Tenant::local(), kept).await {
        Ok(report) => report,
        Err(error) => {
            let error = host::verify_error(error);
            let error = if error.kind == "signature" {
                error.fix("give a head as `guildhall audit head --out FILE` wrote it on this host")
            } else {
                error
            };
            // A fault says nothing about the log.
            if !as_json || error.exit != Exit::Unverified {
                return Err(error);
            }
            let mut object = error.to_json();
            if let Some(object) = object.as_object_mut() {
                object.insert("verified".to_owned(), false.into());
            }
            output::json(&object);
            return Ok(Exit::Unverified);
        }
    };
    if as_json {
        output::json(&json!({
            "verified": true,
            "head": super::to_json(&report.head)?,
            "kept_heads": report.kept_heads,
            "runs": report.runs,
            "pruned": report.pruned,
        }));
        return Ok(Exit::Done);
    }
    say(&report.head);
    super::fact(
        "runs",
        format!("{} are as the log says", number(report.runs)),
    );
    if report.pruned > 0 {
        super::fact(
            "pruned",
            format!(
                "{} are in the log and not in the journal any more",
                number(report.pruned)
            ),
        );
    }
    if report.kept_heads == 0 {
        output::note(
            "The log is whole as far as it goes. That its end was not cut off shows only against a head that was kept elsewhere.",
        );
        output::hint(format_args!(
            "{} audit head --out FILE, and keep the file on another machine",
            super::program(home)
        ));
    } else {
        super::fact(
            "kept heads",
            format!("{} lie on it", number(report.kept_heads as u64)),
        );
    }
    Ok(Exit::Done)
}

async fn export(host: &Host, home: &Home, out: &Path, as_json: bool) -> Result<Exit, CliError> {
    let file = OutFile::create(out)?;
    let tenant = Tenant::local();
    let entries = host.audit_log(&tenant).await.map_err(host::host_error)?;
    file.finish(&lines(&entries)?)?;
    // What is in the file is looked at, and not what was meant to be.
    let own = entries
        .iter()
        .filter(|entry| entry.tenant == tenant.as_str());
    let head = check_chain(tenant.as_str(), own, &[])
        .map_err(|error| host::verify_error(ReceiptError::Audit(error).into()))?;
    if as_json {
        let out = out.display().to_string();
        output::json(&json!({ "out": out, "head": super::to_json(&head)? }));
        return Ok(Exit::Done);
    }
    say(&head);
    output::note(format_args!(
        "The log is in {}, one JSON object a line.",
        plain(&out.display().to_string(), 4_000)
    ));
    output::hint(format_args!(
        "keep its head elsewhere, too: {} audit head --out FILE",
        super::program(home)
    ));
    Ok(Exit::Done)
}

/// JSON Lines.
fn lines(entries: &[AuditEntry]) -> Result<Vec<u8>, CliError> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry).map_err(host::fault)?;
        text.push(b'\n');
    }
    Ok(text)
}

async fn head(host: &Host, out: Option<PathBuf>, as_json: bool) -> Result<Exit, CliError> {
    let file = out.as_deref().map(OutFile::create).transpose()?;
    let signed = host
        .audit_head(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if let Some(file) = file {
        file.finish(&signed.envelope)?;
    }
    let out = out.map(|path| path.display().to_string());
    if as_json {
        output::json(&json!({ "head": super::to_json(&signed.head)?, "out": out }));
        return Ok(Exit::Done);
    }
    say(&signed.head);
    if let Some(out) = out {
        output::note(format_args!(
            "The signed head is in {}; keep it elsewhere.",
            plain(&out, 4_000)
        ));
    }
    Ok(Exit::Done)
}

fn say(head: &AuditHead) {
    super::fact("entries", number(head.entries));
    super::fact("hash", head.hash);
    if head.entries > 0 {
        super::fact("last", Clock::system().date(head.at_ms));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_package::Digest;

    #[test]
    fn an_entry_is_one_line_and_reads_back() {
        let entry = AuditEntry {
            tenant: "local".to_owned(),
            seq: 0,
            at_ms: 1,
            kind: "deposit".to_owned(),
            body: json!({ "account": "a\nb" }),
            prev: Digest::of(b"a"),
            hash: Digest::of(b"b"),
        };
        let text = lines(&[entry.clone(), entry.clone()]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count(), 2);
        let read: AuditEntry = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(read, entry);
    }
}
