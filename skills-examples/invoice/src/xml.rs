//! The elements of an invoice as a small tree, out of bytes that nobody vouches for.
//!
//! Kept are the elements that EN 16931 uses, by namespace and name. Everything else (extensions, signatures, unknown
//! elements) is passed over with all that is in it, and what is embedded is counted instead of kept. So the tree of a
//! file with megabytes of attachments is as small as that of one without.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use crate::document::Kind;
use crate::error::ReadError;
use crate::names;

/// Size of a file in bytes: 16 MiB.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Nesting of elements. An invoice nests 8 deep; with a signature among its extensions, 20.
pub const MAX_DEPTH: usize = 40;
/// Elements of a file; a line of an invoice has about 25.
pub const MAX_ELEMENTS: usize = 400_000;
/// Attributes of one element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 40;
/// Namespace declarations in force at the same time.
const MAX_NAMESPACES: usize = 120;

const AGGREGATE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASIC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";

/// What an attachment is embedded in.
const EMBEDDED: &str = "EmbeddedDocumentBinaryObject";

/// One element that was kept.
struct Element<'a> {
    name: &'static str,
    text: Cow<'a, str>,
    /// Characters other than white space of an embedded attachment.
    embedded: u64,
    attributes: Vec<(&'static str, String)>,
    first_child: Option<u32>,
    last_child: Option<u32>,
    next: Option<u32>,
}

/// A whole document. It always has a root.
pub(crate) struct Tree<'a> {
    elements: Vec<Element<'a>>,
    /// Invoice or credit note.
    pub(crate) kind: Kind,
}

/// One element of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

/// What is open while reading.
#[derive(Clone, Copy)]
enum Open {
    Kept(u32),
    Passed,
}

/// Reads a whole document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Tree<'_>, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge { bytes: bytes.len() });
    }
    let text = text_of(bytes)?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader
        .resolver_mut()
        .set_max_namespace_bindings(MAX_NAMESPACES);
    let mut builder = Builder {
        elements: Vec::new(),
        open: Vec::new(),
        kind: None,
        seen: 0,
    };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(malformed(reader.error_position(), &error.to_string())),
        };
        let position = reader.buffer_position();
        match event {
            Event::Start(start) => {
                let known = builder.start(&start, position, || {
                    let (namespace, name) = reader.resolver().resolve_element(start.name());
                    match namespace {
                        ResolveResult::Bound(Namespace(namespace)) => {
                            (namespace.to_owned(), name.into_inner().to_owned())
                        }
                        _ => (String::new(), name.into_inner().to_owned()),
                    }
                })?;
                builder.open.push(known);
            }
            Event::End(_) => {
                builder.open.pop();
            }
            Event::Text(text) => match builder.current() {
                Some(element) if element.name == EMBEDDED => element.embedded += solid(&text),
                Some(element) => append(element, text.xml10_content()),
                None => builder.outside(&text, position)?,
            },
            Event::CData(text) => match builder.current() {
                Some(element) if element.name == EMBEDDED => element.embedded += solid(&text),
                Some(element) => append(element, text.xml10_content()),
                None => builder.outside("x", position)?,
            },
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) if allowed(character) => character,
                    Ok(None) => predefined(&reference)?,
                    _ => {
                        return Err(malformed(
                            position,
                            "a character reference names no character",
                        ));
                    }
                };
                match builder.current() {
                    Some(element) if element.name == EMBEDDED => element.embedded += 1,
                    Some(element) => element.text.to_mut().push(character),
                    None => builder.outside("x", position)?,
                }
            }
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !["utf-8", "utf8", "us-ascii", "ascii"]
                        .contains(&encoding.to_ascii_lowercase().as_str())
                {
                    let encoding: String = encoding.chars().take(40).collect();
                    return Err(ReadError::Encoding {
                        what: format!("the file says that it is written in `{encoding}`"),
                    });
                }
            }
            Event::DocType(_) => return Err(ReadError::DocumentType),
            Event::Eof => return builder.finish(position),
            Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
        }
    }
}

