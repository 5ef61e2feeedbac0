//! Files that somebody made to do harm, and files that are merely broken: a typed answer, never a panic, and soon.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_invoice::{
    Code, MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_FINDINGS, ReadError, check, read,
};
use proptest::prelude::*;

const GOOD: &[&str] = &[
    include_str!("../../invoices/de-02-allowance-and-freight.xml"),
    include_str!("../../invoices/pl-02-vat-in-zloty.xml"),
    include_str!("../../invoices/kw-01-dinar.xml"),
    include_str!("../../invoices/no-01-credit-note-two-rates.xml"),
    include_str!("../../invoices/dk-01-direct-debit.xml"),
];

const HEAD: &str = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2' \
    xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' \
    xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>";

fn invoice(content: &str) -> String {
    format!("{HEAD}{content}</Invoice>")
}

fn error(text: &str) -> ReadError {
    read(text.as_bytes()).unwrap_err()
}

#[test]
fn an_entity_bomb_is_refused_before_anything_is_expanded() {
    let bomb = format!(
        "<!DOCTYPE Invoice [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>{}",
        invoice("<b:ID>&b;</b:ID>")
    );
    assert_eq!(error(&bomb), ReadError::DocumentType);
    assert_eq!(
        error(&format!(
            "<!DOCTYPE Invoice SYSTEM 'http://example.org/x.dtd'>{}",
            invoice("")
        )),
        ReadError::DocumentType
    );
    assert_eq!(
        error(&format!("<!doctype Invoice>{}", invoice(""))),
        ReadError::DocumentType
    );
}

#[test]
fn an_entity_without_a_definition_is_refused_by_name() {
    for text in [
        invoice("<b:ID>&file;</b:ID>"),
        invoice("<a:Unknown>&file;</a:Unknown>"),
        invoice("&file;"),
    ] {
        assert_eq!(
            error(&text),
            ReadError::Entity {
                name: "file".to_owned()
            }
        );
    }
    let attribute = invoice("<b:PayableAmount currencyID='&file;'>1</b:PayableAmount>");
    assert!(matches!(error(&attribute), ReadError::Malformed { .. }));
}

#[test]
fn references_that_xml_defines_are_text() {
    let text = invoice("<b:ID>a&#38;b &lt;&#x20AC;<![CDATA[<&>]]></b:ID>");
    assert_eq!(
        read(text.as_bytes()).unwrap().number.as_deref(),
        Some("a&b <€<&>")
    );
    for reference in ["&#0;", "&#xD800;", "&#x1F;", "&#99999999;", "&#x;"] {
        let text = invoice(&format!("<b:ID>{reference}</b:ID>"));
        assert!(
            matches!(error(&text), ReadError::Malformed { .. }),
            "{reference}"
        );
    }
}

#[test]
fn characters_that_xml_does_not_allow_are_refused_wherever_they_stand() {
    for character in [
        '\0', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{1b}', '\u{1f}', '\u{fffe}', '\u{ffff}',
    ] {
        for text in [
            invoice(&format!("<b:ID>a{character}b</b:ID>")),
            invoice(&format!("<b:ID><![CDATA[a{character}b]]></b:ID>")),
            invoice(&format!("<!-- {character} -->")),
            invoice(&format!("<a:Unknown>{character}</a:Unknown>")),
            invoice(&format!(
                "<b:PayableAmount currencyID='EU{character}R'>1</b:PayableAmount>"
            )),
            format!("{}{character}", invoice("")),
        ] {
            let message = error(&text).to_string();
            let named = format!("U+{:04X}", u32::from(character));
            assert!(message.contains(&named), "{message}");
            assert!(!message.contains(character), "{message:?}");
        }
    }
    for reference in ["&#0;", "&#8;", "&#x1B;", "&#xFFFE;"] {
        let text = invoice(&format!(
            "<b:PayableAmount currencyID='EUR{reference}'>1</b:PayableAmount>"
        ));
        assert!(
            matches!(error(&text), ReadError::Malformed { .. }),
            "{reference}"
        );
    }
    let fine = invoice("<b:ID>\ta\n\r\u{85}\u{10ffff}</b:ID>");
    assert!(read(fine.as_bytes()).is_ok());
}

#[test]
fn deep_nesting_ends_at_the_bound_whatever_it_is_made_of() {
    for tag in ["a:Item", "x", "a:Unknown"] {
        let deep = format!("{HEAD}{}", format!("<{tag}>").repeat(1_000_000));
        assert_eq!(error(&deep), ReadError::TooDeep, "{tag}");
    }
    let just = MAX_DEPTH - 1;
    let fits = invoice(&format!("{}{}", "<x>".repeat(just), "</x>".repeat(just)));
    assert!(read(fits.as_bytes()).is_ok());
}

