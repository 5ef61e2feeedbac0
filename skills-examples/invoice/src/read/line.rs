//! Lines, and the allowances and charges of lines and of the document.

use super::{amount, number_field, period, shorten, tax_category, text, vat_category};
use crate::document::{AllowanceCharge, Line, Price};
use crate::xml::Node;

pub(super) fn line(node: Node<'_>, quantity: &'static str) -> Line {
    let item = node.child("Item");
    Line {
        id: text(node, &["ID"]),
        item: item.and_then(|item| text(item, &["Name"])),
        description: item.and_then(|item| text(item, &["Description"])),
        quantity: number_field(node, quantity),
        unit: node
            .child(quantity)
            .and_then(|node| node.attribute("unitCode"))
            .map(shorten),
        price: node.child("Price").map(price).unwrap_or_default(),
        net: amount(node, "LineExtensionAmount"),
        tax: tax_category(item.and_then(|item| vat_category(item, "ClassifiedTaxCategory"))),
        allowances_charges: node
            .children("AllowanceCharge")
            .map(allowance_charge)
            .collect(),
        period: period(node),
    }
}

fn price(node: Node<'_>) -> Price {
    let discount = node.child("AllowanceCharge");
    Price {
        net: amount(node, "PriceAmount"),
        base_quantity: number_field(node, "BaseQuantity"),
        gross: discount.and_then(|discount| amount(discount, "BaseAmount")),
        discount: discount.and_then(|discount| amount(discount, "Amount")),
    }
}

pub(super) fn allowance_charge(node: Node<'_>) -> AllowanceCharge {
    let reason = |name| text(node, &[name]);
    AllowanceCharge {
        is_charge: node
            .at(&["ChargeIndicator"])
            .and_then(Node::text)
            .and_then(|indicator| match indicator {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            }),
        amount: amount(node, "Amount"),
        base: amount(node, "BaseAmount"),
        percentage: number_field(node, "MultiplierFactorNumeric"),
        reason: reason("AllowanceChargeReason").or_else(|| reason("AllowanceChargeReasonCode")),
        tax: tax_category(vat_category(node, "TaxCategory")),
    }
}
