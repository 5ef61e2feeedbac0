//! What a document needs of its shipment.

use guildhall_ubl::{Rule, is_given};

use crate::bindings::DocumentKind::{self, *};
use crate::shipment::Shipment;

/// Which documents need it, whether it is there, and what is said if it is not.
pub type Need = (
    &'static [DocumentKind],
    fn(&Shipment<'_>) -> bool,
    Rule<'static>,
);

macro_rules! needs {
    ($([$($kind:ident)*] $there:expr, $term:literal $message:literal;)*) => {
        /// In the order in which they are named.
        pub const NEEDS: &[Need] = &[
            $((&[$($kind),*], $there, Rule { term: $term, rule: "", message: $message }),)*
        ];
    };
}

needs! {
    [CommercialInvoice Quotation] |s| s.given.currency.is_some(), "cbc:DocumentCurrencyCode" "The currency is missing: write it, for example EUR.";
    [CommercialInvoice Quotation] |s| s.goods.iter().all(|goods| goods.price.is_some()), "cbc:PriceAmount" "Some goods have no price: write the price of one unit of each.";
    [CommercialInvoice] |s| s.terms.is_some(), "cac:DeliveryTerms" "The terms of delivery are missing, and customs values the goods by them: write an Incoterm and its place.";
    [CertificateOfOrigin] |s| s.chamber.is_some(), "cac:IssuerParty" "The chamber of commerce that endorses the certificate is missing: write it.";
    [CommercialInvoice CertificateOfOrigin] |s| s.given.goods.iter().all(|goods| is_given(&goods.origin)), "cac:OriginCountry" "Some goods have no country of origin: write it for each.";
    [BillOfLading] |s| s.carrier.is_some(), "cac:CarrierParty" "The carrier is missing: write it.";
    [BillOfLading] |s| s.given.transport.is_some(), "cac:ShipmentStage" "The journey is missing: write how it travels, from where and to where.";
    [PackingList BillOfLading] |s| !s.given.packages.is_empty(), "cac:TransportHandlingUnit" "There are no packages: write at least one.";
    [PackingList BillOfLading] |s| s.gross.is_some(), "cbc:GrossWeightMeasure" "The gross weight is missing: write it for all goods, or for all packages.";
    [PackingList] |s| s.is_packed(), "cac:GoodsItem" "Some goods are in no package: list them with the package they are in.";
    [RequestForQuotation] |s| s.goods.iter().all(|goods| goods.price.is_none()), "cbc:PriceAmount" "A request asks for prices: leave them out.";
    [Quotation] |s| s.valid_until.is_some(), "cac:ValidityPeriod" "The last day of the offer is missing: write it, so that it does not bind you for ever.";
}
