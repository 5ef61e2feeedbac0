//! Known traps: where a source is wrong or says something else than it seems to, each with its reason and its days.

/// What a rule does.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// This family is not heard: it is known to be wrong here.
    Unheard(&'static str),
    /// How the figure comes about.
    MadeOf(&'static str),
}

/// One trap.
pub struct Rule {
    /// ISO 3166 code.
    pub place: &'static str,
    /// First day.
    pub from: &'static str,
    /// Last day; empty while it lasts.
    pub to: &'static str,
    /// What it does.
    pub effect: Effect,
    /// Why, as a sentence for a merchant.
    pub reason: &'static str,
}

use Effect::{MadeOf, Unheard};

const SALES_TAX: &str = "sales-tax";

const fn rule(
    place: &'static str,
    days: (&'static str, &'static str),
    effect: Effect,
    reason: &'static str,
) -> Rule {
    Rule {
        place,
        from: days.0,
        to: days.1,
        effect,
        reason,
    }
}

/// The traps.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("TH", ("2023-09-01", ""), Unheard(SALES_TAX), "The Revenue Code says 10 %, which yearly royal decrees have lowered to 7 % without a break; the package sales-tax names the 10 % since September 2023."),
    rule("BO", ("1992-03-01", ""), MadeOf("13 % of the price with tax, which is 14.94 % (13/87) of the price without"), "Bolivia's 13 % is part of the price with tax."),
    rule("ID", ("2025-01-01", ""), MadeOf("12 % on 11/12 of the price"), "The rate is 12 % on 11/12 of the price, except for luxury goods: on these it is 12 % of the whole price."),
    rule("PE", ("2011-03-01", "2025-12-31"), MadeOf("16 % IGV and 2 % municipal promotion tax"), "Two taxes are shown as one."),
    rule("PE", ("2026-01-01", ""), MadeOf("IGV and municipal promotion tax, together 18 %"), "Two taxes are shown as one; since 2026 half a point a year moves from the first to the second (Ley 32387)."),
    rule("VN", ("2022-02-01", "2022-12-31"), Unheard(SALES_TAX), "The 10 % was lowered to 8 % for most goods and services; telecommunications, finance, real estate, metals, mining and goods under special consumption tax stayed at 10 %."),
    rule("VN", ("2023-07-01", "2026-12-31"), Unheard(SALES_TAX), "The 10 % is lowered to 8 % for most goods and services until 2026-12-31; telecommunications, finance, real estate, metals, mining and goods under special consumption tax stay at 10 %."),
    rule("BH", ("2022-01-01", ""), Unheard(SALES_TAX), "Bahrain raised its VAT from 5 % to 10 % on 2022-01-01; the package sales-tax of 2026 still says 5 %."),
    rule("LI", ("2024-01-01", ""), Unheard(SALES_TAX), "Liechtenstein has the Swiss rates by treaty, 8.1 % since 2024; the package sales-tax still says 7.7 %."),
    rule("EC", ("2024-04-01", ""), Unheard(SALES_TAX), "Ecuador raised its VAT to 15 % on 2024-04-01; the package sales-tax still says 12 %."),
    rule("BS", ("2022-01-01", ""), Unheard(SALES_TAX), "The Bahamas lowered their VAT to 10 % on 2022-01-01; the package sales-tax still says 12 %."),
    rule("LK", ("2022-09-01", ""), Unheard(SALES_TAX), "Sri Lanka raised its VAT to 15 % in September 2022 and to 18 % in 2024; the package sales-tax still says 12 %."),
    rule("PK", ("2023-02-14", ""), Unheard(SALES_TAX), "Pakistan raised its sales tax to 18 % on 2023-02-14; the package sales-tax still says 17 %."),
    rule("KZ", ("2026-01-01", ""), Unheard(SALES_TAX), "Kazakhstan raised its VAT to 16 % on 2026-01-01; the package sales-tax still says 12 %."),
    rule("RU", ("2026-01-01", ""), Unheard(SALES_TAX), "Russia raised its VAT to 22 % on 2026-01-01; the package sales-tax still says 20 %."),
    rule("SR", ("2023-01-01", ""), Unheard(SALES_TAX), "Suriname introduced its VAT on 2023-01-01 with 10 % (S.B. 2022 no. 121); the package sales-tax names the 15 % of an earlier draft."),
    rule("RO", ("2025-08-01", "2025-08-01"), Unheard(SALES_TAX), "Romania's 21 % applies from 2025-08-01; the package sales-tax changes at the end of that day."),
    rule("CA-BC", ("2013-04-01", ""), MadeOf("5 % GST and 7 % provincial sales tax"), "The provincial part is no value-added tax: a business does not get it back."),
    rule("CA-MB", ("2019-07-01", ""), MadeOf("5 % GST and 7 % provincial sales tax"), "The provincial part is no value-added tax: a business does not get it back."),
    rule("CA-SK", ("2017-03-23", ""), MadeOf("5 % GST and 6 % provincial sales tax"), "The provincial part is no value-added tax: a business does not get it back."),
    rule("CA-QC", ("2013-01-01", ""), MadeOf("5 % GST and 9.975 % QST"), "Two taxes are shown as one."),
];
