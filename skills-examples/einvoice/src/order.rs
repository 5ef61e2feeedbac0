//! An order, read and checked: everything that EN 16931 asks of it, before a single element is written.

use std::collections::BTreeMap;

use guildhall_invoice::{AccountKind, classify};
use guildhall_sdk::{Date, Money};
use guildhall_ubl::{Address, Problem, Problems, identifier, optional, required};

use crate::bindings::{self, AdjustmentKind, DocumentKind, Order, Size, Vat, VatCategory};
use crate::category::{Reason, Tax, reason};
use crate::lines::{Adjustment, Line, adjustment, line};
use crate::party::{self, Representative, Side};
use crate::scale::{Scale, shown};
use crate::totals::{Totals, totals};

/// Lines that are computed at most.
const MAX_LINES: usize = 2_000;

/// Two days.
pub type Period = (Date, Date);

/// An account to pay to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number; an IBAN without spaces.
    pub number: String,
    /// Whether it is an IBAN.
    pub iban: bool,
    /// Name.
    pub name: Option<String>,
    /// Bank.
    pub bic: Option<String>,
}

/// Delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Day.
    pub date: Option<Date>,
    /// Who received it.
    pub name: Option<String>,
    /// Where.
    pub address: Option<Address>,
}

/// A document that can be written as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Invoice or credit note.
    pub kind: DocumentKind,
    /// Number.
    pub number: String,
    /// Day of issue.
    pub issued: Date,
    /// Day on which it is due.
    pub due: Option<Date>,
    /// Terms of payment.
    pub terms: Option<String>,
    /// Currency.
    pub scale: Scale,
    /// References: buyer's, order, contract.
    pub references: [Option<String>; 3],
    /// Documents before.
    pub preceding: Vec<(String, Option<Date>)>,
    /// Notes.
    pub notes: Vec<String>,
    /// Period.
    pub period: Option<Period>,
    /// Seller.
    pub seller: guildhall_ubl::Party,
    /// Buyer.
    pub buyer: guildhall_ubl::Party,
    /// Tax representative.
    pub representative: Option<Representative>,
    /// Delivery.
    pub delivery: Delivery,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// What to write into the transfer.
    pub payment_reference: Option<String>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Allowances and charges.
    pub adjustments: Vec<(Tax, Adjustment)>,
    /// Why there is no VAT.
    pub reasons: BTreeMap<Tax, Reason>,
    /// Sums.
    pub totals: Totals,
    /// VAT in the currency of the tax authority.
    pub in_tax_currency: Option<(Scale, i128)>,
}

/// Why there is no document.
pub enum NotMade {
    /// It would break the norm.
    Invalid(Problems),
    /// The norm allows it, this skill cannot write it.
    Beyond(Problem),
}

/// Reads an order.
pub fn read(order: &Order) -> Result<Invoice, NotMade> {
    let mut problems = Problems::default();
    let mut beyond = Vec::new();
    let made = invoice(&mut problems, &mut beyond, order);
    match made {
        Some(invoice) if problems.is_empty() && beyond.is_empty() => Ok(invoice),
        _ if problems.is_empty() && !beyond.is_empty() => {
            Err(NotMade::Beyond(beyond.swap_remove(0)))
        }
        _ => Err(NotMade::Invalid(problems)),
    }
}

