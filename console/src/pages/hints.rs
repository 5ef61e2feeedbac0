//! What to do about what was refused, in the console's own words: the host words its advice for a terminal, and nobody who
//! reads a page has one. By rule; what is advice for anybody is said as the host says it.

use guildhall_host::{
    EffectFacts, EffectReport, EffectState, Payment, Refusal, RefusalKind, TermsError,
};
use guildhall_package::text::plain;

use super::words::sentence;
use crate::shelf::ShelfError;

/// Rail whose orders wait for a file.
const BANK: &str = "bank-file";
/// Longest advice of somebody else's, in characters.
const LONGEST: usize = 600;

const AGAIN_FILES: &str =
    "Start it again from its page, and choose the files or the folder for it there.";
const AGAIN_TICKED: &str = "Start it again from its page, and tick there what it may use.";
const AGAIN_MONEY: &str =
    "Start it again from its page, and write there how much money it may propose to pay.";
const ALLOW: &str = "Allow it on the page of the skill, under “Change what you allow”.";
const AUTHOR: &str =
    "Only its author can change that, with a new release: the skill does not say that it needs it.";
const LESS: &str =
    "Give it less to do at once. What one run may use up is set where the console is started.";
const DISK: &str = "Try again. If it stays so, let whoever runs this machine look at its disk and at the state folder.";
const MONEY: &str = "Look at the accounts on the page Money.";
const BUY: &str = "Buy it on the page of the skill.";

/// What to do about a refusal of the host, as a sentence; none where there is nothing to say.
#[must_use]
pub fn of_refusal(refusal: &Refusal) -> Option<String> {
    let own = of_rule(&refusal.rule).or_else(|| {
        let is_limit =
            refusal.kind == RefusalKind::LimitReached && refusal.rule.starts_with("limit.");
        is_limit.then_some(LESS)
    });
    own.map_or_else(
        || readable(refusal.fix.as_deref()),
        |own| Some(own.to_owned()),
    )
}

/// A refusal with what to do about it.
#[must_use]
pub fn told(refusal: &Refusal) -> String {
    let message = sentence(&plain(&refusal.message, LONGEST));
    match of_refusal(refusal) {
        Some(fix) => format!("{message} {fix}"),
        None => message,
    }
}

fn of_rule(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "files.not-granted" | "files.read-only" | "files.write-only" => AGAIN_FILES,
        "files.input-limit" | "files.write-limit" | "files.file-too-large" => LESS,
        "payments.not-granted" => AGAIN_MONEY,
        "network.not-granted" | "messages.not-granted" => AGAIN_TICKED,
        "files.not-consented"
        | "payments.not-consented"
        | "messages.not-consented"
        | "state.not-consented"
        | "network.not-consented" => ALLOW,
        "files.not-declared"
        | "payments.not-declared"
        | "messages.not-declared"
        | "network.not-declared"
        | "files.not-imported"
        | "payments.not-imported"
        | "messages.not-imported"
        | "network.not-imported"
        | "state.not-imported"
        | "state.full" => AUTHOR,
        "payments.account-limit" => {
            "Approve it again when there is room, or change the limit of the account on the page Money."
        }
        "payments.no-funds" => "Pay something in on the page Money, then approve it again.",
        "payments.no-account" => "Add such an account on the page Money.",
        "payments.account-closed" | "payments.no-such-payee" | "wallet.no-account" => MONEY,
        "payments.already-ordered" => {
            "Look for it among the approvals and on the page Money. If an order that waits is wrong, reject it first."
        }
        "payments.retention" => {
            "Start it again from its page, and choose there that more of it is kept."
        }
        "payments.not-refundable" => {
            "Compare the credit note with the statement on the page Money, and ask who wrote it."
        }
        "messages.no-channel" => "Set it up on the page Channels.",
        "secrets.not-found" => "Add it on the page Secrets.",
        "journal.full" => "Let whoever runs this machine give the console more room.",
        "payments.unavailable"
        | "state.unavailable"
        | "network.intent-not-recorded"
        | "network.not-recorded"
        | "journal.unavailable"
        | "secrets.unavailable"
        | "messages.unavailable" => DISK,
        _ => return None,
    })
}

