//! `guildhall search`

use crate::args::market::SearchArgs;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::Market;
use crate::output;
use guildhall_package::Capability;
use guildhall_package::market::search::{SearchQuery, SearchResults};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;

/// Finds skills.
///
/// # Errors
/// If the marketplace does not answer.
pub async fn run(home: &Home, args: SearchArgs) -> Result<Exit, CliError> {
    let market = Market::open(home, args.from.from.as_ref())?;
    let words = args.words.join(" ");
    let query = SearchQuery {
        q: (!words.is_empty()).then_some(words),
        capability: args.capability,
        without: args.without,
        category: args.category,
        publisher: args.publisher,
        limit: Some(args.limit),
        ..SearchQuery::default()
    };
    let found: SearchResults = market.http.get("/api/v1/search", &query).await?;
    if args.json {
        output::json(&crate::commands::to_json(&found)?);
        return Ok(Exit::Done);
    }
    if found.items.is_empty() {
        output::note("Nothing was found.");
        output::hint("try other words, or fewer conditions");
        return Ok(Exit::Done);
    }
    let columns = output::width();
    for hit in &found.items {
        output::line(format_args!(
            "{} {}  {}",
            hit.name.to_string().bold(),
            hit.version,
            format!("{}, {}", plain(&hit.category, 40), hit.price).dimmed()
        ));
        for row in
            crate::card::layout::wrap(&plain(&hit.description, 300), columns.saturating_sub(2))
        {
            output::line(format_args!("  {row}"));
        }
        output::line(format_args!("  {}", touches(&hit.capabilities).cyan()));
    }
    let shown = found.items.len() as u64;
    if found.total > shown {
        output::note(format_args!(
            "{shown} of {}; --limit shows more",
            found.total
        ));
    }
    output::hint(format_args!("{} info NAME", program(home)));
    Ok(Exit::Done)
}

/// What a skill can touch, in a few words.
fn touches(capabilities: &[Capability]) -> String {
    let names: Vec<&str> = capabilities
        .iter()
        .filter(|capability| capability.needs_declaration())
        .map(|capability| capability.name())
        .collect();
    if names.is_empty() {
        "touches nothing: it only computes".to_owned()
    } else {
        format!("can touch: {}", names.join(", "))
    }
}
