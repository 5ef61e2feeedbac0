//! What is pushed: `GET /api/v1/events`, server-sent events. The id of an event is the index of its log entry, so that
//! `Last-Event-ID` (or `?after=`) goes on where a connection broke off. The data is the entry itself, as logged.

/// Name of the event that carries a log entry: data is its canonical JSON.
pub const ENTRY: &str = "entry";
/// Name of the event that says that a newer signed status is to be had: data is the tree size, without an id.
pub const STATUS: &str = "status";
/// Name of the event sent when the listener is too slow or asks for entries from too long ago: read the log's tiles, then
/// come back. The connection ends after it.
pub const LAGGED: &str = "lagged";
/// Most entries that are sent again after `after`; who is further behind reads the tiles.
pub const MAX_REPLAY: u64 = 10_000;

/// Query of `GET /api/v1/events`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Index of the last entry that is known; the header `Last-Event-ID` counts instead if there is one. Without either,
    /// only what happens from now on is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}
