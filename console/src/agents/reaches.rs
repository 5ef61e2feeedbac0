//! What an agent reaches, in words for the person who granted it.

use guildhall_host::{FileGrant, Grants};
use guildhall_package::Access;
use guildhall_package::text::plain;

/// Longest line in characters.
const MAX: usize = 300;

/// One line for each grant. Nothing was granted: no line.
#[must_use]
pub fn words(grants: &Grants) -> Vec<String> {
    let files = grants.files.iter().map(file);
    let network = grants
        .network
        .iter()
        .map(|grant| format!("Requests {grant}"));
    let payments = grants
        .payments
        .iter()
        .map(|grant| format!("Proposes payments up to {grant}"));
    let messages = grants.messages.iter().map(|grant| match &grant.recipient {
        Some(recipient) => format!("Proposes messages by {} to {recipient}", grant.channel),
        None => format!("Proposes messages by {}, to anybody", grant.channel),
    });
    let secrets = grants
        .secrets
        .iter()
        .map(|name| format!("Uses the secret {name} without seeing it"));
    files
        .chain(network)
        .chain(payments)
        .chain(messages)
        .chain(secrets)
        .map(|line| plain(&line, MAX))
        .collect()
}

fn file(grant: &FileGrant) -> String {
    let what = match (grant.access, grant.is_folder) {
        (Access::Read, true) => "Reads the folder",
        (Access::Read, false) => "Reads the file",
        (Access::Write, true) => "Proposes changes in the folder",
        (Access::Write, false) => "Proposes changes of the file",
        (Access::ReadWrite, true) => "Reads, and proposes changes in, the folder",
        (Access::ReadWrite, false) => "Reads, and proposes changes of, the file",
    };
    format!("{what} {} ({})", grant.path.display(), grant.name)
}
