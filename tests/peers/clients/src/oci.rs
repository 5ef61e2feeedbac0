//! `oci-client`: manifest, config and layer, a part of the layer, tags, and what is attached.

use crate::Failed;
use futures_util::TryStreamExt;
use oci_client::client::{BlobResponse, ClientConfig, ClientProtocol};
use oci_client::manifest::{OciImageManifest, OciManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde_json::{Value, json};
use std::path::Path;

/// Where the part of the layer begins that is pulled once more by itself.
const PART: u64 = 1_000;

pub async fn pull(
    registry: &str,
    repository: &str,
    reference: &str,
    folder: &Path,
) -> Result<Value, Failed> {
    let client = Client::new(ClientConfig {
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    });
    let (registry, repository) = (registry.to_owned(), repository.to_owned());
    let image = if reference.contains(':') {
        Reference::with_digest(registry.clone(), repository.clone(), reference.to_owned())
    } else {
        Reference::with_tag(registry.clone(), repository.clone(), reference.to_owned())
    };
    let head = client
        .fetch_manifest_digest(&image, &RegistryAuth::Anonymous)
        .await?;
    let (raw, _) = client
        .pull_manifest_raw(
            &image,
            &RegistryAuth::Anonymous,
            &["application/vnd.oci.image.manifest.v1+json"],
        )
        .await?;
    std::fs::write(folder.join("manifest.json"), &raw)?;
    let (manifest, digest, config) = client
        .pull_manifest_and_config(&image, &RegistryAuth::Anonymous)
        .await?;
    std::fs::write(folder.join("config.json"), config)?;
    let layer = manifest.layers.first().ok_or("no layer")?;
    let mut component = Vec::new();
    client.pull_blob(&image, layer, &mut component).await?;
    std::fs::write(folder.join("component.wasm"), &component)?;
    let BlobResponse::Partial(part) = client
        .pull_blob_stream_partial(&image, layer, PART, None)
        .await?
    else {
        return Err("the registry does not serve a part of a blob".into());
    };
    let part: Vec<u8> = part.stream.try_fold(Vec::new(), append).await?;
    std::fs::write(folder.join("part.wasm"), part)?;
    let tags = client
        .list_tags(&image, &RegistryAuth::Anonymous, None, None)
        .await?;
    let release = Reference::with_digest(registry, repository, digest.clone());
    let mut attached = Vec::new();
    for descriptor in client.pull_referrers(&release, None).await?.manifests {
        attached.push(referrer(&client, &release, &descriptor.digest).await?);
    }
    Ok(json!({
        "digest": digest,
        "head": head,
        "layer": layer.digest,
        "media_type": layer.media_type,
        "tags": tags.tags,
        "attached": attached,
        "part": PART,
    }))
}

/// One manifest that is attached, and the digest of what it carries; the client checks both.
async fn referrer(client: &Client, release: &Reference, digest: &str) -> Result<Value, Failed> {
    let image = Reference::with_digest(
        release.registry().to_owned(),
        release.repository().to_owned(),
        digest.to_owned(),
    );
    let (manifest, digest) = client
        .pull_manifest(&image, &RegistryAuth::Anonymous)
        .await?;
    let OciManifest::Image(OciImageManifest {
        layers,
        subject,
        artifact_type,
        ..
    }) = manifest
    else {
        return Err("an index is attached".into());
    };
    let layer = layers.first().ok_or("nothing is attached")?;
    let mut bytes = Vec::new();
    client.pull_blob(&image, layer, &mut bytes).await?;
    Ok(json!({
        "digest": digest,
        "subject": subject.ok_or("no subject")?.digest,
        "type": artifact_type,
        "carries": layer.digest,
        "bytes": bytes.len(),
    }))
}

async fn append<E>(mut all: Vec<u8>, next: impl AsRef<[u8]>) -> Result<Vec<u8>, E> {
    all.extend_from_slice(next.as_ref());
    Ok(all)
}
