//! Incoterms 2020 (ICC publication 723E, in force since 2020-01-01): articles A9 and B9 of each term.

use crate::bindings::CostKind::{self, *};
use crate::bindings::Incoterm;
use crate::bindings::NamedPlace::{self, Arrival, BuyerPremises, Departure, SellerPremises};

/// Who pays a cost.
#[derive(Clone, Copy)]
pub enum Pays {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// The seller if the place is one of departure.
    IfDeparture,
    /// The seller if the place is the buyer's premises.
    IfToBuyer,
    /// The same, and wherever the freight pays for the unloading.
    IfToBuyerOrInFreight,
    /// The seller if the place is the buyer's premises and the freight pays for the unloading.
    IfToBuyerAndInFreight,
}

use Pays::{
    Buyer as B, IfDeparture as D, IfToBuyer as T, IfToBuyerAndInFreight as F,
    IfToBuyerOrInFreight as O, Seller as S,
};

/// A term.
pub struct Term {
    /// Its three letters.
    pub code: &'static str,
    /// Places that can stand behind it.
    pub places: &'static [NamedPlace],
    /// The term to use instead where no ship goes; none if it is made for every way.
    pub instead: Option<&'static str>,
    /// Who pays, in the order of [`COSTS`].
    pub pays: [Pays; 10],
    /// Its rule, in words.
    pub rule: &'static str,
}

/// Costs of the way, with the names of their fields. Duty and VAT are paid by whoever clears for import.
#[rustfmt::skip]
pub const COSTS: [(CostKind, &str); 10] = [
    (Loading, "loading"),
    (PreCarriage, "pre_carriage"),
    (ExportClearance, "export_clearance"),
    (DepartureTerminal, "departure_terminal"),
    (Freight, "freight"),
    (Insurance, "insurance"),
    (ArrivalTerminal, "arrival_terminal"),
    (ImportClearance, "import_clearance"),
    (OnCarriage, "on_carriage"),
    (Unloading, "unloading"),
];

const TO_PORT: &str =
    "the seller pays to the port of arrival; unloading there is his only if his freight holds it";
const TO_PLACE: &str =
    "the seller pays to the named place; unloading there is his only if his freight holds it";
const ANYWHERE: &[NamedPlace] = &[Arrival, BuyerPremises];

const fn term(
    code: &'static str,
    places: &'static [NamedPlace],
    instead: Option<&'static str>,
    pays: [Pays; 10],
    rule: &'static str,
) -> Term {
    Term {
        code,
        places,
        instead,
        pays,
        rule,
    }
}

#[rustfmt::skip]
mod rows {
    use super::*;

    pub static EXW: Term = term("EXW", &[SellerPremises], None, [B, B, B, B, B, B, B, B, B, B], "the seller only makes the goods available at his own premises");
    pub static FCA: Term = term("FCA", &[SellerPremises, Departure], None, [S, D, S, B, B, B, B, B, B, B], "the seller pays until the carrier has the goods at the named place, cleared for export");
    pub static CPT: Term = term("CPT", ANYWHERE, None, [S, S, S, S, S, B, O, B, T, F], TO_PLACE);
    pub static CIP: Term = term("CIP", ANYWHERE, None, [S, S, S, S, S, S, O, B, T, F], TO_PLACE);
    pub static DAP: Term = term("DAP", ANYWHERE, None, [S, S, S, S, S, S, O, B, T, F], "the seller pays until the goods are ready for unloading at the named place");
    pub static DPU: Term = term("DPU", ANYWHERE, None, [S, S, S, S, S, S, S, B, T, T], "the seller pays until the goods are unloaded at the named place");
    pub static DDP: Term = term("DDP", ANYWHERE, None, [S, S, S, S, S, S, O, S, T, F], "the seller pays until the goods are ready for unloading at the named place, cleared for import");
    pub static FAS: Term = term("FAS", &[Departure], Some("FCA"), [S, S, S, B, B, B, B, B, B, B], "the seller pays until the goods lie alongside the ship, cleared for export");
    pub static FOB: Term = term("FOB", &[Departure], Some("FCA"), [S, S, S, S, B, B, B, B, B, B], "the seller pays until the goods are on board, cleared for export");
    pub static CFR: Term = term("CFR", &[Arrival], Some("CPT"), [S, S, S, S, S, B, O, B, B, B], TO_PORT);
    pub static CIF: Term = term("CIF", &[Arrival], Some("CIP"), [S, S, S, S, S, S, O, B, B, B], TO_PORT);
}

/// The row of a term.
pub fn of(term: Incoterm) -> &'static Term {
    match term {
        Incoterm::Exw => &rows::EXW,
        Incoterm::Fca => &rows::FCA,
        Incoterm::Cpt => &rows::CPT,
        Incoterm::Cip => &rows::CIP,
        Incoterm::Dap => &rows::DAP,
        Incoterm::Dpu => &rows::DPU,
        Incoterm::Ddp => &rows::DDP,
        Incoterm::Fas => &rows::FAS,
        Incoterm::Fob => &rows::FOB,
        Incoterm::Cfr => &rows::CFR,
        Incoterm::Cif => &rows::CIF,
    }
}
