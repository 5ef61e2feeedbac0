//! DCSA Track & Trace 2: a list of events of shipments (documents), transports (vessels, trucks, trains) and equipment (containers).

use serde_json::Value;

use crate::bindings::{Certainty, Event, Reference};
use crate::table::words::{DOCUMENTS, EQUIPMENT, SHIPMENT, TRANSPORT};
use crate::told::{Page, Told, Unreadable, code, id, json, named, text, time};

/// Reads the events of one shipment. What is of another is left out.
pub fn read(body: &str, number: &str, reference: Reference, now: i64) -> Result<Page, Unreadable> {
    let whole = json(body)?;
    let events = whole
        .as_array()
        .or_else(|| whole.get("events")?.as_array())
        .ok_or(Unreadable("it is not a list of events as DCSA has it"))?;
    let page = Page::read(events, now, |event| {
        is_ours(event, number, reference).then(|| told(event))?
    })?;
    if !events.is_empty() && page.events.is_empty() && events.iter().all(|one| id(one).is_none()) {
        return Err(Unreadable("nothing in it is an event as DCSA has it"));
    }
    Ok(page)
}

/// Whether the event does not name another container.
fn is_ours<'a>(event: &'a Value, number: &str, reference: Reference) -> bool {
    if reference != Reference::Equipment {
        return true;
    }
    let member = |one: &'a Value, name| one.get(name).and_then(Value::as_str);
    let own = member(event, "equipmentReference");
    let listed = event.get("references").and_then(Value::as_array);
    let of_list: Vec<&str> = listed
        .into_iter()
        .flatten()
        .filter(|one| member(one, "referenceType") == Some("EQ"))
        .filter_map(|one| member(one, "referenceValue"))
        .collect();
    own.is_none_or(|own| own == number) && (of_list.is_empty() || of_list.contains(&number))
}

fn told(event: &Value) -> Option<Told> {
    let (at, seconds) = time(event, "eventDateTime")?;
    let certainty = match code(event, "eventClassifierCode") {
        "ACT" => Certainty::Actual,
        "EST" => Certainty::Estimated,
        "PLN" | "REQ" => Certainty::Planned,
        _ => return None,
    };
    let kind = code(event, "eventType");
    let (what, code) = match kind {
        "EQUIPMENT" => {
            let code = code(event, "equipmentEventTypeCode");
            let state = match self::code(event, "emptyIndicatorCode") {
                "EMPTY" => "Empty container",
                _ => "Container",
            };
            (format!("{state} {}", words(EQUIPMENT, code)), code)
        }
        "TRANSPORT" => {
            let code = code(event, "transportEventTypeCode");
            let mode = text(event, &["transportCall", "modeOfTransport"])
                .map_or("Transport".to_owned(), |mode| capital(&mode));
            (format!("{mode}: {}", words(TRANSPORT, code)), code)
        }
        "SHIPMENT" => {
            let code = code(event, "shipmentEventTypeCode");
            let document = self::code(event, "documentTypeCode");
            let name = named(DOCUMENTS, document).unwrap_or("Document");
            (format!("{name} {}", words(SHIPMENT, code)), code)
        }
        _ => return None,
    };
    (!code.is_empty()).then_some(())?;
    let place = text(event, &["eventLocation", "locationName"])
        .or_else(|| text(event, &["transportCall", "location", "locationName"]))
        .or_else(|| text(event, &["eventLocation", "UNLocationCode"]))
        .or_else(|| text(event, &["transportCall", "UNLocationCode"]));
    let vessel = text(event, &["transportCall", "vessel", "vesselName"]);
    let voyage = text(event, &["transportCall", "exportVoyageNumber"])
        .or_else(|| text(event, &["transportCall", "carrierVoyageNumber"]));
    let transport = match (vessel, voyage) {
        (Some(vessel), Some(voyage)) => Some(format!("{vessel}, voyage {voyage}")),
        (vessel, voyage) => vessel.or(voyage.map(|voyage| format!("voyage {voyage}"))),
    };
    Some(Told {
        at: seconds,
        arrival: kind == "TRANSPORT" && code == "ARRI",
        event: Event {
            at: at.to_owned(),
            certainty,
            what,
            code: format!("{kind} {code}"),
            place,
            transport,
        },
    })
}

fn words(table: &[(&str, &'static str)], code: &str) -> String {
    named(table, code).map_or_else(|| format!("event {code}"), str::to_owned)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect())
        + &letters.as_str().to_lowercase()
}
