//! Which findings refuse.

use guildhall_invoice::{Code, Finding, Severity};

use crate::claim::{Judgement, judge_finding as judge};
use crate::table::{Consequence, policy};

fn finding(code: Code, severity: Severity, rule: &str) -> Finding {
    Finding {
        code,
        severity,
        rule: Some(rule.to_owned()),
        place: "BT-1".to_owned(),
        message: "Something.".to_owned(),
        expected: None,
        actual: None,
    }
}

#[test]
fn every_kind_of_finding_has_a_row_in_the_readers_table_with_its_consequence() {
    let readme = include_str!("../../README.md");
    for code in Code::ALL {
        let row = readme
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&format!("`{}`", code.as_str())))
            .unwrap_or_else(|| panic!("README.md does not name {}", code.as_str()));
        let (consequence, _, why) = policy(*code);
        let word = match consequence {
            Consequence::Refuse => "refused",
            Consequence::Warn => "shown",
            Consequence::AsFound => "an error is refused, a warning shown",
        };
        assert!(row.contains(&format!("| {word} |")), "{row}");
        assert!(row.contains(why.trim_end_matches('.')), "{row}: {why}");
    }
}

#[test]
fn a_warning_about_rounding_is_shown_and_an_error_refuses() {
    let judged = |severity| judge(&finding(Code::VatAmount, severity, "BR-CO-17"), false);
    assert!(matches!(judged(Severity::Warning), Judgement::Shown(_)));
    assert!(matches!(judged(Severity::Error), Judgement::Refused(_)));
}

#[test]
fn the_grave_ones_refuse_even_where_the_check_only_warns() {
    for code in [
        Code::AmountDecimals,
        Code::FutureDate,
        Code::CreditNoteSign,
        Code::IbanExpected,
    ] {
        let judged = judge(&finding(code, Severity::Warning, ""), false);
        assert!(matches!(judged, Judgement::Refused(_)), "{code:?}");
    }
}

#[test]
fn formal_gaps_are_shown_and_those_of_identity_refuse() {
    let judged = |rule| judge(&finding(Code::Missing, Severity::Error, rule), false);
    assert_eq!(judged("BR-62"), Judgement::Shown("Something.".to_owned()));
    assert!(matches!(judged("BR-08"), Judgement::Refused(_)));
    assert_eq!(judged("BR-61"), Judgement::Covered);
}

#[test]
fn a_wrong_account_matters_only_where_it_would_be_paid() {
    let wrong = finding(Code::IbanCheckDigits, Severity::Error, "");
    assert!(matches!(judge(&wrong, false), Judgement::Refused(_)));
    assert!(matches!(judge(&wrong, true), Judgement::Shown(_)));
}
