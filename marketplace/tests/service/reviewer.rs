//! A reviewer that does as a test tells it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_marketplace::{ReviewError, ReviewRequest, Reviewer};
use guildhall_package::SkillPackage;
use guildhall_package::market::review::{Finding, GoldenCase, GoldenRuns, Severity};
use guildhall_package::market::{Authority, ReviewReport};

/// What it does.
#[derive(Debug, Clone)]
pub enum Does {
    /// Tells the truth.
    Honest,
    /// Finds something of this weight.
    Finds(Severity),
    /// Has a golden case that fails.
    FailsACase,
    /// Breaks off.
    Crashes,
    /// Panics.
    Panics,
    /// Never comes to an end.
    Hangs,
    /// Takes this long.
    Takes(Duration),
    /// Reports on another component.
    OtherComponent,
    /// Reports another authority.
    OtherAuthority,
    /// Reports text that would break a page.
    UnsafeText,
    /// Finds something to read, in these words.
    Says(String),
}

/// Reviews as told, and counts.
#[derive(Debug, Clone)]
pub struct TestReviewer {
    pub does: Arc<Mutex<Does>>,
    pub begun: Arc<AtomicUsize>,
    pub previous: Arc<Mutex<Option<Authority>>>,
}

impl TestReviewer {
    pub fn new() -> Self {
        Self {
            does: Arc::new(Mutex::new(Does::Honest)),
            begun: Arc::default(),
            previous: Arc::default(),
        }
    }

    pub fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }
}

fn honest(request: &ReviewRequest) -> ReviewReport {
    let package = SkillPackage::read(&request.component).unwrap();
    let golden = match &request.golden {
        None => GoldenRuns::default(),
        Some(_) => GoldenRuns {
            passed: 1,
            failed: 0,
            cases: vec![GoldenCase {
                name: "one".to_owned(),
                passed: true,
                problem: None,
            }],
        },
    };
    ReviewReport {
        component: request.digest,
        golden_digest: request.golden.as_ref().map(|(digest, _)| *digest),
        engine: "test engine 1".to_owned(),
        findings: Vec::new(),
        authority: Authority::of(&package),
        golden,
        observed: Vec::new(),
    }
}

fn finding(severity: Severity, sentence: &str) -> Finding {
    Finding {
        code: "test.finding".to_owned(),
        severity,
        sentence: sentence.to_owned(),
        fix: "Do otherwise.".to_owned(),
    }
}

impl Reviewer for TestReviewer {
    fn review(&self, request: ReviewRequest) -> BoxFuture<'_, Result<ReviewReport, ReviewError>> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        *self.previous.lock().unwrap() = request.previous.clone();
        let does = self.does.lock().unwrap().clone();
        Box::pin(async move {
            let mut report = honest(&request);
            match does {
                Does::Honest => {}
                Does::Finds(severity) => {
                    report.findings.push(finding(severity, "Something is odd."))
                }
                Does::FailsACase => {
                    report.golden.failed = 1;
                    report.golden.cases.push(GoldenCase {
                        name: "two".to_owned(),
                        passed: false,
                        problem: Some("other output".to_owned()),
                    });
                }
                Does::Crashes => return Err(ReviewError::Crashed("signal 9".to_owned())),
                Does::Panics => panic!("the reviewer panics on purpose"),
                Does::Hangs => std::future::pending().await,
                Does::Takes(time) => tokio::time::sleep(time).await,
                Does::OtherComponent => report.component = guildhall_package::Digest::of(b"other"),
                Does::OtherAuthority => report.authority.state_bytes = Some(7),
                Does::Says(text) => report.findings.push(finding(Severity::Warn, &text)),
                Does::UnsafeText => report.findings.push(finding(Severity::Note, "a\u{202e}b")),
            }
            Ok(report)
        })
    }
}
