//! A card as a page shows it: typed facts of the host's card in the host's own words. What a skill says is marked as its claim.
//! Pure.

pub mod diff;

use std::collections::BTreeMap;
use std::path::PathBuf;

use guildhall_host::words::{self, Loud, PLACE};
use guildhall_host::{
    Card, CardEffect, CardInput, EffectFacts, Payment, PendingApproval, Preview, Proposal, Scope,
    SkillIdentity, Standing,
};
use guildhall_package::text::plain;

use self::diff::{Diff, diff};
use crate::pages::words::{When, sentence, when};
use crate::uploads::Outputs;

/// Inputs that are seen at once.
const INPUTS: usize = 8;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The skill's name without its publisher.
    pub name: String,
    /// Who publishes it; none where that is not said.
    pub publisher: Option<String>,
    /// Version, as its manifest says.
    pub version: Option<String>,
    /// How far that is proved, in words.
    pub trust: String,
    /// Whether publisher and review were verified.
    pub signed: bool,
    /// Whether the name is no more than the skill's own claim.
    pub claimed: bool,
    /// Whether no skill acts, but the host itself.
    pub host: bool,
    /// Digest of the component, short.
    pub digest: String,
}

impl Who {
    /// As it is shown.
    #[must_use]
    pub fn of(skill: &SkillIdentity) -> Self {
        let full = skill.name.as_deref().map(|name| plain(name, 130));
        // What the host itself does is called by its purpose.
        let split = full
            .as_deref()
            .filter(|_| !skill.trust.is_host())
            .and_then(|name| name.split_once('/'))
            .map(|(publisher, name)| (publisher.to_owned(), name.to_owned()));
        let (publisher, name) = match split {
            Some((publisher, name)) => (Some(publisher), name),
            None => (None, full.unwrap_or_else(|| words::skill_name(skill))),
        };
        Self {
            name,
            publisher,
            version: skill.version.as_deref().map(|version| plain(version, 40)),
            trust: words::trust_words(skill),
            signed: skill.trust.is_signed(),
            claimed: words::is_claimed(skill),
            host: skill.trust.is_host(),
            digest: skill.digest.short(),
        }
    }
}

/// What is known about a payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// In a few words, for everybody to see.
    pub title: String,
    /// More about it; empty if there is no more.
    pub more: String,
    /// How loudly it is said: `good`, `warn` or `bad`.
    pub class: &'static str,
}

impl Payee {
    /// Of a standing.
    #[must_use]
    pub fn of(standing: Option<&Standing>) -> Self {
        let (all, loud) = words::standing(standing);
        let all = sentence(&all);
        let title = match standing {
            Some(Standing::AccountChanged { .. }) => Some("The account changed since last time"),
            Some(Standing::Imitates { .. }) => Some("The name looks like somebody you know"),
            Some(Standing::Known {
                name_before: Some(_),
                ..
            }) => Some("Known account, another name"),
            _ => None,
        };
        let (title, more) = match title {
            Some(title) => (title.to_owned(), all),
            None => (all.trim_end_matches('.').to_owned(), String::new()),
        };
        Self {
            title,
            more,
            class: class(loud),
        }
    }
}

const fn class(loud: Loud) -> &'static str {
    match loud {
        Loud::Good => "good",
        Loud::Notice => "warn",
        Loud::Alarm => "bad",
    }
}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number on the card, from 1.
    pub number: usize,
    /// Icon of its kind.
    pub icon: &'static str,
    /// What is done: `Pay`, `Send`, `Create`, `Replace`.
    pub verb: String,
    /// What stands out: an amount, a path, a recipient.
    pub lead: String,
    /// What it is done to, where that is something else.
    pub to: String,
    /// What is known about the payee of a payment.
    pub payee: Option<Payee>,
    /// Facts, one line each.
    pub facts: Vec<String>,
    /// Text that is written or sent, or how a file changes.
    pub diff: Option<Diff>,
    /// What that is called, for those who don't see where it stands.
    pub content_label: String,
    /// Why its content is not shown.
    pub hidden: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// How much it is, and what it means.
    pub words: String,
    /// Paths that are seen at once.
    pub head: Vec<String>,
    /// The others.
    pub rest: Vec<String>,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The run.
    pub run: String,
    /// Hash of what is shown: a decision binds to it.
    pub effect_set: String,
    /// The same, short.
    pub short: String,
    /// Who asks.
    pub who: Who,
    /// Which operation.
    pub operation: String,
    /// What it all comes to.
    pub totals: String,
    /// Effects, money first.
    pub effects: Vec<Shown>,
    /// What was read; none if nothing was.
    pub inputs: Option<Inputs>,
    /// Where requests went.
    pub contacted: Vec<String>,
    /// What the run does not do.
    pub does_not: Vec<String>,
    /// Why a person is asked although there are mandates.
    pub asks: Vec<String>,
    /// What could be allowed from now on, in words.
    pub offers: Vec<String>,
    /// Whether one of them is for money.
    pub offers_money: bool,
    /// When nothing can be decided any more.
    pub expires: When,
    /// How long that is from now.
    pub left: String,
}

