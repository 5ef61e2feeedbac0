use std::net::TcpListener;
use std::process::Command;

use super::server::Server;
use super::{egress_to, get, quick};

const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSLKEYLOGFILE",
];

/// Run by itself, and again by the next test in a process whose environment names a proxy.
#[tokio::test]
async fn a_request_goes_straight_to_its_host() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nstraight").await;
    let egress = egress_to(&server, &["api.example"], quick());
    assert_eq!(
        get(&egress, "http://api.example/").await.unwrap().body,
        "straight"
    );
    assert_eq!(server.asked()[0].line(), "GET / HTTP/1.1");
}

#[test]
fn a_proxy_in_the_environment_is_not_asked() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let here = module_path!().split_once("::").unwrap().1;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        &format!("{here}::a_request_goes_straight_to_its_host"),
    ]);
    for variable in VARIABLES {
        child.env(variable, &url);
    }
    child
        .env("SSLKEYLOGFILE", &keys)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert!(proxy.accept().is_err(), "the proxy was asked");
    assert!(!keys.exists());
}
