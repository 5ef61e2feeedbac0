//! Everything as one archive of JSON lines, made while it is sent. No secret is in it: no value of a secret, no password, no key.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream;
use guildhall_host::{Host, HostError, Tenant};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::super::answer::Other;
use super::super::posted::Posted;
use super::tar;
use crate::app::App;
use crate::people::Right;
use crate::store::{people, settings};

/// Runs that are read at once.
const RUNS: u32 = 100;
/// Bytes of a file of runs, after which the next one begins.
const FULL: usize = 4 << 20;
/// Entries of the audit log in one file.
const ENTRIES: u32 = 1_000;
/// Files that wait to be sent.
const WAITING: usize = 2;
/// Folder that everything is in.
const FOLDER: &str = "guildhall-export";

const README: &str = "Everything that this Guildhall console keeps, as JSON, one object a line.

settings.json          what is set, and who the people are
accounts.jsonl         accounts of the wallet
statements/            what was posted to each account
holds.jsonl            payments that waited or held money
bank-files.jsonl       files that were made for the bank
mandates.jsonl         standing approvals, revoked ones too
channels.jsonl         where messages go
secrets.jsonl          names of secrets, and where they go; no values
runs/                  every run as far as it was kept: input, host calls, effects, output
receipts/              the signed receipt of each run; `guildhall verify` takes one
audit/                 the audit log
audit-head.json        its signed head
erasures/              signed statements about earlier deletions

end.json says how many runs there are. An archive without it broke off.
";

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Archive(#[from] std::io::Error),
    #[error("nobody reads it any more")]
    Gone,
}

