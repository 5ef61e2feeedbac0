//! Runs that don't keep what they were told, killed or robbed of their key: nothing of it is on the disk.

use crate::retention::World;
use guildhall_tests::settings::{letter, order};
use guildhall_tests::{Peer, Ran, Reply, json};
use std::fs;
use std::path::PathBuf;

/// A world in which one far side does not answer for a while, and markers for a run that talks to it.
fn silent_shop(world: &mut World, retention: &str) -> (Peer, guildhall_tests::Running) {
    let silent = Peer::tls(&["slow.test"], |_| Reply::Silence);
    let input = json!({
        "method": "POST", "url": format!("https://slow.test/{}", world.mark("url path")), "headers": [],
        "body": world.mark("request body"),
    });
    let running = world
        .run(retention, "fetch", &input)
        .allow("POST https://slow.test/**")
        .peer("slow.test:443", &silent)
        .start();
    silent.wait_for(1);
    (silent, running)
}

#[test]
fn a_run_that_was_killed_while_it_waited_for_an_answer_leaves_nothing() {
    for retention in ["none", "hashes"] {
        let mut world = World::new();
        let (_silent, running) = silent_shop(&mut world, retention);
        world.keeps_nothing(&format!("{retention}: at work"));
        let _ = running.kill();
        world.keeps_nothing(&format!("{retention}: killed"));
        assert_eq!(world.home.newest()["status"], "unknown");
        world.keeps_nothing(&format!("{retention}: found by the next command"));
        world.home.serves_the_next_run();
    }
}

#[test]
fn a_run_that_was_killed_while_it_was_being_done_leaves_nothing() {
    for retention in ["none", "hashes"] {
        let mut world = World::new();
        let hook = Peer::tls(&["books.test"], |_| Reply::Silence);
        world.home.reaches(&[("books.test:443", hook.address())]);
        let document = world.mark("document");
        world.home.put("inbox/order.txt", document);
        let (path, recipient, body) = (
            world.mark("new path"),
            world.mark("recipient"),
            world.mark("message body"),
        );
        let mut order = order("");
        order["name"] = world.mark("payee name").into();
        let input = json!({
            "source": "inbox/order.txt", "order": order, "target": format!("out/{path}.txt"),
            "note": letter("books", &recipient, &body),
        });
        let running = world
            .run(retention, "pay-write-and-tell", &input)
            .approve("all")
            .start();
        hook.wait_for(1);
        // The file is written, the money is paid, the message is on its way.
        assert!(world.home.text(&format!("out/{path}.txt")).is_some());
        world.keeps_nothing(&format!("{retention}: being done"));
        let _ = running.kill();
        world.keeps_nothing(&format!("{retention}: killed"));
        drop(hook);
        let hook = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
        world.home.reaches(&[("books.test:443", hook.address())]);
        let newest = world.home.newest();
        world.keeps_nothing(&format!("{retention}: found by the next command"));
        match retention {
            // Its key has gone with its process, so nobody can say what the message was.
            "none" => {
                assert_eq!(newest["status"], "unknown", "{newest:#}");
                hook.saw_nothing();
            }
            // Its key is in a file, so it is finished; then the file goes.
            _ => {
                world.home.wait_for("committed");
                assert_eq!(hook.connections(), 1);
                assert_eq!(world.run_keys(), Vec::<PathBuf>::new());
                world.keeps_nothing("hashes: finished");
            }
        }
        assert_eq!(
            world.home.available("supplier"),
            1_500,
            "{retention}: paid once"
        );
        let _ = world.home.guildhall(["audit", "verify"]).exits(0);
        world.home.serves_the_next_run();
    }
}

#[test]
fn without_its_key_a_run_that_waits_with_hashes_is_not_performed() {
    let mut world = World::new();
    let (path, text) = (world.mark("new path"), world.mark("new content"));
    let input = json!({ "path": format!("out/{path}.txt"), "text": text });
    let id = world
        .run("hashes", "write", &input)
        .go()
        .exits(3)
        .invocation();
    for key in world.run_keys() {
        fs::remove_file(key).unwrap();
    }
    let ran: Ran = world
        .home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(world.home.text(&format!("out/{path}.txt")), None);
    world.keeps_nothing("without its key");
    world.home.serves_the_next_run();
}
