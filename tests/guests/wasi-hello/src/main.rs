//! A stranger's program: knows nothing of Guildhall, compiled for wasm32-wasip2.

use std::io::Read as _;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("arguments: {}", std::env::args().count());
    println!("environment: {}", std::env::vars().count());
    let mut input = String::new();
    let read = std::io::stdin().read_to_string(&mut input);
    println!("input: {read:?}");
    println!("folder: {}", std::fs::read_dir("/").is_ok());
    println!("write: {}", std::fs::write("out.txt", "x").is_ok());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|now| now.as_secs());
    println!("time: {}", now.unwrap_or_default() > 0);
    eprintln!("to the error output");
}
