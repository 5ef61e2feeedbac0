//! Data: what is kept and for how long, everything as one file, and everything deleted.

mod erase;
mod export;
mod tar;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{Retention, Stored, StoredWhat, Tenant};
use guildhall_web::error::invalid;
use guildhall_web::fields::Query;

use super::answer::{Other, see};
use super::frame::{Frame, Section, page};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{When, when};
use crate::app::App;
use crate::people::Right;
use crate::store::settings;

const PATH: &str = "/settings/data";

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(shown))
        .route("/settings/data/retention", post(retention))
        .route("/settings/data/export", post(export::export))
        .route("/settings/data/delete", get(erase::ask).post(erase::erase))
        .route("/settings/data/delete/challenge", post(erase::challenge))
        .route("/settings/data/statements/{entry}", get(erase::statement))
}

#[derive(Template)]
#[template(path = "data/data.html")]
struct Data {
    frame: Frame,
    kept: [Kept; 3],
    stored: Vec<ShownKind>,
    runs: u64,
    /// Of them, in each retention.
    of_them: String,
    oldest: Option<When>,
    file: String,
    statements: Vec<ShownStatement>,
    done: Option<&'static str>,
}

/// A choice of what is kept.
struct Kept {
    word: &'static str,
    label: &'static str,
    text: &'static str,
    here: bool,
}

/// A kind of thing that is stored.
struct ShownKind {
    label: &'static str,
    count: u64,
    size: String,
}

/// A deletion that happened.
struct ShownStatement {
    entry: u64,
    at: When,
    by: String,
    runs: u64,
}

const fn label(what: StoredWhat) -> &'static str {
    match what {
        StoredWhat::Inputs => "What runs were given",
        StoredWhat::Outputs => "What they answered",
        StoredWhat::Calls => "What they asked the host",
        StoredWhat::Effects => "Payments, files and messages they staged",
        StoredWhat::State => "What skills remember",
        StoredWhat::Payments => "Payment orders",
        StoredWhat::Payees => "Payees that are known",
        StoredWhat::Mandates => "Mandates",
        StoredWhat::Secrets => "Secrets, encrypted",
        StoredWhat::Audit => "Entries of the audit log",
    }
}

/// `1.4 MB`: what people read, by thousands.
fn size(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000_u64, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            let tenths = bytes / (unit / 10);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}

fn kept(now: Retention) -> [Kept; 3] {
    let one = |retention: Retention, label, text| Kept {
        word: retention.word(),
        label,
        text,
        here: retention == now,
    };
    [
        one(
            Retention::Full,
            "Everything",
            "Input, output and what was read and written. A run can be looked at, replayed, and its files undone.",
        ),
        one(
            Retention::Hashes,
            "Proofs only",
            "Sealed fingerprints. What a run was given and answered can be proved later, and not be read. It can wait for a decision.",
        ),
        one(
            Retention::None,
            "Nothing",
            "Not even while it waits. Such a run can't wait for a decision, so what it stages needs a mandate.",
        ),
    ]
}

fn of_them(stored: &Stored) -> String {
    let parts = [
        (stored.full, "keep everything"),
        (stored.hashes, "keep proofs only"),
        (stored.none, "keep nothing"),
    ];
    parts
        .into_iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, what)| format!("{many} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

async fn shown(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let stored = host.stored(&tenant).await?;
    let now = {
        let mut db = app.store.read().await?;
        settings::retention(&mut db).await?
    };
    let statements = host
        .erasures(&tenant)
        .await?
        .iter()
        .filter_map(|(entry, envelope)| {
            let erasure = guildhall_host::read_erasure(envelope, &[host.receipt_key()]).ok()?;
            Some(ShownStatement {
                entry: *entry,
                at: when(erasure.done_at_ms),
                runs: erasure.erased.runs,
                by: erasure.by,
            })
        })
        .collect();
    page(&Data {
        frame: Frame::new(&app, &visitor, "Data", Section::Settings),
        kept: kept(now),
        runs: stored.runs,
        of_them: of_them(&stored),
        oldest: stored.oldest_run_ms.map(when),
        file: size(stored.file_bytes),
        stored: stored
            .kinds
            .iter()
            .map(|kind| ShownKind {
                label: label(kind.what),
                count: kind.count,
                size: size(kind.bytes),
            })
            .collect(),
        statements,
        done: match fields.get("done") {
            Some("retention") => Some("Set. It counts for runs that are started from now on."),
            Some("deleted") => {
                Some("Everything was deleted. The signed statement about it is below: keep it.")
            }
            _ => None,
        },
    })
}

async fn retention(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let retention: Retention = fields
        .text("retention")
        .parse()
        .map_err(|error| invalid("retention", error))?;
    let mut tx = app.store.write().await?;
    settings::set_retention(tx.connection(), retention).await?;
    tx.commit().await?;
    tracing::info!(person = %person.id(), retention = retention.word(), "set what is kept");
    Ok(see("/settings/data?done=retention"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_read_them() {
        let said: Vec<String> = [0, 1, 999, 1_000, 1_440_000, 2_000_000_000]
            .into_iter()
            .map(size)
            .collect();
        assert_eq!(
            said,
            [
                "0 bytes",
                "1 byte",
                "999 bytes",
                "1.0 kB",
                "1.4 MB",
                "2.0 GB"
            ]
        );
    }
}