/// The bytes as text, with a word on what they are if they are none.
fn text_of(bytes: &[u8]) -> Result<&str, ReadError> {
    let not_invoice = |found: &str, next| {
        Err(ReadError::NotAnInvoice {
            found: found.to_owned(),
            next,
        })
    };
    match bytes {
        [] => return not_invoice("empty", "Ask the sender for it again"),
        [b'%', b'P', b'D', b'F', ..] => {
            return not_invoice(
                "a PDF",
                "If it is a ZUGFeRD or Factur-X invoice, take the XML out of it; it is CII, which is not read yet",
            );
        }
        [b'P', b'K', 3, 4, ..] => {
            return not_invoice("a ZIP archive", "Unpack it and pass the XML file in it");
        }
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => {
            return Err(ReadError::Encoding {
                what: "the file is written in UTF-16".to_owned(),
            });
        }
        _ => {}
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::Encoding {
        what: format!(
            "the file is not UTF-8 text: byte {} is wrong",
            error.valid_up_to()
        ),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('<') {
        return not_invoice("no XML", "Pass the XML file of the invoice");
    }
    // The reader below does not look: a NUL or an escape character would reach whoever shows the number of an invoice.
    if let Some((at, character)) = text.char_indices().find(|(_, found)| !allowed(*found)) {
        let code = u32::from(character);
        let what = format!("it holds the character U+{code:04X}, which XML does not allow");
        return Err(malformed(u64::try_from(at).unwrap_or(u64::MAX), &what));
    }
    Ok(text)
}

struct Builder<'a> {
    elements: Vec<Element<'a>>,
    open: Vec<Open>,
    kind: Option<Kind>,
    seen: usize,
}

impl<'a> Builder<'a> {
    fn current(&mut self) -> Option<&mut Element<'a>> {
        match self.open.last()? {
            Open::Kept(index) => self.elements.get_mut(usize::try_from(*index).ok()?),
            Open::Passed => None,
        }
    }

    /// Takes in a start tag. The name is resolved only once the tag is known to be bounded.
    fn start(
        &mut self,
        start: &BytesStart<'_>,
        position: u64,
        name: impl FnOnce() -> (String, String),
    ) -> Result<Open, ReadError> {
        self.seen += 1;
        if self.seen > MAX_ELEMENTS {
            return Err(ReadError::TooManyElements);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        // Bounded before quick-xml compares each attribute with every other.
        let mut attributes = start.attributes();
        let count = attributes
            .with_checks(false)
            .take(MAX_ATTRIBUTES + 1)
            .count();
        if count > MAX_ATTRIBUTES {
            return Err(ReadError::TooManyAttributes);
        }
        let attributes = kept_attributes(start, position)?;
        let parent = match self.open.last() {
            None => return self.root(name(), position),
            Some(Open::Passed) => return Ok(Open::Passed),
            Some(Open::Kept(parent)) => *parent,
        };
        let (namespace, name) = name();
        let known = match namespace.as_str() {
            AGGREGATE | BASIC => names::known(&name),
            _ => None,
        };
        let Some(name) = known else {
            return Ok(Open::Passed);
        };
        let index = self.add(name, attributes)?;
        let parent = usize::try_from(parent).unwrap_or(usize::MAX);
        let previous = self.elements.get_mut(parent).and_then(|parent| {
            parent.first_child.get_or_insert(index);
            parent.last_child.replace(index)
        });
        if let Some(previous) = previous.and_then(|previous| usize::try_from(previous).ok())
            && let Some(previous) = self.elements.get_mut(previous)
        {
            previous.next = Some(index);
        }
        Ok(Open::Kept(index))
    }

    fn root(
        &mut self,
        (namespace, name): (String, String),
        position: u64,
    ) -> Result<Open, ReadError> {
        if self.kind.is_some() {
            return Err(malformed(
                position,
                "something follows the end of the document",
            ));
        }
        let (kind, root) = match (namespace.as_str(), name.as_str()) {
            (INVOICE, "Invoice") => (Kind::Invoice, "Invoice"),
            (CREDIT_NOTE, "CreditNote") => (Kind::CreditNote, "CreditNote"),
            (_, "CrossIndustryInvoice" | "CrossIndustryDocument") => {
                return Err(ReadError::NotAnInvoice {
                    found: "a UN/CEFACT CII invoice".to_owned(),
                    next: "Ask the sender for UBL, or convert it",
                });
            }
            _ => {
                let name: String = name.chars().take(60).collect();
                return Err(ReadError::NotAnInvoice {
                    found: format!("an XML document `{name}` of another vocabulary"),
                    next: "Pass the UBL file of the invoice",
                });
            }
        };
        self.kind = Some(kind);
        self.add(root, Vec::new()).map(Open::Kept)
    }

    fn add(
        &mut self,
        name: &'static str,
        attributes: Vec<(&'static str, String)>,
    ) -> Result<u32, ReadError> {
        let index = u32::try_from(self.elements.len()).map_err(|_| ReadError::TooManyElements)?;
        self.elements.push(Element {
            name,
            text: Cow::Borrowed(""),
            embedded: 0,
            attributes,
            first_child: None,
            last_child: None,
            next: None,
        });
        Ok(index)
    }

    /// Text where no element is kept: within what is passed over it may be anything, outside the root only white space.
    fn outside(&self, text: &str, position: u64) -> Result<(), ReadError> {
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err(malformed(position, "there is text outside the document"));
        }
        Ok(())
    }

    fn finish(self, position: u64) -> Result<Tree<'a>, ReadError> {
        match self.kind {
            Some(kind) if self.open.is_empty() => Ok(Tree {
                elements: self.elements,
                kind,
            }),
            _ => Err(malformed(position, "it ends before its last element does")),
        }
    }
}

