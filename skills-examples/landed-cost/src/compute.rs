//! Arithmetic: whole minor units, rounded once for each levy.

use guildhall_sdk::{Currency, Money};

use crate::bindings::{
    CostKind, Incoterm, Item, LandedCost, Levy, NamedPlace, Party, PriceCovers, Rounding, Shipment,
    ValueBasis, VatBasis,
};
use crate::markets::{Origin, Rules};
use crate::question::{Question, Said};
use crate::terms::{self, Payer};

/// Why nothing is computed.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody must say where the named place is: who pays this depends on it.
    Place(CostKind),
    /// A price that holds duty and VAT cannot be taken apart.
    DutyInPrice,
    /// The costs in the price are more than the price.
    PriceTooSmall,
    /// The amounts are too large.
    TooLarge,
}

/// The landed cost of a question by the rules of its market.
pub fn landed_cost(
    question: &Question,
    rules: &Rules,
    duty: &Said,
    vat: Option<&Said>,
) -> Result<LandedCost, Stop> {
    let shipment = &question.shipment;
    let paid = payers(question)?;
    let sum = |amounts: &mut dyn Iterator<Item = i128>| amounts.sum::<i128>();
    let of_seller = sum(&mut paid
        .iter()
        .filter(|(.., payer)| *payer == Party::Seller)
        .map(|(_, amount, _)| *amount));
    let goods = match shipment.price_covers {
        None | Some(PriceCovers::GoodsAlone) => question.price,
        Some(PriceCovers::SellerCosts) if shipment.incoterm == Incoterm::Ddp => {
            return Err(Stop::DutyInPrice);
        }
        Some(PriceCovers::SellerCosts) => question.price - of_seller,
    };
    if goods < 0 {
        return Err(Stop::PriceTooSmall);
    }
    let all = std::iter::once((CostKind::Goods, goods, Party::Buyer)).chain(paid);
    let mut lines: Vec<Line> = all
        .map(|(kind, amount, payer)| Line {
            kind,
            amount,
            payer,
            in_value: in_value(kind, payer, rules, shipment),
            in_vat: false,
        })
        .collect();

    let exact = sum(&mut lines
        .iter()
        .filter(|line| line.in_value)
        .map(|line| line.amount));
    let customs_value = (exact + rules.step / 2) / rules.step * rules.step;
    let levied = Levied::of(customs_value, duty);
    lines.push(levy_line(shipment, CostKind::Duty, levied.amount));
    let vat = match (rules.vat, vat) {
        (Some(basis), Some(rate)) => {
            for line in &mut lines {
                line.in_vat = in_vat(line, basis);
            }
            let beside = sum(&mut lines
                .iter()
                .filter(|line| line.in_vat && !line.in_value)
                .map(|line| line.amount));
            let vat = Levied::of(customs_value + beside, rate);
            lines.push(levy_line(shipment, CostKind::Vat, vat.amount));
            Some((vat, rate))
        }
        _ => None,
    };

    let money = |minor: i128| {
        let minor = i64::try_from(minor).map_err(|_| Stop::TooLarge)?;
        Ok(Money::of(minor, question.currency))
    };
    let share = |party| {
        sum(&mut lines
            .iter()
            .filter(|line| line.payer == party)
            .map(|line| line.amount))
    };
    let (seller, buyer) = (share(Party::Seller), share(Party::Buyer));
    Ok(LandedCost {
        total: money(seller + buyer)?,
        seller: money(seller)?,
        buyer: money(buyer)?,
        price_under_term: money(goods + seller)?,
        value_basis: rules.value,
        customs_value: money(customs_value)?,
        duty: levied.shown(duty, question.currency)?,
        vat: vat
            .map(|(vat, rate)| vat.shown(rate, question.currency))
            .transpose()?,
        items: lines
            .iter()
            .map(|line| {
                Ok(Item {
                    cost: line.kind,
                    amount: money(line.amount)?,
                    payer: line.payer,
                    why: terms::why(shipment.incoterm, line.kind, line.payer),
                    in_customs_value: line.in_value,
                    in_vat_base: line.in_vat,
                })
            })
            .collect::<Result<_, Stop>>()?,
        notes: Vec::new(),
    })
}

struct Line {
    kind: CostKind,
    amount: i128,
    payer: Party,
    in_value: bool,
    in_vat: bool,
}

fn payers(question: &Question) -> Result<Vec<(CostKind, i128, Party)>, Stop> {
    let shipment = &question.shipment;
    let in_freight = shipment.unloading_in_freight == Some(true);
    question
        .costs
        .iter()
        .map(|(kind, amount)| {
            match terms::payer(shipment.incoterm, *kind, shipment.named_place, in_freight) {
                Payer::Is(party) => Ok((*kind, *amount, party)),
                Payer::DependsOnPlace => Err(Stop::Place(*kind)),
            }
        })
        .collect()
}

/// Duty and VAT are paid by whoever clears for import.
fn levy_line(shipment: &Shipment, kind: CostKind, amount: i128) -> Line {
    let place: Option<NamedPlace> = shipment.named_place;
    let payer = match terms::payer(shipment.incoterm, kind, place, false) {
        Payer::Is(party) => party,
        Payer::DependsOnPlace => Party::Buyer,
    };
    Line {
        kind,
        amount,
        payer,
        in_value: false,
        in_vat: false,
    }
}

fn in_value(kind: CostKind, payer: Party, rules: &Rules, shipment: &Shipment) -> bool {
    let through = shipment.through_document == Some(true);
    match kind {
        CostKind::Goods => true,
        CostKind::Loading
        | CostKind::PreCarriage
        | CostKind::ExportClearance
        | CostKind::DepartureTerminal => match rules.origin {
            Origin::All => true,
            Origin::UnlessThrough => !through,
            Origin::PaidToSellerUnlessThrough => !through && payer == Party::Seller,
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

/// A percentage of a base.
struct Levied {
    base: i128,
    amount: i128,
    exact: bool,
}

impl Levied {
    fn of(base: i128, rate: &Said) -> Self {
        const WHOLE: i128 = 1_000_000;
        // At most 2^68 times 10^8: far from the end of 128 bits.
        let exact = base * rate.millionths;
        Self {
            base,
            amount: (exact + WHOLE / 2) / WHOLE,
            exact: exact % WHOLE == 0,
        }
    }

    fn shown(&self, rate: &Said, currency: Currency) -> Result<Levy, Stop> {
        let money = |minor: i128| {
            let minor = i64::try_from(minor).map_err(|_| Stop::TooLarge)?;
            Ok(Money::of(minor, currency))
        };
        Ok(Levy {
            percent: rate.percent.clone(),
            base: money(self.base)?,
            amount: money(self.amount)?,
            rounding: if self.exact {
                Rounding::None
            } else {
                Rounding::HalfUp
            },
        })
    }
}
