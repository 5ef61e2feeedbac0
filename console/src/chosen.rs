//! What the merchant set for a skill. Every run reads it here, whichever door it comes through.

use std::collections::BTreeMap;

use guildhall_host::{HostError, JournalError, Skill};

use crate::store::{Store, StoreError, skill_settings};

/// Settings of skills, as they were saved in the console. Cheap to clone.
#[derive(Clone)]
pub struct Chosen(Store);

impl Chosen {
    /// In the console's own database.
    #[must_use]
    pub const fn of_store(store: Store) -> Self {
        Self(store)
    }

    /// What is set for a skill, of the settings that this release of it has.
    ///
    /// # Errors
    /// If the database can't be read: a run with other settings than the merchant's is no run of theirs.
    pub async fn of(&self, skill: &Skill) -> Result<BTreeMap<String, String>, HostError> {
        let declared = skill
            .package()
            .manifest
            .as_ref()
            .map(|manifest| &manifest.settings)
            .filter(|settings| !settings.is_empty());
        // Most skills have none: their calls ask nobody.
        let (Some(declared), Some(name)) = (declared, &skill.identity().name) else {
            return Ok(BTreeMap::new());
        };
        let mut values = read(&self.0, name).await.map_err(|error| {
            HostError::Journal(JournalError::Database(format!(
                "the settings of skills: {error}"
            )))
        })?;
        values.retain(|name, _| declared.contains_key(name));
        Ok(values)
    }
}

async fn read(store: &Store, skill: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let mut db = store.read().await?;
    skill_settings::of(&mut db, skill).await
}
