//! Setting up a fake host, and asking it what the skill did.

use std::cell::RefCell;
use std::rc::Rc;

use super::paths;
use super::state::{Effect, Grant, LogNote, SentRequest, StagedMessage, StagedOrder, State};
use crate::bindings::guildhall::skill::{context::Instant, network::Response};
use crate::date::Date;
use crate::refusal::Refusal;

thread_local! {
    static INSTALLED: RefCell<Option<Rc<RefCell<State>>>> = const { RefCell::new(None) };
}

/// The fake host that answers on this thread.
pub(crate) fn installed() -> Option<Rc<RefCell<State>>> {
    INSTALLED.with_borrow(Option::clone)
}

/// A host for one test. It answers from [`FakeHost::new`] on, on this thread, until it is dropped.
///
/// The methods that take `self` set it up; those that take `&self` tell what the skill did.
#[must_use = "the fake host answers only while it is kept"]
pub struct FakeHost {
    state: Rc<RefCell<State>>,
    before: Option<Rc<RefCell<State>>>,
}

impl Default for FakeHost {
    fn default() -> Self {
        FakeHost::new()
    }
}

impl Drop for FakeHost {
    fn drop(&mut self) {
        INSTALLED.set(self.before.take());
    }
}

impl FakeHost {
    /// A host that grants nothing, at 1970-01-01T00:00:00Z, with locale `en`.
    pub fn new() -> Self {
        let state = Rc::new(RefCell::new(State::default()));
        let before = INSTALLED.replace(Some(Rc::clone(&state)));
        FakeHost { state, before }
    }

