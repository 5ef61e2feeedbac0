//! The nine boxes of the UK return: which row of a document goes where (VAT Notice 700/12, section 3), and their arithmetic.

use guildhall_ubl::Exact;

use crate::bindings::Direction;

const HUNDRED: Exact = Exact::new(100, 0);
const PENCE: u32 = 2;

/// Boxes 1, 2, 4 and 6 to 9 in pence; 3 and 5 follow from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boxes {
    /// Box 1.
    pub due_on_sales: i64,
    /// Box 2.
    pub due_on_acquisitions: i64,
    /// Box 4.
    pub reclaimed: i64,
    /// Box 6, still in pence.
    pub sales: i64,
    /// Box 7, still in pence.
    pub purchases: i64,
    /// Box 8, still in pence.
    pub goods_to_union: i64,
    /// Box 9, still in pence.
    pub goods_from_union: i64,
}

/// One row of a document's VAT breakdown, in pence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'r> {
    /// Sale or purchase.
    pub direction: Direction,
    /// Category of EN 16931.
    pub category: &'r str,
    /// Taxable amount.
    pub taxable: i64,
    /// VAT.
    pub vat: i64,
}

/// What the boxes depend on besides the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Your business is registered in Northern Ireland (`XI`).
    pub northern: bool,
    /// The seller of a purchase has a VAT identifier of the United Kingdom.
    pub uk_seller: bool,
    /// The VAT may be reclaimed.
    pub reclaimed: bool,
    /// Rate owed on purchases with reverse charge.
    pub reverse_charge: Option<Exact>,
    /// Rate owed on goods from the EU.
    pub acquisition: Option<Exact>,
}

/// Where one row goes, or the sentence that says why that cannot be told.
pub fn place(row: Row<'_>, facts: Facts) -> Result<Boxes, &'static str> {
    let Row { taxable, vat, .. } = row;
    let none = Boxes::default();
    let reclaimed = |vat| if facts.reclaimed { vat } else { 0 };
    match (row.direction, row.category) {
        (Direction::Sale, "S") => Ok(Boxes {
            due_on_sales: vat,
            sales: taxable,
            ..none
        }),
        // With domestic reverse charge the buyer owes the VAT; the value counts.
        (Direction::Sale, "Z" | "E" | "G" | "AE") => Ok(Boxes {
            sales: taxable,
            ..none
        }),
        (Direction::Sale, "K") if facts.northern => Ok(Boxes {
            sales: taxable,
            goods_to_union: taxable,
            ..none
        }),
        (Direction::Sale, "K") => Err(
            "It is a supply within the EU (category K), which a business of Great Britain has no more: ask whether it is an export.",
        ),
        (Direction::Purchase, "S") if facts.uk_seller => Ok(Boxes {
            reclaimed: reclaimed(vat),
            purchases: taxable,
            ..none
        }),
        (Direction::Purchase, "S") => Err(
            "Its seller has no VAT identifier of the United Kingdom, so its VAT is no UK VAT: do not reclaim it here, and enter the value yourself.",
        ),
        (Direction::Purchase, "Z" | "E") => Ok(Boxes {
            purchases: taxable,
            ..none
        }),
        (Direction::Purchase, "AE") => {
            let vat = owed(taxable, facts.reverse_charge).ok_or(
                "It has reverse charge, and the document does not say at which rate you owe the VAT: give the reverse-charge rate."
            )?;
            // A service from abroad counts as if you had made it to yourself.
            let sales = if facts.uk_seller { 0 } else { taxable };
            Ok(Boxes {
                due_on_sales: vat,
                reclaimed: reclaimed(vat),
                sales,
                purchases: taxable,
                ..none
            })
        }
        (Direction::Purchase, "K") if facts.northern && !facts.uk_seller => {
            let vat = owed(taxable, facts.acquisition).ok_or(
                "It is about goods from the EU, and the document does not say at which rate you owe the VAT: give the acquisition rate."
            )?;
            Ok(Boxes {
                due_on_acquisitions: vat,
                reclaimed: reclaimed(vat),
                purchases: taxable,
                goods_from_union: taxable,
                ..none
            })
        }
        (Direction::Purchase, "K" | "G") => Err(
            "It is about goods that were imported: their VAT is on your import VAT statement and not on the invoice, so enter them yourself.",
        ),
        (_, "O") => Err(
            "It is not subject to VAT: whether its value belongs into box 6 or 7 depends on why, so enter it yourself.",
        ),
        _ => Err("Its VAT category is none of the United Kingdom: enter it yourself."),
    }
}

fn owed(taxable: i64, rate: Option<Exact>) -> Option<i64> {
    let vat = Exact::new(taxable.into(), PENCE).product(rate?, HUNDRED, PENCE)?;
    i64::try_from(vat).ok()
}

impl Boxes {
    /// The sum of two returns; none if it gets too large.
    pub fn plus(self, other: Boxes) -> Option<Boxes> {
        let sum = Boxes {
            due_on_sales: self.due_on_sales.checked_add(other.due_on_sales)?,
            due_on_acquisitions: self
                .due_on_acquisitions
                .checked_add(other.due_on_acquisitions)?,
            reclaimed: self.reclaimed.checked_add(other.reclaimed)?,
            sales: self.sales.checked_add(other.sales)?,
            purchases: self.purchases.checked_add(other.purchases)?,
            goods_to_union: self.goods_to_union.checked_add(other.goods_to_union)?,
            goods_from_union: self.goods_from_union.checked_add(other.goods_from_union)?,
        };
        sum.net()?;
        Some(sum)
    }

    /// Box 3.
    pub fn total_due(&self) -> Option<i64> {
        self.due_on_sales.checked_add(self.due_on_acquisitions)
    }

    /// What is owed; negative for what is paid back. Box 5 is this without its sign.
    pub fn net(&self) -> Option<i64> {
        self.total_due()?.checked_sub(self.reclaimed)
    }
}

/// Whole pounds: pence are left out.
pub fn pounds(pence: i64) -> i64 {
    pence / 100
}
