//! Tracking numbers, as a skill: `table` has their forms as data (`guildhall-numbers` computes them), `recognise` says whose one can be, `dcsa`
//! and `epcis` read what a carrier tells, `told` makes it plain, `notice` finds the words. This file asks the host.

mod dcsa;
mod epcis;
mod formats;
mod moment;
mod notice;
mod recognise;
mod table;
#[cfg(test)]
mod tests;
mod told;

use bindings::{
    Certainty, Contact, Feed, Guest, Notice, NoticeAnswer, Numbering, RecognitionAnswer, Reference,
    Shape, TrackError, Tracking, TrackingAnswer,
};
use guildhall_answer::{Claim, Judged, Source, judge};
use guildhall_sdk::messages::Message;
use guildhall_sdk::network::Request;
use guildhall_sdk::{Date, Refusal, RefusalKind, context};

use crate::told::Page;

/// Numbers that one run recognises.
const MAX_NUMBERS: usize = 2_000;
/// A page of a hundred events has about 100 KB.
const MAX_PAGE_BYTES: usize = 1024 * 1024;
/// Days without an event after which nothing is told, where the merchant has set nothing.
const DEFAULT_STALE_DAYS: i64 = 30;
/// Channels that a notice goes by.
const CHANNELS: [&str; 3] = ["telegram", "whatsapp", "email"];

struct TrackShipment;

guildhall_sdk::skill!(TrackShipment);
guildhall_answer::bind!(
    bindings,
    RecognitionAnswer(Recognition),
    TrackingAnswer(Tracking)
);

impl Guest for TrackShipment {
    fn recognise(number: String) -> Result<RecognitionAnswer, TrackError> {
        Ok(recognise::answer(&number))
    }

    fn recognise_all(numbers: Vec<String>) -> Result<Vec<RecognitionAnswer>, TrackError> {
        match numbers.len() {
            ..=MAX_NUMBERS => Ok(numbers.iter().map(|one| recognise::answer(one)).collect()),
            many => invalid(format!(
                "There are {many} numbers; at most {MAX_NUMBERS} are taken at once. Pass them in several lists."
            )),
        }
    }

    fn track(number: String, feed: Feed) -> Result<TrackingAnswer, TrackError> {
        track(&number, &feed)
    }

    fn notify(
        number: String,
        feed: Feed,
        contact: Contact,
        since: Option<String>,
    ) -> Result<NoticeAnswer, TrackError> {
        if !CHANNELS.contains(&contact.channel.as_str()) {
            return invalid(format!(
                "A notice goes by {}: name one of them as the channel.",
                CHANNELS.join(", ")
            ));
        }
        let since = match since.as_deref().map(moment::seconds) {
            Some(None) => {
                return invalid(
                    "`since` is no time with a zone: write it as the carrier does, for example `2026-11-20T10:00:00Z`.",
                );
            }
            since => since.flatten(),
        };
        let answer = track(&number, &feed)?;
        let text = answer
            .value
            .as_ref()
            .map(|tracking| (&tracking.number, notice::text(tracking, since)));
        let (value, reason) = match text {
            Some((number, Some(text))) => (
                Some(stage(number, &contact, text)?),
                "The notice is sent once you approve it.".to_owned(),
            ),
            Some((_, None)) => (
                None,
                "Nothing has happened since then, so there is nothing to tell.".to_owned(),
            ),
            None => (None, answer.reason),
        };
        Ok(NoticeAnswer {
            status: answer.status,
            value,
            sources: answer.sources,
            as_of: answer.as_of,
            reason,
        })
    }
}

fn invalid<T>(message: impl Into<String>) -> Result<T, TrackError> {
    Err(TrackError::InvalidRequest(message.into()))
}

fn stage(number: &str, contact: &Contact, text: String) -> Result<Notice, TrackError> {
    let subject = (contact.channel == "email").then(|| format!("Shipment {number}"));
    let mut message = Message::new(&contact.channel, &contact.recipient, &text);
    if let Some(subject) = &subject {
        message = message.subject(subject);
    }
    let staged = message.stage().map_err(TrackError::NotStaged)?;
    Ok(Notice {
        subject,
        text,
        message: staged,
    })
}

/// What is asked of a carrier: the number without separators, and what it is.
fn asked(number: &str, feed: &Feed) -> Result<(String, Reference), TrackError> {
    let Ok(known) = recognise::known(number) else {
        return invalid(recognise::answer(number).reason);
    };
    let plain: String = known.number.iter().collect();
    let is = |numbering| known.obeys.iter().any(|one| one.numbering == numbering);
    let reference = match feed.reference {
        Some(reference) => reference,
        None if is(Numbering::Container) => Reference::Equipment,
        None if is(Numbering::LogisticUnit) => Reference::LogisticUnit,
        None => {
            return invalid(
                "The number is neither a container's nor an SSCC: say in `reference` what it is to the carrier.",
            );
        }
    };
    let fits = match reference {
        Reference::Equipment => is(Numbering::Container),
        Reference::LogisticUnit => is(Numbering::LogisticUnit),
        Reference::Booking | Reference::TransportDocument => (1..=35).contains(&plain.len()),
    };
    match (feed.shape, reference) {
        _ if !fits => invalid(format!(
            "The number cannot be asked for. {}",
            recognise::answer(number).reason
        )),
        (Shape::Epcis, Reference::LogisticUnit) => {
            // With the identifier 00 before it, the SSCC itself is what follows.
            let start = plain.len().saturating_sub(18);
            Ok((plain.chars().skip(start).collect(), reference))
        }
        (Shape::Dcsa, Reference::LogisticUnit) => invalid(
            "Container lines (DCSA) know no SSCC: ask for the container, the booking or the bill of lading.",
        ),
        (Shape::Epcis, _) => {
            invalid("A repository of EPCIS is asked for the SSCC of the logistic unit.")
        }
        (Shape::Dcsa, _) => Ok((plain, reference)),
    }
}

