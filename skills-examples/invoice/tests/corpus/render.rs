//! A spec as UBL 2.1, with everything that follows computed from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guildhall_invoice::Decimal;
use rust_decimal::RoundingStrategy;

use crate::spec::{Company, Extra, Item, Spec, Tax};

const HEAD: &str = r#"xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">"#;

/// The file and its amount due, planted errors included.
pub fn render(spec: &Spec) -> String {
    let mut text = Writer {
        spec,
        out: String::new(),
        depth: 1,
    }
    .document();
    for (from, to) in &spec.planted {
        assert_eq!(
            text.matches(from.as_str()).count(),
            1,
            "{}: {from:?} must stand there exactly once",
            spec.file
        );
        text = text.replace(from.as_str(), to);
    }
    text
}

struct Writer<'s> {
    spec: &'s Spec,
    out: String,
    depth: usize,
}

fn round(amount: Decimal, digits: u32) -> Decimal {
    let mut amount = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(digits);
    amount
}

/// Net amount of a line.
fn net(item: &Item, digits: u32) -> Decimal {
    let product = round(
        item.quantity * item.price / item.base.unwrap_or(Decimal::ONE),
        digits,
    );
    round(
        product + item.extras.iter().map(signed).sum::<Decimal>(),
        digits,
    )
}

