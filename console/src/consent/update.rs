//! What an update asks for, against what was consented to.

use super::Ask;
use guildhall_host::Consent;

/// How a part that the new release asks for stands to the consent to the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Consented to already.
    Kept,
    /// Optional, and declined before.
    Declined,
    /// To be asked about.
    New,
}

/// How each part stands. A part that was declined stays declined for as long as it is optional and has its name.
#[must_use]
pub fn standing(ask: &Ask, consent: &Consent, declined: &[String]) -> Standing {
    if ask.part.is_in(consent) {
        Standing::Kept
    } else if ask.optional && declined.contains(&ask.id) {
        Standing::Declined
    } else {
        Standing::New
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ask::tests::{TABLES, of};
    use super::super::consent;
    use super::*;

    fn standings(before: &str, declined: &[&str], after: &str) -> Vec<Standing> {
        let declined: Vec<String> = declined.iter().map(|name| (*name).to_owned()).collect();
        let given = consent(&of(before), &declined);
        of(after)
            .iter()
            .map(|ask| standing(ask, &given, &declined))
            .collect()
    }

    #[test]
    fn the_same_asks_nothing_and_keeps_what_was_declined() {
        use Standing::{Declined, Kept};
        assert_eq!(standings(TABLES, &[], TABLES), [Kept; 6]);
        assert_eq!(
            standings(TABLES, &["files:archive", "messages:email+chat"], TABLES),
            [Kept, Kept, Kept, Declined, Kept, Declined]
        );
    }

    #[test]
    fn whatever_is_wider_is_asked_about() {
        for (from, to, which) in [
            ("x/*\"", "x/**\"", 0),
            ("[\"GET\"]", "[\"GET\", \"POST\"]", 0),
            ("https://a.example/x", "https://b.example/x", 0),
            ("access = \"read\"\n", "access = \"read-write\"\n", 2),
            ("\"inbox\"", "\"outbox\"", 2),
            ("book:fees", "book:*", 4),
            ("\"chat\"", "\"sms\"", 5),
        ] {
            let after = TABLES.replacen(from, to, 1);
            assert_ne!(after, TABLES, "{from}");
            let found = standings(TABLES, &[], &after);
            for (index, standing) in found.into_iter().enumerate() {
                let expected = if index == which {
                    Standing::New
                } else {
                    Standing::Kept
                };
                assert_eq!(standing, expected, "{to} {index}");
            }
            // The other way round nothing is asked.
            let back = standings(&after, &[], TABLES);
            let narrower = matches!(
                to,
                "x/**\"" | "[\"GET\", \"POST\"]" | "access = \"read-write\"\n" | "book:*"
            );
            assert_eq!(
                back.iter().all(|standing| *standing == Standing::Kept),
                narrower,
                "{to}"
            );
        }
    }

    #[test]
    fn what_was_declined_and_is_needed_now_is_asked_about() {
        let after = TABLES.replacen("reason = \"R4.\"\noptional = true", "reason = \"R4.\"", 1);
        let found = standings(TABLES, &["files:archive"], &after);
        assert_eq!(found.get(3), Some(&Standing::New));
    }
}
