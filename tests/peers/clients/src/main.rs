//! Pulls from a registry over plain HTTP with two clients that others wrote, and says what they found.
//!
//!     guildhall-peer-clients oci REGISTRY REPOSITORY REFERENCE FOLDER
//!     guildhall-peer-clients wasm-pkg REGISTRY NAMESPACE:NAME VERSION FOLDER
//!
//! What was pulled is put into FOLDER, one JSON object on standard output. Exit 1: the client refused, standard error says why.

mod oci;
mod wasm_pkg;

use std::path::Path;
use std::process::ExitCode;

pub type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["oci", registry, repository, reference, folder] => {
            oci::pull(registry, repository, reference, Path::new(folder)).await
        }
        ["wasm-pkg", registry, package, version, folder] => {
            wasm_pkg::pull(registry, package, version, Path::new(folder)).await
        }
        _ => {
            eprintln!("used wrongly: {args:?}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error} ({error:?})");
            ExitCode::from(1)
        }
    }
}