/// The attributes that mean something in an invoice.
fn kept_attributes(
    start: &BytesStart<'_>,
    position: u64,
) -> Result<Vec<(&'static str, String)>, ReadError> {
    let mut kept = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| malformed(position, &error.to_string()))?;
        if let Some(name) = names::known_attribute(attribute.key.as_ref()) {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| malformed(position, &error.to_string()))?;
            if !value.chars().all(allowed) {
                return Err(malformed(
                    position,
                    "a character reference names no character",
                ));
            }
            kept.push((name, value.trim().to_owned()));
        }
    }
    Ok(kept)
}

fn append<'a>(element: &mut Element<'a>, text: Cow<'a, str>) {
    if element.text.is_empty() {
        element.text = text;
    } else {
        element.text.to_mut().push_str(&text);
    }
}

fn solid(text: &str) -> u64 {
    let count = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether XML 1.0 allows the character.
fn allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn predefined(name: &str) -> Result<char, ReadError> {
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(ReadError::Entity {
            name: name.chars().take(40).collect(),
        }),
    }
}

fn malformed(position: u64, what: &str) -> ReadError {
    ReadError::Malformed {
        position,
        what: what.chars().take(200).collect(),
    }
}

impl<'a> Tree<'a> {
    /// The root element.
    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            tree: self,
            index: 0,
        }
    }
}

impl<'t> Node<'t> {
    fn element(self) -> Option<&'t Element<'t>> {
        self.tree.elements.get(usize::try_from(self.index).ok()?)
    }

    /// All children of one name, in order.
    pub(crate) fn children(self, name: &'static str) -> impl Iterator<Item = Node<'t>> {
        let tree = self.tree;
        let first = self.element().and_then(|element| element.first_child);
        std::iter::successors(first, move |index| {
            tree.elements.get(usize::try_from(*index).ok()?)?.next
        })
        .map(move |index| Node { tree, index })
        .filter(move |node| node.element().is_some_and(|element| element.name == name))
    }

    /// The first child of one name.
    pub(crate) fn child(self, name: &'static str) -> Option<Node<'t>> {
        self.children(name).next()
    }

    /// What is found by going from first child to first child.
    pub(crate) fn at(self, path: &[&'static str]) -> Option<Node<'t>> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    /// The text, trimmed; none if it is empty.
    pub(crate) fn text(self) -> Option<&'t str> {
        let text = self.element()?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// An attribute, trimmed; none if it is empty.
    pub(crate) fn attribute(self, name: &str) -> Option<&'t str> {
        let attributes = &self.element()?.attributes;
        let value = attributes
            .iter()
            .find(|(known, _)| *known == name)?
            .1
            .as_str();
        (!value.is_empty()).then_some(value)
    }

    /// Characters of an embedded attachment, white space left out.
    pub(crate) fn embedded(self) -> u64 {
        self.element().map_or(0, |element| element.embedded)
    }
}
