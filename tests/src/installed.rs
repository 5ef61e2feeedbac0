//! Skills that are installed without a marketplace: for tests of what comes after an installation.

use crate::home::Home;
use guildhall_host::Consent;
use guildhall_package::market::authority::Authority;
use guildhall_package::market::money::Price;
use guildhall_package::{Digest, SkillPackage};
use serde_json::json;

/// A component that can do nothing but compute, with the operation `go`, which answers 7.
///
/// # Panics
/// Never.
#[must_use]
pub fn seven(name: &str) -> Vec<u8> {
    let bytes = crate::component::around("(func (export \"go\") (result i64) (i64.const 7))");
    let manifest = format!(
        "name = \"{name}\"\nversion = \"1.0.0\"\ndescription = \"Knows a number.\"\nlicence = \"Apache-2.0\"\n"
    );
    crate::component::with_manifest(&bytes, &manifest)
}

impl Home {
    /// Leaves a component as an installation with full consent leaves it, for nothing.
    ///
    /// # Panics
    /// If it has no manifest, or there is no room for it.
    pub fn installs(&self, component: &[u8]) {
        let package = SkillPackage::read(component).expect("a component");
        let authority = Authority::of(&package);
        let consent = Consent {
            network: authority.network,
            files: authority
                .files
                .into_iter()
                .map(|folder| (folder.name, folder.access))
                .collect(),
            state: authority.state_bytes.is_some(),
            payees: authority.payees,
            channels: authority.channels,
        };
        self.installs_with(component, &consent);
    }

    /// The same with another consent.
    ///
    /// # Panics
    /// As [`Home::installs`].
    pub fn installs_with(&self, component: &[u8], consent: &Consent) {
        let package = SkillPackage::read(component).expect("a component");
        let manifest = package.manifest.expect("a manifest");
        let record = json!({
            "format": 1,
            "name": manifest.name,
            "version": manifest.version,
            "release": Digest::of(b"release"),
            "component": package.digest,
            "evidence": Digest::of(b"evidence"),
            "marketplace": "market.test",
            "key": "ed25519:test",
            "log-index": 1,
            "consent": consent,
            "installed-at-ms": 1_000,
            "changed-at-ms": 1_000,
            "price": Price::Free,
        });
        let folder = format!("home/installed/{}", manifest.name);
        self.put(
            &format!("{folder}/{}.wasm", package.digest.hex()),
            component,
        );
        // As an installation does it: the record comes last, and whole.
        let part = self.put(&format!("{folder}/record.part"), record.to_string());
        std::fs::rename(&part, part.with_file_name("record.json")).expect("a record");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(self.home(), private).expect("a private home");
    }

    /// Takes an installed skill away.
    ///
    /// # Panics
    /// If it is not there.
    pub fn takes_away(&self, name: &str) {
        let folder = self.home().join("installed").join(name);
        std::fs::remove_dir_all(folder).expect("an installed skill");
    }
}
