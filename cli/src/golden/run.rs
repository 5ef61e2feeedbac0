//! Runs a case.

use super::Uses;
use super::case::{Call, Case, WriteEntry};
use super::compare::Observed;
use crate::compile_child::ChildCompiler;
use crate::error::CliError;
use crate::host;
use futures::future::BoxFuture;
use guildhall_host::{
    Approver, AuthoritySet, Card, Decision, EffectFacts, EgressError, Failure, FileGrant, Grants,
    Hop, HopResponse, Host, Invocation, LoadError, Outcome, RecordedTransport, RunStatus, Skill,
    Tenant, Transport,
};
use guildhall_package::text::plain;
use guildhall_package::{Access, Capability};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tempfile::TempDir;

/// A host for the cases of one skill. Each case is a tenant of its own, so that no state goes from one to the next.
pub struct Runner {
    host: Host,
    skill: Skill,
    answers: Answers,
    cases: AtomicUsize,
}

/// The recording of the case that runs now.
#[derive(Clone, Default)]
struct Answers(Arc<RwLock<RecordedTransport>>);

/// Where messages of cases go: nowhere. The name is reserved (RFC 6761), so it can't be anybody's.
const NOWHERE: &str = "messages.guildhall.invalid";

impl Transport for Answers {
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>> {
        if hop.target.host() == NOWHERE {
            return Box::pin(std::future::ready(Ok(HopResponse {
                status: 200,
                headers: Vec::new(),
                body: Vec::new().into(),
            })));
        }
        let recording = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async move { recording.send(hop).await })
    }
}

struct ApproveAll;

impl Approver for ApproveAll {
    fn decide<'a>(&'a self, _: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(std::future::ready(Decision::Approve))
    }

    fn decider(&self) -> &str {
        "golden case"
    }
}

impl Runner {
    /// Loads a component for its cases.
    ///
    /// # Errors
    /// If the host can't start or does not take the component.
    pub async fn start(bytes: &[u8]) -> Result<Self, CliError> {
        Self::load(bytes)
            .await
            .map_err(host::fault)?
            .map_err(host::load_error)
    }

    /// The same, where it counts whether the host failed (the outer error) or did not take the component.
    ///
    /// # Errors
    /// If the host can't start.
    pub async fn load(bytes: &[u8]) -> Result<Result<Self, LoadError>, String> {
        let answers = Answers::default();
        let compiler = ChildCompiler::new().map_err(|error| error.to_string())?;
        let host = Host::builder()
            .compiler(Arc::new(compiler))
            .transport(Arc::new(answers.clone()))
            .build()
            .await
            .map_err(|error| error.to_string())?;
        Ok(host.load(bytes).await.map(|skill| Self {
            host,
            skill,
            answers,
            cases: AtomicUsize::new(0),
        }))
    }

    /// Ends the host.
    pub async fn stop(self) {
        self.host.shutdown().await;
    }

    /// Runs a case, looks at what it left behind, and adds what its runs used to `uses`.
    ///
    /// # Errors
    /// If the case can't be run as it is written.
    pub async fn run(&self, case: &Case, uses: &mut Uses) -> Result<Observed, String> {
        let number = self.cases.fetch_add(1, Ordering::Relaxed);
        let tenant = Tenant::new(format!("case-{number}")).map_err(|error| error.to_string())?;
        *self
            .answers
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = recording(case)?;
        let folder =
            tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let grants = grants(case, &folder)?;
        super::wallet::prepare(&self.host, &tenant, case, number, NOWHERE).await?;
        for (index, call) in case.before.iter().enumerate() {
            let outcome = self.call(case, call, &grants, &tenant).await?;
            uses.add(self.used(&tenant, &outcome).await?);
            if !matches!(outcome.status, RunStatus::Completed | RunStatus::Committed) {
                return Err(format!(
                    "run {} of [[before]] ended {}: {}",
                    index + 1,
                    outcome.status.word(),
                    ended_by(&outcome).unwrap_or_default()
                ));
            }
        }
        let outcome = self.call(case, &case.call, &grants, &tenant).await?;
        uses.add(self.used(&tenant, &outcome).await?);
        observe(&outcome)
    }

    /// What a run used, from the journal's record of its host calls.
    async fn used(&self, tenant: &Tenant, outcome: &Outcome) -> Result<Uses, String> {
        let detail = self
            .host
            .run(tenant, &outcome.invocation)
            .await
            .map_err(|error| host::host_error(error).message)?;
        let calls = detail.map(|detail| detail.calls).unwrap_or_default();
        Ok(Uses {
            capabilities: calls
                .iter()
                .filter_map(|call| call.interface.parse::<Capability>().ok())
                .collect(),
            undeclared: outcome
                .refusals
                .iter()
                .filter(|refusal| refusal.set == Some(AuthoritySet::Manifest))
                .map(|refusal| plain(&refusal.message, 300))
                .collect(),
        })
    }

