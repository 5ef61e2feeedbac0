//! The few files of the pages.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use guildhall_web::assets::{Asset, Assets, BASE_STYLE, Kind};

/// The stylesheet: what all services share, what all pages of the console share, and a file for each room.
static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        Kind::Css,
        &[
            BASE_STYLE,
            include_str!("../../assets/console.css"),
            include_str!("../../assets/approvals.css"),
            include_str!("../../assets/money.css"),
            include_str!("../../assets/runs.css"),
            include_str!("../../assets/skills.css"),
        ],
    )
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(Kind::Svg, &[include_str!("../../assets/icon.svg")]));
/// Asks for a page again when something on it changed. No page needs it.
static LIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(Kind::Js, &[include_str!("../../assets/live.js")]));
/// Shows passkeys. The password does the same without it.
static PASSKEY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(Kind::Js, &[include_str!("../../assets/passkey.js")]));

static ALL: LazyLock<Assets> = LazyLock::new(|| {
    Assets::new(vec![
        STYLE.clone(),
        ICON.clone(),
        LIVE.clone(),
        PASSKEY.clone(),
    ])
});

/// Path of the stylesheet.
#[must_use]
pub fn style() -> &'static str {
    STYLE.path()
}

/// Path of the icon.
#[must_use]
pub fn icon() -> &'static str {
    ICON.path()
}

/// Path of the script.
#[must_use]
pub fn live() -> &'static str {
    LIVE.path()
}

/// Path of the script that shows passkeys.
#[must_use]
pub fn passkey() -> &'static str {
    PASSKEY.path()
}

/// A file.
pub async fn get(Path(name): Path<String>) -> Response {
    ALL.answer(&name)
}