/// What to do about what a shelf or a marketplace refused, as a sentence; none where there is nothing to say.
#[must_use]
pub fn of_shelf(error: &ShelfError) -> Option<String> {
    let own = match &*error.rule {
        "licence.missing" | "licence.refunded" | "licence.other-merchant" | "licence.cancelled" => {
            BUY
        }
        "payment.too-late" | "payment.order" | "payment.other-order" | "payment.receipt-used" => {
            "Buy it again on the page of the skill: at the price that you paid nothing is paid a second time. At another price ask whoever runs the marketplace for the money."
        }
        "licence.expired" => "Pay its next month on the page of the skill.",
        "licence.changed" | "installed-changed" | "installed-record" => {
            "Uninstall it, and install it again. If that happens twice, find out who can write to this machine's disk."
        }
        "price.changed" => "Look at the price on the page of the skill, and decide anew.",
        "changed-meanwhile" => "Look at the page of the skill again.",
        "not-installed" | "not-found" | "nothing-on-the-shelf" | "yanked" => {
            "Look for it with “Find skills”."
        }
        "no-marketplace" | "unknown-marketplace" | "root" | "other-marketplace" => {
            "Look at the page Marketplaces."
        }
        _ => return readable(error.fix.as_deref()),
    };
    Some(own.to_owned())
}

/// What a limit that was used up means.
#[must_use]
pub fn of_limit(limit: &str) -> String {
    let what = match limit {
        "fuel" => "computing",
        "wall-ms" => "time",
        "memory-bytes" | "table-elements" | "instances" | "stack" => "memory",
        "host-calls" => "questions to this host",
        "output-bytes" => "length of its answer",
        other => return format!("It used up its limit of {}. {LESS}", plain(other, 60)),
    };
    format!("It used up what one run may have of {what}. {LESS}")
}

/// What is said beside an effect besides its state.
#[must_use]
pub fn of_effect(report: &EffectReport) -> Option<String> {
    let waits_for_a_file = matches!(
        &report.effect.facts,
        EffectFacts::Payment(Payment { rail, .. }) if rail == BANK
    );
    if waits_for_a_file && report.state == EffectState::Done {
        return Some(
            "Ordered. It leaves with the next file for your bank, which is made on the page Money."
                .to_owned(),
        );
    }
    report
        .detail
        .as_deref()
        .map(|detail| sentence(&plain(detail, LONGEST)))
}

/// Why terms of a mandate can't be used.
#[must_use]
pub fn of_terms(error: &TermsError) -> String {
    match error {
        TermsError::Date(text) => {
            format!("“{text}” is no date: write one as 2027-03-31; that day is the last one")
        }
        TermsError::Over(date) => format!("{date} is over: choose a later day"),
        TermsError::Limit(error) => format!("the limit can't be used: {error}"),
        TermsError::Per(text) => format!("“{text}” is no period that can be chosen"),
        TermsError::Zone(error) => error.to_string(),
        TermsError::OtherCurrency { limit, currency } => {
            format!("the limit is {limit}, and the payment is in {currency}; nothing is converted")
        }
        TermsError::Count => error.to_string(),
        TermsError::NotMoney => {
            "an amount of money can't be the limit of files and messages: they are counted"
                .to_owned()
        }
    }
}

/// Advice of somebody else, unless it is for a terminal.
fn readable(fix: Option<&str>) -> Option<String> {
    fix.filter(|fix| !is_for_a_terminal(fix))
        .map(|fix| sentence(&plain(fix, LONGEST)))
}

/// A net below the rules that are known: the program by its name, or an option of it.
fn is_for_a_terminal(fix: &str) -> bool {
    fix.contains("guildhall ") || fix.contains(" --") || fix.contains("`--")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refusal(rule: &str, fix: &str) -> Refusal {
        Refusal::new(RefusalKind::Denied, rule, "it is so").with_fix(fix)
    }

    #[test]
    fn advice_is_the_consoles_where_the_hosts_is_for_a_terminal() {
        let own = of_refusal(&refusal(
            "files.not-granted",
            "grant it with `--read in=PATH`",
        ));
        assert_eq!(own.unwrap(), AGAIN_FILES);
        let limit = Refusal::new(RefusalKind::LimitReached, "limit.effects", "too many")
            .with_fix("raise it with --limit effects=N");
        assert_eq!(of_refusal(&limit).unwrap(), LESS);
        assert_eq!(
            told(&refusal("files.conflict", "choose another path")),
            "It is so. Choose another path."
        );
        // A rule that nobody thought of here.
        for fix in [
            "add it: guildhall x add",
            "run it with --more",
            "use `--more`",
        ] {
            assert_eq!(told(&refusal("new.rule", fix)), "It is so.");
        }
    }

    #[test]
    fn what_a_marketplace_refuses_leads_to_a_page() {
        let error = |rule: &str, fix: &str| ShelfError {
            rule: rule.to_owned(),
            message: "no".to_owned(),
            fix: Some(fix.to_owned()),
            is_fault: false,
        };
        let missing = error("licence.missing", "buy it: guildhall buy acme/x");
        assert_eq!(of_shelf(&missing).unwrap(), BUY);
        let other = error("offer-gone", "look at it again");
        assert_eq!(of_shelf(&other).unwrap(), "Look at it again.");
        assert_eq!(of_shelf(&error("token", "log in: guildhall login x")), None);
    }
}
