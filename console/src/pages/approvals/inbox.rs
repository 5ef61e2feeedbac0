//! The inbox: one card for each run that waits, the newest first.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use guildhall_host::Tenant;
use guildhall_host::words::counted;

use crate::app::App;
use crate::approvals::batch::{Group, Kind, group};
use crate::approvals::card::{Brief, Who};
use crate::approvals::desk::waiting;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::uploads::Outputs;

/// Cards that are shown with their facts. Those that are older are a line each.
const SHOWN: usize = 40;

#[derive(Template)]
#[template(path = "approvals.html")]
struct Inbox {
    frame: Frame,
    cards: Vec<Brief>,
    tables: Vec<Table>,
}

/// Several cards that can be decided together.
struct Table {
    words: String,
    path: String,
}

/// The page.
pub(super) async fn inbox(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, super::PATH)?;
    let host = app.host.for_person(person);
    let (now, outputs) = (app.clock.now(), Outputs::of(&app.config));
    let mut pending = host.pending(&Tenant::local()).await?;
    pending.reverse();
    let mut cards = Vec::with_capacity(pending.len());
    let mut groups: BTreeMap<Group, (usize, Who)> = BTreeMap::new();
    for (index, line) in pending.iter().enumerate() {
        if index >= SHOWN {
            cards.push(Brief::of_line(line, now));
            continue;
        }
        // It may have been decided in this moment.
        let Some(card) = waiting(&app, host, &line.invocation).await? else {
            continue;
        };
        if let Some(group) = group(&card) {
            let who = Who::of(&card.skill);
            groups.entry(group).or_insert((0, who)).0 += 1;
        }
        cards.push(Brief::of(&card, &outputs, now));
    }
    let tables = groups
        .into_iter()
        .filter(|(_, (count, _))| *count > 1)
        .map(|(group, (count, who))| table(&group, count, &who))
        .collect();
    let title = match cards.len() {
        0 => "Approvals".to_owned(),
        many => format!("({many}) Approvals"),
    };
    page(&Inbox {
        frame: Frame::new(&app, &visitor, title, Section::Approvals),
        cards,
        tables,
    })
}

fn table(group: &Group, count: usize, who: &Who) -> Table {
    let what = match group.kind {
        Kind::Payments => "of payments to known accounts",
        Kind::Messages => "of messages",
        Kind::Files => "of new files",
    };
    Table {
        words: format!("{} {what} by {}", counted(count, "card"), who.name),
        path: path_of(group),
    }
}

/// The address of a table.
pub(super) fn path_of(group: &Group) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("kind", group.kind.word())
        .append_pair("skill", &group.skill.to_string())
        .append_pair("operation", &group.operation)
        .finish();
    format!("/approvals/batch?{query}")
}
