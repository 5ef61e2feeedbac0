//! The few files of the pages.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use guildhall_web::assets::{Asset, Assets, BASE_STYLE, Kind};

/// The stylesheet.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let own = include_str!("../../assets/style.css");
    Asset::new(Kind::Css, &[BASE_STYLE, own])
});
/// The icon.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(Kind::Svg, &[include_str!("../../assets/icon.svg")]));

static ALL: LazyLock<Assets> = LazyLock::new(|| Assets::new(vec![STYLE.clone(), ICON.clone()]));

/// A file.
pub async fn get(Path(name): Path<String>) -> Response {
    ALL.answer(&name)
}
