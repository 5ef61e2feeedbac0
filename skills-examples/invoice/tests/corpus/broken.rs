//! Files that are no invoice that can be read: name, content, what it is, and the error.

pub const FILES: &[(&str, &str, &str, &str)] = &[
    (
        "broken-01-entity-bomb.xml",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE Invoice [\n  <!ENTITY a \"aaaaaaaaaa\">\n  <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n  <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n  <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\n]>\n<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\">&d;</Invoice>\n",
        "Entities that multiply",
        "document-type",
    ),
    (
        "broken-02-external-entity.xml",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE Invoice SYSTEM \"file:///etc/hostname\">\n<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"/>\n",
        "Asks the reader to open another file",
        "document-type",
    ),
    (
        "broken-03-cut-off.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"\n    xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\n  <cbc:ID>NB-2026-0140</cbc:ID>\n  <cbc:IssueDate>2026-10-",
        "Cut off in the middle",
        "malformed",
    ),
    (
        "broken-04-other-vocabulary.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rsm:CrossIndustryInvoice xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\"/>\n",
        "A CII invoice, not UBL",
        "not-an-invoice",
    ),
    (
        "broken-05-not-xml.xml",
        "Sehr geehrte Damen und Herren,\nanbei die Rechnung.\n",
        "A letter with the wrong name",
        "not-an-invoice",
    ),
];
