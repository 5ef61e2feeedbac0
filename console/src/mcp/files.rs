//! Files that were granted to an agent, as resources: `guildhall://files/NAME/PATH`.
//!
//! The host's own code for granted folders lists and reads them, by the rules that hold for runs; here are only their addresses.

use crate::agents::{Agent, AgentHost};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_host::{Entry, EntryKind, GrantedFiles, Refusal, RefusalKind};
use guildhall_package::text::plain;
use rmcp::ErrorData;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use serde_json::json;
use url::Url;

/// Resources listed at most: who needs more reads them by their address.
const MAX_LISTED: usize = 1_000;
/// Folders opened for one listing at most.
const MAX_FOLDERS: usize = 200;
/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;
/// Beginning of every address.
const BASE: &str = "guildhall://files/";

/// All files that the agent was granted for reading, as far as there is room.
///
/// # Errors
/// If a grant can't be opened.
pub async fn list(host: &AgentHost, agent: &Agent) -> Result<Vec<Resource>, ErrorData> {
    with_files(host, agent, |files| Ok(walk(&files))).await
}

/// One file.
///
/// # Errors
/// If there is no such file among what was granted, or it can't be read.
pub async fn read(
    host: &AgentHost,
    agent: &Agent,
    uri: &str,
) -> Result<ResourceContents, ErrorData> {
    let Some(path) = path_of(uri) else {
        return Err(not_found(uri));
    };
    let address = uri.to_owned();
    with_files(host, agent, move |mut files| {
        files
            .read(&path)
            .map(|bytes| contents(&address, &path, &bytes))
            .map_err(|refusal| problem(&address, &refusal))
    })
    .await
}

/// What an address looks like.
#[must_use]
pub fn template() -> ResourceTemplate {
    ResourceTemplate::new(format!("{BASE}{{name}}/{{+path}}"), "granted files").with_description(
        "A file that was granted for reading, by the name of the grant and its path in it.",
    )
}

async fn with_files<T: Send + 'static>(
    host: &AgentHost,
    agent: &Agent,
    work: impl FnOnce(GrantedFiles) -> Result<T, ErrorData> + Send + 'static,
) -> Result<T, ErrorData> {
    let (host, agent) = (host.clone(), agent.clone());
    let done = tokio::task::spawn_blocking(move || {
        let files = host
            .files(&agent, MAX_FILE)
            .map_err(|refusal| ErrorData::internal_error(words(&refusal), None))?;
        work(files)
    });
    done.await
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?
}

/// Breadth first, so that what lies near comes before what lies deep.
fn walk(files: &GrantedFiles) -> Vec<Resource> {
    let mut found = Vec::new();
    let mut folders: std::collections::VecDeque<String> = files.names().into();
    let mut opened = 0;
    while let Some(folder) = folders.pop_front() {
        opened += 1;
        if opened > MAX_FOLDERS {
            break;
        }
        let entries = match files.list(&folder) {
            Ok(entries) => entries,
            Err(refusal) if refusal.rule == "files.not-a-folder" => {
                // One file was granted.
                found.extend(resource(&folder, None));
                continue;
            }
            // Granted for writing only, or gone: nothing to be read.
            Err(_) => continue,
        };
        for entry in entries {
            if found.len() >= MAX_LISTED {
                return found;
            }
            match entry.kind {
                EntryKind::File => found.extend(resource(&entry.path, Some(&entry))),
                EntryKind::Folder => folders.push_back(entry.path),
            }
        }
    }
    found
}

fn resource(path: &str, entry: Option<&Entry>) -> Option<Resource> {
    let resource = Resource::new(uri_of(path)?, plain(path, 1_000)).with_mime_type(mime(path));
    Some(match entry {
        Some(entry) => resource.with_size(entry.size),
        None => resource,
    })
}

fn contents(uri: &str, path: &str, bytes: &[u8]) -> ResourceContents {
    match std::str::from_utf8(bytes) {
        Ok(text) => ResourceContents::text(text, uri),
        Err(_) => ResourceContents::blob(STANDARD.encode(bytes), uri),
    }
    .with_mime_type(mime(path))
}

/// The address of a path.
fn uri_of(path: &str) -> Option<String> {
    // By hand: what reads addresses for browsers takes tabs and line ends out of them.
    let mut uri = BASE.trim_end_matches('/').to_owned();
    for segment in path.split('/') {
        uri.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    Url::parse(&uri).is_ok().then_some(uri)
}

/// The path of an address; none if it is none of ours. What is in the path is for the host to judge.
fn path_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let ours = url.scheme() == "guildhall"
        && url.host_str() == Some("files")
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !ours {
        return None;
    }
    let path = decoded(url.path().strip_prefix('/')?)?;
    (!path.is_empty()).then_some(path)
}

/// Undoes `%41`. None for what is no such code, or no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn mime(path: &str) -> &'static str {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("xml") => "application/xml",
        Some("pdf") => "application/pdf",
        Some("html" | "htm") => "text/html",
        Some("md") => "text/markdown",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("txt" | "log" | "toml" | "yaml" | "yml") => "text/plain",
        _ => "application/octet-stream",
    }
}

fn not_found(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(
        "there is no such file among what was granted",
        Some(json!({ "uri": plain(uri, 1_000) })),
    )
}

/// What is not there and what is not granted look the same.
fn problem(uri: &str, refusal: &Refusal) -> ErrorData {
    match refusal.kind {
        RefusalKind::Unavailable | RefusalKind::Failed | RefusalKind::LimitReached => {
            ErrorData::internal_error(words(refusal), None)
        }
        _ => not_found(uri),
    }
}

fn words(refusal: &Refusal) -> String {
    plain(&refusal.to_string(), 1_000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_our_own_addresses_are_paths() {
        assert_eq!(path_of("guildhall://files/in/a.csv").unwrap(), "in/a.csv");
        assert_eq!(
            path_of("guildhall://files/in/a%20b/%C3%A4.csv").unwrap(),
            "in/a b/ä.csv"
        );
        // Whatever it decodes to is judged by the host, as one path.
        assert_eq!(path_of("guildhall://files/in%2F..%2Fx").unwrap(), "in/../x");
        for other in [
            "file:///etc/passwd",
            "guildhall://secrets/x",
            "guildhall://files",
            "guildhall://files/",
            "guildhall://files:1/in/a",
            "guildhall://user@files/in/a",
            "guildhall://files/in/a?x",
            "guildhall://files/in/a#x",
            "guildhall://files/in/%zz",
            "guildhall://files/in/%+1",
            "guildhall://files/in/%ff",
            "guildhall:files/in/a",
            "in/a.csv",
        ] {
            assert_eq!(path_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn an_address_leads_back_to_its_path(path in "[a-z]{1,8}(/[^/\\x00]{1,12}){0,3}") {
            prop_assume!(!path.split('/').any(|segment| matches!(segment, "." | "..")));
            let uri = uri_of(&path).unwrap();
            prop_assert_eq!(path_of(&uri), Some(path));
        }

        #[test]
        fn no_address_panics(uri in ".{0,80}") {
            let _ = path_of(&uri);
            let _ = path_of(&format!("guildhall://files/{uri}"));
        }
    }
}
