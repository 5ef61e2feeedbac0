//! A server that is away for a while, and answers that are lost on the way from it.

use super::money_tests::{approval, number, ordered, wallet};
use super::tests::{sealing, status};
use super::*;
use crate::invocation::RunStatus;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What begins a transaction.
const BEGIN: &[u8] = b"BEGIN ISOLATION";
/// What ends one.
const COMMIT: &[u8] = b"; COMMIT";

/// The way lets everything through.
const OPEN: u8 = 0;
/// It is cut.
const CUT: u8 = 1;
/// It is cut before the next commit arrives.
const CUT_BEFORE: u8 = 2;
/// It is cut before the answer to the next commit arrives.
const CUT_AFTER: u8 = 3;
/// It swallows everything, and nobody is told.
const SILENT: u8 = 4;
/// It swallows the next commit, and all of that connection from then on; others get through.
const SILENT_BEFORE: u8 = 5;
/// It swallows the answer to the next commit, in the same way.
const SILENT_AFTER: u8 = 6;
/// It swallows the first statement of the next transaction, in the same way.
const SILENT_WITHIN: u8 = 7;

/// A way to a database.
struct Way {
    state: Arc<AtomicU8>,
    url: DatabaseUrl,
}

impl Way {
    async fn new() -> Self {
        let address = postgres::database();
        let (before, folder) = address.split_once("?host=").unwrap();
        let name = before.rsplit('/').next().unwrap();
        let socket = Path::new(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
        let state = Arc::new(AtomicU8::new(OPEN));
        let of_all = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if of_all.load(Ordering::Relaxed) != CUT {
                    tokio::spawn(relay(client, socket.clone(), of_all.clone()));
                }
            }
        });
        Self {
            state,
            url: url.parse().unwrap(),
        }
    }

    fn is(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }

    async fn journal(&self) -> Arc<Journal> {
        let place = Place::Server {
            url: &self.url,
            folder: None,
        };
        Arc::new(Journal::open(place, 64, sealing(), LEASE).await.unwrap())
    }
}

