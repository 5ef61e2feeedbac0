//! The mandates that come of a card: what it proposes, under the terms that a person sets.

use super::{Card, MandateTerms};
use crate::mandates::{Mandate, Scope, Terms, TermsError};
use guildhall_package::Digest;

impl Card {
    /// The mandates that this card proposes, under these terms. A limit in money is for its payments; files and messages
    /// beside them stay as they are proposed.
    ///
    /// # Errors
    /// If the terms don't fit, for example a limit in another currency or without a payment.
    pub fn mandates(&self, terms: &Terms) -> Result<Vec<MandateTerms>, TermsError> {
        let is_payment = |scope: &Scope| matches!(scope, Scope::Payment { .. });
        let pays = self.proposals.iter().any(|offer| is_payment(&offer.scope));
        self.proposals
            .iter()
            .map(|offer| {
                let own = if pays && !is_payment(&offer.scope) {
                    Terms {
                        limit: None,
                        ..*terms
                    }
                } else {
                    *terms
                };
                Ok(MandateTerms {
                    scope: own.apply(&offer.scope)?,
                    zone: self.zone.clone(),
                    until_ms: terms.until_ms,
                })
            })
            .collect()
    }
}

impl MandateTerms {
    /// One line: what will be done without asking, by which calendar and until when.
    #[must_use]
    pub fn words(&self, skill: Digest) -> String {
        let mandate = Mandate {
            id: String::new(),
            skill,
            scope: self.scope.clone(),
            zone: self.zone.clone(),
            from_ms: 0,
            until_ms: self.until_ms,
        };
        mandate.words()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::mandates::Period;
    use crate::money::Currency;
    use serde_json::json;

    /// EUR 100.00 a day to one IBAN.
    fn payment_scope() -> Scope {
        Scope::Payment {
            scheme: "iban".to_owned(),
            account: "DE89370400440532013000".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            limit_minor: 10_000,
            per: Period::Day,
            each_minor: Some(10_000),
        }
    }

    /// One new file a day.
    fn file_scope() -> Scope {
        Scope::FileWrite {
            folder: "/out".into(),
            replace: false,
            per: Period::Day,
            count: 1,
        }
    }

    fn card_proposing(scopes: Vec<Scope>) -> Card {
        let proposals: Vec<_> = scopes
            .into_iter()
            .map(|scope| json!({ "words": scope.words(), "scope": scope }))
            .collect();
        serde_json::from_value(json!({
            "invocation": "0198c0de-f00d-7000-8000-000000000001",
            "skill": {"name": null, "version": null, "digest": Digest::of(b"skill"), "trust": "unsigned-local-file"},
            "operation": "pay", "effects": [], "inputs": [], "contacted": [], "does_not": [], "asks": [],
            "proposals": proposals, "zone": "Europe/Berlin", "effect_set": Digest::of(b"effects"),
            "expires_at_ms": 604_800_000_i64,
        }))
        .unwrap()
    }

    fn terms(limit: Option<&str>, per: Option<&str>) -> Terms {
        Terms::parse(Some("2027-03-31"), limit, per, "Europe/Berlin", 0).unwrap()
    }

    #[test]
    fn a_limit_is_for_the_payments_of_a_card_and_a_period_for_all_of_it() {
        let card = card_proposing(vec![payment_scope(), file_scope()]);
        let given = card
            .mandates(&terms(Some("EUR 200.00"), Some("week")))
            .unwrap();
        let said: Vec<String> = given
            .iter()
            .map(|one| one.words(card.skill.digest))
            .collect();
        assert_eq!(
            said[0],
            "Pay iban:DE89370400440532013000 up to EUR 200.00 a week without asking, by the calendar of Europe/Berlin, until 2027-03-31"
        );
        assert!(
            said[1].starts_with("Write 1 new file a week"),
            "{}",
            said[1]
        );
    }

    #[test]
    fn a_limit_without_a_payment_or_in_another_currency_is_refused() {
        let files = card_proposing(vec![file_scope()]);
        assert_eq!(
            files.mandates(&terms(Some("EUR 1.00"), None)),
            Err(TermsError::NotMoney)
        );
        let money = card_proposing(vec![payment_scope()]);
        assert!(money.mandates(&terms(Some("USD 1.00"), None)).is_err());
        assert!(money.mandates(&terms(None, None)).is_ok());
    }
}
