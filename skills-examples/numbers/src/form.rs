//! How a number is written, as a short pattern: `#` a digit, `@` a letter, `*` either, `[A-C]` one of these, anything else itself;
//! `{9}` or `{2,10}` after it says how often. At most one part may vary in length, so there is one way to read a number.

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    one: One,
    least: usize,
    most: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum One {
    Digit,
    Letter,
    Either,
    Of(Vec<char>),
}

/// A pattern that was read.
pub struct Form {
    parts: Vec<Part>,
}

impl Form {
    /// Reads a pattern. The tables are ours, and a test reads every one of them: what cannot be read matches nothing.
    pub fn read(pattern: &str) -> Form {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(character) = rest.next() {
            let one = match character {
                '#' => One::Digit,
                '@' => One::Letter,
                '*' => One::Either,
                '[' => One::Of(set(rest.by_ref().take_while(|next| *next != ']'))),
                other => One::Of(vec![other]),
            };
            let (mut least, mut most) = (1, 1);
            if rest.next_if_eq(&'{').is_some() {
                let times: String = rest.by_ref().take_while(|next| *next != '}').collect();
                let (low, high) = times.split_once(',').unwrap_or((&times, &times));
                least = low.parse().unwrap_or(usize::MAX);
                most = high.parse().unwrap_or(0);
            }
            parts.push(Part { one, least, most });
        }
        Form { parts }
    }

    /// Shortest and longest number of this form.
    pub fn lengths(&self) -> (usize, usize) {
        let sum = |of: fn(&Part) -> usize| {
            self.parts
                .iter()
                .fold(0_usize, |sum, part| sum.saturating_add(of(part)))
        };
        (sum(|part| part.least), sum(|part| part.most))
    }

    /// Whether the number is of this form.
    pub fn matches(&self, number: &[char]) -> bool {
        let (least, most) = self.lengths();
        if number.len() < least || number.len() > most {
            return false;
        }
        let mut spare = number.len() - least;
        let mut rest = number.iter();
        for part in &self.parts {
            let more = spare.min(part.most.saturating_sub(part.least));
            spare -= more;
            for _ in 0..part.least + more {
                if !rest.next().is_some_and(|character| part.one.is(*character)) {
                    return false;
                }
            }
        }
        true
    }
}

impl One {
    fn is(&self, character: char) -> bool {
        match self {
            One::Digit => character.is_ascii_digit(),
            One::Letter => character.is_ascii_uppercase(),
            One::Either => character.is_ascii_digit() || character.is_ascii_uppercase(),
            One::Of(set) => set.contains(&character),
        }
    }
}

/// The characters of `A-CX`.
fn set(inside: impl Iterator<Item = char>) -> Vec<char> {
    let mut found: Vec<char> = Vec::new();
    let mut range = false;
    for character in inside {
        match (character, found.last()) {
            ('-', Some(_)) => range = true,
            (end, Some(start)) if range => {
                let next = char::from_u32(u32::from(*start) + 1).unwrap_or(end);
                found.extend(next..=end);
                range = false;
            }
            _ => found.push(character),
        }
    }
    found
}
