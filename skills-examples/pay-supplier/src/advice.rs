//! Words for the payee and for the card: the remittance advice, its message, and the reason of an order.

use guildhall_sdk::Money;

use crate::bindings::{Contact, Discount, DocumentKind, Payment, Remittance, Settled};
use crate::claim::Claim;
use crate::desk::Notice;
use crate::input::Input;
use crate::text;

/// Longest reason of an order.
const MAX_REASON: usize = 300;
/// Column that amounts end at.
const WIDTH: usize = 72;

/// Why an invoice is paid with this amount.
pub fn reason(claim: &Claim, documents: &[Settled], discount: Option<&Discount>) -> String {
    let mut parts = vec![format!(
        "{}, {}",
        titled(documents.first()),
        claim.money(claim.minor)
    )];
    for credit in documents.iter().skip(1) {
        let what = titled(Some(credit)).replacen("Credit", "credit", 1);
        parts.push(format!("less {what}, {}", credit.amount));
    }
    if let Some(discount) = discount {
        parts.push(format!(
            "less {} % discount until {}, {}",
            discount.percent, discount.last_day, discount.amount
        ));
    }
    if let Some(reference) = &claim.wanted_reference {
        parts.push(format!("payee's reference: {reference}"));
    }
    text::line(&parts.join("; "), MAX_REASON)
}

/// Path of the file. The day and the number of an invoice, which is paid once, make it a new one in each run.
pub fn path(input: &Input, payment: &Payment, others: &[Remittance]) -> String {
    let mut name = input.day().to_string();
    for part in [&payment.payee, &payment.reference] {
        let slug = text::slug(part);
        if !slug.is_empty() {
            name.push('-');
            name.push_str(&slug);
        }
    }
    let mut path = format!("{}/{name}.txt", input.advice);
    let mut count = 1;
    // Two payees of one name, or numbers that differ only in what a file name leaves out.
    while others.iter().any(|other| other.path == path) {
        count += 1;
        path = format!("{}/{name}-{count}.txt", input.advice);
    }
    path
}

/// The remittance advice.
pub fn text(input: &Input, payments: &[Payment], total: &Money, buyer: Option<&str>) -> String {
    let mut lines = vec!["REMITTANCE ADVICE".to_owned(), String::new()];
    if let Some(first) = payments.first() {
        lines.push(format!("To:       {}", first.payee));
        lines.push(format!("Account:  {}", text::spaced(&first.account)));
    }
    if let Some(buyer) = buyer.filter(|buyer| !buyer.is_empty()) {
        lines.push(format!("From:     {buyer}"));
    }
    lines.push(match input.requested {
        Some(day) => format!("Payment:  ordered for {day}"),
        None => "Payment:  ordered for the next possible day".to_owned(),
    });
    for payment in payments {
        lines.push(String::new());
        for document in &payment.documents {
            let amount = match document.kind {
                DocumentKind::Invoice => document.amount.to_string(),
                DocumentKind::Credit => less(&document.amount),
            };
            lines.push(row(&titled(Some(document)), &amount));
        }
        if let Some(discount) = &payment.discount {
            let what = format!(
                "Discount {} %, granted until {}",
                discount.percent, discount.last_day
            );
            lines.push(row(&what, &less(&discount.amount)));
        }
        lines.push(row(
            &format!("  paid with the reference {}", payment.reference),
            &payment.amount.to_string(),
        ));
    }
    lines.push(String::new());
    lines.push(row(
        &format!("Total, {}", counted(payments.len())),
        &total.to_string(),
    ));
    lines.push(String::new());
    lines.join("\n")
}

/// The message that announces the payments.
pub fn notice(contact: &Contact, payments: &[Payment], total: &Money, path: &str) -> Notice {
    let first = payments
        .first()
        .map(|payment| text::line(&payment.reference, 60))
        .unwrap_or_default();
    let others = match payments.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let ending: String = payments
        .first()
        .map(|payment| {
            payment
                .account
                .chars()
                .skip(payment.account.len().saturating_sub(4))
                .collect()
        })
        .unwrap_or_default();
    let mut body = vec![
        format!(
            "We have ordered the transfer of {total} to your account ending in {ending}, in {}:",
            counted(payments.len())
        ),
        String::new(),
    ];
    body.extend(
        payments
            .iter()
            .map(|payment| row(&payment.reference, &payment.amount.to_string())),
    );
    body.push(String::new());
    body.push("The attached remittance advice shows how each amount is made up.".to_owned());
    body.push(String::new());
    Notice {
        channel: contact.channel.clone(),
        recipient: contact.recipient.clone(),
        // What looks like an encoded word would be decoded by mail programs, so hosts refuse it.
        subject: format!("Remittance advice: {total} for {first}{others}").replace("=?", "= ?"),
        body: body.join("\n"),
        attachment: path.to_owned(),
        after: payments.iter().map(|payment| payment.payment).collect(),
    }
}

fn titled(document: Option<&Settled>) -> String {
    let Some(document) = document else {
        return String::new();
    };
    let what = match document.kind {
        DocumentKind::Invoice => "Invoice",
        DocumentKind::Credit => "Credit",
    };
    match &document.issued {
        Some(day) => format!("{what} {} of {day}", document.number),
        None => format!("{what} {}", document.number),
    }
}

fn counted(payments: usize) -> String {
    match payments {
        1 => "1 payment".to_owned(),
        count => format!("{count} payments"),
    }
}

fn less(amount: &Money) -> String {
    format!("-{amount}")
}

/// A text and an amount that ends at [`WIDTH`]; on a line of its own where the text is too long.
fn row(what: &str, amount: &str) -> String {
    let room = WIDTH.saturating_sub(amount.chars().count());
    match room.checked_sub(what.chars().count() + 1) {
        Some(_) => format!("{what:<room$}{amount}"),
        None => format!("{what}\n{:>WIDTH$}", amount),
    }
}
