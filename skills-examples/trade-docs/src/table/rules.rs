//! What has to hold, and what is said if it does not.

use guildhall_ubl::rules;

use crate::bindings::TransportMode;

rules! {
    TOO_MANY: "" "" "There are more than {} of {}: split the shipment.";
    NO_GOODS: "cac:GoodsItem" "" "There are no goods: write at least one kind.";
    PRICE_WITHOUT_CURRENCY: "cbc:DocumentCurrencyCode" "ISO 4217" "the price has no currency: write it, for example EUR.";
    UNKNOWN_UNIT: "cbc:Quantity" "UN/ECE Recommendation 20" "the unit {} is not among those this skill knows: write a code of UN/ECE Recommendation 20, for example C62 for pieces, KGM for kilograms.";
    UNKNOWN_KIND: "cbc:PackagingTypeCode" "UN/ECE Recommendation 21" "the kind {} is not among those this skill knows: write a code of UN/ECE Recommendation 21, for example CT for cartons, PX for pallets.";
    COUNT: "cbc:Quantity" "" "the count is 0: write how many there are.";
    PACKED: "cac:GoodsItem" "" "{place} holds goods that are not in the list: count from 1 to {}.";
    INCOTERM: "cac:DeliveryTerms" "Incoterms 2020" "The term {} is none of the eleven of Incoterms 2020: write for example FCA.";
    BY_WATER_ONLY: "cac:DeliveryTerms" "Incoterms 2020" "{} is for carriage by water only: write FCA, CPT or CIP instead.";
    GROSS_WEIGHTS: "cbc:GrossWeightMeasure" "" "The goods weigh {} kg gross, but the packages {} kg: one of the two is wrong.";
    NET_OVER_GROSS: "cbc:NetWeightMeasure" "" "they weigh {} kg net and only {} kg gross: exchange or correct them.";
}

/// Incoterms 2020, those for carriage by water last.
pub const INCOTERMS: [&str; 11] = [
    "EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF",
];
pub const BY_WATER: [&str; 4] = ["FAS", "FOB", "CFR", "CIF"];

/// Code of UN/ECE Recommendation 19.
pub const fn mode(mode: TransportMode) -> &'static str {
    match mode {
        TransportMode::Sea => "1",
        TransportMode::Rail => "2",
        TransportMode::Road => "3",
        TransportMode::Air => "4",
    }
}

pub const KILOGRAM: &str = "KGM";
pub const CENTIMETRE: &str = "CMT";
/// Attributes of UNTDID 6313: gross weight, length, width, height.
pub const GROSS: &str = "G";
pub const SIZES: [&str; 3] = ["LN", "WD", "HT"];
