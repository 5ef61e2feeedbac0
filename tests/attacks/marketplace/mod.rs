//! A marketplace, its log and its clients under attack, each through the real binaries.

mod asking;
mod killed;
mod logs;
mod promotion;
mod uploads;

use guildhall_tests::{Home, Value};

/// The token that a home is logged in with.
fn token(home: &Home) -> String {
    let places = home.home().join("marketplaces");
    let file = std::fs::read_dir(places)
        .unwrap()
        .flatten()
        .map(|entry| entry.path().join("token"))
        .find(|file| file.is_file())
        .unwrap();
    let who: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    who["token"].as_str().unwrap().to_owned()
}
