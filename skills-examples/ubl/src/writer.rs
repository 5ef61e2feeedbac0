//! A UBL document under construction.

use std::fmt::Write as _;

const AGGREGATE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASIC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const DOCUMENT: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

/// Writes elements in the order they are given. Every element that is opened is closed, and text is escaped.
pub struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// A whole document with this root: `Invoice`, `PackingList` and so on.
    pub fn document(root: &str, content: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            depth: 1,
        };
        // Writing into a string does not fail.
        let _ = writeln!(
            writer.out,
            "<{root} xmlns=\"{DOCUMENT}{root}-2\"\n  xmlns:cac=\"{AGGREGATE}\"\n  xmlns:cbc=\"{BASIC}\">"
        );
        content(&mut writer);
        let _ = writeln!(writer.out, "</{root}>");
        writer.out
    }

    /// An element with elements in it (`cac`). Without any it is left out.
    pub fn group(&mut self, name: &str, content: impl FnOnce(&mut Writer)) {
        let before = self.out.len();
        self.indent();
        let _ = writeln!(self.out, "<cac:{name}>");
        let opened = self.out.len();
        self.depth += 1;
        content(self);
        self.depth -= 1;
        if self.out.len() == opened {
            self.out.truncate(before);
            return;
        }
        self.indent();
        let _ = writeln!(self.out, "</cac:{name}>");
    }

    /// An element with text in it (`cbc`).
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    /// An element with text and attributes.
    pub fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.indent();
        let _ = write!(self.out, "<cbc:{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.out, " {attribute}=\"");
            self.escape(value);
            self.out.push('"');
        }
        self.out.push('>');
        self.escape(text);
        let _ = writeln!(self.out, "</cbc:{name}>");
    }

    /// An element with text, if there is any.
    pub fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// An amount of money.
    pub fn amount(&mut self, name: &str, currency: &str, amount: &str) {
        self.leaf_with(name, &[("currencyID", currency)], amount);
    }

    /// A reference to another document by its number.
    pub fn reference(&mut self, name: &str, id: Option<&str>) {
        self.group(name, |writer| writer.maybe("ID", id));
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                // Never reached where the caller cleans text; XML has no way to write them.
                c if c.is_control() && !matches!(c, '\t' | '\n') => self.out.push('\u{fffd}'),
                '\u{fffe}' | '\u{ffff}' => self.out.push('\u{fffd}'),
                c => self.out.push(c),
            }
        }
    }
}
