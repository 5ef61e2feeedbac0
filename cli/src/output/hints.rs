//! What to write to allow what was refused: the options and commands of this program, by rule. The host says what is missing; only
//! this program has options.

use guildhall_host::{Outcome, Refusal, RefusalKind};
use guildhall_package::text::plain;

/// Longest part of a message that is quoted.
const QUOTED: usize = 300;

/// What to do about a refusal: what the host says if that names an option already, otherwise the option by its rule.
#[must_use]
pub fn fix(refusal: &Refusal) -> Option<String> {
    let said = refusal.fix.as_deref();
    if said.is_some_and(names_one) {
        return said.map(str::to_owned);
    }
    own(refusal).or_else(|| said.map(str::to_owned))
}

/// The same for all refusals of a run, for whoever reads them as JSON.
#[must_use]
pub fn worded(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    for refusal in &mut outcome.refusals {
        refusal.fix = fix(refusal);
    }
    outcome
}

/// Whether a fix names an option or a command of this program.
fn names_one(fix: &str) -> bool {
    fix.contains(" --") || fix.contains("`--") || fix.contains("guildhall ")
}

fn own(refusal: &Refusal) -> Option<String> {
    let rule = refusal.rule.as_str();
    if refusal.kind == RefusalKind::LimitReached
        && let Some(limit) = rule.strip_prefix("limit.")
    {
        let limit = plain(limit, 60);
        return Some(format!(
            "raise it with --limit {limit}=N, within the host's own limit"
        ));
    }
    let message = refusal.message.as_str();
    Some(match rule {
        "files.not-granted" => {
            let name = quoted(message, "NAME");
            format!(
                "grant it with `--read {name}=PATH`, or with `--write {name}=DIR` for changes there"
            )
        }
        "files.read-only" => format!("grant it with `--write {}=DIR`", quoted(message, "NAME")),
        "files.write-only" => format!(
            "grant it with `--read {}=PATH` as well",
            quoted(message, "NAME")
        ),
        "files.input-limit" => {
            "grant fewer files, or raise it with --limit bytes-in=N, within the host's own limit"
                .to_owned()
        }
        "files.write-limit" => "write less in one run, or raise it with --limit staged-bytes=N or --limit effects=N, within the host's own limit".to_owned(),
        "network.not-granted" => format!(
            "run it with --allow-net '{}'",
            before(message, ": this invocation", "METHOD URL")
        ),
        "payments.not-granted" => format!(
            "grant it with `--pay '{}'`",
            before(message, ": ", "AMOUNT to ACCOUNT").replace(',', "")
        ),
        "payments.retention" => "run it with --retention hashes or full".to_owned(),
        "payments.no-account" => {
            "add one: guildhall wallet add-book NAME --currency CODE, or guildhall wallet add-bank".to_owned()
        }
        "payments.no-funds" => {
            "pay something in with `guildhall wallet deposit`, then approve again".to_owned()
        }
        "payments.account-limit" => {
            "approve again when there is room, or change it with `guildhall wallet limit`".to_owned()
        }
        "messages.not-granted" => {
            let rest = message.split_once('`').map(|(_, rest)| rest);
            let to = rest.and_then(|rest| rest.split_once("` to "));
            match to {
                Some((channel, rest)) => format!(
                    "run it with --message '{} to {}'",
                    plain(channel, QUOTED),
                    before(rest, ": this invocation", "RECIPIENT")
                ),
                None => "run it with --message 'CHANNEL to RECIPIENT'".to_owned(),
            }
        }
        "messages.no-channel" => {
            "add it with `guildhall messages add-smtp` or `guildhall messages add-webhook`".to_owned()
        }
        "secrets.not-found" => {
            "add it: guildhall secrets set NAME --host HOST --header HEADER".to_owned()
        }
        "journal.full" => "remove old runs with `guildhall runs prune --older-than DAYS`".to_owned(),
        _ => return None,
    })
}

/// The name that a message quotes first, if it can be one of a grant.
fn quoted(message: &str, otherwise: &str) -> String {
    let name = message.split('`').nth(1);
    let name = name.filter(|name| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    });
    part(name, otherwise)
}

/// What a message begins with.
fn before(message: &str, end: &str, otherwise: &str) -> String {
    part(message.split_once(end).map(|(start, _)| start), otherwise)
}

/// Nothing that would end the quotation it stands in on a command line.
fn part(found: Option<&str>, otherwise: &str) -> String {
    found
        .filter(|found| !found.is_empty() && !found.contains(['\'', '`', '\n']))
        .map_or_else(|| otherwise.to_owned(), |found| plain(found, QUOTED))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_the_option_that_allows_it_whatever_the_host_says() {
        for (rule, message, option) in [
            (
                "files.not-granted",
                "`in` is not granted to this invocation; no files are granted",
                "--read in=PATH",
            ),
            (
                "files.not-granted",
                "`out` is not granted to this invocation; granted are `in`",
                "--write out=DIR",
            ),
            (
                "files.read-only",
                "`in` is granted for reading only",
                "--write in=DIR",
            ),
            (
                "files.write-only",
                "`out` is granted for writing only",
                "--read out=PATH",
            ),
            (
                "network.not-granted",
                "GET https://rates.test/a: this invocation does not grant it",
                "--allow-net 'GET https://rates.test/a'",
            ),
            (
                "payments.not-granted",
                "EUR 1,234.00 to iban:DE89370400440532013000: no grant names it",
                "--pay 'EUR 1234.00 to iban:DE89370400440532013000'",
            ),
            (
                "messages.not-granted",
                "a message by `desk` to a@b.test: this invocation does not grant it",
                "--message 'desk to a@b.test'",
            ),
            ("messages.no-channel", "there is none", "messages add-smtp"),
            ("secrets.not-found", "there is none", "secrets set NAME"),
            ("payments.retention", "it keeps nothing", "--retention"),
        ] {
            for said in [None, Some("grant it for this run")] {
                let mut refusal = Refusal::new(RefusalKind::Denied, rule, message);
                refusal.fix = said.map(str::to_owned);
                let fix = fix(&refusal).unwrap();
                assert!(fix.contains(option), "{rule}: {fix}");
            }
        }
        let limit = Refusal::new(RefusalKind::LimitReached, "limit.effects", "too many");
        assert!(fix(&limit).unwrap().contains("--limit effects=N"));
    }

    #[test]
    fn what_the_host_says_stays_where_it_names_an_option_or_the_rule_has_none() {
        let said = |rule: &str, text: &str| {
            fix(&Refusal::new(RefusalKind::Denied, rule, "no").with_fix(text)).unwrap()
        };
        let named = "grant it with `--read in=PATH`";
        assert_eq!(said("files.not-granted", named), named);
        assert_eq!(
            said("files.conflict", "choose another path"),
            "choose another path"
        );
    }

    #[test]
    fn no_message_ends_the_quotation_that_it_stands_in() {
        let message = "GET https://a.test/';rm -r ~;': this invocation does not grant it";
        let refusal = Refusal::new(RefusalKind::Denied, "network.not-granted", message);
        assert_eq!(
            fix(&refusal).unwrap(),
            "run it with --allow-net 'METHOD URL'"
        );
    }
}