pub(super) async fn export(
    State(app): State<App>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, super::PATH)?;
    tracing::info!(person = %person.id(), "exports everything");
    let host = app.host.for_person(person).clone();
    let (sender, receiver) = mpsc::channel::<Bytes>(WAITING);
    let now = app.clock.now();
    tokio::spawn(async move {
        let archive = Archive { sender, now };
        // The file ends without its last word, so that whoever reads it sees that.
        if let Err(error) = archive.fill(&app, &host).await {
            tracing::warn!(%error, "an export broke off");
        }
    });
    let chunks = stream::unfold(receiver, |mut receiver| async move {
        let chunk = receiver.recv().await?;
        Some((Ok::<Bytes, Infallible>(chunk), receiver))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"guildhall-export.tar\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// An archive that is being sent.
struct Archive {
    sender: mpsc::Sender<Bytes>,
    now: i64,
}

impl Archive {
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Broken> {
        let entry = tar::entry(&format!("{FOLDER}/{name}"), bytes, self.now)?;
        self.send(entry).await
    }

    async fn send(&self, bytes: Vec<u8>) -> Result<(), Broken> {
        let sent = self.sender.send(bytes.into()).await;
        sent.map_err(|_| Broken::Gone)
    }

    async fn lines<T: Serialize>(&self, name: &str, list: &[T]) -> Result<(), Broken> {
        let mut text = Vec::new();
        for one in list {
            line(&mut text, one)?;
        }
        self.put(name, &text).await
    }

    async fn fill(&self, app: &App, host: &Host) -> Result<(), Broken> {
        let tenant = Tenant::local();
        self.put("README.txt", README.as_bytes()).await?;
        self.put("settings.json", &settings_of(app).await?).await?;
        self.money(host, &tenant).await?;
        self.lines("mandates.jsonl", &host.mandates(&tenant).await?)
            .await?;
        let channels: Vec<Value> = host
            .channels(&tenant)
            .await?
            .iter()
            .map(|(name, config)| json!({ "name": name, "config": config }))
            .collect();
        self.lines("channels.jsonl", &channels).await?;
        self.lines("secrets.jsonl", &host.secrets(&tenant).await?)
            .await?;
        let runs = self.runs(host, &tenant).await?;
        self.audit(host, &tenant).await?;
        for (entry, statement) in host.erasures(&tenant).await? {
            self.put(&format!("erasures/{entry}.json"), &statement)
                .await?;
        }
        let end = serde_json::to_vec(&json!({ "runs": runs, "at_ms": self.now }))?;
        self.put("end.json", &end).await?;
        self.send(tar::end()).await
    }

    async fn money(&self, host: &Host, tenant: &Tenant) -> Result<(), Broken> {
        let accounts = host.accounts(tenant).await?;
        self.lines("accounts.jsonl", &accounts).await?;
        for account in &accounts {
            let lines = host.statement(tenant, &account.name).await?;
            // No name has an underscore, so no two are one.
            let name = account.name.replace('/', "_");
            self.lines(&format!("statements/{name}.jsonl"), &lines)
                .await?;
        }
        self.lines("holds.jsonl", &host.holds(tenant).await?)
            .await?;
        self.lines("bank-files.jsonl", &host.bank_files(tenant).await?)
            .await
    }

    /// Runs and their receipts. Answers how many.
    async fn runs(&self, host: &Host, tenant: &Tenant) -> Result<u64, Broken> {
        let (mut after, mut many) = (String::new(), 0_u64);
        let (mut runs, mut receipts) = (Vec::new(), Vec::new());
        let mut files = 0_u32;
        loop {
            let ids = host.run_ids(tenant, &after, RUNS).await?;
            let signed = host.receipts(tenant, &ids).await?;
            for (id, receipt) in ids.iter().zip(signed) {
                match host.run(tenant, id).await {
                    Ok(Some(run)) => line(&mut runs, &run)?,
                    Ok(None) => continue,
                    // What is sealed under a key that another process has can't be read here.
                    Err(error) => {
                        let said = json!({ "invocation": id, "not_readable": error.to_string() });
                        line(&mut runs, &said)?;
                    }
                }
                if let Some(receipt) = receipt {
                    let receipt: Value = serde_json::from_slice(&receipt)?;
                    line(&mut receipts, &json!({ "run": id, "receipt": receipt }))?;
                }
                many = many.saturating_add(1);
                if runs.len() + receipts.len() >= FULL {
                    self.part(&mut files, &mut runs, &mut receipts).await?;
                }
            }
            match ids.last() {
                Some(last) => after.clone_from(last),
                None => break,
            }
        }
        self.part(&mut files, &mut runs, &mut receipts).await?;
        Ok(many)
    }

    async fn part(
        &self,
        files: &mut u32,
        runs: &mut Vec<u8>,
        receipts: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        *files = files.saturating_add(1);
        self.put(&format!("runs/{files:06}.jsonl"), runs).await?;
        self.put(&format!("receipts/{files:06}.jsonl"), receipts)
            .await?;
        runs.clear();
        receipts.clear();
        Ok(())
    }

    async fn audit(&self, host: &Host, tenant: &Tenant) -> Result<(), Broken> {
        let (mut from, mut files) = (0, 0_u32);
        loop {
            let (entries, _) = host.audit_page(tenant, from, ENTRIES).await?;
            let Some(last) = entries.last() else { break };
            from = last.seq.saturating_add(1);
            files = files.saturating_add(1);
            self.lines(&format!("audit/{files:06}.jsonl"), &entries)
                .await?;
        }
        let head = host.audit_head(tenant).await?;
        self.put("audit-head.json", &head.envelope).await
    }
}

fn line<T: Serialize>(text: &mut Vec<u8>, one: &T) -> Result<(), Broken> {
    serde_json::to_writer(&mut *text, one)?;
    text.push(b'\n');
    Ok(())
}

/// What is set, and who the people are. Passwords and tokens are not in it.
async fn settings_of(app: &App) -> Result<Vec<u8>, Broken> {
    let mut db = app.store.read().await?;
    let people: Vec<Value> = people::all(&mut db)
        .await?
        .iter()
        .map(|one| json!({ "id": one.id, "name": one.name, "role": one.role.as_str(), "since_ms": one.created }))
        .collect();
    let retention = settings::retention(&mut db).await?;
    Ok(serde_json::to_vec_pretty(&json!({
        "retention": retention,
        "address": app.public.url(),
        "people": people,
    }))?)
}
