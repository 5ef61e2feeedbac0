//! Fields: the UBL element that a problem names, the standard that is broken, what a person calls it, and where it is written.

use guildhall_ubl::fields;

fields! {
    SHIPMENT_NUMBER: "cbc:ID"                         "" "The number of the shipment"      "";
    DOCUMENT_NUMBER: "cbc:ID"                         "" "The number of the document"      "ID";
    ISSUED:          "cbc:IssueDate"                  "" "The day of issue"                "";
    VALID_UNTIL:     "cac:ValidityPeriod"             "" "The last day"                    "";
    CURRENCY:        "cbc:DocumentCurrencyCode"       "ISO 4217" "The currency"            "";
    NOTE:            "cbc:Note"                       "" "The note"                        "Note";
    PAYMENT_TERMS:   "cbc:Note"                       "" "The terms of payment"            "";
    ORDER_NUMBER:    "cac:OrderReference"             "" "The order number"                "";
    REQUEST_NUMBER:  "cac:RequestForQuotationDocumentReference" "" "The number of the request" "";
    FREIGHT:         "cac:AllowanceCharge"            "" "Freight"                         "";
    INSURANCE:       "cac:AllowanceCharge"            "" "Insurance"                       "";
    TOTAL:           "cbc:PayableAmount"              "" "The total"                       "";

    PARTY_NAME:      "cac:PartyName"                  "" "The name of the {place}"         "PartyName/Name";
    ADDRESS:         "cac:PostalAddress"              "" "The address of the {place}"      "";
    COUNTRY:         "cac:Country"                    "" "The country of the {place}"      "";
    TAX_ID:          "cac:PartyTaxScheme"             "" "The tax identifier of the {place}" "";
    CONTACT:         "cac:Contact"                    "" "The contact of the {place}"      "Contact/Name";
    PHONE:           "cac:Contact"                    "" "The telephone number of the {place}" "Contact/Telephone";
    EMAIL:           "cac:Contact"                    "" "The e-mail address of the {place}" "Contact/ElectronicMail";

    GOODS_NAME:      "cac:Item"                       "" "the name"                        "Name";
    ITEM_NUMBER:     "cac:SellersItemIdentification"  "" "the item number"                 "SellersItemIdentification/ID";
    ORIGIN:          "cac:OriginCountry"              "" "the country of origin"           "OriginCountry/IdentificationCode";
    TARIFF_CODE:     "cbc:ItemClassificationCode"     "" "the tariff code"                 "";
    QUANTITY:        "cbc:Quantity"                   "" "the quantity"                    "";
    UNIT:            "cbc:Quantity"                   "" "the unit"                        "";
    PRICE:           "cbc:PriceAmount"                "" "the price"                       "";
    VALUE:           "cbc:LineExtensionAmount"        "" "the value"                       "";
    NET_WEIGHT:      "cbc:NetWeightMeasure"           "" "the net weight"                  "";
    GROSS_WEIGHT:    "cbc:GrossWeightMeasure"         "" "the gross weight"                "";

    MARKS:           "cbc:ShippingMarks"              "" "the marks"                       "ShippingMarks";
    SIZE:            "cac:MeasurementDimension"       "" "the size"                        "";
    CONTAINER:       "cac:TransportEquipment"         "" "The number of the container"     "";
    CONTAINER_TYPE:  "cbc:TransportEquipmentTypeCode" "" "The type of the container"       "TransportEquipment/TransportEquipmentTypeCode";
    SEAL:            "cac:TransportEquipmentSeal"     "" "The seal"                        "TransportEquipment/TransportEquipmentSeal/ID";
    JOURNEY:         "cbc:JourneyID"                  "" "The journey"                     "TransportMeans/JourneyID";
    VESSEL:          "cbc:VesselName"                 "" "The vessel"                      "TransportMeans/MaritimeTransport/VesselName";
    LOADING:         "cac:LoadingPortLocation"        "" "The place of loading"            "";
    UNLOADING:       "cac:UnloadingPortLocation"      "" "The place of unloading"          "";
    TERMS_PLACE:     "cac:DeliveryLocation"           "Incoterms 2020" "The named place of delivery" "DeliveryLocation/Name";
}

pub const DECIMAL: &str =
    ": write a decimal number with up to 12 digits before the point and 6 after it.";
pub const CURRENCY_CODE: &str = ": write three capital letters, for example EUR.";
pub const ELSEWHERE: &str = "is in another currency than the document: convert it.";
pub const NEGATIVE: &str = "is negative: correct it.";
