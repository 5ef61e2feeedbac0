//! Elements of a document, and how they are written.

use std::fmt::Write as _;
use std::rc::Rc;

use guildhall_sdk::Date;

use crate::exact::Exact;
use crate::scale::Scale;

const AGGREGATE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASIC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const DOCUMENT: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

/// What can stand in an element. None leaves the element out.
pub trait Value {
    /// As text.
    fn text(&self) -> Option<String>;
}

impl<V: Value> Value for Option<V> {
    fn text(&self) -> Option<String> {
        self.as_ref().and_then(Value::text)
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn text(&self) -> Option<String> {
        (**self).text()
    }
}

/// A currency is written as its code.
impl Value for Scale {
    fn text(&self) -> Option<String> {
        Some(self.code().to_owned())
    }
}

macro_rules! shown_as_written {
    ($($kind:ty)*) => {
        $(impl Value for $kind {
            fn text(&self) -> Option<String> {
                Some(self.to_string())
            }
        })*
    };
}
shown_as_written!(str String bool u32 usize Date Exact);

/// Elements in a row, to be put into a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part(pub(crate) Rc<Vec<Element>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: &'static str,
    pub attribute: Option<(&'static str, String)>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// `cbc`
    Text(String),
    /// `cac`
    Elements(Vec<Element>),
    /// The same, written elsewhere too.
    Part(Part),
}

impl Element {
    pub fn group(name: &'static str, content: Content) -> Self {
        Element {
            name,
            attribute: None,
            content,
        }
    }
}

/// A whole document. Every element that is opened is closed, and text is escaped.
pub(crate) fn document(root: &str, elements: &[Element]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a string does not fail.
    let _ = writeln!(
        out,
        "<{root} xmlns=\"{DOCUMENT}{root}-2\"\n  xmlns:cac=\"{AGGREGATE}\"\n  xmlns:cbc=\"{BASIC}\">"
    );
    write(&mut out, 1, elements);
    let _ = writeln!(out, "</{root}>");
    out
}

fn write(out: &mut String, depth: usize, elements: &[Element]) {
    for element in elements {
        let name = element.name;
        match &element.content {
            Content::Elements(elements) => group(out, depth, name, elements),
            Content::Part(Part(elements)) => group(out, depth, name, elements),
            Content::Text(text) => {
                open(out, depth, "cbc:", name);
                if let Some((attribute, value)) = &element.attribute {
                    for part in [" ", attribute, "=\""] {
                        out.push_str(part);
                    }
                    escape(out, value);
                    out.push('"');
                }
                out.push('>');
                escape(out, text);
                close(out, "cbc:", name);
            }
        }
    }
}

fn group(out: &mut String, depth: usize, name: &str, elements: &[Element]) {
    open(out, depth, "cac:", name);
    out.push_str(">\n");
    write(out, depth + 1, elements);
    indent(out, depth);
    close(out, "cac:", name);
}

fn open(out: &mut String, depth: usize, prefix: &str, name: &str) {
    indent(out, depth);
    for part in ["<", prefix, name] {
        out.push_str(part);
    }
}

fn close(out: &mut String, prefix: &str, name: &str) {
    for part in ["</", prefix, name, ">\n"] {
        out.push_str(part);
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn escape(out: &mut String, text: &str) {
    let plain =
        |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"');
    if text.bytes().all(plain) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            // Never reached where text was read by a draft; XML has no way to write them.
            c if c.is_control() && !matches!(c, '\t' | '\n') => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}
