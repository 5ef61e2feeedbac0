//! GS1 EPCIS 2.0 in JSON: events of things that have an EPC, here the logistic unit with its SSCC.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bindings::{Certainty, Event};
use crate::table::words::STEPS;
use crate::told::{Page, Told, Unreadable, code, id, json, named, plain, time};

/// Reads the events of one logistic unit. What is of another is left out.
pub fn read(body: &str, sscc: &str, now: i64) -> Result<Page, Unreadable> {
    let whole = json(body)?;
    let version = whole.get("schemaVersion").and_then(Value::as_str);
    if !version.is_some_and(|version| version == "2" || version.starts_with("2.")) {
        return Err(Unreadable("it is not an EPCIS 2 document"));
    }
    let body = whole.get("epcisBody");
    let results = body
        .and_then(|body| body.get("queryResults"))
        .and_then(|results| results.get("resultsBody"));
    let events = results
        .or(body)
        .and_then(|body| body.get("eventList"))
        .and_then(Value::as_array)
        .ok_or(Unreadable("it has no list of events"))?;
    // An event with a declaration of error says that the one with its identifier was wrong.
    let corrects = |event: &&Value| event.get("errorDeclaration").is_some();
    let wrong: BTreeSet<&str> = events.iter().filter(corrects).filter_map(id).collect();
    Page::read(events, now, |event| {
        let right = id(event).is_none_or(|id| !wrong.contains(id)) && !corrects(&event);
        (right && is_ours(event, sscc)).then(|| told(event))?
    })
}

/// Whether the event is of the unit with this SSCC.
fn is_ours(event: &Value, sscc: &str) -> bool {
    let list = |name| {
        event
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let parent = event.get("parentID").into_iter();
    list("epcList")
        .chain(list("childEPCs"))
        .chain(parent)
        .filter_map(Value::as_str)
        .any(|epc| is_sscc(epc, sscc))
}

/// Whether an EPC is this SSCC, as a GS1 Digital Link or as a URN.
fn is_sscc(epc: &str, sscc: &str) -> bool {
    if let Some(urn) = epc.strip_prefix("urn:epc:id:sscc:") {
        let Some((company, serial)) = urn.split_once('.') else {
            return false;
        };
        let Some((extension, serial)) = serial.split_at_checked(1) else {
            return false;
        };
        // The URN leaves the check digit out.
        return sscc.get(..17) == Some(format!("{extension}{company}{serial}").as_str());
    }
    epc.starts_with("https://")
        && epc
            .split_once("/00/")
            .is_some_and(|(_, number)| number == sscc)
}

fn told(event: &Value) -> Option<Told> {
    let (at, seconds) = time(event, "eventTime")?;
    let step = last_part(event, "bizStep");
    let kind = code(event, "type");
    let what = match (named(STEPS, &step), step.as_str()) {
        (Some(words), _) => format!("Unit {words}"),
        (None, "") => format!("Unit: {}", event_words(kind, code(event, "action"))),
        (None, step) => format!("Unit: {}", step.replace('_', " ")),
    };
    let disposition = last_part(event, "disposition");
    let what = match disposition.as_str() {
        "damaged" | "recalled" | "expired" | "stolen" | "disposed" | "destroyed" => {
            format!("{what}, {disposition}")
        }
        _ => what,
    };
    let place = ["readPoint", "bizLocation"]
        .iter()
        .find_map(|name| event.get(name)?.get("id")?.as_str())
        .map(place);
    Some(Told {
        at: seconds,
        arrival: step == "arriving",
        event: Event {
            at: at.to_owned(),
            certainty: Certainty::Actual,
            what,
            code: format!("{kind} {step}").trim().to_owned(),
            place,
            transport: None,
        },
    })
}

/// A place by its number: the GLN of a web address, the parts of a URN.
fn place(id: &str) -> String {
    let number = id
        .split_once("/414/")
        .map(|(_, number)| number)
        .or_else(|| id.strip_prefix("urn:epc:id:sgln:"));
    match number {
        Some(number) => format!("location {}", plain(number)),
        None => plain(id),
    }
}

/// What happened where no step is told.
fn event_words(kind: &str, action: &str) -> &'static str {
    match (kind, action) {
        ("AggregationEvent", "ADD") => "put together with others",
        ("AggregationEvent", "DELETE") => "taken apart from others",
        (_, "OBSERVE") => "seen",
        _ => "recorded",
    }
}

/// The last part of a word of the vocabulary: `shipping` of `urn:epcglobal:cbv:bizstep:shipping` or of the web address.
fn last_part(event: &Value, name: &str) -> String {
    let word = event.get(name).and_then(Value::as_str).unwrap_or_default();
    let last = word.rsplit([':', '/']).next().unwrap_or_default();
    let last = last.rsplit('-').next().unwrap_or_default();
    plain(last).replace(' ', "_")
}
