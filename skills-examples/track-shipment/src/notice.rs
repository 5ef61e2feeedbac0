//! The words of a notice.

use crate::bindings::{Event, Tracking};
use crate::moment;

/// Events that one notice tells: a chat takes 4,096 units.
const MAX_LINES: usize = 10;

/// The text about what happened after a time; none if nothing did.
pub fn text(tracking: &Tracking, since: Option<i64>) -> Option<String> {
    let news: Vec<&Event> = tracking
        .events
        .iter()
        .filter(|event| event.certainty == crate::bindings::Certainty::Actual)
        .filter(|event| since.is_none_or(|since| moment::seconds(&event.at) > Some(since)))
        .collect();
    if news.is_empty() {
        return None;
    }
    let earlier = news.len().saturating_sub(MAX_LINES);
    let mut lines = vec![format!("Shipment {}", tracking.number), String::new()];
    if earlier > 0 {
        lines.push(format!("({earlier} earlier)"));
    }
    lines.extend(news.iter().skip(earlier).map(|event| line(event)));
    if let Some(expected) = &tracking.expected {
        lines.push(String::new());
        lines.push(format!("Expected: {}", line(expected)));
    }
    lines.push(String::new());
    lines.push(format!("As told by {}.", tracking.carrier));
    Some(lines.join("\n"))
}

/// One event on one line.
pub fn line(event: &Event) -> String {
    let mut line = format!("{}: {}", moment::shown(&event.at), event.what);
    for more in [&event.place, &event.transport].into_iter().flatten() {
        line.push_str(", ");
        line.push_str(more);
    }
    line
}
