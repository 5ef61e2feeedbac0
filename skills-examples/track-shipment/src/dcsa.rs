//! DCSA Track & Trace 2: a list of events of shipments (documents), transports (vessels, trucks, trains) and equipment (containers).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bindings::{Certainty, Event, Reference};
use crate::told::{MAX_EVENTS, Page, Told, Unreadable, code, text, time};

/// Codes of equipment events, in words.
const EQUIPMENT: &[(&str, &str)] = &[
    ("LOAD", "loaded"),
    ("DISC", "discharged"),
    ("GTIN", "came in at the gate"),
    ("GTOT", "went out at the gate"),
    ("STUF", "packed"),
    ("STRP", "unpacked"),
    ("PICK", "picked up"),
    ("DROP", "dropped off"),
    ("INSP", "inspected"),
    ("RSEA", "sealed anew"),
    ("RMVD", "removed"),
    ("AVPU", "available for pick-up"),
    ("AVDO", "available for drop-off"),
    ("CUSS", "selected by customs for a scan"),
    ("CUSI", "selected by customs for an inspection"),
    ("CUSR", "released by customs"),
    ("CROS", "crossed a border"),
];
/// Codes of transport events.
const TRANSPORT: &[(&str, &str)] = &[("ARRI", "arrival"), ("DEPA", "departure")];
/// Codes of shipment events.
const SHIPMENT: &[(&str, &str)] = &[
    ("RECE", "received"),
    ("DRFT", "drafted"),
    ("PENA", "waits for approval"),
    ("PENU", "waits for an update"),
    ("PENC", "waits for confirmation"),
    ("REJE", "rejected"),
    ("APPR", "approved"),
    ("ISSU", "issued"),
    ("SURR", "surrendered"),
    ("SUBM", "submitted"),
    ("VOID", "void"),
    ("CONF", "confirmed"),
    ("REQS", "requested"),
    ("CMPL", "completed"),
    ("HOLD", "on hold"),
    ("RELS", "released"),
    ("CANC", "cancelled"),
];
/// Documents of shipment events.
const DOCUMENTS: &[(&str, &str)] = &[
    ("BKG", "Booking"),
    ("CBR", "Booking request"),
    ("SHI", "Shipping instruction"),
    ("SRM", "Shipment release message"),
    ("TRD", "Bill of lading"),
    ("ARN", "Arrival notice"),
    ("VGM", "Verified gross mass"),
    ("CAS", "Cargo survey"),
    ("CUS", "Customs inspection"),
    ("DGD", "Dangerous goods declaration"),
    ("OOG", "Out of gauge"),
    ("CQU", "Contract quotation"),
    ("INV", "Invoice"),
    ("HCE", "Health certificate"),
];

/// Reads the events of one shipment. What is of another is left out.
pub fn read(body: &str, number: &str, reference: Reference, now: i64) -> Result<Page, Unreadable> {
    let whole: Value = serde_json::from_str(body).map_err(|_| Unreadable("it is not JSON"))?;
    let events = whole
        .as_array()
        .or_else(|| whole.get("events").and_then(Value::as_array))
        .ok_or(Unreadable("it is not a list of events as DCSA has it"))?;
    if events.len() > MAX_EVENTS {
        return Err(Unreadable("it has more events than a shipment has"));
    }
    let mut seen = BTreeSet::new();
    let mut page = Page::default();
    for event in events {
        let fresh = match event.get("eventID").and_then(Value::as_str) {
            Some(id) => seen.insert(id),
            None => true,
        };
        if fresh {
            let of_ours = is_ours(event, number, reference);
            page.add(of_ours.then(|| told(event)).flatten(), now);
        }
    }
    if !events.is_empty() && page.events.is_empty() && seen.is_empty() {
        return Err(Unreadable("nothing in it is an event as DCSA has it"));
    }
    Ok(page)
}

/// Whether the event does not name another container.
fn is_ours(event: &Value, number: &str, reference: Reference) -> bool {
    if reference != Reference::Equipment {
        return true;
    }
    let own = event.get("equipmentReference").and_then(Value::as_str);
    let named = event.get("references").and_then(Value::as_array);
    let of_list: Vec<&str> = named
        .into_iter()
        .flatten()
        .filter(|one| one.get("referenceType").and_then(Value::as_str) == Some("EQ"))
        .filter_map(|one| one.get("referenceValue").and_then(Value::as_str))
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
            let name = DOCUMENTS.iter().find(|(code, _)| *code == document);
            let name = name.map_or("Document", |(_, name)| name);
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

fn words(table: &[(&str, &str)], code: &str) -> String {
    let found = table.iter().find(|(known, _)| *known == code);
    found.map_or_else(|| format!("event {code}"), |(_, words)| (*words).to_owned())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect())
        + &letters.as_str().to_lowercase()
}
