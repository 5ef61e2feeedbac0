//! Text of strangers, made fit for one line of an order, a file name or a message.

/// One line without control and invisible characters, at most `max` characters long.
pub fn line(text: &str, max: usize) -> String {
    let visible: String = text
        .chars()
        .map(|c| if is_unsafe(c) { ' ' } else { c })
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(max) {
        None => line,
        Some(_) => line
            .chars()
            .take(max.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// What cannot be seen, or turns around what can.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// An identifier or account in one spelling: letters and digits, in upper case. The same as `Party::keys` makes.
pub fn key(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A number of a document in one spelling, as `Document::number_key` makes it.
pub fn number_key(number: &str) -> String {
    let parts = number
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_uppercase()
}

/// Part of a file name: small letters, digits and single hyphens, at most 40 of them.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            'ä' | 'Ä' | 'æ' | 'Æ' => slug.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => slug.push_str("oe"),
            'ü' | 'Ü' => slug.push_str("ue"),
            'ß' | 'ẞ' => slug.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'À' | 'Á' | 'Â' | 'Å' => slug.push('a'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'È' | 'É' | 'Ê' => slug.push('e'),
            'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => slug.push('c'),
            'ñ' | 'ń' | 'Ñ' => slug.push('n'),
            'ł' | 'Ł' => slug.push('l'),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= 40 {
            break;
        }
    }
    slug.truncate(40);
    slug.trim_end_matches('-').to_owned()
}

/// An IBAN in groups of four.
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

/// Hundredths of a percent from `2`, `2.5` or `2.50`; none for anything else and from 100 percent on.
pub fn percent(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, max| {
        let fits =
            (1..=max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let tenths = if fraction.len() == 1 { 10 } else { 1 };
    Some(digits(whole, 2)? * 100 + digits(fraction, 2)? * tenths)
}

/// Hundredths of a percent as text: `2.00`.
pub fn show_percent(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_shows_what_is_there_and_nothing_that_hides() {
        assert_eq!(
            line("  Nord\n\tlicht \u{202e}GmbH\0", 40),
            "Nord licht GmbH"
        );
        assert_eq!(line("12345", 5), "12345");
        assert_eq!(line("123456", 5), "1234…");
    }

    #[test]
    fn file_names_are_plain_and_readable() {
        assert_eq!(
            slug("Nordlicht Bürobedarf GmbH & Co. KG"),
            "nordlicht-buerobedarf-gmbh-co-kg"
        );
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("株式会社"), "");
    }

    #[test]
    fn percentages_are_exact_and_below_one_hundred() {
        for (text, expected) in [
            ("2", 200),
            ("2.5", 250),
            ("2.50", 250),
            ("0", 0),
            ("99.99", 9999),
        ] {
            assert_eq!(percent(text), Some(expected), "{text}");
        }
        for text in [
            "", "100", "2.", ".5", "-1", "+1", "2,5", "2.555", "1e1", "٢",
        ] {
            assert_eq!(percent(text), None, "{text}");
        }
        assert_eq!(show_percent(305), "3.05");
    }

    proptest! {
        #[test]
        fn any_text_becomes_safe(text in "\\PC{0,60}|.{0,60}") {
            prop_assert!(line(&text, 20).chars().count() <= 20);
            prop_assert!(!line(&text, 20).chars().any(is_unsafe));
            let slug = slug(&text);
            prop_assert!(slug.len() <= 40 && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            let _ = (percent(&text), spaced(&text), key(&text), number_key(&text));
        }
    }
}