    fn with(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.borrow_mut());
        self
    }

    /// Puts a file there and grants reading it. `NAME` grants one file; `NAME/path/inside` grants the folder.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        assert_eq!(paths::check(path), Ok(()), "the test's own path");
        self.with(|state| {
            let name = paths::grant_name(path);
            let grant = state.grants.entry(name.to_owned()).or_default();
            grant.read = true;
            grant.folder = grant.folder || name != path;
            state
                .disk
                .insert(path.to_owned(), content.as_ref().to_vec());
        })
    }

    /// Grants reading a folder, with whatever files are put there.
    pub fn readable(self, folder: &str) -> Self {
        self.grant(folder, |grant| grant.read = true)
    }

    /// Grants writing a folder, or the single file of that name if [`FakeHost::file`] has put one there. Reading what
    /// is already in the folder needs [`FakeHost::readable`] or a file there too.
    pub fn writable(self, name: &str) -> Self {
        self.grant(name, |grant| grant.write = true)
    }

    fn grant(self, name: &str, change: impl FnOnce(&mut Grant)) -> Self {
        assert_eq!(paths::check(name), Ok(()), "the test's own name");
        assert!(
            !name.contains('/'),
            "{name} is a path: grant its first part"
        );
        self.with(|state| {
            let is_file = state.disk.contains_key(name);
            let grant = state.grants.entry(name.to_owned()).or_default();
            grant.folder = !is_file;
            change(grant);
        })
    }

    /// Answers a request, written as `METHOD URL`. A request without an answer is refused as unavailable.
    pub fn answer(self, request: &str, status: u16, body: impl AsRef<[u8]>) -> Self {
        self.answer_with_headers(request, status, &[], body)
    }

    /// As [`FakeHost::answer`], with header fields.
    pub fn answer_with_headers(
        self,
        request: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Self {
        let url = request.split_once(' ').map_or("", |(_, url)| url);
        let response = Response {
            status,
            url: url.to_owned(),
            headers: headers
                .iter()
                .map(
                    |(name, value)| crate::bindings::guildhall::skill::network::Header {
                        name: (*name).to_owned(),
                        value: (*value).to_owned(),
                    },
                )
                .collect(),
            body: body.as_ref().to_vec(),
        };
        self.with(|state| {
            state.answers.insert(request.to_owned(), Ok(response));
        })
    }

    /// Answers a request, written as `METHOD URL`, with a refusal.
    pub fn refuse(self, request: &str, refusal: Refusal) -> Self {
        self.with(|state| {
            state.answers.insert(request.to_owned(), Err(refusal));
        })
    }

    /// Puts a value into the skill's own store.
    pub fn stored(self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.with(|state| {
            state.store.insert(key.to_owned(), value.as_ref().to_vec());
        })
    }

    /// Gives a setting its value.
    pub fn setting(self, name: &str, value: &str) -> Self {
        self.with(|state| {
            state.settings.insert(name.to_owned(), value.to_owned());
        })
    }

    /// Sets the time, written as `YYYY-MM-DDTHH:MM:SSZ`.
    ///
    /// # Panics
    /// If the text is not such a time.
    pub fn now(self, time: &str) -> Self {
        let seconds = unix_seconds(time);
        assert!(
            seconds.is_some(),
            "{time:?} is not a time: write YYYY-MM-DDTHH:MM:SSZ"
        );
        self.with(|state| {
            state.now = Instant {
                seconds: seconds.unwrap_or_default(),
                nanoseconds: 0,
            };
        })
    }

    /// Sets the merchant's language.
    pub fn locale(self, tag: &str) -> Self {
        self.with(|state| tag.clone_into(&mut state.locale))
    }

    /// Starts the random bytes from another seed.
    pub fn random_seed(self, seed: u64) -> Self {
        self.with(|state| state.random = seed)
    }

    /// Accepts payment orders. Without this they are refused as unavailable.
    pub fn payments(self) -> Self {
        self.with(|state| state.serves_payments = true)
    }

    /// Accepts messages. Without this they are refused as unavailable.
    pub fn messages(self) -> Self {
        self.with(|state| state.serves_messages = true)
    }

    /// Refuses the payment of a document.
    pub fn refuse_order(self, document: &str, refusal: Refusal) -> Self {
        self.with(|state| {
            state.refused_orders.insert(document.to_owned(), refusal);
        })
    }

    /// Refuses messages.
    pub fn refuse_messages(self, refusal: Refusal) -> Self {
        self.with(|state| state.refused_messages = Some(refusal))
    }

    /// Starts the next run, after what this one has staged was approved and done: its files are there, its orders and messages are
    /// no longer listed, and nothing is refused any more by [`FakeHost::refuse_order`] or [`FakeHost::refuse_messages`].
    pub fn next_run(self) -> Self {
        self.with(|state| {
            state.disk.append(&mut state.staged);
            state.effects.clear();
            state.refused_orders.clear();
            state.refused_messages = None;
        })
    }

    /// What the skill staged for a path.
    pub fn written(&self, path: &str) -> Option<Vec<u8>> {
        self.state.borrow().staged.get(path).cloned()
    }

    /// What the skill staged for a path, as text; none also if it is not UTF-8.
    pub fn written_text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.written(path)?).ok()
    }

    /// Paths that the skill staged, in the order of their effects.
    pub fn writes(&self) -> Vec<String> {
        self.effects(|effect| match effect {
            Effect::Write(path) => Some(path.clone()),
            _ => None,
        })
    }

    /// Requests that the skill sent, in order.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.state.borrow().requests.clone()
    }

    /// A value of the skill's store, as the run would leave it.
    pub fn state(&self, key: &str) -> Option<Vec<u8>> {
        self.state.borrow().store.get(key).cloned()
    }

    /// Payment orders that the skill staged, in order.
    pub fn orders(&self) -> Vec<StagedOrder> {
        self.effects(|effect| match effect {
            Effect::Order(order) => Some(StagedOrder {
                payee: format!("{}:{}", order.payee.scheme, order.payee.id),
                payee_name: order.payee_name.clone(),
                amount: order.amount.clone(),
                document: order.document.clone(),
                requested_date: order.requested_date.clone(),
                reason: order.reason.clone(),
            }),
            _ => None,
        })
    }

    /// Messages that the skill staged, in order.
    pub fn sent(&self) -> Vec<StagedMessage> {
        self.effects(|effect| match effect {
            Effect::Message(message) => Some(StagedMessage {
                channel: message.channel.clone(),
                recipient: message.recipient.clone(),
                subject: message.subject.clone(),
                body: message.body.clone(),
                attachments: message.attachments.clone(),
                after: message.requires.clone(),
            }),
            _ => None,
        })
    }

    /// Notes that the skill wrote, in order.
    pub fn log(&self) -> Vec<LogNote> {
        self.state.borrow().log.clone()
    }

    fn effects<T>(&self, pick: impl FnMut(&Effect) -> Option<T>) -> Vec<T> {
        self.state
            .borrow()
            .effects
            .iter()
            .filter_map(pick)
            .collect()
    }
}

/// Seconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`.
fn unix_seconds(time: &str) -> Option<i64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let date: Date = date.parse().ok()?;
    let mut parts = clock.split(':').map(|part| {
        (part.len() == 2)
            .then(|| part.parse::<u8>().ok())
            .flatten()
            .map(i64::from)
    });
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let real = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    real.then(|| date.days_since_epoch() * 86_400 + hour * 3_600 + minute * 60 + second)
}
