//! Every skill that answers does so in the same words.
#![allow(clippy::unwrap_used)]

use std::path::Path;

const WORDS: &str = include_str!("../answer.wit");

#[test]
fn every_skill_says_how_far_it_can_be_trusted_in_the_same_words() {
    let skills = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for folder in std::fs::read_dir(skills).unwrap() {
        let world = folder.unwrap().path().join("wit/world.wit");
        let Ok(text) = std::fs::read_to_string(&world) else {
            continue;
        };
        if text.contains("enum status") || text.contains("record source") {
            assert!(
                text.contains(WORDS),
                "{} differs from answer.wit",
                world.display()
            );
        }
    }
}
