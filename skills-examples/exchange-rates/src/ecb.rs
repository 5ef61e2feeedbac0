//! The bank's daily file: `Envelope > Cube > Cube time > Cube currency rate`.
//!
//! The file comes from a network: anything but that one shape is refused, and nothing is skipped silently. There is no
//! DTD in it, so a DTD is refused; entities are never expanded.

use std::collections::BTreeMap;

use guildhall_sdk::Date;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::exact::Rate;

/// The envelope binds these two names, and nothing below binds any: so prefixes can be compared as they are written.
const ENVELOPE: &str = "http://www.gesmes.org/xml/2002-08-01";
const RATES: &str = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref";

/// The bank lists about 30 currencies; ISO 4217 has fewer than 200.
const MAX_CURRENCIES: usize = 300;
/// The file nests four deep.
const MAX_DEPTH: usize = 8;

/// The rates of one day.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Day of the rates.
    pub date: Date,
    /// Units for one euro, by ISO 4217 code.
    pub rates: BTreeMap<String, Rate>,
}

/// What is wrong with the file, as the end of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// Reads the whole file.
pub fn read(text: &str) -> Result<Table, Unreadable> {
    if !text.chars().all(allowed) {
        return Err(Unreadable("it holds a character that XML does not allow"));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut date = None;
    let mut rates = BTreeMap::new();
    // What each open element is.
    let mut open: Vec<Place> = Vec::new();
    let mut roots = 0;
    loop {
        let event = reader
            .read_event()
            .map_err(|_| Unreadable("it is not well-formed XML"))?;
        match event {
            Event::Start(element) => {
                if open.len() >= MAX_DEPTH {
                    return Err(Unreadable("its elements nest too deeply"));
                }
                roots += usize::from(open.is_empty());
                let place = place(&open, element.name().as_ref());
                match place {
                    Place::Other => {}
                    Place::Envelope => {
                        if attributes(&element, ["xmlns:gesmes", "xmlns"])? != [ENVELOPE, RATES] {
                            return Err(Unreadable("it uses another vocabulary than the bank"));
                        }
                    }
                    Place::Outer => {
                        let [] = attributes(&element, [])?;
                    }
                    Place::Day => {
                        let [day] = attributes(&element, ["time"])?;
                        let day = day.parse().map_err(|_| Unreadable("its date is no date"))?;
                        if date.replace(day).is_some() {
                            return Err(Unreadable("it has more than one day"));
                        }
                    }
                    Place::Rate => {
                        let [code, rate] = attributes(&element, ["currency", "rate"])?;
                        add(&mut rates, &code, &rate)?;
                    }
                    Place::Wrong => {
                        return Err(Unreadable("its elements are not where the bank puts them"));
                    }
                }
                open.push(place);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::DocType(_) => return Err(Unreadable("it has a document type definition")),
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() || roots != 1 {
        return Err(Unreadable("it is not one whole XML document"));
    }
    let date = date.ok_or(Unreadable("it has no rates of a day"))?;
    if rates.is_empty() {
        return Err(Unreadable("it has a day without rates"));
    }
    Ok(Table { date, rates })
}

/// Whether XML 1.0 allows the character; the reader does not look.
fn allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What an element is, by its name and by what it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Envelope,
    Outer,
    Day,
    Rate,
    /// Subject and sender: read over.
    Other,
    Wrong,
}

fn place(open: &[Place], name: &str) -> Place {
    match (open, name) {
        ([], "gesmes:Envelope") => Place::Envelope,
        ([Place::Envelope], "Cube") => Place::Outer,
        ([Place::Envelope, Place::Outer], "Cube") => Place::Day,
        ([Place::Envelope, Place::Outer, Place::Day], "Cube") => Place::Rate,
        ([], _) | (_, "Cube") | ([_, Place::Outer, ..], _) => Place::Wrong,
        _ => Place::Other,
    }
}

/// The values of exactly these attributes.
fn attributes<const N: usize>(
    element: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[String; N], Unreadable> {
    let mut values: [Option<String>; N] = [const { None }; N];
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| Unreadable("it is not well-formed XML"))?;
        let slot = names
            .iter()
            .position(|name| attribute.key.as_ref() == *name)
            .and_then(|position| values.get_mut(position));
        match slot {
            Some(slot) => *slot = Some(attribute.value.into_owned()),
            None => {
                return Err(Unreadable(
                    "an element has an attribute that the bank does not use",
                ));
            }
        }
    }
    if values.iter().any(Option::is_none) {
        return Err(Unreadable("an element lacks its date, currency or rate"));
    }
    Ok(values.map(Option::unwrap_or_default))
}

fn add(rates: &mut BTreeMap<String, Rate>, code: &str, rate: &str) -> Result<(), Unreadable> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Unreadable("a currency is not three capital letters"));
    }
    if code == "EUR" {
        return Err(Unreadable("it gives a rate for the euro itself"));
    }
    let rate = Rate::parse(rate).ok_or(Unreadable("a rate is not a positive decimal number"))?;
    if rates.len() >= MAX_CURRENCIES {
        return Err(Unreadable("it lists too many currencies"));
    }
    match rates.insert(code.to_owned(), rate) {
        None => Ok(()),
        Some(_) => Err(Unreadable("it lists a currency twice")),
    }
}