impl View {
    /// Of a card, at this time. What it writes into the console's folder for outputs, whose place nobody chose, is named by that.
    #[must_use]
    pub fn of(card: &Card, outputs: &Outputs, now_ms: i64) -> Self {
        let own = card.skill.trust.is_host();
        let numbers: BTreeMap<u32, usize> = card
            .effects
            .iter()
            .zip(1..)
            .map(|(shown, number)| (shown.effect.index, number))
            .collect();
        let lines = |lines: &[String]| lines.iter().map(|line| plain(line, PLACE)).collect();
        Self {
            run: card.invocation.clone(),
            effect_set: card.effect_set.to_string(),
            short: card.effect_set.short(),
            who: Who::of(&card.skill),
            operation: plain(&card.operation, 130),
            totals: sentence(&words::totals(&card.effects)),
            effects: card
                .effects
                .iter()
                .zip(1..)
                .map(|(effect, number)| shown(effect, outputs, (number, &numbers), own))
                .collect(),
            inputs: inputs(&card.inputs),
            contacted: lines(&card.contacted),
            does_not: lines(&card.does_not),
            asks: card
                .asks
                .iter()
                .map(|ask| sentence(&plain(ask, PLACE)))
                .collect(),
            offers: card
                .proposals
                .iter()
                .map(|offer| offered(offer, outputs))
                .collect(),
            offers_money: card
                .proposals
                .iter()
                .any(|offer| matches!(offer.scope, Scope::Payment { .. })),
            expires: when(card.expires_at_ms),
            left: words::relative(card.expires_at_ms, now_ms),
        }
    }
}

/// What could be allowed from now on.
fn offered(offer: &Proposal, outputs: &Outputs) -> String {
    let words = plain(&offer.words, PLACE);
    let Scope::FileWrite { folder, .. } = &offer.scope else {
        return words;
    };
    match outputs.named(folder) {
        Some(own) => words.replace(&plain(&folder.display().to_string(), PLACE), &own),
        None => words,
    }
}

/// What an effect would do, and to what.
fn headline(effect: &CardEffect, outputs: &Outputs) -> (&'static str, String) {
    let (verb, object) = words::headline(effect);
    let own = match &effect.effect.facts {
        EffectFacts::FileWrite(write) => {
            let shown = effect.preview.target();
            outputs.named(&shown.map_or_else(|| write.target(), PathBuf::from))
        }
        _ => None,
    };
    (verb, own.unwrap_or(object))
}

fn inputs(inputs: &[CardInput]) -> Option<Inputs> {
    if inputs.is_empty() {
        return None;
    }
    let size = inputs
        .iter()
        .fold(0_u64, |sum, input| sum.saturating_add(input.bytes));
    let mut paths: Vec<String> = inputs
        .iter()
        .map(|input| plain(&input.path, PLACE))
        .collect();
    let rest = paths.split_off(paths.len().min(INPUTS));
    Some(Inputs {
        words: sentence(&format!(
            "{}, {}; {}",
            words::counted(inputs.len(), "file"),
            words::bytes(size),
            words::INPUTS_PINNED
        )),
        head: paths,
        rest,
    })
}

