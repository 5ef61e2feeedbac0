//! Words for the payee: the remittance advice and its message.

use guildhall_invoice::spaced;
use guildhall_sdk::text::{self, line};
use guildhall_sdk::{Date, Money};

use crate::payable::Payable;
use crate::settlement::Settlement;

/// Column that amounts end at.
const WIDTH: usize = 72;

/// The payments to one account of one payee.
#[derive(Clone, Debug)]
pub struct Remittance<'r> {
    account: &'r str,
    day: Option<Date>,
    payments: &'r [Settlement],
    first: &'r Payable,
    total: Money,
}

impl<'r> Remittance<'r> {
    /// Of payments to an account, for a day or as soon as possible. None if there are none, or they have no sum.
    pub fn of(account: &'r str, day: Option<Date>, payments: &'r [Settlement]) -> Option<Self> {
        let first = &payments.first()?.invoice;
        let amounts = payments.iter().map(|payment| &payment.paid);
        Some(Remittance {
            account,
            day,
            payments,
            first,
            total: Money::sum(amounts, &first.currency).ok()?,
        })
    }

    /// The first invoice that is paid.
    pub fn first(&self) -> &Payable {
        self.first
    }

    /// Sum of the payments.
    pub fn total(&self) -> &Money {
        &self.total
    }

