//! What duty and VAT are computed on, by market. Each row says the law that it comes from, and since when it holds.

use guildhall_answer::Source;

use crate::bindings::ValueBasis::{Cif, Fob};
use crate::bindings::{ValueBasis, VatBasis};

/// What counts into the customs value of what is paid before the goods are on board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// All of it.
    All,
    /// Nothing if one transport document covers the whole way; otherwise all of it (Canada).
    UnlessThrough,
    /// What the seller pays, unless one transport document covers the whole way (United States).
    PaidToSellerUnlessThrough,
}

/// The rules of a market.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What the duty is a percentage of.
    pub value: ValueBasis,
    /// What counts of the way before the border of departure.
    pub origin: Origin,
    /// What the VAT is a percentage of; none where there is no VAT on import.
    pub vat: Option<VatBasis>,
    /// The customs value is rounded to whole units of so many minor units.
    pub step: i128,
    /// Currency in which the market's customs counts; none if any will do.
    pub currency: Option<&'static str>,
    /// The laws.
    pub laws: &'static [Source],
    /// What to know besides.
    pub note: Option<&'static str>,
}

impl Rules {
    const fn note(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }
}

/// The day from which a row holds, and its rules.
pub type Row = (&'static str, Rules);

const fn law(name: &'static str, date: &'static str) -> Source {
    Source::new(name, date, "law, not protected")
}

static EU: [Source; 2] = [
    law(
        "Regulation (EU) No 952/2013 (Union Customs Code), Articles 70 to 72",
        "2016-05-01",
    ),
    law("Directive 2006/112/EC, Articles 85 and 86", "2007-01-01"),
];
static GB: [Source; 2] = [
    law(
        "The Customs (Import Duty) (EU Exit) Regulations 2018 (S.I. 2018/1248), Part 12",
        "2021-01-01",
    ),
    law("Value Added Tax Act 1994, section 21", "1994-09-01"),
];
static US: [Source; 2] = [
    law("19 U.S.C. 1401a(b)(4)(A)", "1980-07-01"),
    law("19 CFR 152.103(a)(5)", "1980-07-01"),
];
static CA: [Source; 2] = [
    law(
        "Customs Act (R.S.C. 1985, c. 1 (2nd Supp.)), section 48(5)",
        "1991-01-01",
    ),
    law("Excise Tax Act, section 215", "1991-01-01"),
];
static AU: [Source; 2] = [
    law("Customs Act 1901, sections 154 and 161", "2000-07-01"),
    law(
        "A New Tax System (Goods and Services Tax) Act 1999, section 13-20",
        "2000-07-01",
    ),
];
static NZ: [Source; 2] = [
    law("Customs and Excise Act 2018, Schedule 4", "2018-10-01"),
    law("Goods and Services Tax Act 1985, section 12", "1986-10-01"),
];
static SG: [Source; 1] = [law(
    "Goods and Services Tax Act 1993, section 18",
    "1994-04-01",
)];

/// A market, the currency of its customs, and, where there was another one, since when and what was before.
pub type Member = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// Members of the European Union.
pub const MEMBERS: [Member; 27] = [
    ("AT", "EUR", None),
    ("BE", "EUR", None),
    ("BG", "EUR", Some(("2026-01-01", "BGN"))),
    ("CY", "EUR", None),
    ("CZ", "CZK", None),
    ("DE", "EUR", None),
    ("DK", "DKK", None),
    ("EE", "EUR", None),
    ("ES", "EUR", None),
    ("FI", "EUR", None),
    ("FR", "EUR", None),
    ("GR", "EUR", None),
    ("HR", "EUR", Some(("2023-01-01", "HRK"))),
    ("HU", "HUF", None),
    ("IE", "EUR", None),
    ("IT", "EUR", None),
    ("LT", "EUR", None),
    ("LU", "EUR", None),
    ("LV", "EUR", None),
    ("MT", "EUR", None),
    ("NL", "EUR", None),
    ("PL", "PLN", None),
    ("PT", "EUR", None),
    ("RO", "RON", None),
    ("SE", "SEK", None),
    ("SI", "EUR", None),
    ("SK", "EUR", None),
];

/// Markets that are known, for a person.
pub const KNOWN: &str = "the 27 members of the European Union, GB, US, CA, AU, NZ and SG";

pub const fn row(
    value: ValueBasis,
    origin: Origin,
    vat: Option<VatBasis>,
    currency: &'static str,
    laws: &'static [Source],
) -> Rules {
    Rules {
        value,
        origin,
        vat,
        step: 1,
        currency: Some(currency),
        laws,
        note: None,
    }
}

/// A member of the European Union, with the currency of its customs on the day.
pub const fn union(currency: &'static str) -> Row {
    let rules = row(Cif, Origin::All, WHOLE_WAY, currency, &EU);
    ("2016-05-01", rules.note(
        "Of air freight only the part outside the Union counts (Annex 23-01 of Regulation (EU) 2015/2447): give that part as `freight`, the rest as `on-carriage`.",
    ))
}

const WHOLE_WAY: Option<VatBasis> = Some(VatBasis::ToDestination);
const WITH_FREIGHT: Option<VatBasis> = Some(VatBasis::WithFreightAndInsurance);
const VALUE: Option<VatBasis> = Some(VatBasis::CustomsValue);

/// The other markets.
#[rustfmt::skip]
pub static OTHERS: [(&str, Row); 6] = [
    ("GB", ("2021-01-01", row(Cif, Origin::All, WHOLE_WAY, "GBP", &GB)
        .note("Great Britain without Northern Ireland, which follows the customs law of the European Union."))),
    ("US", ("1980-07-01", Rules { step: 100, ..row(Fob, Origin::PaidToSellerUnlessThrough, None, "USD", &US)
        .note("The value is declared in whole dollars. Merchandise processing and harbor maintenance fees are not computed: give them as `import-clearance`.") })),
    ("CA", ("1991-01-01", row(Fob, Origin::UnlessThrough, VALUE, "CAD", &CA).note("Provincial taxes are not computed."))),
    ("AU", ("2000-07-01", row(Fob, Origin::All, WITH_FREIGHT, "AUD", &AU))),
    ("NZ", ("2018-10-01", row(Fob, Origin::All, WITH_FREIGHT, "NZD", &NZ))),
    ("SG", ("1994-04-01", row(Cif, Origin::All, WITH_FREIGHT, "SGD", &SG))),
];
