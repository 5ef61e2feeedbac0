//! Runs that wait as tasks of the extension `io.modelcontextprotocol/tasks`. The journal is the only store of tasks: their number is
//! the run's handle, so that they are there after a restart, and only for who has them.

use super::approvals::Approvals;
use super::media::Shape;
use super::{ask, content};
use crate::agents::OwnRun;
use guildhall_host::RunStatus;
use jiff::Timestamp;
use rmcp::ErrorData;
use rmcp::model::{DetailedTask, Task, TaskPayload, TaskStatus};
use serde_json::Value;

/// How often a client should ask, in milliseconds.
const POLL_MS: u64 = 1_000;

/// A run as the task that a call became.
pub fn task(own: &OwnRun, handle: &str, approvals: &Approvals) -> Task {
    let begun = time(own.created_at_ms);
    let has_page = approvals.card(&own.outcome.invocation).is_some();
    let status = match own.outcome.status {
        RunStatus::AwaitingApproval if has_page => TaskStatus::InputRequired,
        _ => TaskStatus::Working,
    };
    Task::new(handle, status, begun, time(own.changed_at_ms))
        .with_poll_interval_ms(POLL_MS)
        .with_status_message(content::words(&own.outcome, approvals))
}

/// A run as its task stands now. `shape` says how its tool answers.
///
/// # Errors
/// Never for answers of ours.
pub fn detailed(
    own: OwnRun,
    handle: &str,
    approvals: &Approvals,
    shape: Shape,
) -> Result<DetailedTask, ErrorData> {
    let task = task(&own, handle, approvals);
    let run = own.outcome.invocation.clone();
    let payload = match own.outcome.status {
        RunStatus::Running | RunStatus::Committing => TaskPayload::Working,
        RunStatus::AwaitingApproval => match approvals.card(&run) {
            Some(page) => TaskPayload::InputRequired {
                input_requests: ask::visit(&content::words(&own.outcome, approvals), page, &run),
            },
            // There is nothing that the client could do about it.
            None => TaskPayload::Working,
        },
        RunStatus::Cancelled => TaskPayload::Cancelled,
        _ => {
            let result = content::end(own.outcome, shape, approvals);
            match serde_json::to_value(&result) {
                Ok(Value::Object(result)) => TaskPayload::Completed { result },
                _ => return Err(ErrorData::internal_error("an answer is no object", None)),
            }
        }
    };
    Ok(DetailedTask::new(task, payload))
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}
