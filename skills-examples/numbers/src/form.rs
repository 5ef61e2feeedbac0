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
            match parts.last_mut() {
                Some(last) if last.one == one && least == most && last.least == last.most => {
                    last.least = last.least.saturating_add(least);
                    last.most = last.most.saturating_add(most);
                }
                _ => parts.push(Part { one, least, most }),
            }
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

    /// The form in words: `9 digits, B, 2 digits`.
    pub fn words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut after_itself = false;
        for part in &self.parts {
            let itself = matches!(&part.one, One::Of(set) if set.len() == 1);
            let word = part.words();
            match words.last_mut() {
                Some(last) if itself && after_itself => last.push_str(&word),
                _ => words.push(word),
            }
            after_itself = itself;
        }
        words.join(", ")
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

impl Part {
    fn words(&self) -> String {
        let times = match (self.least, self.most) {
            (1, 1) => None,
            (least, most) if least == most => Some(least.to_string()),
            (least, most) => Some(format!("{least} to {most}")),
        };
        match (&self.one, times) {
            (One::Digit, None) => "1 digit".to_owned(),
            (One::Digit, Some(times)) => format!("{times} digits"),
            (One::Letter, None) => "1 letter".to_owned(),
            (One::Letter, Some(times)) => format!("{times} letters"),
            (One::Either, None) => "1 letter or digit".to_owned(),
            (One::Either, Some(times)) => format!("{times} letters or digits"),
            (One::Of(set), times) => {
                let alone = set.len() == 1;
                let set = in_order(set);
                match times {
                    Some(times) if alone => set.repeat(times.parse().unwrap_or(1)),
                    None if alone => set,
                    None => format!("one of {set}"),
                    Some(times) => format!("{times} of {set}"),
                }
            }
        }
    }
}

/// The characters as `1-9` or `A-H JUV`: runs of three and more with their ends only.
fn in_order(set: &[char]) -> String {
    let mut runs: Vec<(char, char)> = Vec::new();
    for character in set {
        match runs.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(*character) => *last = *character,
            _ => runs.push((*character, *character)),
        }
    }
    let mut text = String::new();
    for (first, last) in runs {
        text.push(first);
        match u32::from(last) - u32::from(first) {
            0 => {}
            1 => text.push(last),
            _ => text.extend(['-', last]),
        }
    }
    text
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

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_form_is_told_in_words() {
        for (pattern, words) in [
            ("[1-9]#{8}", "one of 1-9, 8 digits"),
            ("#{9}B##", "9 digits, B, 2 digits"),
            ("CHE#{9}MWST", "CHE, 9 digits, MWST"),
            ("[A-HJUV]#{1,7}@", "one of A-HJUV, 1 to 7 digits, 1 letter"),
            ("1Z*{15}#", "1Z, 15 letters or digits, 1 digit"),
        ] {
            assert_eq!(Form::read(pattern).words(), words);
        }
    }

    #[test]
    fn the_one_part_that_varies_takes_what_is_left() {
        let form = Form::read("[1-9]#{1,9}K");
        for (number, fits) in [
            ("12K", true),
            ("1234567890K", true),
            ("1K", false),
            ("02K", false),
            ("12345678901K", false),
        ] {
            assert_eq!(
                form.matches(&number.chars().collect::<Vec<_>>()),
                fits,
                "{number}"
            );
        }
    }
}
