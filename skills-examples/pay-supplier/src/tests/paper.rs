//! Documents for tests, right in every sum.

/// What a document is made of.
#[derive(Clone)]
pub struct Paper {
    pub credit: bool,
    pub number: &'static str,
    pub seller: &'static str,
    pub vat_id: &'static str,
    /// Accounts with their payment means codes.
    pub accounts: Vec<(&'static str, &'static str)>,
    pub currency: &'static str,
    pub amount: String,
    pub issued: &'static str,
    pub due: &'static str,
    pub terms: &'static str,
    pub preceding: &'static str,
}

pub const NORTH: &str = "DE48999900000123456789";
pub const SOUTH: &str = "FR4799999000011234567890189";

/// An invoice of `Nord GmbH` over an amount in euros, issued on 2026-11-10, due on 2026-12-10.
pub fn invoice(number: &'static str, amount: &str) -> Paper {
    Paper {
        credit: false,
        number,
        seller: "Nord GmbH",
        vat_id: "DE999000111",
        accounts: vec![("58", NORTH)],
        currency: "EUR",
        amount: amount.to_owned(),
        issued: "2026-11-10",
        due: "2026-12-10",
        terms: "",
        preceding: "",
    }
}

/// A credit note of `Nord GmbH` without an account.
pub fn credit(number: &'static str, amount: &str) -> Paper {
    Paper {
        credit: true,
        accounts: Vec::new(),
        due: "",
        ..invoice(number, amount)
    }
}

impl Paper {
    pub fn with(mut self, change: impl FnOnce(&mut Paper)) -> Self {
        change(&mut self);
        self
    }

    /// The document as UBL.
    pub fn xml(&self) -> String {
        let Paper {
            number,
            seller,
            vat_id,
            currency,
            amount,
            issued,
            ..
        } = self;
        let (root, type_code, line, quantity) = if self.credit {
            ("CreditNote", "381", "CreditNoteLine", "CreditedQuantity")
        } else {
            ("Invoice", "380", "InvoiceLine", "InvoicedQuantity")
        };
        let money =
            |name: &str| format!("<cbc:{name} currencyID=\"{currency}\">{amount}</cbc:{name}>");
        let optional = |open: &str, text: &str, close: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{open}{text}{close}")
            }
        };
        // The sign stands in the quantity, because a price is never negative.
        let (count, price) = match amount.strip_prefix('-') {
            Some(price) => ("-1", price),
            None => ("1", amount.as_str()),
        };
        let due = optional("<cbc:DueDate>", self.due, "</cbc:DueDate>");
        let terms = optional(
            "<cac:PaymentTerms><cbc:Note>",
            self.terms,
            "</cbc:Note></cac:PaymentTerms>",
        );
        let preceding = optional(
            "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>",
            self.preceding,
            "</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>",
        );
        let means: String = self
            .accounts
            .iter()
            .map(|(code, account)| {
                let account = optional("<cac:PayeeFinancialAccount><cbc:ID>", account, "</cbc:ID></cac:PayeeFinancialAccount>");
                format!("<cac:PaymentMeans><cbc:PaymentMeansCode>{code}</cbc:PaymentMeansCode><cbc:PaymentID>{number}</cbc:PaymentID>{account}</cac:PaymentMeans>")
            })
            .collect();
        let category = |name: &str| {
            format!(
                "<cac:{name}><cbc:ID>AE</cbc:ID><cbc:Percent>0</cbc:Percent><cbc:TaxExemptionReason>Reverse charge</cbc:TaxExemptionReason><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{name}>"
            )
        };
        let party = |vat_id: &str, name: &str| {
            format!(
                "<cac:Party><cac:PostalAddress><cbc:CityName>Ort</cbc:CityName><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>{vat_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>"
            )
        };
        format!(
            "<{root} xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{root}-2\" xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\
             <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>{number}</cbc:ID><cbc:IssueDate>{issued}</cbc:IssueDate>{due}\
             <cbc:{root}TypeCode>{type_code}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>{preceding}\
             <cac:AccountingSupplierParty>{}</cac:AccountingSupplierParty><cac:AccountingCustomerParty>{}</cac:AccountingCustomerParty>{means}{terms}\
             <cac:TaxTotal><cbc:TaxAmount currencyID=\"{currency}\">0</cbc:TaxAmount><cac:TaxSubtotal>{}<cbc:TaxAmount currencyID=\"{currency}\">0</cbc:TaxAmount>{}</cac:TaxSubtotal></cac:TaxTotal>\
             <cac:LegalMonetaryTotal>{}{}{}{}</cac:LegalMonetaryTotal>\
             <cac:{line}><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode=\"C62\">{count}</cbc:{quantity}>{}<cac:Item><cbc:Name>Ware</cbc:Name>{}</cac:Item>\
             <cac:Price><cbc:PriceAmount currencyID=\"{currency}\">{price}</cbc:PriceAmount></cac:Price></cac:{line}></{root}>",
            party(vat_id, seller),
            party("DE999000222", "Isarwerk AG"),
            money("TaxableAmount"),
            category("TaxCategory"),
            money("LineExtensionAmount"),
            money("TaxExclusiveAmount"),
            money("TaxInclusiveAmount"),
            money("PayableAmount"),
            money("LineExtensionAmount"),
            category("ClassifiedTaxCategory"),
        )
    }
}