/// Reads all of it before it gives up on any, so that one answer names everything that is wrong.
fn invoice(problems: &mut Problems, beyond: &mut Vec<Problem>, order: &Order) -> Option<Invoice> {
    let number = required(problems, ("BT-1", "BR-02", "The number"), &order.number);
    let issued = date(
        problems,
        ("BT-2", "BR-03", "The day of issue"),
        Some(&order.issued),
    );
    let due = date(problems, ("BT-9", "", "The due date"), order.due.as_ref());
    if let (Some(issued), Some(due)) = (issued, due)
        && due < issued
    {
        let message =
            format!("The due date {due} (BT-9) lies before the day of issue {issued} (BT-2).");
        problems.add("BT-9", "", message);
    }
    let scale = currency(problems, "BT-5", "BR-CL-04", &order.currency);
    let terms = optional(
        problems,
        ("BT-20", "The terms of payment"),
        order.payment_terms.as_ref(),
    );
    let references = [
        optional(
            problems,
            ("BT-10", "The buyer's reference"),
            order.buyer_reference.as_ref(),
        ),
        optional(
            problems,
            ("BT-13", "The order number"),
            order.order_number.as_ref(),
        ),
        optional(
            problems,
            ("BT-12", "The contract number"),
            order.contract_number.as_ref(),
        ),
    ];
    let mut preceding = Vec::new();
    for each in &order.preceding {
        let name = "The number of the preceding invoice";
        let number = required(problems, ("BT-25", "BR-55", name), &each.number);
        let day = date(
            problems,
            ("BT-26", "", "The day of the preceding invoice"),
            each.date.as_ref(),
        );
        preceding.push((number, day));
    }
    let notes = order
        .notes
        .iter()
        .filter_map(|note| optional(problems, ("BT-22", "The note"), Some(note)))
        .collect();
    let days = order
        .period
        .as_ref()
        .and_then(|given| period(problems, "Document", ("BT-73", "BT-74", "BR-29"), given));
    let seller = party::party(problems, Side::Seller, &order.seller);
    let buyer = party::party(problems, Side::Buyer, &order.buyer);
    let representative = order
        .tax_representative
        .as_ref()
        .map(|given| party::representative(problems, given));
    let delivery = order
        .delivery
        .as_ref()
        .map(|given| read_delivery(problems, given))
        .unwrap_or_default();
    let accounts = order
        .accounts
        .iter()
        .filter_map(|given| account(problems, given))
        .collect();
    let payment_reference = optional(
        problems,
        ("BT-83", "The payment reference"),
        order.payment_reference.as_ref(),
    );

    problems.require(
        !order.lines.is_empty(),
        "BG-25",
        "BR-16",
        "There is no line (BG-25): an invoice has at least one.",
    );
    if order.lines.len() > MAX_LINES {
        let message = format!("There are more than {MAX_LINES} lines (BG-25): split the document.");
        problems.add("BG-25", "", message);
        return None;
    }
    let scale = scale?;
    let lines: Vec<_> = order
        .lines
        .iter()
        .enumerate()
        .map(|(position, given)| line(problems, beyond, scale, position + 1, given))
        .collect();
    let reasons = reasons(
        problems,
        order,
        seller.address.country.as_deref().unwrap_or_default(),
    );
    let prepaid = order.prepaid.as_ref().map_or(Some(0), |money| {
        scale.given(
            problems,
            ("BT-113", "BR-DEC-16", "What has been paid"),
            money,
        )
    });
    let step = step(problems, scale, order.payable_step);
    let in_tax_currency = match &order.vat_in_tax_currency {
        None => Some(None),
        Some(money) => tax_currency(problems, scale, money).map(Some),
    };
    let lines = lines.into_iter().collect::<Option<Vec<_>>>()?;
    let adjustments = adjustments(problems, scale, &lines, order)?;
    let totals = totals(problems, scale, &lines, &adjustments, prepaid?, step?)?;
    let invoice = Invoice {
        kind: order.kind,
        number,
        issued: issued?,
        due,
        terms,
        scale,
        references,
        preceding,
        notes,
        period: days,
        seller,
        buyer,
        representative,
        delivery,
        accounts,
        payment_reference,
        lines,
        adjustments,
        reasons,
        totals,
        in_tax_currency: in_tax_currency?,
    };
    crate::rules::check(problems, &invoice);
    Some(invoice)
}

/// A day that is written as one.
fn date(
    problems: &mut Problems,
    (term, rule, name): (&str, &str, &str),
    text: Option<&String>,
) -> Option<Date> {
    let text = text?.trim();
    // Year 0 is what empty templates write.
    let day = text.parse::<Date>().ok().filter(|day| day.year() > 0);
    if day.is_none() {
        let message = format!(
            "{name} ({term}) is {}: write an existing day as YYYY-MM-DD.",
            shown(text)
        );
        problems.add(term, rule, message);
    }
    day
}

/// A first and a last day in this order.
pub fn period(
    problems: &mut Problems,
    place: &str,
    (first, last, rule): (&str, &str, &str),
    given: &bindings::Period,
) -> Option<Period> {
    let start = date(
        problems,
        (first, "", &format!("{place}: the first day")),
        Some(&given.start),
    );
    let end = date(
        problems,
        (last, "", &format!("{place}: the last day")),
        Some(&given.end),
    );
    let (start, end) = (start?, end?);
    if end < start {
        let message = format!(
            "{place}: the last day {end} ({last}) lies before the first day {start} ({first})."
        );
        problems.add(last, rule, message);
        return None;
    }
    Some((start, end))
}

fn currency(problems: &mut Problems, term: &str, rule: &str, code: &str) -> Option<Scale> {
    let scale = Scale::of(code.trim());
    if scale.is_none() {
        let message = format!(
            "The currency ({term}) is {}, which the code list of EN 16931 does not have: write three capital letters of a currency that is in use, for example EUR.",
            shown(code)
        );
        problems.add(term, rule, message);
    }
    scale
}

fn tax_currency(problems: &mut Problems, scale: Scale, money: &Money) -> Option<(Scale, i128)> {
    let second = currency(problems, "BT-6", "BR-CL-05", &money.currency)?;
    if second.code() == scale.code() {
        problems.add(
            "BT-6",
            "",
            "The currency of the tax authority (BT-6) is that of the document: leave the second VAT amount (BT-111) out.",
        );
        return None;
    }
    let name = "The VAT in the currency of the tax authority";
    let amount = second.given(problems, ("BT-111", "BR-DEC-15", name), money)?;
    Some((second, amount))
}

fn step(problems: &mut Problems, scale: Scale, given: Option<u32>) -> Option<i128> {
    let Some(step) = given else {
        return Some(1);
    };
    let one = scale.money(1)?;
    let fits = step > 0 && i64::from(step) % one.minor == 0;
    problems.require(
        fits,
        "BT-114",
        "",
        format!("The step of the amount due (BT-114) has to be a multiple of {one}."),
    );
    fits.then(|| i128::from(i64::from(step) / one.minor))
}

