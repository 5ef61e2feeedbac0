//! Text that strangers wrote, made fit for what a person approves: one line of an order or a message, a name of a file.

/// One line without control and invisible characters, at most `max` characters long; what is cut off ends in `…`.
///
/// ```
/// assert_eq!(guildhall_sdk::text::line(" Nord\n\u{202e}licht  GmbH", 40), "Nord licht GmbH");
/// ```
pub fn line(text: &str, max: usize) -> String {
    let visible: String = text
        .chars()
        .map(|c| if is_hidden(c) { ' ' } else { c })
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

/// Whether a character cannot be seen, or turns around what can. Line breaks and joiners count: a text of one line in Latin letters
/// needs none.
///
/// ```
/// assert!(guildhall_sdk::text::is_hidden('\u{200b}') && !guildhall_sdk::text::is_hidden(' '));
/// ```
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Part of a file name: small letters, digits and single hyphens, at most 40 of them; empty where nothing of the text is left.
///
/// ```
/// assert_eq!(guildhall_sdk::text::file_name("Nordlicht Bürobedarf GmbH & Co. KG"), "nordlicht-buerobedarf-gmbh-co-kg");
/// ```
pub fn file_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => name.push(c),
            'ä' | 'Ä' | 'æ' | 'Æ' => name.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => name.push_str("oe"),
            'ü' | 'Ü' => name.push_str("ue"),
            'ß' | 'ẞ' => name.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'À' | 'Á' | 'Â' | 'Å' => name.push('a'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'È' | 'É' | 'Ê' => name.push('e'),
            'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => name.push('c'),
            'ñ' | 'ń' | 'Ñ' => name.push('n'),
            'ł' | 'Ł' => name.push('l'),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() >= 40 {
            break;
        }
    }
    name.truncate(40);
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
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
            file_name("Nordlicht Bürobedarf GmbH & Co. KG"),
            "nordlicht-buerobedarf-gmbh-co-kg"
        );
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("株式会社"), "");
    }

    proptest! {
        #[test]
        fn any_text_becomes_safe(text in "\\PC{0,60}|.{0,60}") {
            prop_assert!(line(&text, 20).chars().count() <= 20);
            prop_assert!(!line(&text, 20).chars().any(is_hidden));
            let name = file_name(&text);
            prop_assert!(name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }
    }
}
