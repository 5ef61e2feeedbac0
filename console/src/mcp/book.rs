//! Names of tools that are written down, so that a name leads to one publisher's skill for as long as the console's database is
//! kept, whatever is installed and taken away meanwhile.

use super::names::Held;
use crate::store::{Store, StoreError, tool_names};
use guildhall_package::SkillName;
use guildhall_web::clock::Clock;

/// A name that was given just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The name.
    pub name: String,
    /// Whose it is from now on.
    pub skill: SkillName,
    /// Whether the merchant chose how it begins: then it may have been another's before.
    pub chosen: bool,
}

/// Where names are written down.
#[derive(Clone)]
pub struct Book {
    store: Store,
    clock: Clock,
}

impl Book {
    /// In the console's database.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            clock: Clock::default(),
        }
    }

    /// Every name that belongs to a skill.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn held(&self) -> Result<Held, StoreError> {
        let mut db = self.store.read().await?;
        let names = tool_names::all(&mut db).await?;
        names
            .into_iter()
            .map(|(name, skill)| match skill.parse() {
                Ok(skill) => Ok((name, skill)),
                Err(error) => Err(StoreError::Corrupt(format!("the tool {name}: {error}"))),
            })
            .collect()
    }

    /// Writes down what was given. Of two processes that give one name, the first is right.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn write(&self, given: &[Given]) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        for one in given {
            let how = (one.chosen, self.clock.now());
            tool_names::give(tx.connection(), &one.name, &one.skill.to_string(), how).await?;
        }
        tx.commit().await
    }
}
