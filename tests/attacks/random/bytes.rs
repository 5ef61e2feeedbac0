//! One changed byte, anywhere, in each kind of file that the host keeps or hands out.

use super::place;
use crate::receipts::{Proven, fails, files_below};
use guildhall_tests::{Attack, Seed, json};
use std::fs;
use std::path::PathBuf;

/// The same bytes with one of them changed, removed, repeated, or with the tail cut off.
fn changed(seed: &mut Seed, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let at = place(seed, bytes.len());
    match seed.below(6) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, good[at]),
        2 => bytes.truncate(at),
        _ => bytes[at] ^= 1 << seed.below(8),
    }
    bytes
}

#[test]
fn a_byte_that_was_changed_anywhere_in_a_file_of_the_host_is_found() {
    let mut attack = Attack::new("bytes", 12);
    let proven = Proven::new();
    let home = &proven.home;
    let state = home.home().join("state");
    let one = |folder: &str| -> PathBuf { files_below(&state.join(folder)).remove(0) };
    let (compiled, component) = (one("compiled"), one("components"));
    let read = |path: &PathBuf| fs::read(path).unwrap();
    let (receipt, head) = (
        home.path().join("receipt.json"),
        home.path().join("head.json"),
    );
    let (good_receipt, good_head) = (read(&receipt), read(&head));
    let (good_code, good_component) = (read(&compiled), read(&component));
    while attack.goes_on() {
        let bad = changed(&mut attack.seed, &good_receipt);
        if bad != good_receipt {
            fs::write(&receipt, &bad).unwrap();
            let ran = proven.verify(&[]);
            if ran.code == Some(5) {
                attack.denied("a receipt");
                let _ = fails(ran);
            } else {
                attack.escaped(format!(
                    "{}\n{}",
                    String::from_utf8_lossy(&bad),
                    ran.shown()
                ));
            }
            fs::write(&receipt, &good_receipt).unwrap();
        }
        let bad = changed(&mut attack.seed, &good_head);
        if bad != good_head {
            fs::write(&head, &bad).unwrap();
            let ran = proven.audit(&["--head", "head.json"]);
            if ran.code == Some(5) {
                attack.denied("a head of the audit log");
            } else {
                attack.escaped(format!(
                    "{}\n{}",
                    String::from_utf8_lossy(&bad),
                    ran.shown()
                ));
            }
            fs::write(&head, &good_head).unwrap();
        }
        // Compiled code is never used as it lies: it is made again, and the answer is the right one.
        let bad = changed(&mut attack.seed, &good_code);
        if bad != good_code {
            fs::write(&compiled, &bad).unwrap();
            let ran = home.prober("recurse").input(json!({ "depth": 3 })).go();
            if ran.code == Some(0) && ran.output() == 6 && read(&compiled) != bad {
                attack.denied("compiled code");
            } else {
                attack.escaped(format!("compiled code was used as it lay\n{}", ran.shown()));
            }
            fs::write(&compiled, &good_code).unwrap();
        }
        // A replay runs the component that ran, or none.
        let bad = changed(&mut attack.seed, &good_component);
        if bad != good_component {
            fs::write(&component, &bad).unwrap();
            let ran = proven.verify(&["--replay"]);
            if ran.code == Some(5) {
                attack.denied("a component");
            } else {
                attack.escaped(format!("another component was replayed\n{}", ran.shown()));
            }
            fs::write(&component, &good_component).unwrap();
        }
    }
    let _ = proven.verify(&["--replay"]).exits(0);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    home.serves_the_next_run();
    attack.ends();
}
