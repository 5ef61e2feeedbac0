//! Accounts: is it an IBAN, and a good one?
//!
//! Lengths are facts of the IBAN registry that SWIFT keeps for ISO 13616, as the crate `iban_validate` 5.0.1 (MIT or
//! Apache-2.0) generates them from it: 87 countries, compared by a test, on 2026-11-24. The crate also knows each
//! country's pattern of digits and letters. A country that was registered later counts as "no IBAN", never as an error.
//! Check digits are ISO 7064 MOD 97-10.

use iban::{Iban, ParseIbanError};

/// What an account is, by its own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// An IBAN of a registered country, of its length and pattern, with right check digits.
    Iban,
    /// It begins like an IBAN but is none.
    BadIban(IbanProblem),
    /// A bare account number or something else. Nothing can be said about it.
    Other,
}

/// What is wrong with an IBAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IbanProblem {
    /// It should be an IBAN, but does not begin like one of a registered country.
    NotAnIban,
    /// It does not have the length that its country prescribes.
    Length {
        /// Characters that it should have.
        expected: usize,
        /// Characters that it has.
        actual: usize,
    },
    /// A digit stands where its country prescribes a letter, or the other way round, or something that is neither.
    Pattern,
    /// The check digits do not fit the rest: at least one character is wrong.
    CheckDigits,
}

/// An account in groups of four, as it is printed.
pub fn spaced(account: &str) -> String {
    let mut spaced = String::new();
    for (position, c) in account.chars().enumerate() {
        if position > 0 && position % 4 == 0 {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced
}

/// Normalises an account and says what it is.
///
/// An account begins like an IBAN if its first four characters, spaces left out, are two letters and two digits and
/// the letters are those of a registered country. With `must_be_iban` (SEPA payment, or the document calls it an
/// IBAN) anything else is a bad IBAN too.
pub fn classify(raw: &str, must_be_iban: bool) -> (String, AccountKind) {
    let spaceless: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
    let compact: String = spaceless
        .chars()
        .filter(|c| *c != '-')
        .flat_map(char::to_uppercase)
        .collect();
    let compact = compact
        .strip_prefix("IBAN")
        .map(|rest| rest.trim_start_matches(':').to_owned())
        .unwrap_or(compact);
    let expected = match *compact.as_bytes() {
        [c1, c2, d1, d2, ..]
            if c1.is_ascii_uppercase()
                && c2.is_ascii_uppercase()
                && d1.is_ascii_digit()
                && d2.is_ascii_digit() =>
        {
            compact.get(..2).and_then(length_in)
        }
        _ => None,
    };
    let Some(expected) = expected else {
        return if must_be_iban {
            (compact, AccountKind::BadIban(IbanProblem::NotAnIban))
        } else {
            (spaceless, AccountKind::Other)
        };
    };
    let actual = compact.chars().count();
    let kind = if actual != expected {
        AccountKind::BadIban(IbanProblem::Length { expected, actual })
    } else {
        match compact.parse::<Iban>() {
            Ok(_) => AccountKind::Iban,
            // The crate looks at check digits first; a wrong pattern says more.
            Err(ParseIbanError::InvalidBban(_)) => AccountKind::BadIban(IbanProblem::Pattern),
            Err(_) if compact.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                AccountKind::BadIban(IbanProblem::CheckDigits)
            }
            Err(_) => AccountKind::BadIban(IbanProblem::Pattern),
        }
    };
    (compact, kind)
}

/// Characters of a country's IBAN; none if the registry does not list the country.
fn length_in(country: &str) -> Option<usize> {
    let position = LENGTHS
        .binary_search_by_key(&country, |(listed, _)| listed)
        .ok()?;
    LENGTHS.get(position).map(|(_, length)| *length)
}

const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Check digits that make `country` + `bban` a good IBAN.
    fn with_check_digits(country: &str, bban: &str) -> String {
        let mut rest = 0_u32;
        for c in format!("{bban}{country}00").chars() {
            let value = c.to_digit(36).unwrap();
            rest = if value > 9 {
                (rest * 100 + value) % 97
            } else {
                (rest * 10 + value) % 97
            };
        }
        format!("{country}{:02}{bban}", 98 - rest)
    }

    /// Whether `iban_validate` accepts any pattern of that length: letters in front, digits, letters at the end.
    fn accepted_length(country: &str, length: usize) -> bool {
        (0..=6)
            .flat_map(|front| (0..=3).map(move |back| (front, back)))
            .any(|(front, back)| {
                let digits = (length - 4).saturating_sub(front + back);
                let bban = format!(
                    "{}{}{}",
                    "A".repeat(front),
                    "1".repeat(digits),
                    "A".repeat(back)
                );
                with_check_digits(country, &bban).parse::<Iban>().is_ok()
            })
    }

    #[test]
    fn the_table_of_lengths_is_that_of_the_registry() {
        assert!(LENGTHS.is_sorted());
        for first in 'A'..='Z' {
            for second in 'A'..='Z' {
                let country = format!("{first}{second}");
                let lengths: Vec<_> = (15..=34)
                    .filter(|length| accepted_length(&country, *length))
                    .collect();
                assert_eq!(
                    lengths,
                    length_in(&country).into_iter().collect::<Vec<_>>(),
                    "{country}"
                );
            }
        }
    }

    #[test]
    fn an_iban_is_recognised_however_it_is_spaced() {
        // The registry's own examples.
        for raw in [
            "GB29 NWBK 6016 1331 9268 19",
            "gb29nwbk60161331926819",
            "IBAN: GB29-NWBK-6016-1331-9268-19",
        ] {
            let (normalised, kind) = classify(raw, false);
            assert_eq!(
                (normalised.as_str(), kind),
                ("GB29NWBK60161331926819", AccountKind::Iban),
                "{raw}"
            );
        }
        assert_eq!(
            classify("KW81CBKU0000000000001234560101", true).1,
            AccountKind::Iban
        );
        assert_eq!(classify("NO93 8601 1117 947", true).1, AccountKind::Iban);
    }

    #[test]
    fn what_is_wrong_with_an_iban_is_told_apart() {
        let problem = |raw: &str| classify(raw, false).1;
        assert_eq!(
            problem("GB29NWBK60161331926818"),
            AccountKind::BadIban(IbanProblem::CheckDigits)
        );
        assert_eq!(
            problem("GB29NWBK6016133192681"),
            AccountKind::BadIban(IbanProblem::Length {
                expected: 22,
                actual: 21
            })
        );
        let digits_for_letters = with_check_digits("GB", "123460161331926819");
        assert_eq!(
            problem(&digits_for_letters),
            AccountKind::BadIban(IbanProblem::Pattern)
        );
        assert_eq!(
            problem("GB29NWBK6016133192681é"),
            AccountKind::BadIban(IbanProblem::Pattern)
        );
    }

    #[test]
    fn a_bare_account_number_is_not_an_iban_unless_it_must_be() {
        assert_eq!(
            classify("123 456-789", false),
            ("123456-789".to_owned(), AccountKind::Other)
        );
        assert_eq!(classify("XX29123456789", false).1, AccountKind::Other);
        assert_eq!(
            classify("123456789", true).1,
            AccountKind::BadIban(IbanProblem::NotAnIban)
        );
        assert_eq!(classify("", false).1, AccountKind::Other);
    }
}
