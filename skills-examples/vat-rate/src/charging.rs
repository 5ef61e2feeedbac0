//! Who charges whom.
//!
//! Source: Directive 2006/112/EC as it was on the day: art. 31 to 33 (goods, distance sales since 2021-07-01), 44 and 45
//! (services), 58 (electronic services, since 2015-01-01), 59, 138 (supplies to other member states), 146 (export), 196.

use guildhall_answer::Source;
use guildhall_sdk::Date;

use crate::bindings::{Buyer, GoodsClass, Supply, Treatment};
use crate::places::Place;

/// The directive, as a source.
pub const DIRECTIVE: Source = Source::new(
    "Directive 2006/112/EC, as consolidated",
    crate::table::law::AS_OF,
    "CC-BY-4.0",
);

/// What was asked, understood.
pub struct Sale<'a> {
    /// Where the seller is.
    pub seller: Place<'a>,
    /// Where the buyer is.
    pub market: Place<'a>,
    /// Of the supply.
    pub date: Date,
    /// What is sold.
    pub goods: GoodsClass,
    /// How.
    pub supply: Supply,
    /// To whom.
    pub buyer: Buyer,
}

/// Whose rate applies, and how.
pub enum Charging<'a> {
    /// The rate of this place.
    RateOf(Place<'a>, Treatment, Option<&'static str>),
    /// No rate: what the invoice says instead, and why.
    Nothing(Treatment, &'static str),
    /// Not covered, and what to do.
    Unclear(&'static str),
}

use Charging::{Nothing, RateOf, Unclear};

const LOW_TURNOVER: &str = "Below 10,000 euros a year of sales to consumers in other member states a seller may charge the rate at home instead.";
const VAT_NUMBER: &str =
    "Check the buyer's VAT number in VIES and keep the answer; the buyer accounts for the tax.";

impl<'a> Sale<'a> {
    /// Decides it.
    pub fn charging(&self) -> Charging<'a> {
        let goods = self.supply == Supply::Goods;
        let (seller, market) = (self.seller, self.market);
        if seller.territory() == market.territory() {
            return RateOf(market, Treatment::Charged, None);
        }
        if self.goods == GoodsClass::Accommodation {
            return Unclear(
                "A room is taxed where it is: ask with the place of the hotel as the market, and without a seller.",
            );
        }
        if !goods && seller.country() == market.country() {
            return Unclear(
                "Services between a country and a part of it with a tax of its own have rules of their own: ask your adviser.",
            );
        }
        let day = self.date.to_string();
        let day = day.as_str();
        let business = self.buyer == Buyer::Business;
        match (
            seller.in_eu(self.date, goods),
            market.in_eu(self.date, goods),
            self.supply,
        ) {
            // EU law on services between businesses is of 2010.
            (true, _, _) | (_, true, _) if day < "2010-01-01" => {
                Unclear("The EU's rules of before 2010 for sales across borders are not covered.")
            }
            (true, true, Supply::Goods) if business => {
                Nothing(Treatment::IntraCommunity, VAT_NUMBER)
            }
            (true, true, Supply::Goods) if day < "2021-07-01" => Unclear(
                "Until 2021-06-30 each member state had its own threshold for distance sales, which decides here: ask your adviser.",
            ),
            (true, true, Supply::Goods) => RateOf(market, Treatment::Charged, Some(LOW_TURNOVER)),
            (_, true, Supply::Services | Supply::ElectronicServices) if business => {
                Nothing(Treatment::ReverseCharge, VAT_NUMBER)
            }
            (true, true, Supply::ElectronicServices) if day < "2015-01-01" => RateOf(
                seller,
                Treatment::Charged,
                Some("Until 2014 the seller's rate applied to consumers."),
            ),
            (true, true, Supply::ElectronicServices) if day < "2019-01-01" => {
                RateOf(market, Treatment::Charged, None)
            }
            (true, true, Supply::ElectronicServices) => {
                RateOf(market, Treatment::Charged, Some(LOW_TURNOVER))
            }
            (true, true, Supply::Services) => RateOf(
                seller,
                Treatment::Charged,
                Some(
                    "Services to consumers are taxed where the seller is, except for land, events, transport, restaurants and hire.",
                ),
            ),
            (true, false, Supply::Goods) => Nothing(
                Treatment::Export,
                "Keep the proof of export; the market may charge a tax when the goods enter.",
            ),
            (true, false, Supply::Services) if !business => Unclear(
                "Services to consumers outside the EU are taxed here or there, depending on their kind: ask your adviser.",
            ),
            (true, false, _) => Nothing(
                Treatment::OutsideScope,
                "The service is taxed where the buyer is, outside the EU; the market may have rules for foreign sellers.",
            ),
            (false, true, Supply::ElectronicServices) => RateOf(
                market,
                Treatment::Charged,
                Some("A seller outside the EU registers for it in one member state (OSS)."),
            ),
            (false, true, Supply::Services) => Unclear(
                "Services of a seller outside the EU to consumers in it are taxed here or there, depending on their kind: ask your adviser.",
            ),
            (false, _, Supply::Goods) => RateOf(
                market,
                Treatment::Import,
                Some(
                    "It is due when the goods enter, on their value with freight and duty; for small consignments the seller may have to charge it (EU: up to 150 euros with IOSS, United Kingdom: up to 135 pounds).",
                ),
            ),
            (false, false, _) => Unclear(
                "Who charges tax on services between these two places is not covered: ask without a seller for the market's own rate.",
            ),
        }
    }
}
