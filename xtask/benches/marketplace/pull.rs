//! Blobs, manifests and tiles, against servers that do nothing else.

use crate::load::{Asked, CONNECTIONS, in_turns};
use crate::peers::Peer;
use crate::publish::Author;
use crate::table::{Line, Table};
use guildhall_package::Digest;
use guildhall_tests::wire::get;

const BLOB: usize = 200_000;
const ACCEPT: &str = "Accept: application/vnd.oci.image.manifest.v1+json";
const REPOSITORY: &str = "acme/shop";

/// Serves what a pull and a client of the log ask for. `parts`: blob, manifest, tiles.
pub fn pull(table: &mut Table, [blob, manifest, tiles]: [bool; 3]) {
    let author = Author::new();
    let component = author.publish("acme/shop", "1.0.0", BLOB);
    let address = author.market.address().to_owned();
    let ours = |path: &str| {
        let url = format!("http://{address}{path}");
        (url, get(&address, path).body)
    };
    let nginx = Peer::nginx();
    if blob {
        let digest = Digest::of(&component);
        let (url, bytes) = ours(&format!("/v2/{REPOSITORY}/blobs/{digest}"));
        assert_eq!(bytes, component, "the blob is served");
        let theirs = nginx.holds("blob", &bytes);
        let rates = in_turns(&[Asked::plain(theirs), Asked::plain(url)]);
        table.section(
            &format!(
                "A blob of {} kB, {CONNECTIONS} connections",
                bytes.len() / 1_000
            ),
            vec![
                Line::new("nginx, the same file", rates[0], "req/s"),
                Line::new("guildhall marketplace", rates[1], "req/s")
                    .against(rates[0], "at least 0.8"),
            ],
        );
    }
    if manifest {
        let path = format!("/v2/{REPOSITORY}/manifests/1.0.0");
        let (url, bytes) = ours(&path);
        let registry = Peer::registry();
        let config = serde_json::from_slice::<serde_json::Value>(&bytes).expect("a manifest");
        let config = config["config"]["digest"]
            .as_str()
            .expect("a config")
            .to_owned();
        let (_, config) = ours(&format!("/v2/{REPOSITORY}/blobs/{config}"));
        registry.push_blob(REPOSITORY, &config);
        registry.push_blob(REPOSITORY, &component);
        registry.push_manifest(REPOSITORY, "1.0.0", &bytes);
        let asked = |url: String| Asked {
            url,
            header: Some(ACCEPT),
        };
        let theirs = format!("http://{}{path}", registry.address);
        let rates = in_turns(&[asked(theirs), asked(url)]);
        table.section(
            &format!("A manifest by its tag, {CONNECTIONS} connections"),
            vec![
                Line::new("docker-registry (Debian)", rates[0], "req/s"),
                Line::new("guildhall marketplace", rates[1], "req/s")
                    .against(rates[0], "at least 15"),
            ],
        );
    }
    if tiles {
        let note = get(&address, "/checkpoint").text();
        let size = note.lines().nth(1).expect("a size").to_owned();
        let mut lines = Vec::new();
        for (what, path) in [
            ("checkpoint", "/checkpoint".to_owned()),
            ("tile of hashes", format!("/tile/0/000.p/{size}")),
            ("bundle of entries", format!("/tile/entries/000.p/{size}")),
        ] {
            let (url, bytes) = ours(&path);
            let theirs = nginx.holds(path.trim_start_matches('/'), &bytes);
            let rates = in_turns(&[Asked::plain(theirs), Asked::plain(url)]);
            let title = format!("{what}, {} bytes", bytes.len());
            lines.push(Line::new(format!("{title}: nginx"), rates[0], "req/s"));
            lines.push(
                Line::new(format!("{title}: guildhall marketplace"), rates[1], "req/s")
                    .against(rates[0], "at least 0.5"),
            );
        }
        table.section(
            &format!("Files of the log, {CONNECTIONS} connections"),
            lines,
        );
    }
}
