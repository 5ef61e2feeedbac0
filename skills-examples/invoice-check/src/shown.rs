//! From the library's types to those of the world, which the merchant and other programs see.

use guildhall_invoice as invoice;
use guildhall_invoice::{AccountKind, Decimal, Document, Kind};
use guildhall_payables::Record;
use guildhall_sdk::Money;
use guildhall_sdk::text;

use crate::bindings::{self as shown, DocumentKind, Finding, FindingCode, Severity};

guildhall_invoice::bind!(shown);

/// An amount of the document as money; none if its currency has no minor units for it.
pub fn money(document: &Document, amount: Option<Decimal>) -> Option<Money> {
    Money::parse(&amount?.to_string(), document.currency.as_deref()?).ok()
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Invoice => DocumentKind::Invoice,
            Kind::CreditNote => DocumentKind::CreditNote,
        }
    }
}

/// The finding that another document has this seller and number.
pub fn duplicate(document: &Document, earlier: &Record) -> Finding {
    let number = text::line(document.number.as_deref().unwrap_or_default(), 60);
    let what = match document.kind {
        Kind::Invoice => "invoice",
        Kind::CreditNote => "credit note",
    };
    Finding {
        code: FindingCode::Duplicate,
        severity: Severity::Error,
        rule: None,
        place: "BT-1".to_owned(),
        message: format!(
            "Another {what} of this seller with the number `{number}` and other content was checked first on {} (`{}`). Pay one of them at most: ask the seller which is right.",
            earlier.when, earlier.note
        ),
        expected: Some(earlier.digest.clone()),
        actual: None,
    }
}

pub fn document(document: &Document) -> shown::Document {
    shown::Document {
        kind: document.kind.into(),
        specification: document.specification.clone(),
        number: document.number.clone(),
        type_code: document.type_code.clone(),
        issue_date: date(&document.issue_date),
        due_date: date(&document.due_date),
        delivery_date: date(&document.delivery_date),
        period: period(&document.period),
        currency: document.currency.clone(),
        tax_currency: document.tax_currency.clone(),
        buyer_reference: document.buyer_reference.clone(),
        notes: document.notes.clone(),
        references: document.references.iter().map(reference).collect(),
        seller: party(&document.seller),
        buyer: party(&document.buyer),
        payee: document.payee.as_ref().map(party),
        tax_representative: document.tax_representative.as_ref().map(party),
        accounts: document
            .accounts
            .iter()
            .map(|each| account(document, each))
            .collect(),
        payment_terms: document.payment_terms.clone(),
        allowances_charges: document
            .allowances_charges
            .iter()
            .map(allowance_charge)
            .collect(),
        vat_breakdown: document.vat_breakdown.iter().map(vat_row).collect(),
        totals: totals(&document.totals),
        lines: document.lines.iter().map(line).collect(),
        attachments: document.attachments.iter().map(attachment).collect(),
    }
}

fn date(date: &Option<invoice::DateField>) -> Option<String> {
    date.as_ref().map(|date| date.raw.clone())
}

fn number(number: &Option<invoice::NumberField>) -> Option<String> {
    number.as_ref().map(|number| number.raw.clone())
}

fn amount(amount: &Option<invoice::Amount>) -> Option<shown::Amount> {
    amount.as_ref().map(|amount| shown::Amount {
        value: amount.number.raw.clone(),
        currency: amount.currency.clone(),
    })
}

fn period(period: &invoice::Period) -> shown::Period {
    shown::Period {
        start: date(&period.start),
        end: date(&period.end),
    }
}

fn reference(reference: &invoice::Reference) -> shown::Reference {
    use invoice::ReferenceKind as Kind;
    shown::Reference {
        kind: match reference.kind {
            Kind::Order => shown::ReferenceKind::Order,
            Kind::SalesOrder => shown::ReferenceKind::SalesOrder,
            Kind::Contract => shown::ReferenceKind::Contract,
            Kind::Project => shown::ReferenceKind::Project,
            Kind::PrecedingInvoice => shown::ReferenceKind::PrecedingInvoice,
            Kind::Despatch => shown::ReferenceKind::Despatch,
            Kind::Receipt => shown::ReferenceKind::Receipt,
            Kind::Tender => shown::ReferenceKind::Tender,
        },
        id: reference.id.clone(),
        date: date(&reference.date),
    }
}

