//! Reads a file back, for tests: the XML reader knows nothing of the code that wrote it.

use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// An element without elements inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Names from the root, joined by `/`, without `Document/CstmrCdtTrfInitn/`.
    pub path: String,
    /// The one attribute, if it has one.
    pub attribute: Option<String>,
    /// Its text.
    pub text: String,
}

/// All leaves in document order.
pub fn leaves(bytes: &[u8]) -> Vec<Leaf> {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut reader = Reader::from_str(text);
    let (mut path, mut found) = (Vec::new(), Vec::new());
    let (mut attribute, mut content, mut is_leaf) = (None, String::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                attribute = start
                    .attributes()
                    .map(|a| a.unwrap().value.into_owned())
                    .next();
                content.clear();
                is_leaf = true;
            }
            Event::Text(text) => content.push_str(&text),
            Event::GeneralRef(reference) => {
                content.push_str(quick_xml::escape::resolve_xml_entity(&reference).unwrap());
            }
            Event::End(_) => {
                if std::mem::take(&mut is_leaf) {
                    found.push(Leaf {
                        path: path[2..].join("/"),
                        attribute: attribute.take(),
                        text: std::mem::take(&mut content),
                    });
                }
                path.pop();
            }
            Event::Decl(_) => {}
            Event::Eof => return found,
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// The texts of all leaves whose path ends with `end`.
pub fn texts(bytes: &[u8], end: &str) -> Vec<String> {
    leaves(bytes)
        .into_iter()
        .filter(|leaf| leaf.path == end || leaf.path.ends_with(&format!("/{end}")))
        .map(|leaf| leaf.text)
        .collect()
}

/// A decimal number as a count of 10^-5.
pub fn number(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 5, "{text}");
    format!("{whole}{fraction:0<5}").parse().unwrap()
}

/// Control sums and counts, each beside what the amounts give. Says what was compared, so that nothing is compared in vain.
pub fn assert_sums(bytes: &[u8]) {
    let mut blocks: Vec<(i128, usize)> = Vec::new();
    let mut claimed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for leaf in leaves(bytes) {
        match leaf.path.as_str() {
            "PmtInf/PmtInfId" => blocks.push((0, 0)),
            "PmtInf/CdtTrfTxInf/Amt/InstdAmt" => {
                let block = blocks.last_mut().unwrap();
                block.0 += number(&leaf.text);
                block.1 += 1;
            }
            "GrpHdr/CtrlSum" => claimed.entry("sum").or_default().push(leaf.text),
            "GrpHdr/NbOfTxs" => claimed.entry("count").or_default().push(leaf.text),
            "PmtInf/CtrlSum" => claimed.entry("sums").or_default().push(leaf.text),
            "PmtInf/NbOfTxs" => claimed.entry("counts").or_default().push(leaf.text),
            _ => {}
        }
    }
    let numbers = |key: &str| -> Vec<i128> { claimed[key].iter().map(|t| number(t)).collect() };
    let counts =
        |key: &str| -> Vec<usize> { claimed[key].iter().map(|t| t.parse().unwrap()).collect() };
    assert_eq!(numbers("sum"), [blocks.iter().map(|b| b.0).sum::<i128>()]);
    assert_eq!(counts("count"), [blocks.iter().map(|b| b.1).sum::<usize>()]);
    assert_eq!(
        numbers("sums"),
        blocks.iter().map(|b| b.0).collect::<Vec<_>>()
    );
    assert_eq!(
        counts("counts"),
        blocks.iter().map(|b| b.1).collect::<Vec<_>>()
    );
}