fn shown(
    effect: &CardEffect,
    outputs: &Outputs,
    (number, numbers): (usize, &BTreeMap<u32, usize>),
    own: bool,
) -> Shown {
    let (verb, object) = headline(effect, outputs);
    let mut out = Shown {
        number,
        icon: "context",
        verb: sentence(verb).trim_end_matches('.').to_owned(),
        lead: object,
        to: String::new(),
        payee: None,
        facts: Vec::new(),
        diff: None,
        content_label: format!("Content of number {number}"),
        hidden: None,
    };
    match &effect.effect.facts {
        EffectFacts::Payment(payment) => paid(&mut out, payment, effect, own),
        EffectFacts::Message(message) => {
            out.icon = "messages";
            out.verb = "Send a message to".to_owned();
            out.lead = words::recipient(&message.recipient);
            out.to = format!("by {}", plain(&message.channel, 64));
            out.facts = words::message_facts(message);
            match &effect.preview {
                Preview::Text { new, .. } => out.diff = Some(diff(None, new)),
                Preview::Opaque { .. } => {
                    out.hidden = Some("its text can't be shown (too long)".to_owned());
                }
            }
        }
        EffectFacts::FileWrite(write) => {
            out.icon = "files";
            out.facts = vec![words::file_facts(write)];
            match &effect.preview {
                Preview::Text { old, new, .. } => out.diff = Some(diff(old.as_deref(), new)),
                Preview::Opaque { .. } => out.hidden = Some(words::opaque(write)),
            }
        }
        EffectFacts::Forgotten { .. } => {}
    }
    let is_known = !matches!(effect.effect.facts, EffectFacts::Forgotten { .. });
    if is_known && !own {
        out.facts.push(words::why(effect.reason.as_deref()));
    }
    out.facts
        .extend(words::only_after(&effect.effect.requires, numbers));
    for fact in &mut out.facts {
        *fact = sentence(fact);
    }
    out.hidden = out.hidden.map(|hidden| sentence(&hidden));
    out
}

fn paid(out: &mut Shown, payment: &Payment, effect: &CardEffect, own: bool) {
    out.icon = "payments";
    out.lead = payment.amount.to_string();
    out.to = format!("to {}", words::account(&payment.scheme, &payment.account));
    out.payee = Some(Payee::of(effect.payee.as_ref()));
    out.facts = vec![
        words::pays_for(payment, own),
        words::pays_from(payment),
        words::pays_on(payment),
    ];
    out.facts.extend(words::pays_why(payment, own));
}

/// A card in the inbox: enough to know which one it is, and what must not be missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The run.
    pub run: String,
    /// Who asks.
    pub who: Who,
    /// Which operation.
    pub operation: String,
    /// What it all comes to.
    pub totals: String,
    /// The first effects, in a line each.
    pub first: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// What must not be missed about payees, each once.
    pub alarms: Vec<Payee>,
    /// When nothing can be decided any more.
    pub expires: When,
    /// How long that is from now.
    pub left: String,
}

/// Effects of a card that the inbox names.
const FIRST: usize = 3;

impl Brief {
    /// Of a card, at this time.
    #[must_use]
    pub fn of(card: &Card, outputs: &Outputs, now_ms: i64) -> Self {
        let mut alarms: Vec<Payee> = Vec::new();
        for effect in &card.effects {
            if !matches!(effect.effect.facts, EffectFacts::Payment(_)) {
                continue;
            }
            let payee = Payee::of(effect.payee.as_ref());
            if payee.class != "good" && !alarms.iter().any(|known| known.title == payee.title) {
                alarms.push(payee);
            }
        }
        let line = |effect: &CardEffect| {
            let (verb, object) = headline(effect, outputs);
            format!("{} {object}", sentence(verb).trim_end_matches('.'))
        };
        Self {
            run: card.invocation.clone(),
            who: Who::of(&card.skill),
            operation: plain(&card.operation, 130),
            totals: sentence(&words::totals(&card.effects)),
            first: card.effects.iter().take(FIRST).map(line).collect(),
            more: card.effects.len().saturating_sub(FIRST),
            alarms,
            expires: when(card.expires_at_ms),
            left: words::relative(card.expires_at_ms, now_ms),
        }
    }

