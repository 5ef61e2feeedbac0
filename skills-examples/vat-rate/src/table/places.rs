//! Parts of countries whose tax is not that of the country, and countries without one rate.
//!
//! Source: Directive 2006/112/EC art. 5 to 7 (territories of the EU's VAT), read as of 2026-01-01, and the laws named in
//! `law.rs`. Postal codes: the operators' ranges.

/// A part of a country, or what belongs to it for VAT.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Its code.
    pub code: &'static str,
    /// Country of its addresses.
    pub country: &'static str,
    /// As a sentence names it.
    pub name: &'static str,
    /// How its postal codes begin.
    pub postal: &'static [&'static str],
    /// Whose territory it is for VAT; none where it is a territory of its own.
    pub within: Option<&'static str>,
    /// What is charged inside.
    pub inside: Inside,
}

/// What is charged inside a part.
#[derive(Debug, PartialEq, Eq)]
pub enum Inside {
    /// A rate of its own.
    Own,
    /// The rate of another market, and why.
    Of(&'static str, &'static str),
    /// No value-added tax, and why.
    Free(&'static str),
    /// A tax that is not covered, and why.
    Unknown(&'static str),
}

use Inside::{Free, Of, Own, Unknown};

const fn part(
    code: &'static str,
    country: &'static str,
    name: &'static str,
    postal: &'static [&'static str],
    within: Option<&'static str>,
    inside: Inside,
) -> Part {
    Part {
        code,
        country,
        name,
        postal,
        within,
        inside,
    }
}

/// The parts.
#[rustfmt::skip]
pub static PARTS: &[Part] = &[
    part("ES-CN", "ES", "the Canary Islands", &["35", "38"], None, Own),
    part("ES-CE", "ES", "Ceuta", &["51"], None, Unknown("Ceuta has no Spanish VAT; its own IPSI has a rate for each kind of goods, which is not covered here.")),
    part("ES-ML", "ES", "Melilla", &["52"], None, Unknown("Melilla has no Spanish VAT; its own IPSI has a rate for each kind of goods, which is not covered here.")),
    part("DE-BUS", "DE", "Büsingen", &["78266"], Some("CH"), Of("CH", "Büsingen is a German place in the Swiss customs territory: Swiss VAT applies there, by the treaty of 1964.")),
    part("DE-HEL", "DE", "Heligoland", &["27498"], None, Free("Heligoland is outside the territory of VAT (UStG § 1(2)): none is charged.")),
    part("IT-LIV", "IT", "Livigno", &["23041"], None, Free("Livigno is outside the territory of Italian VAT (DPR 633/1972 art. 7): none is charged.")),
    part("IT-CAM", "IT", "Campione d'Italia", &["22061"], None, Unknown("Campione d'Italia has no Italian VAT; its own consumption tax is not covered here.")),
    part("GR-69", "GR", "Mount Athos", &["63086", "63087"], None, Free("Mount Athos is outside the territory of VAT: none is charged.")),
    part("GR-ISL", "GR", "islands with a lower rate", &["81", "82", "83", "85", "68002"], Some("GR"), Unknown("Some of the Aegean islands have rates that are 30 % lower, and which ones has changed: ask your adviser for this one.")),
    part("AX", "FI", "Åland", &["22"], None, Of("FI", "Åland is outside the EU's territory of VAT, but Finland's VAT Act applies there.")),
    part("AT-JUN", "AT", "Jungholz", &["6691"], Some("AT"), Own),
    part("AT-MIT", "AT", "Mittelberg", &["6991", "6992", "6993"], Some("AT"), Own),
    part("AT-JUN", "DE", "Jungholz", &["87491"], Some("AT"), Own),
    part("AT-MIT", "DE", "Mittelberg", &["87567", "87568", "87569"], Some("AT"), Own),
    part("DE-BUS", "CH", "Büsingen", &["8238"], Some("CH"), Of("CH", "Büsingen is a German place in the Swiss customs territory: Swiss VAT applies there, by the treaty of 1964.")),
    part("IT-CAM", "CH", "Campione d'Italia", &["6911"], None, Unknown("Campione d'Italia has no Italian VAT; its own consumption tax is not covered here.")),
    part("CY-SBA", "GB", "the British bases on Cyprus", &["BFPO57", "BFPO58", "BF12A"], Some("CY"), Of("CY", "The British bases on Cyprus have the VAT of Cyprus.")),
    part("PT-20", "PT", "the Azores", &["95", "96", "97", "98", "99"], Some("PT"), Own),
    part("PT-30", "PT", "Madeira", &["90", "91", "92", "93", "94"], Some("PT"), Own),
    part("GP", "FR", "Guadeloupe", &["971"], None, Own),
    part("MQ", "FR", "Martinique", &["972"], None, Own),
    part("GF", "FR", "French Guiana", &["973"], None, Free("French Guiana has no VAT for the time being (CGI art. 294).")),
    part("RE", "FR", "Réunion", &["974"], None, Own),
    part("YT", "FR", "Mayotte", &["976"], None, Free("Mayotte has no VAT for the time being (CGI art. 294).")),
    part("MC", "FR", "Monaco", &["980"], Some("FR"), Own),
    part("XI", "GB", "Northern Ireland", &["BT"], Some("GB"), Own),
    part("IM", "GB", "the Isle of Man", &["IM"], Some("GB"), Own),
    part("JE", "GB", "Jersey", &["JE"], None, Own),
    part("GG", "GB", "Guernsey", &["GY"], None, Unknown("Guernsey has no VAT and no goods and services tax.")),
    part("GL", "DK", "Greenland", &["39"], None, Unknown("Greenland has no VAT.")),
    part("FO", "DK", "the Faroe Islands", &["FO"], None, Own),
];

/// Countries where no one rate exists, and why.
#[rustfmt::skip]
pub const WITHOUT_A_RATE: &[(&str, &str)] = &[
    ("AW", "Aruba did not introduce the VAT of 12.5 % that was planned for 2023; it has turnover taxes of several kinds."),
    ("BM", "Bermuda has no VAT and no sales tax."),
    ("BR", "Brazil has no national VAT rate: ICMS depends on the states of seller and buyer, and IBS and CBS replace it step by step from 2026 on."),
    ("CA", "In Canada the rate depends on the province: ask with its code, for example `CA-ON`."),
    ("GH", "In Ghana levies are charged on top of VAT, and they changed for 2026; their sum is not covered here."),
    ("GI", "Gibraltar has no VAT; the transaction tax that its treaty with the EU brings is not covered here."),
    ("HK", "Hong Kong has no VAT and no sales tax."),
    ("IN", "India's GST has a rate for each HSN code (5 %, 18 % or 40 % for most since 2025-09-22): the class of goods is not fine enough here."),
    ("KW", "Kuwait has no VAT. It signed the treaty of the Gulf states on one of 5 %, but has put no law into force."),
    ("MO", "Macao has no VAT and no sales tax."),
    ("MY", "Malaysia has no VAT since 2018 but a sales tax of 5 % or 10 % and a service tax of 6 % or 8 %, by kind of goods."),
    ("PR", "In Puerto Rico sales tax depends on the municipality."),
    ("QA", "Qatar has no VAT. It signed the treaty of the Gulf states on one of 5 %, but has put no law into force."),
    ("US", "The United States have no VAT. Sales tax depends on the state and the address, and on whether the seller must collect it there."),
];

/// Members of the European Union.
pub const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
