//! Words for the payee: the remittance advice and its message.

use guildhall_invoice::spaced;
use guildhall_sdk::text::{self, line};
use guildhall_sdk::{Date, Money};

use crate::settlement::Settlement;

/// Column that amounts end at.
const WIDTH: usize = 72;

/// The payments to one account of one payee.
#[derive(Clone, Copy, Debug)]
pub struct Remittance<'r> {
    /// Name of the payee.
    pub payee: &'r str,
    /// IBAN.
    pub account: &'r str,
    /// Name of who pays.
    pub buyer: Option<&'r str>,
    /// Day on which it is to be paid; none for as soon as possible.
    pub day: Option<Date>,
    /// The payments.
    pub payments: &'r [Settlement],
    /// Their sum.
    pub total: &'r Money,
}

impl Remittance<'_> {
    /// The remittance advice.
    pub fn advice(&self) -> String {
        let mut lines = vec![
            "REMITTANCE ADVICE".to_owned(),
            String::new(),
            format!("To:       {}", self.payee),
            format!("Account:  {}", spaced(self.account)),
        ];
        if let Some(buyer) = self.buyer.filter(|buyer| !buyer.is_empty()) {
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
        lines.push(row(&format!("Total, {}", self.counted()), self.total));
        lines.push(String::new());
        lines.join("\n")
    }

    /// Subject of the message that announces the payments.
    pub fn subject(&self) -> String {
        let first = self.payments.first();
        let first = first.map_or_else(String::new, |first| line(&first.invoice.number, 60));
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

/// Name of the file of an advice, without ending. Day, payee and the number of an invoice, which is paid once, make it a new one in
/// each run.
pub fn file_name(day: Date, payee: &str, number: &str) -> String {
    let parts = [
        day.to_string(),
        text::file_name(payee),
        text::file_name(number),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("-")
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
    use crate::payable::Payable;
    use crate::terms::{Offer, Terms};

    fn read(text: &str) -> Payable {
        Payable::of(&guildhall_invoice::read(text.as_bytes()).unwrap()).0
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
        let settlement = Settlement::of(
            &invoice(),
            credits,
            offer("#SKONTO#TAGE=14#PROZENT=2.00#").as_ref(),
        );
        // 566.30 less 95.08, less 2 percent of the rest.
        assert_eq!(settlement.paid.to_string(), "461.80 EUR");
        assert_eq!(
            settlement.reason(),
            "Invoice NB-2026-0117 of 2026-09-03, 566.30 EUR; less credit NB-G-2026-0009 of 2026-09-15, 95.08 EUR; less 2.00 % discount until 2026-09-17, 9.42 EUR"
        );
        let total = settlement.paid.clone();
        let payments = [settlement];
        let remittance = Remittance {
            payee: "Nordlicht",
            account: "DE48999900000123456789",
            buyer: Some("Isarwerk"),
            day: None,
            payments: &payments,
            total: &total,
        };
        let advice = remittance.advice();
        assert!(advice.contains("\nAccount:  DE48 9999 0000 0123 4567 89\nFrom:     Isarwerk\n"));
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
        assert_eq!(
            file_name(day, "Nord GmbH", "N-1"),
            "2026-11-24-nord-gmbh-n-1"
        );
        assert_eq!(file_name(day, "株式会社", "/"), "2026-11-24");
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
            let settlement = Settlement::of(&invoice, vec![(invoice.clone(), credited)], offer(&terms).as_ref());
            let discount = settlement.discount.map_or(0, |(_, amount)| amount.minor);
            prop_assert!(settlement.paid.minor > 0 && discount >= 0);
            prop_assert_eq!(settlement.paid.minor + discount + settlement.credited.minor, minor);
        }
    }
}
