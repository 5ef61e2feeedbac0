//! Documents as they come in: a folder of files, each read and checked.

use guildhall_answer::Source;
use guildhall_invoice::{Document, Finding, RULES, check_against_today, parse_date};
use guildhall_sdk::files::Entry;
use guildhall_sdk::{Date, files, log};

/// Every `.xml` file below a folder, by path.
///
/// # Errors
/// A sentence: the host's refusal, or that there are more than `most`, where `done` says what is done with them: `checked`.
pub fn xml_files(folder: &str, most: usize, done: &str) -> Result<Vec<Entry>, String> {
    let mut entries = files::list_recursive(folder).map_err(|refusal| refusal.to_string())?;
    entries.retain(|entry| entry.path.to_ascii_lowercase().ends_with(".xml"));
    match entries.len() {
        count if count > most => Err(format!(
            "The folder has {count} files; at most {most} are {done} at once. Pass a folder inside it."
        )),
        _ => Ok(entries),
    }
}

/// Reads a file that may be an invoice or credit note.
///
/// # Errors
/// A sentence for a person; it is noted in the log, too.
pub fn read(path: &str, bytes: &[u8]) -> Result<Document, String> {
    guildhall_invoice::read(bytes).map_err(|error| {
        log::info!("{path}: {error}");
        format!("This is no invoice that can be read: {error}.")
    })
}

/// Everything that is wrong with a document as of a day.
pub fn check(document: &Document, today: Date) -> Vec<Finding> {
    match parse_date(&today.to_string()) {
        Some(today) => check_against_today(document, today),
        None => guildhall_invoice::check(document),
    }
}

/// What a check rests on: the documents, and the rules they are judged by.
pub fn sources(documents: Source) -> Vec<Source> {
    let rules = RULES.map(|(name, date, licence)| Source::new(name, date, licence));
    std::iter::once(documents).chain(rules).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use guildhall_sdk::testing::FakeHost;

    use super::*;

    #[test]
    fn the_files_of_a_folder_are_found_by_their_ending_and_counted() {
        let _host = FakeHost::new()
            .file("in/b.XML", "")
            .file("in/a/c.xml", "")
            .file("in/d.txt", "");
        let paths = |most| -> Result<Vec<String>, String> {
            let entries = xml_files("in", most, "checked")?;
            Ok(entries.into_iter().map(|entry| entry.path).collect())
        };
        assert_eq!(paths(2).unwrap(), ["in/a/c.xml", "in/b.XML"]);
        assert!(
            paths(1)
                .unwrap_err()
                .contains("has 2 files; at most 1 are checked")
        );
        assert!(xml_files("other", 9, "checked").is_err());
    }

    #[test]
    fn what_is_no_invoice_is_said_in_a_sentence_and_noted() {
        let host = FakeHost::new();
        let error = read("in/a.xml", b"no invoice").unwrap_err();
        assert!(
            error.starts_with("This is no invoice that can be read: ") && error.ends_with('.'),
            "{error}"
        );
        assert_eq!(host.log().len(), 1);
    }
}
