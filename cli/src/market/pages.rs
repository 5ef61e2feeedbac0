//! Lists that come in pages.

use super::Market;
use crate::error::CliError;
use crate::output;
use guildhall_package::market::Page;
use guildhall_package::market::page::PageQuery;
use serde::de::DeserializeOwned;

/// Most items that are gone through.
const MAX: usize = 2_000;

/// Everything of a list, up to a limit that is said.
///
/// # Errors
/// If the marketplace does not answer, or refuses.
pub async fn pages<T: DeserializeOwned>(market: &Market, path: &str) -> Result<Vec<T>, CliError> {
    let mut items = Vec::new();
    let mut query = PageQuery {
        cursor: None,
        limit: Some(100),
    };
    loop {
        let page: Page<T> = market.http.get(path, &query).await?;
        items.extend(page.items);
        match page.next {
            Some(next) if items.len() < MAX => query.cursor = Some(next),
            Some(_) => {
                output::warning(format_args!("only the first {MAX} are shown"));
                return Ok(items);
            }
            None => return Ok(items),
        }
    }
}