fn read_delivery(problems: &mut Problems, given: &bindings::Delivery) -> Delivery {
    Delivery {
        date: date(
            problems,
            ("BT-72", "", "The day of delivery"),
            given.date.as_ref(),
        ),
        name: optional(
            problems,
            ("BT-70", "The name of who received it"),
            given.name.as_ref(),
        ),
        address: given.address.as_ref().map(|address| {
            party::address(
                problems,
                ("BT-80", "BR-57", "The delivery address"),
                address,
            )
        }),
    }
}

fn account(problems: &mut Problems, given: &bindings::Account) -> Option<Account> {
    let raw = required(problems, ("BT-84", "BR-50", "The account"), &given.number);
    let name = optional(
        problems,
        ("BT-85", "The name of the account"),
        given.name.as_ref(),
    );
    let bic = identifier(problems, ("BT-86", "The bank"), given.bic.as_ref());
    let (number, kind) = classify(&raw, false);
    if let AccountKind::BadIban(_) = kind {
        let message = format!(
            "The account {} (BT-84) begins like an IBAN, but its length or check digits are wrong: read it again from the bank's own paper.",
            shown(&raw)
        );
        problems.add("BT-84", "", message);
    }
    (!number.is_empty()).then_some(Account {
        number,
        iban: kind == AccountKind::Iban,
        name,
        bic,
    })
}

/// The reasons why there is no VAT, one for each category and rate.
fn reasons(problems: &mut Problems, order: &Order, country: &str) -> BTreeMap<Tax, Reason> {
    let of_lines = order.lines.iter().map(|line| &line.vat);
    let of_document = order
        .adjustments
        .iter()
        .filter_map(|each| each.vat.as_ref());
    let mut given: BTreeMap<Tax, (VatCategory, Option<String>)> = BTreeMap::new();
    for vat in of_lines.chain(of_document) {
        // What is wrong with it is said where it stands.
        let Some(tax) = Tax::read(&mut Problems::default(), "", "", vat) else {
            continue;
        };
        let words = optional(
            problems,
            ("BT-120", "The reason for no VAT"),
            vat.reason.as_ref(),
        );
        let (_, known) = given.entry(tax).or_insert((vat.category, None));
        match (&known, words) {
            (Some(known), Some(words)) if *known != words => {
                let message = format!(
                    "VAT category {} has two reasons for no VAT (BT-120), {} and {}: one row of the breakdown has one.",
                    tax.code,
                    shown(known),
                    shown(&words)
                );
                problems.add("BT-120", "", message);
            }
            (None, Some(words)) => *known = Some(words),
            _ => {}
        }
    }
    given
        .into_iter()
        .map(|(tax, (category, words))| (tax, reason(problems, category, words, country)))
        .collect()
}

/// Allowances and charges of the document. Percent without a category of its own is taken of every row of lines by itself.
fn adjustments(
    problems: &mut Problems,
    scale: Scale,
    lines: &[Line],
    order: &Order,
) -> Option<Vec<(Tax, Adjustment)>> {
    let mut rows: BTreeMap<Tax, i128> = BTreeMap::new();
    for line in lines {
        *rows.entry(line.tax).or_default() += line.net;
    }
    let mut read = Vec::new();
    for (position, each) in order.adjustments.iter().enumerate() {
        let (word, terms, category, rate) = match each.kind {
            AdjustmentKind::Allowance => (
                "Allowance",
                ["BT-92", "BT-97", "BR-33", "BR-DEC-01", "allowance"],
                ("BT-95", "BR-32"),
                "BT-96",
            ),
            AdjustmentKind::Charge => (
                "Charge",
                ["BT-99", "BT-104", "BR-38", "BR-DEC-05", "charge"],
                ("BT-102", "BR-37"),
                "BT-103",
            ),
        };
        let place = format!("{word} {}", position + 1);
        let taxes = own_taxes(problems, &place, rate, each.vat.as_ref(), &rows);
        if matches!(each.size, Size::Amount(_)) && taxes.len() > 1 {
            let message = format!(
                "{place}: the lines are taxed in {} ways, so the {} needs its own VAT ({}).",
                taxes.len(),
                terms.last().copied().unwrap_or_default(),
                category.0
            );
            problems.add(category.0, category.1, message);
            continue;
        }
        for tax in taxes {
            let base = rows.get(&tax).copied().unwrap_or_default();
            let given = (each.kind, &each.size, &each.reason);
            read.push(
                adjustment(problems, scale, &place, terms, given, base).map(|each| (tax, each)),
            );
        }
    }
    read.into_iter().collect()
}

fn own_taxes(
    problems: &mut Problems,
    place: &str,
    rate_term: &str,
    vat: Option<&Vat>,
    rows: &BTreeMap<Tax, i128>,
) -> Vec<Tax> {
    match vat {
        Some(vat) => Tax::read(problems, place, rate_term, vat)
            .into_iter()
            .collect(),
        None => rows.keys().copied().collect(),
    }
}
