//! The mandates that come of a card: what it proposes, under the terms that a person sets.

use guildhall_host::{Card, Mandate, MandateTerms, Scope, Terms, TermsError};
use guildhall_package::Digest;

/// The mandates that a card proposes, under these terms. A limit in money is for its payments; files and messages beside them
/// stay as they are proposed.
///
/// # Errors
/// If the terms don't fit, for example a limit in another currency or without a payment.
pub fn mandates_of(card: &Card, terms: &Terms) -> Result<Vec<MandateTerms>, TermsError> {
    let is_payment = |scope: &Scope| matches!(scope, Scope::Payment { .. });
    let pays = card.proposals.iter().any(|offer| is_payment(&offer.scope));
    card.proposals
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
                zone: card.zone.clone(),
                until_ms: terms.until_ms,
            })
        })
        .collect()
}

/// One line: what will be done without asking, by which calendar and until when.
#[must_use]
pub fn words(skill: Digest, terms: &MandateTerms) -> String {
    let mandate = Mandate {
        id: String::new(),
        skill,
        scope: terms.scope.clone(),
        zone: terms.zone.clone(),
        from_ms: 0,
        until_ms: terms.until_ms,
    };
    mandate.words()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::testing::{card_proposing, file_scope, payment_scope};

    fn terms(limit: Option<&str>, per: Option<&str>) -> Terms {
        Terms::parse(Some("2027-03-31"), limit, per, "Europe/Berlin", 0).unwrap()
    }

    #[test]
    fn a_limit_is_for_the_payments_of_a_card_and_a_period_for_all_of_it() {
        let card = card_proposing(vec![payment_scope(), file_scope()]);
        let given = mandates_of(&card, &terms(Some("EUR 200.00"), Some("week"))).unwrap();
        let said: Vec<String> = given
            .iter()
            .map(|one| words(card.skill.digest, one))
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
            mandates_of(&files, &terms(Some("EUR 1.00"), None)),
            Err(TermsError::NotMoney)
        );
        let money = card_proposing(vec![payment_scope()]);
        assert!(mandates_of(&money, &terms(Some("USD 1.00"), None)).is_err());
        assert!(mandates_of(&money, &terms(None, None)).is_ok());
    }
}
