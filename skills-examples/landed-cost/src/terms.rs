//! Who pays what under the eleven terms of Incoterms 2020 (ICC publication 723E): articles A9 and B9 of each.

use crate::bindings::{CostKind, Incoterm, NamedPlace, Party, Transport};

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
    match term {
        Incoterm::Exw => "EXW",
        Incoterm::Fca => "FCA",
        Incoterm::Cpt => "CPT",
        Incoterm::Cip => "CIP",
        Incoterm::Dap => "DAP",
        Incoterm::Dpu => "DPU",
        Incoterm::Ddp => "DDP",
        Incoterm::Fas => "FAS",
        Incoterm::Fob => "FOB",
        Incoterm::Cfr => "CFR",
        Incoterm::Cif => "CIF",
    }
}

/// The term to use instead, if this one is not made for the way the goods travel.
pub fn instead(term: Incoterm, transport: Transport) -> Option<&'static str> {
    let instead = match term {
        Incoterm::Fas | Incoterm::Fob => "FCA",
        Incoterm::Cfr => "CPT",
        Incoterm::Cif => "CIP",
        _ => return None,
    };
    match transport {
        Transport::Sea | Transport::InlandWaterway | Transport::SeaContainer => None,
        Transport::Air | Transport::Road | Transport::Rail => Some(instead),
    }
}

/// Places that can stand behind a term.
pub fn places(term: Incoterm) -> &'static [NamedPlace] {
    use NamedPlace::{Arrival, BuyerPremises, Departure, SellerPremises};
    match term {
        Incoterm::Exw => &[SellerPremises],
        Incoterm::Fca => &[SellerPremises, Departure],
        Incoterm::Fas | Incoterm::Fob => &[Departure],
        Incoterm::Cfr | Incoterm::Cif => &[Arrival],
        Incoterm::Cpt | Incoterm::Cip | Incoterm::Dap | Incoterm::Dpu | Incoterm::Ddp => {
            &[Arrival, BuyerPremises]
        }
    }
}

/// Who pays a cost. `unloading_in_freight`: the contract of carriage pays for the unloading at the named place, too.
pub fn payer(
    term: Incoterm,
    cost: CostKind,
    place: Option<NamedPlace>,
    unloading_in_freight: bool,
) -> Payer {
    use Incoterm::{Cfr, Cif, Cip, Cpt, Dap, Ddp, Dpu, Exw, Fas, Fca, Fob};
    let place = match places(term) {
        [only] => Some(*only),
        _ => place,
    };
    // Whether the goods travel up to the buyer's premises at the seller's cost.
    let to_buyer = place.map(|place| place == NamedPlace::BuyerPremises);
    let when = |condition: Option<bool>| match condition {
        Some(true) => Payer::Is(Party::Seller),
        Some(false) => Payer::Is(Party::Buyer),
        None => Payer::DependsOnPlace,
    };
    let seller_if = |condition: bool| when(Some(condition));
    match cost {
        CostKind::Goods => Payer::Is(Party::Buyer),
        CostKind::Loading | CostKind::ExportClearance => seller_if(term != Exw),
        CostKind::PreCarriage => match term {
            Exw => Payer::Is(Party::Buyer),
            Fca => when(place.map(|place| place == NamedPlace::Departure)),
            _ => Payer::Is(Party::Seller),
        },
        CostKind::DepartureTerminal => seller_if(!matches!(term, Exw | Fca | Fas)),
        CostKind::Freight => seller_if(!matches!(term, Exw | Fca | Fas | Fob)),
        CostKind::Insurance => seller_if(matches!(term, Cif | Cip | Dap | Dpu | Ddp)),
        CostKind::ArrivalTerminal => match term {
            Exw | Fca | Fas | Fob => Payer::Is(Party::Buyer),
            Dpu => Payer::Is(Party::Seller),
            // Unloaded there at the buyer's cost if the way ends there; a cost of the way if it goes on.
            Cfr | Cif | Cpt | Cip | Dap | Ddp => {
                when(to_buyer.map(|to_buyer| to_buyer || unloading_in_freight))
            }
        },
        CostKind::OnCarriage => match term {
            Cpt | Cip | Dap | Dpu | Ddp => when(to_buyer),
            Exw | Fca | Fas | Fob | Cfr | Cif => Payer::Is(Party::Buyer),
        },
        CostKind::Unloading => match term {
            Dpu => when(to_buyer),
            Cpt | Cip | Dap | Ddp => {
                when(to_buyer.map(|to_buyer| to_buyer && unloading_in_freight))
            }
            Exw | Fca | Fas | Fob | Cfr | Cif => Payer::Is(Party::Buyer),
        },
        CostKind::ImportClearance | CostKind::Duty | CostKind::Vat => seller_if(term == Ddp),
    }
}

/// Why, in words.
pub fn why(term: Incoterm, cost: CostKind, payer: Party) -> String {
    let code = code(term);
    match (cost, payer) {
        (CostKind::Goods, _) => return "The price of the goods is the buyer's.".to_owned(),
        (CostKind::Insurance, Party::Seller) if term == Incoterm::Cif => {
            return "CIF: the seller must insure, at least by Institute Cargo Clauses (C)."
                .to_owned();
        }
        (CostKind::Insurance, Party::Seller) if term == Incoterm::Cip => {
            return "CIP: the seller must insure, by Institute Cargo Clauses (A).".to_owned();
        }
        (CostKind::Insurance, Party::Seller) => {
            return format!(
                "{code}: nobody must insure; the risk of the way is the seller's, and so is its insurance."
            );
        }
        (CostKind::Insurance, Party::Buyer) => {
            return format!(
                "{code}: nobody must insure; the risk of the way is the buyer's, and so is its insurance."
            );
        }
        (CostKind::ImportClearance | CostKind::Duty | CostKind::Vat, Party::Buyer) => {
            return format!("{code}: the buyer clears the goods for import.");
        }
        _ => {}
    }
    let rule = match term {
        Incoterm::Exw => "the seller only makes the goods available at his own premises",
        Incoterm::Fca => {
            "the seller pays until the carrier has the goods at the named place, cleared for export"
        }
        Incoterm::Fas => {
            "the seller pays until the goods lie alongside the ship, cleared for export"
        }
        Incoterm::Fob => "the seller pays until the goods are on board, cleared for export",
        Incoterm::Cfr | Incoterm::Cif => {
            "the seller pays to the port of arrival; unloading there is his only if his freight holds it"
        }
        Incoterm::Cpt | Incoterm::Cip => {
            "the seller pays to the named place; unloading there is his only if his freight holds it"
        }
        Incoterm::Dap => {
            "the seller pays until the goods are ready for unloading at the named place"
        }
        Incoterm::Dpu => "the seller pays until the goods are unloaded at the named place",
        Incoterm::Ddp => {
            "the seller pays until the goods are ready for unloading at the named place, cleared for import"
        }
    };
    format!("{code}: {rule}.")
}
