//! Business terms: the rule that is broken without one, what a person calls it, and its UBL element.

use guildhall_ubl::{Field, fields};

use crate::bindings::{AdjustmentKind, DocumentKind};

fields! {
    BT_1:   "BT-1"   "BR-02"     "The number"                             "ID";
    BT_2:   "BT-2"   "BR-03"     "The day of issue"                       "IssueDate";
    BT_5:   "BT-5"   "BR-CL-04"  "The currency"                           "DocumentCurrencyCode";
    BT_6:   "BT-6"   "BR-CL-05"  "The currency"                           "TaxCurrencyCode";
    BT_9:   "BT-9"   ""          "The due date"                           "";
    BT_10:  "BT-10"  ""          "The buyer's reference"                  "BuyerReference";
    BT_12:  "BT-12"  ""          "The contract number"                    "ContractDocumentReference/ID";
    BT_13:  "BT-13"  ""          "The order number"                       "OrderReference/ID";
    BT_20:  "BT-20"  ""          "The terms of payment"                   "PaymentTerms/Note";
    BT_22:  "BT-22"  ""          "The note"                               "Note";
    BT_25:  "BT-25"  "BR-55"     "The number of the preceding invoice"    "InvoiceDocumentReference/ID";
    BT_26:  "BT-26"  ""          "The day of the preceding invoice"       "InvoiceDocumentReference/IssueDate";
    BT_62:  "BT-62"  "BR-18"     "The name of the tax representative"     "PartyName/Name";
    BT_63:  "BT-63"  "BR-56"     "The VAT identifier of the tax representative" "";
    BT_69:  "BT-69"  "BR-20"     "The country of the tax representative"  "";
    BT_70:  "BT-70"  ""          "The name of who received it"            "DeliveryParty/PartyName/Name";
    BT_72:  "BT-72"  ""          "The day of delivery"                    "ActualDeliveryDate";
    BT_73:  "BT-73"  ""          "The first day of the document"          "InvoicePeriod/StartDate";
    BT_74:  "BT-74"  ""          "The last day of the document"           "InvoicePeriod/EndDate";
    BT_80:  "BT-80"  "BR-57"     "The country of delivery"                "";
    BT_83:  "BT-83"  ""          "The payment reference"                  "";
    BT_84:  "BT-84"  "BR-50"     "The account"                            "";
    BT_85:  "BT-85"  ""          "The name of the account"                "Name";
    BT_86:  "BT-86"  ""          "The bank"                               "FinancialInstitutionBranch/ID";
    BT_111: "BT-111" "BR-DEC-15" "The VAT in the currency of the tax authority" "";
    BT_113: "BT-113" "BR-DEC-16" "What has been paid"                     "";
    BT_120: "BT-120" ""          "The reason for no VAT"                  "";
    BT_115: "BT-115" ""          "The amount due"                         "";
    BT_129: "BT-129" "BR-22"     "the quantity"                           "";
    BT_130: "BT-130" "BR-23"     "the unit"                               "";
    BT_131: "BT-131" ""          "the net amount"                         "";
    BT_134: "BT-134" ""          "the first day"                          "InvoicePeriod/StartDate";
    BT_135: "BT-135" ""          "the last day"                           "InvoicePeriod/EndDate";
    BT_146: "BT-146" "BR-26"     "the price"                              "";
    BT_149: "BT-149" ""          "the quantity that the price is for"     "";
    BT_152: "BT-152" ""          "the VAT rate"                           "";
    BT_153: "BT-153" "BR-25"     "the name of the item"                   "Name";
    BT_154: "BT-154" ""          "the description"                        "Description";
    BT_155: "BT-155" ""          "the number of the item"                 "SellersItemIdentification/ID";
    BT_159: "BT-159" ""          "the country of origin"                  "OriginCountry/IdentificationCode";
}

fields! {
    BT_27:  "BT-27"  "BR-06"     "The name of the seller"                 "PartyLegalEntity/RegistrationName";
    BT_28:  "BT-28"  ""          "The trading name of the seller"         "PartyName/Name";
    BT_29:  "BT-29"  ""          "The identifier of the seller"           "PartyIdentification/ID";
    BT_30:  "BT-30"  ""          "The registration of the seller"         "PartyLegalEntity/CompanyID";
    BT_31:  "BT-31"  ""          "The VAT identifier of the seller"       "";
    BT_32:  "BT-32"  ""          "The tax number of the seller"           "";
    BT_34:  "BT-34"  "BR-62"     "The electronic address of the seller"   "";
    BT_40:  "BT-40"  "BR-09"     "The country of the seller"              "";
    BT_41:  "BT-41"  ""          "The contact of the seller"              "Contact/Name";
    BT_42:  "BT-42"  ""          "The telephone number of the seller"     "Contact/Telephone";
    BT_43:  "BT-43"  ""          "The e-mail address of the seller"       "Contact/ElectronicMail";
    BT_44:  "BT-44"  "BR-07"     "The name of the buyer"                  "PartyLegalEntity/RegistrationName";
    BT_45:  "BT-45"  ""          "The trading name of the buyer"          "PartyName/Name";
    BT_46:  "BT-46"  ""          "The identifier of the buyer"            "PartyIdentification/ID";
    BT_47:  "BT-47"  ""          "The registration of the buyer"          "PartyLegalEntity/CompanyID";
    BT_48:  "BT-48"  ""          "The VAT identifier of the buyer"        "";
    BT_49:  "BT-49"  "BR-63"     "The electronic address of the buyer"    "";
    BT_55:  "BT-55"  "BR-11"     "The country of the buyer"               "";
    BT_56:  "BT-56"  ""          "The contact of the buyer"               "Contact/Name";
    BT_57:  "BT-57"  ""          "The telephone number of the buyer"      "Contact/Telephone";
    BT_58:  "BT-58"  ""          "The e-mail address of the buyer"        "Contact/ElectronicMail";
}