#[test]
fn too_many_elements_and_attributes_end_at_the_bound() {
    assert_eq!(
        error(&invoice(&"<b:Note/>".repeat(MAX_ELEMENTS))),
        ReadError::TooManyElements
    );
    let attributes: String = (0..200_000)
        .map(|number| format!(" a{number}=''"))
        .collect();
    assert_eq!(
        error(&invoice(&format!("<b:Note{attributes}/>"))),
        ReadError::TooManyAttributes
    );
    let namespaces: String = (0..=MAX_ATTRIBUTES)
        .map(|number| format!(" xmlns:n{number}='x'"))
        .collect();
    assert_eq!(
        error(&invoice(&format!("<b:Note{namespaces}/>"))),
        ReadError::TooManyAttributes
    );
    // Below that bound on each element, but piled up.
    let namespaces: String = (0..30)
        .map(|number| format!(" xmlns:n{number}='x'"))
        .collect();
    let piled = invoice(&format!("<x{namespaces}>").repeat(20));
    assert!(matches!(error(&piled), ReadError::Malformed { .. }));
}

#[test]
fn a_file_over_the_size_bound_is_not_even_looked_at() {
    assert_eq!(
        read(&vec![b' '; MAX_BYTES + 1]).unwrap_err(),
        ReadError::TooLarge {
            bytes: MAX_BYTES + 1
        }
    );
}

