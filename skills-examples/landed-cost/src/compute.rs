//! Arithmetic: whole minor units, rounded once for each levy.

use guildhall_sdk::Money;

use crate::bindings::{
    CostKind, Incoterm, Invalid, Item, LandedCost, Levy, Party, PriceCovers, Rounding, Shipment,
    ValueBasis, VatBasis,
};
use crate::markets::{Origin, Rules};
use crate::question::{Question, Said, invalid};
use crate::terms::{self, Payer};

/// Why nothing is computed.
pub enum Stop {
    /// The question is wrong.
    Wrong(Invalid),
    /// Something is missing: what to say.
    Unclear(String),
}

/// A part of the total.
struct Line {
    kind: CostKind,
    amount: i128,
    payer: Party,
    in_value: bool,
    in_vat: bool,
}

impl Line {
    fn new(kind: CostKind, amount: i128, payer: Party) -> Self {
        Self {
            kind,
            amount,
            payer,
            in_value: false,
            in_vat: false,
        }
    }
}

fn total(lines: &[Line], counts: impl Fn(&Line) -> bool) -> i128 {
    let counted = lines.iter().filter(|line| counts(line));
    counted.map(|line| line.amount).sum()
}

/// The landed cost of a question by the rules of its market.
pub fn landed_cost(
    question: &Question,
    rules: &Rules,
    duty: &Said,
    vat: Option<&Said>,
) -> Result<LandedCost, Stop> {
    let shipment = &question.shipment;
    let mut lines = way(question)?;
    let of_seller = total(&lines, |line| line.payer == Party::Seller);
    let goods = match shipment.price_covers {
        None | Some(PriceCovers::GoodsAlone) => question.price,
        Some(PriceCovers::SellerCosts) if shipment.incoterm == Incoterm::Ddp => {
            return Err(Stop::Unclear("A DDP price that holds duty and VAT cannot be taken apart without knowing how the seller computed it. Give the price of the goods alone.".to_owned()));
        }
        Some(PriceCovers::SellerCosts) => question.price - of_seller,
    };
    if goods < 0 {
        let message = "The seller's costs are more than the price that is said to hold them.";
        return Err(Stop::Wrong(invalid("goods", message)));
    }
    lines.insert(0, Line::new(CostKind::Goods, goods, Party::Buyer));
    for line in &mut lines {
        line.in_value = in_value(line, rules, shipment);
    }
    let exact = total(&lines, |line| line.in_value);
    let customs_value = (exact + rules.step / 2) / rules.step * rules.step;
    // Duty and VAT are paid by whoever clears for import.
    let importer = match terms::payer(shipment.incoterm, CostKind::Duty, None, false) {
        Payer::Is(party) => party,
        Payer::DependsOnPlace => Party::Buyer,
    };
    let (amount, duty) = levy(customs_value, duty, question)?;
    lines.push(Line::new(CostKind::Duty, amount, importer));
    let mut vat_shown = None;
    if let (Some(basis), Some(rate)) = (rules.vat, vat) {
        for line in &mut lines {
            line.in_vat = in_vat(line, basis);
        }
        let beside = total(&lines, |line| line.in_vat && !line.in_value);
        let (amount, vat) = levy(customs_value + beside, rate, question)?;
        lines.push(Line::new(CostKind::Vat, amount, importer));
        vat_shown = Some(vat);
    }
    let money = |minor| money(minor, question);
    let seller = total(&lines, |line| line.payer == Party::Seller);
    let buyer = total(&lines, |line| line.payer == Party::Buyer);
    let item = |line: &Line| {
        Ok(Item {
            cost: line.kind,
            amount: money(line.amount)?,
            payer: line.payer,
            why: terms::why(shipment.incoterm, line.kind, line.payer),
            in_customs_value: line.in_value,
            in_vat_base: line.in_vat,
        })
    };
    Ok(LandedCost {
        total: money(seller + buyer)?,
        seller: money(seller)?,
        buyer: money(buyer)?,
        price_under_term: money(goods + seller)?,
        value_basis: rules.value,
        customs_value: money(customs_value)?,
        duty,
        vat: vat_shown,
        items: lines.iter().map(item).collect::<Result<_, Stop>>()?,
        notes: Vec::new(),
    })
}

/// The costs of the way with who pays them.
fn way(question: &Question) -> Result<Vec<Line>, Stop> {
    let Shipment {
        incoterm,
        named_place,
        unloading_in_freight,
        ..
    } = question.shipment;
    let line = |(kind, amount): &(CostKind, i128)| {
        let in_freight = unloading_in_freight == Some(true);
        match terms::payer(incoterm, *kind, named_place, in_freight) {
            Payer::Is(party) => Ok(Line::new(*kind, *amount, party)),
            Payer::DependsOnPlace => Err(Stop::Unclear(format!(
                "Who pays the {} under {} depends on the place behind the term. Say where it is (`named-place`).",
                words(*kind),
                terms::code(incoterm)
            ))),
        }
    };
    question.costs.iter().map(line).collect()
}

fn words(cost: CostKind) -> &'static str {
    match cost {
        CostKind::PreCarriage => "carriage to the terminal of departure",
        CostKind::ArrivalTerminal => "terminal of arrival",
        CostKind::OnCarriage => "carriage to the buyer",
        CostKind::Unloading => "unloading",
        _ => "cost",
    }
}

fn money(minor: i128, question: &Question) -> Result<Money, Stop> {
    let message = "The amounts are too large to be computed exactly.";
    let minor = i64::try_from(minor).map_err(|_| Stop::Wrong(invalid("goods", message)))?;
    Ok(Money::of(minor, question.currency))
}

/// A percentage of a base, rounded once.
fn levy(base: i128, rate: &Said, question: &Question) -> Result<(i128, Levy), Stop> {
    const WHOLE: i128 = 1_000_000;
    // At most 2^68 times 10^8: far from the end of 128 bits.
    let exact = base * rate.millionths;
    let amount = (exact + WHOLE / 2) / WHOLE;
    let shown = Levy {
        percent: rate.percent.clone(),
        base: money(base, question)?,
        amount: money(amount, question)?,
        rounding: match exact % WHOLE {
            0 => Rounding::None,
            _ => Rounding::HalfUp,
        },
    };
    Ok((amount, shown))
}

fn in_value(line: &Line, rules: &Rules, shipment: &Shipment) -> bool {
    let through = shipment.through_document == Some(true);
    match line.kind {
        CostKind::Goods => true,
        CostKind::Loading
        | CostKind::PreCarriage
        | CostKind::ExportClearance
        | CostKind::DepartureTerminal => match rules.origin {
            Origin::All => true,
            Origin::UnlessThrough => !through,
            Origin::PaidToSellerUnlessThrough => !through && line.payer == Party::Seller,
        },
        CostKind::Freight | CostKind::Insurance => rules.value == ValueBasis::Cif,
        CostKind::ArrivalTerminal
        | CostKind::ImportClearance
        | CostKind::OnCarriage
        | CostKind::Unloading
        | CostKind::Duty
        | CostKind::Vat => false,
    }
}

fn in_vat(line: &Line, basis: VatBasis) -> bool {
    match line.kind {
        CostKind::Duty => true,
        CostKind::Freight | CostKind::Insurance => line.in_value || basis != VatBasis::CustomsValue,
        CostKind::ArrivalTerminal
        | CostKind::ImportClearance
        | CostKind::OnCarriage
        | CostKind::Unloading => basis == VatBasis::ToDestination,
        _ => line.in_value,
    }
}
