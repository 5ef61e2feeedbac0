//! Reviews: who does them, and what comes of them. Whatever goes wrong in a review is no verdict, and without a verdict
//! nothing is released.

pub mod process;
pub mod queue;
pub mod settle;

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_package::market::{Authority, ReviewReport};
use guildhall_package::{Digest, SkillName};
use semver::Version;

/// What is to be reviewed. The bytes have the digests.
#[derive(Debug, Clone)]
pub struct ReviewRequest {
    /// `publisher/skill`.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// Digest of the component.
    pub digest: Digest,
    /// The component.
    pub component: Bytes,
    /// The tar of golden cases, with its digest.
    pub golden: Option<(Digest, Bytes)>,
    /// Authority of the release that this one is compared with.
    pub previous: Option<Authority>,
    /// How long it may take.
    pub limit: Duration,
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Nobody reviews here.
    #[error("no reviewer is configured; the operator has to start the marketplace with one")]
    NotConfigured,
    /// It did not come to an end.
    #[error("the review took longer than {} s and was stopped", .0.as_secs())]
    TimedOut(Duration),
    /// It broke off.
    #[error("the reviewer broke off: {0}")]
    Crashed(String),
    /// It said something else than was asked.
    #[error("the reviewer's report can't be used: {0}")]
    Report(String),
}

/// Somebody who reviews. An error is no verdict; dropping the future ends the review.
pub trait Reviewer: Send + Sync + 'static {
    /// Reviews a component.
    fn review(
        &self,
        request: ReviewRequest,
    ) -> BoxFuture<'_, Result<ReviewReport, ReviewError>>;
}

/// Nobody. Everything ends in [`ReviewError::NotConfigured`].
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReviewer;

impl Reviewer for NoReviewer {
    fn review(
        &self,
        _request: ReviewRequest,
    ) -> BoxFuture<'_, Result<ReviewReport, ReviewError>> {
        Box::pin(std::future::ready(Err(ReviewError::NotConfigured)))
    }
}
