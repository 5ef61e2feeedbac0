//! What an invoice of the corpus is made of. Amounts that follow from others are computed, never written down.

use guildhall_invoice::Decimal;

/// An invented company. No identifier of it belongs to anybody.
#[derive(Clone, Copy)]
pub struct Company {
    pub name: &'static str,
    pub street: &'static str,
    pub city: &'static str,
    pub postcode: &'static str,
    pub country: &'static str,
    pub vat: &'static str,
    pub legal: &'static str,
}

/// VAT category and rate.
pub type Tax = (&'static str, &'static str);

/// An allowance (negative sign in the text) or charge: reason, amount, percentage and base.
#[derive(Clone)]
pub struct Extra {
    pub charge: bool,
    pub reason: &'static str,
    pub amount: Decimal,
    pub of: Option<(Decimal, Decimal)>,
}

#[derive(Clone)]
pub struct Item {
    pub name: &'static str,
    pub quantity: Decimal,
    pub unit: &'static str,
    pub price: Decimal,
    pub base: Option<Decimal>,
    /// Gross price and discount.
    pub gross: Option<(Decimal, Decimal)>,
    pub tax: Tax,
    pub extras: Vec<Extra>,
    pub period: Option<(&'static str, &'static str)>,
}

#[derive(Clone)]
pub struct Payment {
    pub code: &'static str,
    pub reference: &'static str,
    pub accounts: Vec<(String, &'static str)>,
    pub mandate: Option<(&'static str, String)>,
}

/// One file of the corpus.
#[derive(Clone)]
pub struct Spec {
    pub file: &'static str,
    /// What is special about it.
    pub about: &'static str,
    pub credit_note: bool,
    pub number: &'static str,
    pub issued: &'static str,
    pub due: Option<&'static str>,
    pub currency: &'static str,
    pub digits: u32,
    /// Currency of the tax authority and how much one unit of the invoice's is in it.
    pub tax_currency: Option<(&'static str, Decimal)>,
    pub seller: Company,
    pub buyer: Company,
    pub items: Vec<Item>,
    pub extras: Vec<(Extra, Tax)>,
    pub payments: Vec<Payment>,
    pub terms: Option<&'static str>,
    pub order: Option<&'static str>,
    pub contract: Option<&'static str>,
    pub preceding: Option<(&'static str, &'static str)>,
    pub note: Option<&'static str>,
    pub period: Option<(&'static str, &'static str)>,
    pub delivery: Option<(&'static str, &'static str)>,
    pub prepaid: Option<Decimal>,
    pub rounding: Option<Decimal>,
    /// Reasons of the categories that are not taxed.
    pub reasons: Vec<(&'static str, &'static str)>,
    /// Name, media type and base64 of an attachment.
    pub attachment: Option<(&'static str, &'static str, &'static str)>,
    /// Errors planted into the finished text: what stands there (exactly once), and what is put in its place.
    pub planted: Vec<(String, String)>,
    /// What a check must find, and nothing else.
    pub findings: Vec<&'static str>,
}

pub fn d(text: &str) -> Decimal {
    text.parse().expect("a decimal of the corpus")
}

/// A line: name, quantity, unit, price, VAT.
pub fn item(name: &'static str, quantity: &str, unit: &'static str, price: &str, tax: Tax) -> Item {
    Item {
        name,
        quantity: d(quantity),
        unit,
        price: d(price),
        base: None,
        gross: None,
        tax,
        extras: Vec::new(),
        period: None,
    }
}

impl Item {
    /// The price is for so many units.
    pub fn per(mut self, base: &str) -> Self {
        self.base = Some(d(base));
        self
    }

    pub fn gross(mut self, gross: &str, discount: &str) -> Self {
        self.gross = Some((d(gross), d(discount)));
        self
    }

    pub fn extra(mut self, extra: Extra) -> Self {
        self.extras.push(extra);
        self
    }

    pub fn period(mut self, start: &'static str, end: &'static str) -> Self {
        self.period = Some((start, end));
        self
    }
}

pub fn allowance(reason: &'static str, amount: &str) -> Extra {
    Extra {
        charge: false,
        reason,
        amount: d(amount),
        of: None,
    }
}

pub fn charge(reason: &'static str, amount: &str) -> Extra {
    Extra {
        charge: true,
        reason,
        amount: d(amount),
        of: None,
    }
}

impl Extra {
    /// So many percent of a base.
    pub fn of(mut self, percentage: &str, base: &str) -> Self {
        self.of = Some((d(percentage), d(base)));
        self
    }
}

/// An IBAN with right check digits for an invented account.
pub fn iban(country: &str, bban: &str) -> String {
    let mut rest = 0_u32;
    for value in format!("{bban}{country}00")
        .chars()
        .filter_map(|c| c.to_digit(36))
    {
        rest = if value > 9 {
            (rest * 100 + value) % 97
        } else {
            (rest * 10 + value) % 97
        };
    }
    format!("{country}{:02}{bban}", 98 - rest)
}

/// SEPA credit transfer to one account.
pub fn sepa(account: String, reference: &'static str) -> Payment {
    Payment {
        code: "58",
        reference,
        accounts: vec![(account, "")],
        mandate: None,
    }
}

/// Other credit transfer.
pub fn transfer(account: impl Into<String>, bic: &'static str, reference: &'static str) -> Payment {
    Payment {
        code: "30",
        reference,
        accounts: vec![(account.into(), bic)],
        mandate: None,
    }
}

impl Spec {
    pub fn new(
        file: &'static str,
        about: &'static str,
        seller: Company,
        buyer: Company,
        currency: &'static str,
    ) -> Self {
        let digits = match currency {
            "JPY" => 0,
            "KWD" => 3,
            _ => 2,
        };
        Spec {
            file,
            about,
            credit_note: false,
            number: "",
            issued: "2026-10-01",
            due: None,
            currency,
            digits,
            tax_currency: None,
            seller,
            buyer,
            items: Vec::new(),
            extras: Vec::new(),
            payments: Vec::new(),
            terms: None,
            order: None,
            contract: None,
            preceding: None,
            note: None,
            period: None,
            delivery: None,
            prepaid: None,
            rounding: None,
            reasons: Vec::new(),
            attachment: None,
            planted: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub fn head(mut self, number: &'static str, issued: &'static str, due: &'static str) -> Self {
        self.number = number;
        self.issued = issued;
        self.due = (!due.is_empty()).then_some(due);
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Spec)) -> Self {
        change(&mut self);
        self
    }

    pub fn items(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.items = items.into_iter().collect();
        self
    }

    pub fn pay(mut self, payment: Payment) -> Self {
        self.payments.push(payment);
        self
    }

    /// Plants an error and names what it must lead to.
    pub fn plant(mut self, from: &str, to: &str, findings: &[&'static str]) -> Self {
        self.planted.push((from.to_owned(), to.to_owned()));
        self.findings.extend(findings);
        self
    }
}
