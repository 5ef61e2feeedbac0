//! `wasm-pkg-client`, which `wkg` is made of: versions, one release, its content. It learns from the registry's own
//! `/.well-known/wasm-pkg/registry.json` how packages are pulled; it is only told that there is no TLS.

use crate::Failed;
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use std::path::Path;
use wasm_pkg_client::{Client, Config, PackageRef, Version};

pub async fn pull(
    registry: &str,
    package: &str,
    version: &str,
    folder: &Path,
) -> Result<Value, Failed> {
    let config = Config::from_toml(&format!(
        "default_registry = \"{registry}\"\n[registry.\"{registry}\".oci]\nprotocol = \"http\"\n"
    ))?;
    let client = Client::new(config);
    let package: PackageRef = package.parse()?;
    let version: Version = version.parse()?;
    let mut versions: Vec<String> = client
        .list_all_versions(&package)
        .await?
        .into_iter()
        .map(|info| info.version.to_string())
        .collect();
    versions.sort();
    let release = client.get_release(&package, &version).await?;
    let content = client.stream_content(&package, &release).await?;
    let component: Vec<u8> = content
        .try_fold(Vec::new(), async |mut all, next| {
            all.extend_from_slice(&next);
            Ok(all)
        })
        .await?;
    std::fs::write(folder.join("component.wasm"), component)?;
    Ok(json!({
        "versions": versions,
        "version": release.version.to_string(),
        "content": release.content_digest.to_string(),
    }))
}