fn signed(extra: &Extra) -> Decimal {
    if extra.charge {
        extra.amount
    } else {
        -extra.amount
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Writer<'_> {
    fn open(&mut self, name: &str) {
        let _ = writeln!(self.out, "{}<cac:{name}>", "  ".repeat(self.depth));
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        let _ = writeln!(self.out, "{}</cac:{name}>", "  ".repeat(self.depth));
    }

    fn leaf(&mut self, name: &str, attribute: &str, text: &str) {
        let attribute = if attribute.is_empty() {
            String::new()
        } else {
            format!(" {attribute}")
        };
        let _ = writeln!(
            self.out,
            "{}<cbc:{name}{attribute}>{}</cbc:{name}>",
            "  ".repeat(self.depth),
            escape(text)
        );
    }

    fn maybe(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(name, "", text);
        }
    }

    fn amount(&mut self, name: &str, amount: Decimal) {
        let currency = format!("currencyID=\"{}\"", self.spec.currency);
        self.leaf(
            name,
            &currency,
            &round(amount, self.spec.digits).to_string(),
        );
    }

    fn reference(&mut self, name: &str, id: Option<&str>) {
        if let Some(id) = id {
            self.open(name);
            self.leaf("ID", "", id);
            self.close(name);
        }
    }

    fn period(&mut self, period: Option<(&str, &str)>) {
        if let Some((start, end)) = period {
            self.open("InvoicePeriod");
            self.leaf("StartDate", "", start);
            self.leaf("EndDate", "", end);
            self.close("InvoicePeriod");
        }
    }

    fn document(mut self) -> String {
        let spec = self.spec;
        let (root, kind, code) = if spec.credit_note {
            ("CreditNote", "CreditNote-2", "381")
        } else {
            ("Invoice", "Invoice-2", "380")
        };
        let _ = writeln!(self.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        let _ = writeln!(
            self.out,
            "<!-- {}. Made by tests/corpus; the companies and accounts are invented. -->",
            spec.about
        );
        let _ = writeln!(
            self.out,
            "<{root} xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{kind}\"\n    {HEAD}"
        );
        self.leaf("CustomizationID", "", "urn:cen.eu:en16931:2017");
        self.leaf("ID", "", spec.number);
        self.leaf("IssueDate", "", spec.issued);
        if !spec.credit_note {
            self.maybe("DueDate", spec.due.unwrap_or_default());
        }
        self.leaf(&format!("{root}TypeCode"), "", code);
        self.maybe("Note", spec.note.unwrap_or_default());
        self.leaf("DocumentCurrencyCode", "", spec.currency);
        if let Some((code, _)) = spec.tax_currency {
            self.leaf("TaxCurrencyCode", "", code);
        }
        self.period(spec.period);
        self.reference("OrderReference", spec.order);
        if let Some((id, date)) = spec.preceding {
            self.open("BillingReference");
            self.open("InvoiceDocumentReference");
            self.leaf("ID", "", id);
            self.leaf("IssueDate", "", date);
            self.close("InvoiceDocumentReference");
            self.close("BillingReference");
        }
        self.reference("ContractDocumentReference", spec.contract);
        if let Some((name, media, content)) = spec.attachment {
            self.open("AdditionalDocumentReference");
            self.leaf("ID", "", "1");
            self.open("Attachment");
            let attributes = format!("mimeCode=\"{media}\" filename=\"{name}\"");
            self.leaf("EmbeddedDocumentBinaryObject", &attributes, content);
            self.close("Attachment");
            self.close("AdditionalDocumentReference");
        }
        self.party("AccountingSupplierParty", spec.seller);
        self.party("AccountingCustomerParty", spec.buyer);
        if let Some((date, country)) = spec.delivery {
            self.open("Delivery");
            self.leaf("ActualDeliveryDate", "", date);
            self.open("DeliveryLocation");
            self.open("Address");
            self.country(country);
            self.close("Address");
            self.close("DeliveryLocation");
            self.close("Delivery");
        }
        self.payments();
        if let Some(terms) = spec.terms {
            self.open("PaymentTerms");
            self.leaf("Note", "", terms);
            self.close("PaymentTerms");
        }
        for (extra, tax) in &spec.extras {
            self.extra(extra, Some(*tax));
        }
        let vat = self.tax_total();
        self.totals(vat);
        let line = if spec.credit_note {
            ("CreditNoteLine", "CreditedQuantity")
        } else {
            ("InvoiceLine", "InvoicedQuantity")
        };
        for (position, item) in spec.items.iter().enumerate() {
            self.line(position + 1, item, line);
        }
        let _ = writeln!(self.out, "</{root}>");
        self.out
    }

    fn country(&mut self, code: &str) {
        self.open("Country");
        self.leaf("IdentificationCode", "", code);
        self.close("Country");
    }

    fn party(&mut self, name: &str, company: Company) {
        self.open(name);
        self.open("Party");
        self.open("PostalAddress");
        self.leaf("StreetName", "", company.street);
        self.leaf("CityName", "", company.city);
        self.leaf("PostalZone", "", company.postcode);
        self.country(company.country);
        self.close("PostalAddress");
        if !company.vat.is_empty() {
            self.open("PartyTaxScheme");
            self.leaf("CompanyID", "", company.vat);
            self.scheme();
            self.close("PartyTaxScheme");
        }
        self.open("PartyLegalEntity");
        self.leaf("RegistrationName", "", company.name);
        self.maybe("CompanyID", company.legal);
        self.close("PartyLegalEntity");
        self.close("Party");
        self.close(name);
    }

    fn scheme(&mut self) {
        self.open("TaxScheme");
        self.leaf("ID", "", "VAT");
        self.close("TaxScheme");
    }

    fn payments(&mut self) {
        for (position, payment) in self.spec.payments.iter().enumerate() {
            self.open("PaymentMeans");
            self.leaf("PaymentMeansCode", "", payment.code);
            if self.spec.credit_note && position == 0 {
                self.maybe("PaymentDueDate", self.spec.due.unwrap_or_default());
            }
            self.maybe("PaymentID", payment.reference);
            for (account, bic) in &payment.accounts {
                self.open("PayeeFinancialAccount");
                self.leaf("ID", "", account);
                if !bic.is_empty() {
                    self.reference("FinancialInstitutionBranch", Some(bic));
                }
                self.close("PayeeFinancialAccount");
            }
            if let Some((mandate, account)) = &payment.mandate {
                self.open("PaymentMandate");
                self.leaf("ID", "", mandate);
                self.reference("PayerFinancialAccount", Some(account));
                self.close("PaymentMandate");
            }
            self.close("PaymentMeans");
        }
    }

    fn category(&mut self, name: &str, (code, rate): Tax, reason: Option<&str>) {
        self.open(name);
        self.leaf("ID", "", code);
        self.maybe("Percent", rate);
        self.maybe("TaxExemptionReason", reason.unwrap_or_default());
        self.scheme();
        self.close(name);
    }

    fn extra(&mut self, extra: &Extra, tax: Option<Tax>) {
        self.open("AllowanceCharge");
        self.leaf(
            "ChargeIndicator",
            "",
            if extra.charge { "true" } else { "false" },
        );
        self.leaf("AllowanceChargeReason", "", extra.reason);
        if let Some((percentage, _)) = extra.of {
            self.leaf("MultiplierFactorNumeric", "", &percentage.to_string());
        }
        self.amount("Amount", extra.amount);
        if let Some((_, base)) = extra.of {
            self.amount("BaseAmount", base);
        }
        if let Some(tax) = tax {
            self.category("TaxCategory", tax, None);
        }
        self.close("AllowanceCharge");
    }

    /// Writes the VAT breakdown and gives its sum.
    fn tax_total(&mut self) -> Decimal {
        let spec = self.spec;
        let mut groups: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
        for item in &spec.items {
            *groups.entry(item.tax).or_default() += net(item, spec.digits);
        }
        for (extra, tax) in &spec.extras {
            *groups.entry(*tax).or_default() += signed(extra);
        }
        let rows: Vec<_> = groups
            .into_iter()
            .map(|(tax, taxable)| {
                let rate = if tax.1.is_empty() {
                    Decimal::ZERO
                } else {
                    crate::spec::d(tax.1)
                };
                (
                    tax,
                    taxable,
                    round(taxable * rate / Decimal::ONE_HUNDRED, spec.digits),
                )
            })
            .collect();
        let vat: Decimal = rows.iter().map(|(_, _, vat)| vat).sum();
        self.open("TaxTotal");
        self.amount("TaxAmount", vat);
        for (tax, taxable, vat) in rows {
            self.open("TaxSubtotal");
            self.amount("TaxableAmount", taxable);
            self.amount("TaxAmount", vat);
            let reason = spec
                .reasons
                .iter()
                .find(|(code, _)| *code == tax.0)
                .map(|(_, reason)| *reason);
            self.category("TaxCategory", tax, reason);
            self.close("TaxSubtotal");
        }
        self.close("TaxTotal");
        if let Some((code, rate)) = spec.tax_currency {
            self.open("TaxTotal");
            self.leaf(
                "TaxAmount",
                &format!("currencyID=\"{code}\""),
                &round(vat * rate, 2).to_string(),
            );
            self.close("TaxTotal");
        }
        vat
    }

    fn totals(&mut self, vat: Decimal) {
        let spec = self.spec;
        let lines: Decimal = spec.items.iter().map(|item| net(item, spec.digits)).sum();
        let sum = |charge: bool| -> Decimal {
            spec.extras
                .iter()
                .filter(|(extra, _)| extra.charge == charge)
                .map(|(extra, _)| extra.amount)
                .sum()
        };
        let (allowances, charges) = (sum(false), sum(true));
        let exclusive = lines - allowances + charges;
        let inclusive = exclusive + vat;
        self.open("LegalMonetaryTotal");
        self.amount("LineExtensionAmount", lines);
        self.amount("TaxExclusiveAmount", exclusive);
        self.amount("TaxInclusiveAmount", inclusive);
        if !allowances.is_zero() {
            self.amount("AllowanceTotalAmount", allowances);
        }
        if !charges.is_zero() {
            self.amount("ChargeTotalAmount", charges);
        }
        if let Some(prepaid) = spec.prepaid {
            self.amount("PrepaidAmount", prepaid);
        }
        if let Some(rounding) = spec.rounding {
            self.amount("PayableRoundingAmount", rounding);
        }
        let payable =
            inclusive - spec.prepaid.unwrap_or_default() + spec.rounding.unwrap_or_default();
        self.amount("PayableAmount", payable);
        self.close("LegalMonetaryTotal");
    }

    fn line(&mut self, number: usize, item: &Item, (name, quantity): (&str, &str)) {
        let price = format!("currencyID=\"{}\"", self.spec.currency);
        let unit = format!("unitCode=\"{}\"", item.unit);
        self.open(name);
        self.leaf("ID", "", &number.to_string());
        self.leaf(quantity, &unit, &item.quantity.to_string());
        self.amount("LineExtensionAmount", net(item, self.spec.digits));
        self.period(item.period);
        for extra in &item.extras {
            self.extra(extra, None);
        }
        self.open("Item");
        self.leaf("Name", "", item.name);
        self.category("ClassifiedTaxCategory", item.tax, None);
        self.close("Item");
        self.open("Price");
        self.leaf("PriceAmount", &price, &item.price.to_string());
        if let Some(base) = item.base {
            self.leaf("BaseQuantity", &unit, &base.to_string());
        }
        if let Some((gross, discount)) = item.gross {
            self.open("AllowanceCharge");
            self.leaf("ChargeIndicator", "", "false");
            self.leaf("Amount", &price, &discount.to_string());
            self.leaf("BaseAmount", &price, &gross.to_string());
            self.close("AllowanceCharge");
        }
        self.close("Price");
        self.close(name);
    }
}