async fn relay(client: TcpStream, socket: PathBuf, state: Arc<AtomicU8>) {
    let server = UnixStream::connect(socket).await.unwrap();
    let (mut asks, mut hears) = client.into_split();
    let (mut says, mut takes) = server.into_split();
    let muted = Arc::new(AtomicBool::new(false));
    let heard = muted.clone();
    let back = tokio::spawn(async move {
        let mut bytes = vec![0; 1 << 16];
        loop {
            let read = says.read(&mut bytes).await.unwrap_or(0);
            if heard.load(Ordering::Relaxed) {
                // Whoever waits for it is not told, not even that nothing comes.
                return std::future::pending::<()>().await;
            }
            if read == 0 || hears.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    });
    let mut bytes = vec![0; 1 << 16];
    let mut begun = false;
    while state.load(Ordering::Relaxed) != CUT {
        let read = tokio::select! {
            read = asks.read(&mut bytes) => read.unwrap_or(0),
            () = tokio::time::sleep(Duration::from_millis(10)) => continue,
        };
        let sent = &bytes[..read];
        let says = |words: &[u8]| sent.windows(words.len()).any(|part| part == words);
        let ends = says(COMMIT);
        let now = state.load(Ordering::Relaxed);
        let within = begun && now == SILENT_WITHIN;
        begun = says(BEGIN);
        if read == 0 || (ends && now == CUT_BEFORE) {
            break;
        }
        if now == SILENT || within || (ends && matches!(now, SILENT_BEFORE | SILENT_AFTER)) {
            muted.store(true, Ordering::Relaxed);
            if now == SILENT_AFTER {
                takes.write_all(sent).await.unwrap();
            }
            if now != SILENT {
                state.store(OPEN, Ordering::Relaxed);
            }
            // Both ends stay open.
            return std::future::pending().await;
        }
        if ends && now == CUT_AFTER {
            back.abort();
            takes.write_all(sent).await.unwrap();
            // The server hears that before it hears that nobody is there.
            tokio::time::sleep(Duration::from_millis(200)).await;
            break;
        }
        if takes.write_all(sent).await.is_err() {
            break;
        }
    }
    back.abort();
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for_then_told_of_and_runs_go_on_when_it_is_back() {
    let way = Way::new().await;
    let journal = way.journal().await;
    wallet(&journal).await;
    // For a moment.
    way.is(CUT);
    let other = journal.clone();
    let ordering = tokio::spawn(async move { ordered(&other, "r", "INV-1", 100).await });
    tokio::time::sleep(Duration::from_millis(700)).await;
    way.is(OPEN);
    let hash = ordering.await.unwrap().unwrap();
    // For longer than anybody waits.
    way.is(CUT);
    let refused = journal.decide(approval("r", hash)).await;
    assert_eq!(refused.unwrap_err(), JournalError::Away);
    way.is(OPEN);
    assert_eq!(status(&journal, "r").await, RunStatus::AwaitingApproval);
    assert_eq!(
        journal.decide(approval("r", hash)).await.unwrap(),
        Decided::Committing
    );
}

#[tokio::test]
async fn a_decision_whose_commit_or_answer_was_lost_is_taken_once_or_not_at_all() {
    let way = Way::new().await;
    let journal = way.journal().await;
    wallet(&journal).await;
    let hash = ordered(&journal, "r", "INV-1", 100).await.unwrap();
    // Before anything else: deposit and hold are two legs each.
    const LEGS: &str = "SELECT COUNT(*) FROM postings";
    for (state, before, after) in [(CUT_BEFORE, 2, 2), (CUT_AFTER, 2, 4)] {
        assert_eq!(number(&journal, LEGS).await, before);
        way.is(state);
        let deciding = tokio::spawn({
            let journal = journal.clone();
            async move { journal.decide(approval("r", hash)).await }
        });
        tokio::time::sleep(Duration::from_millis(600)).await;
        way.is(OPEN);
        match state {
            CUT_BEFORE => assert_eq!(deciding.await.unwrap(), Err(JournalError::Away)),
            _ => assert_eq!(deciding.await.unwrap(), Ok(Decided::Committing)),
        }
        assert_eq!(number(&journal, LEGS).await, after);
    }
}

#[tokio::test]
async fn a_commit_that_is_not_answered_is_looked_up_and_was_done_once_or_not_at_all() {
    const LEGS: &str = "SELECT COUNT(*) FROM postings";
    let deciding = |state: u8| async move {
        let way = Way::new().await;
        let journal = way.journal().await;
        wallet(&journal).await;
        let hash = ordered(&journal, "r", "INV-1", 100).await.unwrap();
        way.is(state);
        let decided = journal.decide(approval("r", hash)).await;
        (decided, number(&journal, LEGS).await)
    };
    let (after, before) = futures::join!(deciding(SILENT_AFTER), deciding(SILENT_BEFORE));
    assert_eq!(after, (Ok(Decided::Committing), 4));
    assert_eq!(before, (Err(JournalError::Away), 2));
}

#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_away() {
    is_away_and_comes_back(SILENT).await;
}

#[tokio::test]
async fn a_statement_that_is_not_answered_is_given_up() {
    is_away_and_comes_back(SILENT_WITHIN).await;
}

async fn is_away_and_comes_back(state: u8) {
    let way = Way::new().await;
    let journal = way.journal().await;
    wallet(&journal).await;
    let hash = ordered(&journal, "r", "INV-1", 100).await.unwrap();
    way.is(state);
    let refused = journal.decide(approval("r", hash)).await;
    assert_eq!(refused.unwrap_err(), JournalError::Away);
    way.is(OPEN);
    assert_eq!(
        journal.decide(approval("r", hash)).await.unwrap(),
        Decided::Committing
    );
}
