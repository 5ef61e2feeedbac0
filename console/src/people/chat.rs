//! People who write from a chat that is bound to them: a code that was shown to them in a session came from there. What such a
//! person may decide there is for the chat's rules to say.

use super::{Person, PersonId};
use crate::app::App;
use crate::channels::Service;
use crate::store::{Db, StoreError, chat, people};

/// Whom a sender stands for, with the role as it is now. None: nobody, or somebody who was removed.
///
/// # Errors
/// [`StoreError`] of the database.
pub(crate) async fn bound(
    app: &App,
    service: Service,
    sender: &str,
) -> Result<Option<Person>, StoreError> {
    let mut db = app.store.read().await?;
    let Some(binding) = chat::bound(&mut db, service, sender).await? else {
        return Ok(None);
    };
    known(&mut db, &binding.person).await
}

/// Somebody who is bound, with the role as it is now. None: somebody who was removed.
///
/// # Errors
/// [`StoreError`] of the database.
pub(crate) async fn known(db: &mut Db, id: &PersonId) -> Result<Option<Person>, StoreError> {
    let row = people::get(db, id).await?;
    Ok(row.map(|row| Person::recognised(row.id, row.name, row.role)))
}