    async fn call(
        &self,
        case: &Case,
        call: &Call,
        grants: &Grants,
        tenant: &Tenant,
    ) -> Result<Outcome, String> {
        let mut invocation = Invocation::new(&call.operation, call.input.clone())
            .grants(grants.clone())
            .tenant(tenant.clone())
            .limits(crate::grants::limits(
                self.skill.default_limits(),
                &case.limits,
            ))
            .approver(ApproveAll);
        invocation.settings = case.settings.clone();
        invocation.locale = case.locale.clone();
        invocation.now_ms = Some(case.now_ms);
        invocation.seed = Some([0; 32]);
        self.host
            .invoke(&self.skill, invocation)
            .await
            .map_err(|error| host::invoke_error(error).message)
    }
}

fn recording(case: &Case) -> Result<RecordedTransport, String> {
    case.network
        .iter()
        .try_fold(RecordedTransport::new(), |recording, answer| {
            let response = HopResponse {
                status: answer.status,
                headers: answer.headers.clone().into_iter().collect(),
                body: answer.body.clone().into(),
            };
            recording
                .answer(&answer.method, &answer.url, response)
                .map_err(|error| format!("{} {}: {}", answer.method, answer.url, error.message))
        })
}

fn grants(case: &Case, folder: &TempDir) -> Result<Grants, String> {
    let mut grants = Grants::none();
    for answer in &case.network {
        grants = grants.network(answer.grant.clone());
    }
    grants.payments.clone_from(&case.pay);
    grants.messages.clone_from(&case.message);
    for entry in &case.read {
        let found = fs::metadata(&entry.path).map_err(|error| {
            format!("[[read]] {}: {}: {error}", entry.name, entry.path.display())
        })?;
        grants = grants.file(FileGrant {
            name: entry.name.clone(),
            path: entry.path.clone(),
            access: Access::Read,
            is_folder: found.is_dir(),
        });
    }
    for entry in &case.write {
        let path = prepare(entry, folder.path())
            .map_err(|error| format!("[[write]] {}: {error}", entry.name))?;
        grants = grants.file(FileGrant {
            name: entry.name.clone(),
            is_folder: path.is_dir(),
            path,
            access: if entry.read {
                Access::ReadWrite
            } else {
                Access::Write
            },
        });
    }
    Ok(grants)
}

/// Makes the place that a case may write to: empty, or a copy.
fn prepare(entry: &WriteEntry, folder: &Path) -> io::Result<PathBuf> {
    let place = folder.join(entry.name.as_str());
    match &entry.copy_of {
        None => fs::create_dir(&place)?,
        Some(source) => copy(source, &place)?,
    }
    Ok(place)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::metadata(from)?.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn observe(outcome: &Outcome) -> Result<Observed, String> {
    let mut writes = Vec::new();
    if outcome.status == RunStatus::Committed {
        for report in &outcome.effects {
            let EffectFacts::FileWrite(write) = &report.effect.facts else {
                continue;
            };
            let inside = write.inside.as_ref().map(ToString::to_string);
            let place = match inside.as_ref().or(write.location.file.as_ref()) {
                Some(name) => write.location.folder.join(name),
                None => write.location.folder.clone(),
            };
            let path = write.path.to_string();
            let content = fs::read(&place).map_err(|error| {
                format!(
                    "{} was committed and can't be read: {error}",
                    plain(&path, 400)
                )
            })?;
            writes.push((path, content));
        }
    }
    Ok(Observed {
        status: outcome.status,
        output: match &outcome.output {
            Some(output) => Some(output.value().map_err(|error| error.to_string())?),
            None => None,
        },
        failure: match &outcome.failure {
            Some(Failure::Operation { value }) => Some(value.clone()),
            _ => None,
        },
        ended_by: ended_by(outcome),
        writes,
        effects: if outcome.status == RunStatus::Committed {
            outcome
                .effects
                .iter()
                .filter(|report| !matches!(report.effect.facts, EffectFacts::FileWrite(_)))
                .map(|report| report.summary.clone())
                .collect()
        } else {
            Vec::new()
        },
        refusals: outcome
            .refusals
            .iter()
            .map(|refusal| (refusal.rule.clone(), plain(&refusal.message, 600)))
            .collect(),
    })
}

fn ended_by(outcome: &Outcome) -> Option<String> {
    outcome.failure.as_ref().map(host::failure_text)
}
