//! What one payment settles.

use guildhall_sdk::Money;
use guildhall_sdk::text::line;

use crate::payable::Payable;
use crate::terms::Offer;

/// Longest reason of an order.
const MAX_REASON: usize = 300;

/// An invoice that is paid, less credits and a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The invoice.
    pub invoice: Payable,
    /// Credits, each with as much of it as is used.
    pub credits: Vec<(Payable, i64)>,
    /// The discount that is taken.
    pub discount: Option<(Offer, Money)>,
    /// What credits take off.
    pub credited: Money,
    /// What is left to pay.
    pub paid: Money,
}

impl Settlement {
    /// Takes off credits, which must be less than the invoice, then the discount that was chosen. One that would leave nothing to pay is not
    /// taken.
    pub fn of(invoice: &Payable, credits: Vec<(Payable, i64)>) -> Self {
        let credited: i64 = credits.iter().map(|(_, minor)| minor).sum();
        let rest = invoice.minor - credited;
        let offer = invoice.discount.as_ref();
        let taken = offer.map(|offer| (offer, offer.amount(invoice.minor, credited)));
        let taken = taken.filter(|(_, minor)| (1..rest).contains(minor));
        Settlement {
            credits,
            discount: taken.map(|(offer, minor)| (offer.clone(), invoice.money(minor))),
            credited: invoice.money(credited),
            paid: invoice.money(rest - taken.map_or(0, |(_, minor)| minor)),
            invoice: invoice.clone(),
        }
    }

    /// Why this amount is paid, on one line.
    pub fn reason(&self) -> String {
        let invoice = &self.invoice;
        let mut parts = vec![format!(
            "{}, {}",
            invoice.title(),
            invoice.money(invoice.minor)
        )];
        for (credit, minor) in &self.credits {
            let title = credit.title().replacen("Credit", "credit", 1);
            parts.push(format!("less {title}, {}", credit.money(*minor)));
        }
        if let Some((offer, amount)) = &self.discount {
            parts.push(format!(
                "less {} % discount until {}, {amount}",
                offer.percent, offer.last_day
            ));
        }
        if let Some(reference) = &invoice.wanted_reference {
            parts.push(format!("payee's reference: {reference}"));
        }
        line(&parts.join("; "), MAX_REASON)
    }
}
