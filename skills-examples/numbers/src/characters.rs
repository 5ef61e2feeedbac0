//! What a number may be typed with, and what only looks like it.

/// The number in capitals without separators, or the first character that does not belong into it, with its position from 1.
///
/// `also` holds letters that numbers of the country may have besides those of ASCII.
pub fn clean(text: &str, also: &dyn Fn(char) -> bool) -> Result<Vec<char>, (usize, char)> {
    let mut cleaned = Vec::new();
    for (position, character) in text.trim_matches(' ').chars().enumerate() {
        match character {
            ' ' | '.' | '-' | '/' | ',' | ':' => {}
            'a'..='z' => cleaned.push(character.to_ascii_uppercase()),
            '0'..='9' | 'A'..='Z' => cleaned.push(character),
            other if also(other) => cleaned.push(other),
            other => return Err((position + 1, other)),
        }
    }
    Ok(cleaned)
}

/// First code point of ten digits in a row, and whose digits they are.
const DIGITS: [(u32, &str); 14] = [
    (0x0660, "an Arabic-Indic digit"),
    (0x06f0, "an Extended Arabic-Indic digit"),
    (0x07c0, "an NKo digit"),
    (0x0966, "a Devanagari digit"),
    (0x09e6, "a Bengali digit"),
    (0x0a66, "a Gurmukhi digit"),
    (0x0ae6, "a Gujarati digit"),
    (0x0be6, "a Tamil digit"),
    (0x0c66, "a Telugu digit"),
    (0x0e50, "a Thai digit"),
    (0x0ed0, "a Lao digit"),
    (0x0f20, "a Tibetan digit"),
    (0x1040, "a Myanmar digit"),
    (0xff10, "a full-width digit"),
];

/// What a character is, in words.
pub fn name(character: char) -> String {
    let code = u32::from(character);
    let digits = DIGITS
        .iter()
        .find(|(first, _)| (*first..first + 10).contains(&code));
    let what = match code {
        _ if let Some((_, whose)) = digits => whose,
        0x09 => "a tab",
        0x0a | 0x0d => "a line break",
        0x00..=0x1f | 0x7f..=0x9f => "a control character",
        0x21..=0x7e => "a sign that no such number has",
        0x00a0 | 0x2007 | 0x202f => "a no-break space",
        0x1680 | 0x2000..=0x200a | 0x205f | 0x3000 => "a space of another width",
        0x00ad => "an invisible soft hyphen",
        0x200b..=0x200d | 0x2060..=0x2064 | 0xfeff => "an invisible character of no width",
        0x200e | 0x200f | 0x061c | 0x202a..=0x202e | 0x2066..=0x2069 => {
            "an invisible mark that turns the direction of writing"
        }
        0x2010..=0x2015 | 0x2212 | 0xfe58 | 0xfe63 | 0xff0d => "a dash that is not the hyphen",
        0x0300..=0x036f => "an accent that stands on another character",
        0x0370..=0x03ff => "a Greek letter",
        0x0400..=0x052f => "a Cyrillic letter",
        0xff21..=0xff3a | 0xff41..=0xff5a => "a full-width letter",
        0x1d400..=0x1d7ff => "a letter or digit of mathematics",
        _ => "a character that no such number has",
    };
    format!("U+{code:04X}, {what}")
}