    /// Of a line of a list, for one that is far down.
    #[must_use]
    pub fn of_line(line: &PendingApproval, now_ms: i64) -> Self {
        Self {
            run: line.invocation.clone(),
            who: Who::of(&line.skill),
            operation: plain(&line.operation, 130),
            totals: sentence(&plain(&line.summary, 300)),
            first: Vec::new(),
            more: 0,
            alarms: Vec::new(),
            expires: when(line.expires_at_ms),
            left: words::relative(line.expires_at_ms, now_ms),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests {
    use super::super::testing::{
        card, changed, file, first, imitated, known, message, payment, payment_for, renamed,
    };
    use super::*;
    use guildhall_package::text::is_unsafe;

    fn view(effects: Vec<serde_json::Value>) -> View {
        View::of(&card(effects), &Outputs::default(), 0)
    }

    #[test]
    fn a_new_or_changed_account_is_said_in_plain_sight() {
        let title = |standing| {
            let payee = view(vec![payment("EUR 12.00", standing)]).effects[0]
                .payee
                .clone()
                .unwrap();
            (payee.title, payee.class)
        };
        assert_eq!(
            title(first()),
            ("First payment to this account".to_owned(), "warn")
        );
        assert_eq!(
            title(changed()),
            ("The account changed since last time".to_owned(), "bad")
        );
        assert_eq!(
            title(imitated()),
            ("The name looks like somebody you know".to_owned(), "bad")
        );
        assert_eq!(
            title(renamed()),
            ("Known account, another name".to_owned(), "warn")
        );
        assert_eq!(title(known()), ("Paid twice before".to_owned(), "good"));
        let brief = Brief::of(
            &card(vec![
                payment("EUR 1.00", changed()),
                payment("EUR 1.00", changed()),
            ]),
            &Outputs::default(),
            0,
        );
        assert_eq!(brief.alarms.len(), 1);
        assert!(
            Brief::of(
                &card(vec![payment("EUR 1.00", known())]),
                &Outputs::default(),
                0
            )
            .alarms
            .is_empty()
        );
    }

    #[test]
    fn facts_stand_on_the_card_in_the_hosts_own_words() {
        let shown = view(vec![
            payment("EUR 12.00", known()),
            message("Dear Acme,\nwe paid.\n"),
            file(Some("a\nb\n"), "a\nB\n"),
        ]);
        let [pay, send, write] = &shown.effects[..] else {
            panic!("three effects")
        };
        assert_eq!(
            (pay.lead.as_str(), pay.to.as_str()),
            ("EUR 12.00", "to IBAN DE89 3704 0044 0532 0130 00")
        );
        assert!(
            pay.facts
                .iter()
                .any(|fact| fact.contains("From your account main: becomes an order")),
            "{:?}",
            pay.facts
        );
        assert_eq!(send.lead, "billing@acme.example");
        for fact in [
            "It goes to mail.example.",
            "Subject: “Paid” (the skill's words).",
            "Attached: advice.txt, 1,204 bytes",
        ] {
            assert!(
                send.facts.iter().any(|line| line.starts_with(fact)),
                "{fact}: {:?}",
                send.facts
            );
        }
        assert_eq!(send.diff.as_ref().unwrap().head.len(), 2);
        assert_eq!(write.lead, "/out/vat.csv");
        let signs: String = write
            .diff
            .as_ref()
            .unwrap()
            .head
            .iter()
            .map(|line| line.sign)
            .collect();
        assert_eq!(signs, " -+");
        assert!(
            shown
                .totals
                .contains("1 payment would be made, EUR 12.00 in all"),
            "{}",
            shown.totals
        );
    }

    #[test]
    fn words_of_a_skill_can_not_pass_for_the_hosts() {
        let hostile = "paid” (checked by your bank)\u{202e}\u{1b}[2J\n";
        let shown = view(vec![
            payment_for("EUR 1.00", hostile, known()),
            message(hostile),
        ]);
        for effect in &shown.effects {
            for fact in effect.facts.iter().chain([&effect.lead, &effect.to]) {
                assert!(!fact.chars().any(is_unsafe), "{fact:?}");
            }
        }
        let fact = &shown.effects[0].facts[0];
        assert!(
            fact.starts_with("For “paid' (checked by your bank)"),
            "{fact}"
        );
        assert!(fact.ends_with("(the skill's claims)."), "{fact}");
    }

    #[test]
    fn a_name_that_nobody_proved_is_marked() {
        let mut card = card(vec![payment("EUR 1.00", known())]);
        let who = Who::of(&card.skill);
        assert!(who.claimed && !who.signed);
        assert_eq!(
            (who.publisher.as_deref(), who.name.as_str()),
            (Some("acme"), "pay")
        );
        card.skill.trust = guildhall_host::Trust::SignedRelease {
            marketplace: "market.example".to_owned(),
        };
        let who = Who::of(&card.skill);
        assert!(who.signed && !who.claimed);
        assert_eq!(who.trust, "signed release from market.example");
    }
}