#[test]
fn other_kinds_of_files_are_named() {
    for (bytes, expected) in [
        (&b""[..], "empty"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"<html/>", "`html`"),
        (b"{\"invoice\": 1}", "no XML"),
        (b"\xff\xfe<\0", "UTF-16"),
        (
            b"<?xml version='1.0' encoding='ISO-8859-1'?><Invoice/>",
            "`ISO-8859-1`",
        ),
        (b"<a>\xe4</a>", "byte 3"),
        (b"<Invoice/>", "`Invoice` of another vocabulary"),
        (b"<a/><b/>", "`a` of another vocabulary"),
    ] {
        let message = read(bytes).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_follows_or_precedes_the_document_is_refused() {
    let good = invoice("");
    for text in [
        format!("{good}{good}"),
        format!("{good}x"),
        format!("{good}&lt;"),
        format!("{good}<![CDATA[x]]>"),
        format!("{HEAD}<b:ID>"),
        format!("{HEAD}</b:ID></Invoice>"),
    ] {
        assert!(
            matches!(error(&text), ReadError::Malformed { .. }),
            "{text}"
        );
    }
    assert!(
        read(
            format!("\u{feff}<?xml version='1.0'?><!-- x -->\n{good}\n<!-- y --><?z?>").as_bytes()
        )
        .is_ok()
    );
}

#[test]
fn an_element_twice_is_read_once_and_foreign_elements_are_not_taken_for_it() {
    let text = invoice(
        "<x:ID xmlns:x='urn:other'>foreign</x:ID><ID>foreign too</ID><b:Unknown><b:ID>inner</b:ID></b:Unknown>\
         <b:ID> first </b:ID><b:ID>second</b:ID>",
    );
    assert_eq!(
        read(text.as_bytes()).unwrap().number.as_deref(),
        Some("first")
    );
}

#[test]
fn numbers_without_bounds_are_findings_and_not_overflows() {
    let digits = "9".repeat(100_000);
    let huge = "9".repeat(13);
    let line = |quantity: &str, price: &str, net: &str| {
        format!(
            "<a:InvoiceLine><b:InvoicedQuantity unitCode='C62'>{quantity}</b:InvoicedQuantity>\
             <b:LineExtensionAmount currencyID='EUR'>{net}</b:LineExtensionAmount>\
             <a:Price><b:PriceAmount currencyID='EUR'>{price}</b:PriceAmount></a:Price></a:InvoiceLine>"
        )
    };
    let codes = |content: &str| {
        let document = read(invoice(content).as_bytes()).unwrap();
        let codes: Vec<_> = check(&document)
            .into_iter()
            .map(|finding| finding.code)
            .collect();
        codes
    };
    assert!(codes(&line(&digits, &digits, &digits)).contains(&Code::UnreadableNumber));
    let product = line(
        &format!("{huge}.9999999999"),
        &format!("{huge}.9999999999"),
        "1",
    );
    let tiny_base = product.replace(
        "</a:Price>",
        "<b:BaseQuantity>0.0000000001</b:BaseQuantity></a:Price>",
    );
    for content in [product, tiny_base] {
        let found = codes(&content);
        assert!(
            found.contains(&Code::TooLarge) || found.contains(&Code::LineNet),
            "{found:?}"
        );
    }
}

#[test]
fn the_list_of_findings_ends_and_says_so() {
    let document = read(invoice(&"<a:InvoiceLine/>".repeat(10_000)).as_bytes()).unwrap();
    let findings = check(&document);
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    assert_eq!(findings.last().unwrap().code, Code::MoreFindings);
}

#[test]
fn long_texts_are_cut_and_messages_stay_on_one_line() {
    let text = invoice(&format!(
        "<b:ID>{}</b:ID><b:IssueDate>{}\n\r\u{85}</b:IssueDate>",
        "ä".repeat(100_000),
        "x\n".repeat(5_000)
    ));
    let document = read(text.as_bytes()).unwrap();
    assert_eq!(document.number.as_ref().unwrap().chars().count(), 4_001);
    for finding in check(&document) {
        assert!(
            finding.message.len() < 600 && !finding.message.chars().any(char::is_control),
            "{finding}"
        );
    }
}

#[test]
fn an_embedded_attachment_costs_no_memory_however_it_is_written() {
    let base64 = "QUJD\r\n".repeat(300_000);
    let text = invoice(&format!(
        "<a:AdditionalDocumentReference><b:ID>1</b:ID><a:Attachment>\
         <b:EmbeddedDocumentBinaryObject mimeCode='application/pdf' filename='a.pdf'>{base64}<![CDATA[QUJD]]>&#65;</b:EmbeddedDocumentBinaryObject>\
         </a:Attachment></a:AdditionalDocumentReference>"
    ));
    let document = read(text.as_bytes()).unwrap();
    assert_eq!(document.attachments[0].embedded_bytes, Some(900_003));
}

fn exercise(bytes: &[u8]) {
    if let Ok(document) = read(bytes) {
        assert!(check(&document).len() <= MAX_FINDINGS + 1);
        let _ = (document.owed(), document.seller.keys());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes);
    }

    #[test]
    fn arbitrary_text_inside_an_invoice_never_makes_it_panic(text in "(<[/!?]?|[abx]:|ID|InvoiceLine|Price|TaxTotal|>|/>|&[a-z#0-9]*;|[ -~]|\\PC){0,60}") {
        exercise(invoice(&text).as_bytes());
    }

    #[test]
    fn damaged_invoices_never_make_it_panic(
        which in 0..GOOD.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        let mut bytes = GOOD[which].as_bytes().to_vec();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        exercise(&bytes);
    }

    #[test]
    fn strange_values_in_a_good_invoice_never_make_it_panic(
        which in 0..GOOD.len(),
        value in prop_oneof!["-?[0-9]{1,13}(\\.[0-9]{1,10})?", "[0-9]{20,60}", "\\PC{0,20}", "-?0*\\.?0*", "[A-Z]{2}[0-9]{2}[A-Z0-9]{0,34}"],
        at in any::<prop::sample::Index>(),
    ) {
        // Replaces the text of one element.
        let good = GOOD[which];
        let leaves: Vec<_> = good.match_indices("</cbc:").map(|(end, _)| (good[..end].rfind('>').unwrap() + 1, end)).collect();
        let (start, end) = leaves[at.index(leaves.len())];
        let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
        let text = format!("{}{escaped}{}", &good[..start], &good[end..]);
        exercise(text.as_bytes());
    }

    #[test]
    fn changing_any_amount_of_the_totals_is_found(which in 0..GOOD.len(), cents in 1..1_000_000_i64, total in 0..4_usize) {
        let name = ["LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount"][total];
        let good = GOOD[which];
        let totals = good.find("<cac:LegalMonetaryTotal>").unwrap();
        let start = totals + good[totals..].find(&format!("<cbc:{name} ")).unwrap();
        let start = start + good[start..].find('>').unwrap() + 1;
        let end = start + good[start..].find('<').unwrap();
        let amount: guildhall_invoice::Decimal = good[start..end].parse().unwrap();
        let changed = amount + guildhall_invoice::Decimal::new(cents, 2);
        let text = format!("{}{changed}{}", &good[..start], &good[end..]);
        prop_assert!(check(&read(good.as_bytes()).unwrap()).is_empty());
        prop_assert!(!check(&read(text.as_bytes()).unwrap()).is_empty());
    }
}