    /// Path of its file in a folder. Day, payee and the number of an invoice, which is paid once, make it a new one in each run; a
    /// count tells it from the paths that are taken, because numbers may differ only in what a file name leaves out.
    pub fn path(&self, folder: &str, today: Date, taken: impl Fn(&str) -> bool) -> String {
        let parts = [
            self.day.unwrap_or(today).to_string(),
            text::file_name(&self.first.payee),
            text::file_name(&self.first.number),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let name = parts.join("-");
        let mut path = format!("{folder}/{name}.txt");
        let mut count = 1;
        while taken(&path) {
            count += 1;
            path = format!("{folder}/{name}-{count}.txt");
        }
        path
    }

    /// The remittance advice.
    pub fn advice(&self) -> String {
        let mut lines = vec![
            "REMITTANCE ADVICE".to_owned(),
            String::new(),
            format!("To:       {}", self.first.payee),
            format!("Account:  {}", spaced(self.account)),
        ];
        let buyer = self.first.buyer.as_ref();
        if let Some(buyer) = buyer.filter(|buyer| !buyer.is_empty()) {
            lines.push(format!("From:     {buyer}"));
        }
        lines.push(match self.day {
            Some(day) => format!("Payment:  ordered for {day}"),
            None => "Payment:  ordered for the next possible day".to_owned(),
        });
        for Settlement {
            invoice,
            credits,
            discount,
            paid,
            ..
        } in self.payments
        {
            lines.push(String::new());
            lines.push(row(&invoice.title(), invoice.money(invoice.minor)));
            for (credit, minor) in credits {
                lines.push(row(&credit.title(), less(&credit.money(*minor))));
            }
            if let Some((offer, amount)) = discount {
                let what = format!(
                    "Discount {} %, granted until {}",
                    offer.percent, offer.last_day
                );
                lines.push(row(&what, less(amount)));
            }
            let what = format!("  paid with the reference {}", invoice.number);
            lines.push(row(&what, paid));
        }
        lines.push(String::new());
        lines.push(row(&format!("Total, {}", self.counted()), &self.total));
        lines.push(String::new());
        lines.join("\n")
    }

    /// Subject of the message that announces the payments.
    pub fn subject(&self) -> String {
        let first = line(&self.first.number, 60);
        let others = match self.payments.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        // What looks like an encoded word would be decoded by mail programs, so hosts refuse it.
        format!("Remittance advice: {} for {first}{others}", self.total).replace("=?", "= ?")
    }

    /// Text of the message, to which the advice is attached.
    pub fn message(&self) -> String {
        let hidden = self.account.chars().count().saturating_sub(4);
        let ending: String = self.account.chars().skip(hidden).collect();
        let mut lines = vec![
            format!(
                "We have ordered the transfer of {} to your account ending in {ending}, in {}:",
                self.total,
                self.counted()
            ),
            String::new(),
        ];
        let payments = self.payments.iter();
        lines.extend(payments.map(|payment| row(&payment.invoice.number, &payment.paid)));
        lines.push(String::new());
        lines.push("The attached remittance advice shows how each amount is made up.".to_owned());
        lines.push(String::new());
        lines.join("\n")
    }

    fn counted(&self) -> String {
        match self.payments.len() {
            1 => "1 payment".to_owned(),
            count => format!("{count} payments"),
        }
    }
}

fn less(amount: &Money) -> String {
    format!("-{amount}")
}

/// A text and an amount that ends at [`WIDTH`]; on a line of its own where the text is too long.
fn row(what: &str, amount: impl ToString) -> String {
    let amount = amount.to_string();
    let room = WIDTH.saturating_sub(amount.chars().count());
    match room.checked_sub(what.chars().count() + 1) {
        Some(_) => format!("{what:<room$}{amount}"),
        None => format!("{what}\n{amount:>WIDTH$}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::terms::{Offer, Terms};

    fn read(text: &str) -> Payable {
        let document = guildhall_invoice::read(text.as_bytes()).unwrap();
        Payable::of("a.xml", text.as_bytes(), &document).0
    }

    fn invoice() -> Payable {
        read(include_str!("../../invoices/de-01-two-rates.xml"))
    }

    fn offer(terms: &str) -> Option<Offer> {
        let terms = Terms::read(&[terms.to_owned()]);
        Offer::all(&terms, invoice().issued.unwrap(), "EUR").pop()
    }

    #[test]
    fn one_payment_is_explained_line_by_line() {
        let credit = read(include_str!("../../invoices/de-03-credit-note.xml"));
        let credits = vec![(credit.clone(), credit.minor)];
        let mut invoice = invoice();
        invoice.discount = offer("#SKONTO#TAGE=14#PROZENT=2.00#");
        let settlement = Settlement::of(&invoice, credits);
        // 566.30 less 95.08, less 2 percent of the rest.
        assert_eq!(settlement.paid.to_string(), "461.80 EUR");
        assert_eq!(
            settlement.reason(),
            "Invoice NB-2026-0117 of 2026-09-03, 566.30 EUR; less credit NB-G-2026-0009 of 2026-09-15, 95.08 EUR; less 2.00 % discount until 2026-09-17, 9.42 EUR"
        );
        let payments = [settlement];
        let remittance = Remittance::of("DE48999900000123456789", None, &payments).unwrap();
        let advice = remittance.advice();
        assert!(advice.contains(
            "\nAccount:  DE48 9999 0000 0123 4567 89\nFrom:     Isarwerk Maschinenbau AG\n"
        ));
        assert!(advice.contains("Discount 2.00 %, granted until 2026-09-17"));
        assert!(advice.ends_with("461.80 EUR\n"), "{advice}");
        assert_eq!(
            remittance.subject(),
            "Remittance advice: 461.80 EUR for NB-2026-0117"
        );
        assert!(
            remittance
                .message()
                .contains("ending in 6789, in 1 payment")
        );
    }

    #[test]
    fn a_file_is_named_by_day_payee_and_number_as_far_as_they_can_be_written() {
        let day = Date::new(2026, 11, 24).unwrap();
        let path = |payee: &str, number: &str, taken: &[&str]| {
            let mut invoice = invoice();
            (invoice.payee, invoice.number) = (payee.to_owned(), number.to_owned());
            let payments = [Settlement::of(&invoice, Vec::new())];
            let remittance = Remittance::of("", None, &payments).unwrap();
            remittance.path("advice", day, |path| taken.contains(&path))
        };
        let plain = "advice/2026-11-24-nord-gmbh-n-1.txt";
        let second = "advice/2026-11-24-nord-gmbh-n-1-2.txt";
        assert_eq!(path("Nord GmbH", "N-1", &[]), plain);
        assert_eq!(path("Nord GmbH", "N/1", &[plain]), second);
        assert_eq!(path("株式会社", "/", &[]), "advice/2026-11-24.txt");
    }

    proptest! {
        #[test]
        fn something_positive_is_left_and_every_sum_fits(
            minor in 1_i64..10_000, credited in 0_i64..10_000, percent in 0_u32..10_000,
        ) {
            let credited = credited.min(minor - 1);
            let mut invoice = invoice();
            invoice.minor = minor;
            let terms = format!("#SKONTO#TAGE=14#PROZENT={}.{:02}#", percent / 100, percent % 100);
            invoice.discount = offer(&terms);
            let settlement = Settlement::of(&invoice, vec![(invoice.clone(), credited)]);
            let discount = settlement.discount.map_or(0, |(_, amount)| amount.minor);
            prop_assert!(settlement.paid.minor > 0 && discount >= 0);
            prop_assert_eq!(settlement.paid.minor + discount + settlement.credited.minor, minor);
        }
    }
}
