//! The documents of a folder.

use guildhall_invoice::{Document, Kind, ReadError, read};
use guildhall_sdk::{Refusal, files};

use crate::sums::{NotSummed, Reason};

/// Files that are summed at once. Each costs one host call, of which a run has 10,000 by default.
pub const MAX_FILES: usize = 5_000;

/// Why a folder gives no documents, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFolder {
    /// It is not granted, not there, or has too many files.
    NotReadable(String),
    /// There is no `.xml` file in it.
    Empty(String),
}

/// Hands out every `.xml` file below a folder, by path, read or with the reason why it could not be.
pub fn each_document(
    folder: &str,
    mut take: impl FnMut(String, Result<Document, NotSummed>),
) -> Result<(), NoFolder> {
    let not_readable = |refusal: Refusal| NoFolder::NotReadable(refusal.to_string());
    let mut entries = files::list_recursive(folder).map_err(not_readable)?;
    entries.retain(|entry| entry.path.to_ascii_lowercase().ends_with(".xml"));
    if entries.is_empty() {
        return Err(NoFolder::Empty(format!(
            "There is no .xml file in {folder}, so there is nothing to sum."
        )));
    }
    if entries.len() > MAX_FILES {
        return Err(NoFolder::NotReadable(format!(
            "The folder has {} files; at most {MAX_FILES} are summed at once. Pass a folder inside it.",
            entries.len()
        )));
    }
    for entry in entries {
        let document = match files::read(&entry.path) {
            Err(refusal) => Err((Reason::Refused, refusal.message)),
            Ok(bytes) => read(&bytes).map_err(|error| (Reason::Unreadable, sentence(&error))),
        };
        take(entry.path, document);
    }
    Ok(())
}

/// What makes two files one document: kind, seller and number. One key for each identifier of the seller; none if the document has
/// no number.
pub(crate) fn keys(document: &Document) -> Vec<(&'static str, String, String)> {
    let Some(number) = document.number_key() else {
        return Vec::new();
    };
    let key = |seller| (kind(document.kind), seller, number.clone());
    document.seller.keys().into_iter().map(key).collect()
}

/// `invoice` or `credit-note`.
pub fn kind(kind: Kind) -> &'static str {
    kind.as_str()
}

/// An error as a sentence of its own.
pub fn sentence(error: &ReadError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first
            .to_uppercase()
            .chain(characters)
            .chain(['.'])
            .collect(),
        None => text,
    }
}