fields! {
    ADDRESS_OF_SELLER:         "BG-5"  "" "The address of the seller"             "";
    ADDRESS_OF_BUYER:          "BG-8"  "" "The address of the buyer"              "";
    ADDRESS_OF_REPRESENTATIVE: "BG-12" "" "The address of the tax representative" "";
    ADDRESS_OF_DELIVERY:       "BG-15" "" "The delivery address"                  "";
}

/// The terms of a party.
pub struct PartyTerms {
    /// Where it is written.
    pub path: &'static str,
    pub endpoint: Field,
    pub id: Field,
    pub trading_name: Field,
    /// The address and its country.
    pub address: [Field; 2],
    pub vat_id: Field,
    pub name: Field,
    pub registration: Field,
    /// Name, telephone, e-mail address.
    pub contact: [Field; 3],
}

pub const SELLER: PartyTerms = PartyTerms {
    path: "AccountingSupplierParty/Party",
    endpoint: BT_34,
    id: BT_29,
    trading_name: BT_28,
    address: [ADDRESS_OF_SELLER, BT_40],
    vat_id: BT_31,
    name: BT_27,
    registration: BT_30,
    contact: [BT_41, BT_42, BT_43],
};

pub const BUYER: PartyTerms = PartyTerms {
    path: "AccountingCustomerParty/Party",
    endpoint: BT_49,
    id: BT_46,
    trading_name: BT_45,
    address: [ADDRESS_OF_BUYER, BT_55],
    vat_id: BT_48,
    name: BT_44,
    registration: BT_47,
    contact: [BT_56, BT_57, BT_58],
};

fields! {
    BT_92:  "BT-92"  "BR-DEC-01" "the allowance"                          "";
    BT_97:  "BT-97"  "BR-33"     "the reason of the allowance"            "AllowanceChargeReason";
    BT_95:  "BT-95"  "BR-32"     "the VAT category"                       "";
    BT_96:  "BT-96"  ""          "the VAT rate"                           "";
    BT_99:  "BT-99"  "BR-DEC-05" "the charge"                             "";
    BT_102: "BT-102" "BR-37"     "the VAT category"                       "";
    BT_103: "BT-103" ""          "the VAT rate"                           "";
    BT_104: "BT-104" "BR-38"     "the reason of the charge"               "AllowanceChargeReason";
    BT_136: "BT-136" "BR-DEC-24" "the allowance"                          "";
    BT_139: "BT-139" "BR-42"     "the reason of the allowance"            "AllowanceChargeReason";
    BT_141: "BT-141" "BR-DEC-27" "the charge"                             "";
    BT_144: "BT-144" "BR-44"     "the reason of the charge"               "AllowanceChargeReason";
}

/// The terms of an allowance or charge.
pub struct AdjustmentTerms {
    /// Where it is, with its number.
    pub place: &'static str,
    pub amount: Field,
    pub reason: Field,
    /// How it is taxed; of the document's only.
    pub category: Field,
    pub rate: Field,
    /// What it would be with the other sign.
    pub negative: &'static str,
}

const ALLOWANCE: AdjustmentTerms = AdjustmentTerms {
    place: "Allowance",
    amount: BT_92,
    reason: BT_97,
    category: BT_95,
    rate: BT_96,
    negative: "is negative: write it as a charge.",
};

const CHARGE: AdjustmentTerms = AdjustmentTerms {
    place: "Charge",
    amount: BT_99,
    reason: BT_104,
    category: BT_102,
    rate: BT_103,
    negative: "is negative: write it as an allowance.",
};

const LINE_ALLOWANCE: AdjustmentTerms = AdjustmentTerms {
    amount: BT_136,
    reason: BT_139,
    ..ALLOWANCE
};

const LINE_CHARGE: AdjustmentTerms = AdjustmentTerms {
    amount: BT_141,
    reason: BT_144,
    ..CHARGE
};

/// The terms of one of the document, or of a line.
pub const fn adjustment_terms(kind: AdjustmentKind, of_line: bool) -> AdjustmentTerms {
    match (kind, of_line) {
        (AdjustmentKind::Allowance, false) => ALLOWANCE,
        (AdjustmentKind::Charge, false) => CHARGE,
        (AdjustmentKind::Allowance, true) => LINE_ALLOWANCE,
        (AdjustmentKind::Charge, true) => LINE_CHARGE,
    }
}

/// What the elements of a document are called.
pub struct Names {
    pub root: &'static str,
    /// Element that says the kind of document, by a code of UNTDID 1001.
    pub kind: &'static str,
    pub code: &'static str,
    pub line: &'static str,
    pub quantity: &'static str,
}

const INVOICE: Names = Names {
    root: "Invoice",
    kind: "InvoiceTypeCode",
    code: "380",
    line: "InvoiceLine",
    quantity: "InvoicedQuantity",
};

const CREDIT_NOTE: Names = Names {
    root: "CreditNote",
    kind: "CreditNoteTypeCode",
    code: "381",
    line: "CreditNoteLine",
    quantity: "CreditedQuantity",
};

pub const fn names(kind: DocumentKind) -> Names {
    match kind {
        DocumentKind::Invoice => INVOICE,
        DocumentKind::CreditNote => CREDIT_NOTE,
    }
}
