//! Codes of events, in words: DCSA Track & Trace 2, and GS1's Core Business Vocabulary 2.0 (2022).

/// Codes of equipment events, in words.
pub const EQUIPMENT: &[(&str, &str)] = &[
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
pub const TRANSPORT: &[(&str, &str)] = &[("ARRI", "arrival"), ("DEPA", "departure")];
/// Codes of shipment events.
pub const SHIPMENT: &[(&str, &str)] = &[
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
pub const DOCUMENTS: &[(&str, &str)] = &[
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

/// Steps of the Core Business Vocabulary, in words.
pub const STEPS: &[(&str, &str)] = &[
    ("arriving", "arrived"),
    ("departing", "departed"),
    ("shipping", "shipped"),
    ("receiving", "received"),
    ("accepting", "accepted"),
    ("loading", "loaded"),
    ("unloading", "unloaded"),
    ("packing", "packed"),
    ("unpacking", "unpacked"),
    ("picking", "picked"),
    ("storing", "stored"),
    ("staging_outbound", "made ready to leave"),
    ("transporting", "in transit"),
    ("inspecting", "inspected"),
    ("holding", "held"),
    ("releasing", "released"),
    ("loading_vessel", "loaded"),
];
