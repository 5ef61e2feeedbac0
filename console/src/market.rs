//! What the console needs of marketplaces: finding skills, what a release asks for, installing it with a person's consent,
//! updates, and taking skills away. The program that embeds the console implements it, by the code that its own commands use.
//!
//! Whatever is offered has passed every check of a release already; whatever changes something names the person who did it.

use crate::buying::{Bought, Licence, Wanted};
use crate::consent::{Ask, Standing};
use crate::people::Person;
use crate::shelf::ShelfError;
use futures::future::BoxFuture;
use guildhall_package::market::authority::Wider;
use guildhall_package::market::money::Price;
use guildhall_package::market::search::{SearchQuery, SearchResults};
use guildhall_package::{Digest, SkillName, SkillPackage};
use semver::Version;
use std::sync::Arc;

/// A marketplace that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its address: `https://market.example`.
    pub address: String,
    /// Host and port, as people write it.
    pub label: String,
    /// Whether it is asked when none is named.
    pub is_default: bool,
    /// Fingerprint of the root that is pinned; none before the first contact.
    pub fingerprint: Option<Digest>,
}

/// What a marketplace serves as its root, before it is trusted or since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its address.
    pub address: String,
    /// Fingerprint of the root file: what its operator has published elsewhere.
    pub fingerprint: Digest,
    /// Name of its log.
    pub log: String,
    /// Who vouches for the log, in words.
    pub witnesses: String,
    /// Whether just this root is pinned here already.
    pub is_pinned: bool,
}

/// Something that the review of a release found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is a warning; otherwise a note.
    pub is_warning: bool,
    /// What was found, made plain.
    pub sentence: String,
}

/// A release that was verified, with what it asks for.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Names this offer: another release, or other things consented to before, have another one.
    pub id: Digest,
    /// The skill.
    pub name: SkillName,
    /// Which release.
    pub version: Version,
    /// What its bytes say.
    pub package: Arc<SkillPackage>,
    /// What was verified: labels with what is known, made plain.
    pub facts: Vec<(String, String)>,
    /// What the review found.
    pub findings: Vec<Finding>,
    /// What it costs, if that is known.
    pub price: Option<Price>,
    /// Each part that it asks for, and how that stands to what was consented to before.
    pub asks: Vec<(Ask, Standing)>,
    /// Parts that were declined before and are optional still.
    pub declined: Vec<String>,
    /// The installed release that it takes the place of.
    pub replaces: Option<Version>,
    /// What it may do and the installed one may not.
    pub gained: Vec<Wider>,
    /// What the installed one may do and it may not.
    pub lost: Vec<Wider>,
}

/// What became of looking for a newer release.
#[derive(Debug, Clone)]
pub enum Update {
    /// The installed one is the newest.
    Current,
    /// There is a newer one, and the installed one is kept where it is.
    Pinned(Version),
    /// There is a newer one.
    Newer(Box<Offer>),
    /// The installed one was revoked, and there is none to take its place.
    Revoked,
}

/// What came of taking a skill away, or a part of its consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Runs of which nothing more is done: they were waiting for approval.
    pub void: Vec<String>,
    /// What else is to be said: what is paid no more, until when it was paid.
    pub notes: Vec<String>,
}

/// Marketplaces, and what is installed from them.
pub trait Market: Send + Sync {
    /// All that are known.
    ///
    /// # Errors
    /// If they can't be read.
    fn known(&self) -> BoxFuture<'_, Result<Vec<Known>, ShelfError>>;

    /// What a marketplace serves as its root. Nothing is trusted by this.
    ///
    /// # Errors
    /// If it is no address of a marketplace, or it does not answer.
    fn look<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Root, ShelfError>>;

    /// Pins the root of a marketplace, which must be the one with this fingerprint, and asks it from now on when none is named.
    ///
    /// # Errors
    /// If it serves another root, or does not answer.
    fn connect<'a>(
        &'a self,
        address: &'a str,
        fingerprint: Digest,
        by: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>>;

    /// Looks for skills in the marketplace that is asked when none is named.
    ///
    /// # Errors
    /// If none is known, or it does not answer.
    fn search<'a>(
        &'a self,
        query: &'a SearchQuery,
    ) -> BoxFuture<'a, Result<SearchResults, ShelfError>>;

    /// Fetches and verifies a release: this one, or the newest.
    ///
    /// # Errors
    /// The check that failed, or why it can't be had.
    fn offer<'a>(
        &'a self,
        name: &'a SkillName,
        version: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<Offer, ShelfError>>;

    /// Installs what was offered, without the parts that are declined.
    ///
    /// # Errors
    /// If the offer is not known any more, something changed meanwhile, or a part can't be declined.
    fn install<'a>(
        &'a self,
        offer: Digest,
        declined: &'a [String],
        by: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>>;

    /// Looks for a newer release of an installed skill.
    ///
    /// # Errors
    /// As [`Market::offer`].
    fn update<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Update, ShelfError>>;

    /// Declines just these optional parts of an installed skill, and gives all others. What waits for approval and needs a part
    /// that is taken back is void.
    ///
    /// # Errors
    /// If a part can't be declined, or something changed meanwhile.
    fn consent<'a>(
        &'a self,
        name: &'a SkillName,
        declined: &'a [String],
        by: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>>;

    /// How an installed skill stands to what it costs, by what is known here.
    ///
    /// # Errors
    /// If what is kept can't be read, or is not what was kept.
    fn licence<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Licence, ShelfError>>;

    /// What an installed skill costs now.
    ///
    /// # Errors
    /// If its marketplace does not answer.
    fn price<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Price, ShelfError>>;

    /// Buys an installed skill, or its next month where that is due. Nobody decides here: the payment waits on a card, unless a
    /// mandate covers it. What waits or is paid already is found, however often it is asked.
    ///
    /// # Errors
    /// `price.changed` if it costs something else by now; why the marketplace does not sell it.
    fn buy<'a>(
        &'a self,
        wanted: Wanted<'a>,
        by: &'a Person,
    ) -> BoxFuture<'a, Result<Bought, ShelfError>>;

    /// Fetches the licences of everything that was paid and has none here. Answers for which skills there is one now.
    ///
    /// # Errors
    /// Of the first whose marketplace does not answer or refuses, after the others were tried.
    fn settle(&self) -> BoxFuture<'_, Result<Vec<SkillName>, ShelfError>>;

    /// Takes a skill away. What it has waiting is void, and nothing more is paid for it.
    ///
    /// # Errors
    /// If it is not installed.
    fn uninstall<'a>(
        &'a self,
        name: &'a SkillName,
        by: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>>;
}
