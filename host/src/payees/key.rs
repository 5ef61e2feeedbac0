//! The payment key: one document of one payee is paid once.

use super::names::{clean, fold};
use guildhall_package::Digest;
use guildhall_package::text::{is_unsafe, plain};

/// Names what is hashed, so that no other digest of the house can be a payment key.
const DOMAIN: &[u8] = b"guildhall payment key 1\0";
/// Normalising a text twice gives what it gave once, after at most so many rounds.
const ROUNDS: usize = 4;

/// Why a payment has no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// An account scheme whose accounts can't be compared. The scheme, made plain.
    #[error("accounts of the scheme `{0}` can't be paid; use `iban` or `book`")]
    Scheme(String),
    /// The account has no visible character.
    #[error("the payee account is empty; name the account to pay to")]
    Account,
    /// The document reference has no visible character.
    #[error(
        "the document reference is empty; name what is paid, for example the invoice number, so that it is paid once"
    )]
    Document,
}

/// The key of a payment: equal for two orders that would pay the same document to the same account, however
/// account and document are spelled.
///
/// # Errors
/// Unknown scheme; account or document with nothing to read in it.
pub fn payment_key(scheme: &str, account: &str, document: &str) -> Result<Digest, KeyError> {
    if !matches!(scheme, "iban" | "book") {
        return Err(KeyError::Scheme(plain(scheme, 20)));
    }
    let account = normal_account(scheme, account);
    if account.is_empty() {
        return Err(KeyError::Account);
    }
    let document = normal_document(document);
    if document.is_empty() {
        return Err(KeyError::Document);
    }
    let mut bytes = DOMAIN.to_vec();
    for part in [scheme, &account, &document] {
        // With its length before it, no part can be shifted into its neighbour.
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Ok(Digest::of(&bytes))
}

/// One spelling of an account: without spaces and invisible characters; an IBAN in capitals, a book account in small
/// letters, anything else as it is.
#[must_use]
pub fn normal_account(scheme: &str, account: &str) -> String {
    settled(account, |text| {
        let dense: String = clean(text).split_whitespace().collect();
        match scheme {
            "iban" => dense.to_ascii_uppercase(),
            "book" => dense.to_ascii_lowercase(),
            _ => dense,
        }
    })
}

/// One spelling of a document reference: case-folded, compatibility form, without spaces and invisible characters;
/// all dashes are `-`. Other punctuation is kept: `2024/1` is not `2024-1`.
#[must_use]
pub fn normal_document(document: &str) -> String {
    settled(document, |text| {
        fold(&clean(text))
            .chars()
            .filter(|c| !c.is_whitespace() && !is_unsafe(*c))
            .map(|c| match c {
                '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => '-',
                other => other,
            })
            .collect()
    })
}

/// Repeats `round` until it changes nothing more: what it takes out can bring letters together that belong together.
fn settled(text: &str, round: impl Fn(&str) -> String) -> String {
    let mut text = round(text);
    for _ in 1..ROUNDS {
        let next = round(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}
