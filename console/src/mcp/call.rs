//! One call of a tool: run with what the agent was granted, told about while it is at work.

use super::tools::Offer;
use crate::agents::{Agent, AgentHost, Call};
use guildhall_host::{HostError, Observer, Outcome, Progress, Skill};
use guildhall_package::text::plain;
use rmcp::RoleServer;
use rmcp::model::{JsonObject, ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Notes that wait to be sent; what does not fit is not told.
const NOTES: usize = 64;
/// Longest note, in characters.
const NOTE: usize = 300;

/// Runs a tool's operation.
///
/// # Errors
/// If no run came of it.
pub async fn run(
    host: &AgentHost,
    agent: &Agent,
    (offer, skill): (&Offer, &Skill),
    arguments: JsonObject,
    context: &RequestContext<RoleServer>,
) -> Result<Outcome, HostError> {
    let call = Call {
        operation: offer.operation.clone(),
        input: Value::Object(arguments),
        cancel: context.ct.clone(),
        observer: None,
        run: None,
    };
    match context.meta.get_progress_token() {
        None => host.invoke(agent, skill, call).await,
        Some(token) => told(host, agent, skill, call, token, context).await,
    }
}

/// The same, with a notification for each thing that the run does. All of them come before its answer.
async fn told(
    host: &AgentHost,
    agent: &Agent,
    skill: &Skill,
    call: Call,
    token: ProgressToken,
    context: &RequestContext<RoleServer>,
) -> Result<Outcome, HostError> {
    let (sender, mut notes) = mpsc::channel(NOTES);
    let observer: Arc<dyn Observer> = Arc::new(move |progress: Progress<'_>| {
        let _ = sender.try_send(words(progress));
    });
    let call = Call {
        observer: Some(observer),
        ..call
    };
    let mut run = std::pin::pin!(host.invoke(agent, skill, call));
    let mut count = 0.0;
    let mut tell = async |note: String| {
        count += 1.0;
        let note = ProgressNotificationParam::new(token.clone(), count).with_message(note);
        // Whoever does not listen any more will not read the answer either.
        let _ = context.peer.notify_progress(note).await;
    };
    let outcome = loop {
        tokio::select! {
            biased;
            Some(note) = notes.recv() => tell(note).await,
            outcome = &mut run => break outcome,
        }
    };
    while let Ok(note) = notes.try_recv() {
        tell(note).await;
    }
    outcome
}

fn words(progress: Progress<'_>) -> String {
    match progress {
        Progress::Call {
            summary,
            refused: None,
        } => plain(summary, NOTE),
        Progress::Call {
            summary,
            refused: Some(rule),
        } => plain(&format!("refused ({rule}): {summary}"), NOTE),
        Progress::Log { message, .. } => plain(message, NOTE),
    }
}
