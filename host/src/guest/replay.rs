//! The journal of a run, answering in place of the world while the run is executed again.

use super::codec::Recorded;
use super::recorder::CallFacts;
use crate::refusal::Refusal;
use guildhall_package::text::plain;
use std::collections::VecDeque;

/// One recorded call.
#[derive(Debug, Clone)]
pub(crate) struct RecordedCall {
    pub(crate) seq: u64,
    pub(crate) interface: String,
    pub(crate) function: String,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) refused: bool,
    pub(crate) at: i64,
}

impl RecordedCall {
    /// The answer; none if the journal's bytes are not one.
    pub(super) fn result<T: Recorded>(&self) -> Option<Result<T, Refusal>> {
        if self.refused {
            serde_json::from_slice(&self.response).ok().map(Err)
        } else {
            T::from_record(&self.response).map(Ok)
        }
    }
}

/// The recorded calls that are still to come, and the first difference that was met.
#[derive(Debug)]
pub(crate) struct Replay {
    calls: VecDeque<RecordedCall>,
    /// What differs, in one sentence.
    pub(crate) difference: Option<String>,
}

impl Replay {
    pub(crate) fn new(calls: impl IntoIterator<Item = RecordedCall>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            difference: None,
        }
    }

    /// The recorded answer to a call, if it is the call that was made at this place.
    pub(super) fn answer(&mut self, seq: u64, facts: &CallFacts) -> Option<RecordedCall> {
        let asked = name(facts);
        let Some(recorded) = self.calls.pop_front() else {
            self.differ(format!(
                "call {seq} is {asked}; the journal has no call there"
            ));
            return None;
        };
        let is = format!("{}.{}", recorded.interface, recorded.function);
        if (recorded.seq, is.as_str()) != (seq, asked.as_str()) {
            self.differ(format!(
                "call {seq} is {asked}; the journal has call {} to {} there",
                recorded.seq,
                plain(&is, 80)
            ));
            return None;
        }
        if recorded.request != facts.request {
            self.differ(format!(
                "call {seq} to {asked} has other arguments: {}",
                plain(&facts.summary, 200)
            ));
            return None;
        }
        Some(recorded)
    }

    /// The recorded answer of a call can't be read.
    pub(super) fn unreadable(&mut self, seq: u64, facts: &CallFacts) {
        self.differ(format!(
            "the recorded answer of call {seq} to {} is not one",
            name(facts)
        ));
    }

    /// The first difference stays.
    pub(crate) fn differ(&mut self, what: String) {
        self.difference.get_or_insert(what);
    }

    /// Calls in the journal that the replay did not make.
    pub(crate) fn left(&self) -> usize {
        self.calls.len()
    }
}

fn name(facts: &CallFacts) -> String {
    format!("{}.{}", facts.interface, facts.function)
}
