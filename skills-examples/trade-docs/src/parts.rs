//! Parts that several documents have: items, goods, packages, the journey.

use guildhall_sdk::Currency;
use guildhall_ubl::{Exact, Writer};

use crate::shipment::{Container, Goods, Package, Shipment, Transport};

const KILOGRAM: &str = "KGM";
const CENTIMETRE: &str = "CMT";

/// An amount in minor units.
pub fn amount(writer: &mut Writer, name: &str, currency: Currency, minor: i128) {
    let text = Exact::new(minor, currency.exponent().into()).to_string();
    writer.amount(name, currency.code(), &text);
}

fn weight(writer: &mut Writer, name: &str, weight: Option<Exact>) {
    if let Some(weight) = weight {
        writer.leaf_with(name, &[("unitCode", KILOGRAM)], &weight.to_string());
    }
}

/// A quantity of goods.
pub fn quantity(writer: &mut Writer, name: &str, goods: &Goods) {
    writer.leaf_with(
        name,
        &[("unitCode", &goods.unit)],
        &goods.quantity.to_string(),
    );
}

/// The item: name, number, origin, tariff code.
pub fn item(writer: &mut Writer, goods: &Goods) {
    writer.group("Item", |writer| {
        writer.leaf("Name", &goods.name);
        writer.reference("SellersItemIdentification", goods.item_number.as_deref());
        country(writer, "OriginCountry", goods.origin.as_deref());
        writer.group("CommodityClassification", |writer| {
            if let Some(code) = &goods.tariff_code {
                writer.leaf_with("ItemClassificationCode", &[("listID", "HS")], code);
            }
        });
    });
}

/// The price of one unit.
pub fn price(writer: &mut Writer, goods: &Goods, currency: Currency) {
    if let Some(price) = goods.price {
        writer.group("Price", |writer| {
            writer.amount("PriceAmount", currency.code(), &price.to_string());
        });
    }
}

/// A country.
pub fn country(writer: &mut Writer, name: &str, code: Option<&str>) {
    writer.group(name, |writer| writer.maybe("IdentificationCode", code));
}

/// Terms of delivery.
pub fn delivery_terms(writer: &mut Writer, shipment: &Shipment) {
    if let Some((incoterm, place)) = &shipment.terms {
        writer.group("DeliveryTerms", |writer| {
            writer.leaf_with("ID", &[("schemeID", "INCOTERMS 2020")], incoterm);
            writer.group("DeliveryLocation", |writer| writer.leaf("Name", place));
        });
    }
}

/// The shipment as transport documents have it.
pub fn shipment(writer: &mut Writer, shipment: &Shipment) {
    writer.group("Shipment", |writer| {
        writer.leaf("ID", &shipment.number);
        weight(writer, "GrossWeightMeasure", shipment.gross_weight());
        weight(writer, "NetWeightMeasure", shipment.net_weight());
        writer.leaf("TotalGoodsItemQuantity", &shipment.goods.len().to_string());
        if !shipment.packages.is_empty() {
            let count = shipment.package_count().to_string();
            writer.leaf("TotalTransportHandlingUnitQuantity", &count);
        }
        consignment(writer, shipment);
        for (position, goods) in shipment.goods.iter().enumerate() {
            goods_item(writer, position + 1, goods);
        }
        if let Some(transport) = &shipment.transport {
            stage(writer, transport);
        }
        for (position, package) in shipment.packages.iter().enumerate() {
            handling_unit(writer, position + 1, package);
        }
        for container in &shipment.containers {
            equipment(writer, container);
        }
        country(
            writer,
            "ExportCountry",
            shipment.seller.address.country.as_deref(),
        );
    });
}

fn consignment(writer: &mut Writer, shipment: &Shipment) {
    writer.group("Consignment", |writer| {
        writer.leaf("ID", &shipment.number);
        let consignee = shipment.consignee.as_ref().unwrap_or(&shipment.buyer);
        consignee.write("ConsigneeParty", writer);
        shipment.seller.write("ExporterParty", writer);
        shipment.buyer.write("ImporterParty", writer);
        if let Some(carrier) = &shipment.carrier {
            carrier.write("CarrierParty", writer);
        }
        if let Some(notify) = &shipment.notify {
            notify.write("NotifyParty", writer);
        }
        let destination = consignee.address.country.as_deref();
        country(writer, "FinalDestinationCountry", destination);
        delivery_terms(writer, shipment);
    });
}

fn goods_item(writer: &mut Writer, number: usize, goods: &Goods) {
    writer.group("GoodsItem", |writer| {
        writer.leaf("ID", &number.to_string());
        writer.leaf("Description", &goods.name);
        weight(writer, "GrossWeightMeasure", goods.gross_weight);
        weight(writer, "NetWeightMeasure", goods.net_weight);
        quantity(writer, "Quantity", goods);
        item(writer, goods);
    });
}

fn stage(writer: &mut Writer, transport: &Transport) {
    writer.group("ShipmentStage", |writer| {
        writer.leaf("ID", "1");
        writer.leaf("TransportModeCode", transport.mode);
        writer.group("TransportMeans", |writer| {
            writer.maybe("JourneyID", transport.journey.as_deref());
            writer.group("MaritimeTransport", |writer| {
                writer.maybe("VesselName", transport.vessel.as_deref());
            });
        });
        let names = ["LoadingPortLocation", "UnloadingPortLocation"];
        for (name, (code, text)) in names.into_iter().zip(&transport.places) {
            writer.group(name, |writer| {
                if let Some(code) = code {
                    writer.leaf_with("ID", &[("schemeID", "UNLOCODE")], code);
                }
                writer.maybe("Name", text.as_deref());
            });
        }
    });
}

fn handling_unit(writer: &mut Writer, number: usize, package: &Package) {
    writer.group("TransportHandlingUnit", |writer| {
        writer.leaf("ID", &number.to_string());
        writer.leaf("TransportHandlingUnitTypeCode", &package.kind);
        writer.leaf("TotalPackageQuantity", &package.count.to_string());
        writer.maybe("ShippingMarks", package.marks.as_deref());
        writer.group("ActualPackage", |writer| {
            writer.leaf("Quantity", &package.count.to_string());
            writer.leaf("PackagingTypeCode", &package.kind);
        });
        // UNTDID 6313: gross weight, length, width, height.
        dimension(writer, "G", KILOGRAM, package.gross_weight);
        for (attribute, measure) in ["LN", "WD", "HT"]
            .into_iter()
            .zip(package.dimensions.into_iter().flatten())
        {
            dimension(writer, attribute, CENTIMETRE, Some(measure));
        }
        for goods in &package.goods {
            writer.group("GoodsItem", |writer| writer.leaf("ID", &goods.to_string()));
        }
    });
}

fn dimension(writer: &mut Writer, attribute: &str, unit: &str, measure: Option<Exact>) {
    if let Some(measure) = measure {
        writer.group("MeasurementDimension", |writer| {
            writer.leaf("AttributeID", attribute);
            writer.leaf_with("Measure", &[("unitCode", unit)], &measure.to_string());
        });
    }
}

fn equipment(writer: &mut Writer, container: &Container) {
    writer.group("TransportHandlingUnit", |writer| {
        writer.leaf("ID", &container.number);
        writer.group("TransportEquipment", |writer| {
            writer.leaf("ID", &container.number);
            writer.maybe("TransportEquipmentTypeCode", container.size_type.as_deref());
            writer.reference("TransportEquipmentSeal", container.seal.as_deref());
        });
    });
}
