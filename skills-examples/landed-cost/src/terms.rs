//! Who pays what under the eleven terms of Incoterms 2020; what they say is in `table::terms`.

use crate::bindings::{CostKind, Incoterm, NamedPlace, Party, Transport};
use crate::table::terms::{COSTS, Pays, of};

/// Who pays a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// This party.
    Is(Party),
    /// It depends on the place behind the term.
    DependsOnPlace,
}

/// All of them.
#[cfg(test)]
pub const TERMS: [Incoterm; 11] = [
    Incoterm::Exw,
    Incoterm::Fca,
    Incoterm::Cpt,
    Incoterm::Cip,
    Incoterm::Dap,
    Incoterm::Dpu,
    Incoterm::Ddp,
    Incoterm::Fas,
    Incoterm::Fob,
    Incoterm::Cfr,
    Incoterm::Cif,
];

pub fn code(term: Incoterm) -> &'static str {
    of(term).code
}

/// The term to use instead, if this one is not made for the way the goods travel.
pub fn instead(term: Incoterm, transport: Transport) -> Option<&'static str> {
    match transport {
        Transport::Sea | Transport::InlandWaterway | Transport::SeaContainer => None,
        Transport::Air | Transport::Road | Transport::Rail => of(term).instead,
    }
}

/// Whether it is made for ships alone.
pub fn for_ships(term: Incoterm) -> bool {
    of(term).instead.is_some()
}

/// Places that can stand behind a term.
pub fn places(term: Incoterm) -> &'static [NamedPlace] {
    of(term).places
}

/// Who pays a cost. `unloading_in_freight`: the contract of carriage pays for the unloading at the named place, too.
pub fn payer(
    term: Incoterm,
    cost: CostKind,
    place: Option<NamedPlace>,
    unloading_in_freight: bool,
) -> Payer {
    let place = match places(term) {
        [only] => Some(*only),
        _ => place,
    };
    let cost = match cost {
        CostKind::Duty | CostKind::Vat => CostKind::ImportClearance,
        cost => cost,
    };
    let column = COSTS
        .iter()
        .zip(of(term).pays)
        .find(|((kind, _), _)| *kind == cost);
    let is = |wanted| place.map(|place| place == wanted);
    let to_buyer = is(NamedPlace::BuyerPremises);
    let by_seller = match column.map_or(Pays::Buyer, |(_, pays)| pays) {
        Pays::Buyer => Some(false),
        Pays::Seller => Some(true),
        Pays::IfDeparture => is(NamedPlace::Departure),
        Pays::IfToBuyer => to_buyer,
        Pays::IfToBuyerOrInFreight => to_buyer.map(|to_buyer| to_buyer || unloading_in_freight),
        Pays::IfToBuyerAndInFreight => to_buyer.map(|to_buyer| to_buyer && unloading_in_freight),
    };
    match by_seller {
        Some(true) => Payer::Is(Party::Seller),
        Some(false) => Payer::Is(Party::Buyer),
        None => Payer::DependsOnPlace,
    }
}

/// Why, in words.
pub fn why(term: Incoterm, cost: CostKind, payer: Party) -> String {
    let code = code(term);
    let whose = match payer {
        Party::Seller => "seller's",
        Party::Buyer => "buyer's",
    };
    match (cost, payer) {
        (CostKind::Goods, _) => "The price of the goods is the buyer's.".to_owned(),
        (CostKind::Insurance, Party::Seller) if term == Incoterm::Cif => {
            "CIF: the seller must insure, at least by Institute Cargo Clauses (C).".to_owned()
        }
        (CostKind::Insurance, Party::Seller) if term == Incoterm::Cip => {
            "CIP: the seller must insure, by Institute Cargo Clauses (A).".to_owned()
        }
        (CostKind::Insurance, _) => format!(
            "{code}: nobody must insure; the risk of the way is the {whose}, and so is its insurance."
        ),
        (CostKind::ImportClearance | CostKind::Duty | CostKind::Vat, Party::Buyer) => {
            format!("{code}: the buyer clears the goods for import.")
        }
        _ => format!("{code}: {}.", of(term).rule),
    }
}
