//! Addresses of this machine and of private networks: a grant that names them is not enough.

use crate::fetch;
use guildhall_tests::{Home, Peer, Reply, Running};
use std::process::Command;

/// Tries a URL that is granted to the letter; the server on this machine must not see a connection.
#[track_caller]
fn is_not_dialled(url: &str, peer: Option<&Peer>) {
    let home = Home::new();
    let ran = fetch(&home, "GET", url).allow(format!("GET {url}")).go();
    ran.refused_by("network.address-not-public");
    if let Some(peer) = peer {
        peer.saw_nothing();
    }
    home.serves_the_next_run();
}

#[test]
fn a_server_on_this_machine_is_not_reached_by_any_of_its_names() {
    let peer = Peer::plain(|_| Reply::text("secret"));
    let port = peer.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "127.9.8.7",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:7f00:1]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        is_not_dialled(&format!("http://{host}:{port}/"), Some(&peer));
    }
}

#[test]
fn private_and_special_networks_are_not_reached() {
    for host in [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[::ffff:a9fe:a9fe]",
    ] {
        is_not_dialled(&format!("http://{host}/latest/meta-data/"), None);
    }
}

/// The same command with these lines as the names of its machine, in a mount namespace of its own.
fn with_names(home: &Home, command: &Command, names: &str) -> Command {
    let hosts = home.put("hosts", names);
    let mut inside = Command::new("unshare");
    inside
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg("mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"")
        .arg("sh")
        .arg(hosts)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        inside.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    inside
}

#[test]
fn a_name_with_a_public_and_a_private_address_is_not_dialled() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("secret"));
    let url = format!("http://mixed.test:{}/", peer.address().port());
    let answers = [
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "127.0.0.1"],
        ["93.184.215.14", "::1"],
        ["93.184.215.14", "10.0.0.1"],
        ["127.0.0.1", "::1"],
        ["64:ff9b::7f00:1", "::ffff:127.0.0.1"],
    ];
    for [one, other] in answers {
        let names = format!("{one} mixed.test\n{other} mixed.test\n");
        let ask = || {
            fetch(&home, "GET", &url)
                .allow(format!("GET {url}"))
                .command()
        };
        // Not every system lets a process have names of its own; where it does not, `host::` has the same attack with a
        // resolver of its own.
        let works = with_names(&home, &Command::new("true"), &names).output();
        if !works.is_ok_and(|output| output.status.success()) {
            println!("this system gives no names of one's own");
            return;
        }
        let ran = Running::start(with_names(&home, &ask(), &names)).wait();
        let refusal = ran.refused_by("network.address-not-public");
        assert!(
            refusal.message.contains("mixed.test"),
            "{}",
            refusal.message
        );
        peer.saw_nothing();
    }
    home.serves_the_next_run();
}

#[test]
fn a_peer_serves_its_own_host_and_port_and_no_other() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("yes"));
    let port = peer.address().port();
    let url = format!("http://127.0.0.1:{port}/");
    let ran = fetch(&home, "GET", &url)
        .allow(format!("GET {url}"))
        .peer("http://shop.test:80", &peer)
        .go();
    ran.refused_by("network.address-not-public");
    peer.saw_nothing();
}

#[test]
fn a_peer_is_no_grant() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("yes"));
    let ran = fetch(&home, "GET", "http://shop.test/")
        .peer("http://shop.test:80", &peer)
        .go();
    ran.refused_by("network.not-granted");
    peer.saw_nothing();
}

#[test]
fn a_peer_must_be_on_this_machine() {
    let home = Home::new();
    let ran = home
        .prober("granted")
        .arg("--peer")
        .arg("shop.test:443=10.0.0.1:443")
        .go();
    assert!(
        ran.error(2, "usage").contains("loopback"),
        "{}",
        ran.shown()
    );
}