fn party(party: &invoice::Party) -> shown::Party {
    shown::Party {
        name: party.name.clone(),
        trading_name: party.trading_name.clone(),
        vat_id: party.vat_id.clone(),
        tax_registration: party.tax_registration.clone(),
        legal_id: party.legal_id.clone(),
        ids: party.ids.clone(),
        address: party.address.clone(),
        city: party.city.clone(),
        postcode: party.postcode.clone(),
        country: party.country.clone(),
        endpoint: party.endpoint.clone(),
        endpoint_scheme: party.endpoint_scheme.clone(),
    }
}

fn account(document: &Document, account: &invoice::Account) -> shown::Account {
    let payment = document.payments.get(account.payment);
    shown::Account {
        written: account.raw.clone(),
        normalised: account.normalised.clone(),
        kind: match account.kind {
            AccountKind::Iban => shown::AccountKind::Iban,
            AccountKind::BadIban(_) => shown::AccountKind::BadIban,
            AccountKind::Other => shown::AccountKind::Other,
        },
        name: account.name.clone(),
        bic: account.bic.clone(),
        payment_code: payment.and_then(|payment| payment.code.clone()),
        payment_references: payment
            .map(|payment| payment.references.clone())
            .unwrap_or_default(),
    }
}

fn allowance_charge(each: &invoice::AllowanceCharge) -> shown::AllowanceCharge {
    shown::AllowanceCharge {
        charge: each.is_charge,
        amount: amount(&each.amount),
        base: amount(&each.base),
        percentage: number(&each.percentage),
        reason: each.reason.clone(),
        vat_category: each.tax.code.clone(),
        vat_rate: number(&each.tax.rate),
    }
}

fn vat_row(group: &invoice::VatGroup) -> shown::VatRow {
    shown::VatRow {
        category: group.tax.code.clone(),
        rate: number(&group.tax.rate),
        taxable: amount(&group.taxable),
        vat: amount(&group.vat),
        exemption_reason: group.exemption_reason.clone(),
    }
}

fn totals(totals: &invoice::Totals) -> shown::Totals {
    shown::Totals {
        lines: amount(&totals.lines),
        allowances: amount(&totals.allowances),
        charges: amount(&totals.charges),
        tax_exclusive: amount(&totals.tax_exclusive),
        vat: amount(&totals.vat),
        vat_in_tax_currency: amount(&totals.vat_in_tax_currency),
        tax_inclusive: amount(&totals.tax_inclusive),
        prepaid: amount(&totals.prepaid),
        rounding: amount(&totals.rounding),
        payable: amount(&totals.payable),
    }
}

fn line(line: &invoice::Line) -> shown::Line {
    shown::Line {
        id: line.id.clone(),
        item: line.item.clone(),
        description: line.description.clone(),
        quantity: number(&line.quantity),
        unit: line.unit.clone(),
        price: amount(&line.price.net),
        price_base_quantity: number(&line.price.base_quantity),
        net: amount(&line.net),
        vat_category: line.tax.code.clone(),
        vat_rate: number(&line.tax.rate),
        allowances_charges: line
            .allowances_charges
            .iter()
            .map(allowance_charge)
            .collect(),
        period: period(&line.period),
    }
}

fn attachment(attachment: &invoice::Attachment) -> shown::Attachment {
    shown::Attachment {
        id: attachment.id.clone(),
        description: attachment.description.clone(),
        filename: attachment.filename.clone(),
        media_type: attachment.media_type.clone(),
        embedded_bytes: attachment.embedded_bytes,
        location: attachment.location.clone(),
    }
}
