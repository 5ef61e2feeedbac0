//! Load a skill, grant a folder to read and one to write, invoke, approve in code.
//!
//! `cargo run -p guildhall-host --example embed -- SKILL.wasm OPERATION INPUT-JSON READ=DIR WRITE=DIR`
use guildhall_host::{Card, Decision, FileGrant, Grants, Host, Invocation};
use guildhall_package::authority::Access;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, skill, operation, input, read, write] = args.as_slice() else {
        return Err("usage: embed SKILL.wasm OPERATION INPUT-JSON NAME=DIR NAME=DIR".into());
    };
    let host = Host::builder().build().await?;
    let skill = host.load(&std::fs::read(skill)?).await?;
    let (read, write) = (folder(read, Access::Read)?, folder(write, Access::Write)?);
    let grants = Grants::none().file(read).file(write);
    let invocation = Invocation::new(operation, serde_json::from_str(input)?)
        .grants(grants)
        .approver(|card: &Card| match card.effects.len() {
            0..=10 => Decision::Approve,
            _ => Decision::Later,
        });
    let outcome = host.invoke(&skill, invocation).await?;
    serde_json::to_writer_pretty(std::io::stdout(), &outcome)?;
    host.shutdown().await;
    Ok(())
}

fn folder(text: &str, access: Access) -> Result<FileGrant, Box<dyn Error>> {
    let (name, path) = text.split_once('=').ok_or("NAME=DIR")?;
    let (name, path) = (name.parse()?, std::path::absolute(path)?);
    Ok(FileGrant {
        name,
        path,
        access,
        is_folder: true,
    })
}
