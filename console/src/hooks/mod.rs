//! Programs elsewhere that are told what happened here: signed after Standard Webhooks, sent until they are taken, each event
//! once. They are told identifiers and links, and nothing of what a run was given, did or pays.

pub mod event;
pub mod outbox;
pub mod pace;
pub mod secret;
pub mod sender;

use guildhall_web::error::{ApiError, invalid, refuse};

use crate::app::App;
use crate::store::hooks::{self, Hook};

/// Hooks that a console may have.
pub const MOST: usize = 20;
/// Longest address in bytes.
const MAX_URL: usize = 500;

/// Adds a hook. Its secret is told once, by whoever asks [`secret::of`].
///
/// # Errors
/// A refusal of an address that can't be used; the database's error.
pub async fn add(app: &App, url: &str) -> Result<Hook, ApiError> {
    let url = url.trim();
    if url.len() > MAX_URL || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("url", "write an address like https://example.com/hook"));
    }
    app.courier.check(url).map_err(|why| invalid("url", why))?;
    let hook = Hook::new(url, app.clock.now());
    let mut tx = app.store.write().await?;
    if hooks::all(tx.connection()).await?.len() >= MOST {
        return Err(refuse(
            axum::http::StatusCode::CONFLICT,
            "hooks.many",
            format!("there are {MOST} webhooks already"),
            "remove one that is not used any more",
        ));
    }
    hooks::insert(tx.connection(), &hook).await?;
    tx.commit().await?;
    Ok(hook)
}