fn address(feed: &Feed, number: &str, reference: Reference) -> Result<String, TrackError> {
    let address = feed.address.as_str();
    let printable = address.bytes().all(|byte| byte.is_ascii_graphic());
    if !address.starts_with("https://")
        || address.contains(['?', '#', '@'])
        || !printable
        || address.len() > 300
    {
        return invalid(
            "The address of the events begins with `https://` and has no question mark: copy it from the carrier's description.",
        );
    }
    Ok(match reference {
        Reference::Equipment => format!("{address}?equipmentReference={number}"),
        Reference::Booking => format!("{address}?carrierBookingReference={number}"),
        Reference::TransportDocument => format!("{address}?transportDocumentReference={number}"),
        Reference::LogisticUnit => {
            format!("{address}?MATCH_anyEPC=https%3A%2F%2Fid.gs1.org%2F00%2F{number}")
        }
    })
}

fn track(number: &str, feed: &Feed) -> Result<TrackingAnswer, TrackError> {
    let stale_after = stale_after_days()?;
    let (number, reference) = asked(number, feed)?;
    let response = Request::get(address(feed, &number, reference)?)
        .header("accept", "application/json, application/ld+json")
        .send()
        .and_then(|response| response.success())
        .map_err(not_answered)?;
    let host = host(response.url());
    let unreadable = |what: &str| {
        TrackError::Unreadable(format!("What {host} answered could not be used: {what}."))
    };
    if response.body().len() > MAX_PAGE_BYTES {
        return Err(unreadable("it is larger than 1 MiB"));
    }
    let body = response
        .text()
        .map_err(|_| unreadable("it is not UTF-8 text"))?;
    let now = context::now().seconds;
    let page = match feed.shape {
        Shape::Dcsa => dcsa::read(body, &number, reference, now),
        Shape::Epcis => epcis::read(body, &number, now),
    }
    .map_err(|what| unreadable(what.0))?;
    Ok(tell(number, &host, page, now, stale_after))
}

fn tell(number: String, host: &str, mut page: Page, now: i64, stale_after: i64) -> TrackingAnswer {
    page.events.sort_by_key(|told| told.at);
    let actual = |certainty| certainty == Certainty::Actual;
    let latest = page
        .events
        .iter()
        .rfind(|told| actual(told.event.certainty));
    let expected = page
        .events
        .iter()
        .find(|told| told.arrival && !actual(told.event.certainty) && told.at >= now);
    let Some(newest) = latest.or(page.events.last()) else {
        let unusable = match page.left_out {
            0 => String::new(),
            left_out => format!(
                " that can be used; {left_out} are of another shipment, without a time, or of the future"
            ),
        };
        let reason = format!(
            "{host} tells no event of {number}{unusable}. Ask the sender whether it is with this carrier."
        );
        return (Judged::out_of_scope(), reason).into();
    };
    let day = |seconds: i64| Date::from_days_since_epoch(seconds.div_euclid(86_400)).to_string();
    let last = notice::line(&newest.event);
    let source = Source {
        name: format!("events of {host}").into(),
        date: day(newest.at.min(now)).into(),
        licence: "the carrier's".into(),
    };
    let oldest = day(now - stale_after * 86_400);
    let tracking = Tracking {
        number,
        carrier: host.to_owned(),
        latest: latest.map(|told| told.event.clone()),
        expected: expected.map(|told| told.event.clone()),
        events: page.events.iter().map(|told| told.event.clone()).collect(),
        left_out: page.left_out,
    };
    let judged = judge([Claim {
        family: "carrier",
        value: tracking,
        source,
    }])
    .not_older_than(&oldest);
    let reason = match judged.value {
        None => format!(
            "The last event is more than {stale_after} days old ({last}). Ask the carrier what has become of the shipment."
        ),
        Some(_) if latest.is_none() => {
            format!("Nothing has happened yet; the schedule of {host} says: {last}.")
        }
        Some(_) => format!("{host} says: {last}. Only the carrier says so."),
    };
    (judged, reason).into()
}

/// The host of an address.
fn host(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let host = rest.split('/').next().unwrap_or_default();
    host.chars()
        .filter(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | ':')
        })
        .collect()
}

fn stale_after_days() -> Result<i64, TrackError> {
    let Some(setting) = context::setting("stale-after-days") else {
        return Ok(DEFAULT_STALE_DAYS);
    };
    setting.parse::<u16>().map(i64::from).map_err(|_| {
        TrackError::InvalidRequest(format!(
            "The setting `stale-after-days` is `{}`: set it to a number of days, for example 30.",
            told::plain(&setting)
        ))
    })
}

fn not_answered(refusal: Refusal) -> TrackError {
    match refusal.kind {
        RefusalKind::Denied => TrackError::NotGranted(refusal.to_string()),
        _ => TrackError::NoAnswer(refusal.to_string()),
    }
}
