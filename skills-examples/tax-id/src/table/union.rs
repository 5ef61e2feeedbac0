//! VAT numbers of the European Union, and those of Northern Ireland and the One Stop Shop.

use super::{LESS_10, LESS_11, LESS_11_OR_0, SAME_11, SAME_11_OR_0};
use crate::kind::{JSVAT, Kind, NODE, PYTHON, kind};
use crate::own;
use guildhall_numbers::rule::{Check, Only, Residue, Rule, form, sum};

const ALL: u8 = PYTHON | NODE | JSVAT;

/// A VAT number of the Union, which VIES can confirm.
const fn vat(
    country: &'static str,
    name: &'static str,
    title: &'static str,
    prefixes: &'static [&'static str],
    rules: &'static [Rule],
) -> Kind {
    kind(
        country,
        name,
        title,
        "the tax authority; VIES of the European Commission confirms it",
        prefixes,
        ALL,
        rules,
    )
}

/// Spain's letter of the remainder by 23.
const SPANISH: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
/// Bulgaria's and others' sum of nine digits.
const BULGARIAN_OTHER: &[i64] = &[4, 3, 2, 7, 6, 5, 4, 3, 2];
/// France: the first two digits are those of the SIREN × 100 + 12, modulo 97.
const FRENCH: Check = Check::Residue(Residue {
    start: 2,
    end: 11,
    times: 100,
    plus: 12,
    modulus: 97,
    check: (0, 2),
    complement: false,
});

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    vat(
        "AT",
        "UID",
        "Austrian VAT number",
        &["AT"],
        &[form("U#{8}").checks(&[Check::Sum(
            sum(&[0, 1, 2, 1, 2, 1, 2, 1], 10, "6543210987").fold(),
        )])],
    ),
    vat(
        "BE",
        "BTW",
        "Belgian enterprise and VAT number",
        &["BE"],
        &[
            form("[01]#{9}")
                .only(&[Only::NotZero(0, 10)])
                .checks(&[BELGIAN]),
            // Written before 2005 without the leading zero.
            form("#{9}")
                .pad(10)
                .only(&[Only::NotZero(0, 10)])
                .checks(&[BELGIAN]),
        ],
    ),
    vat(
        "BG",
        "DDS",
        "Bulgarian VAT number",
        &["BG"],
        &[
            form("#{9}").checks(&[Check::Sums(&[
                sum(&[1, 2, 3, 4, 5, 6, 7, 8], 11, SAME_11),
                sum(&[3, 4, 5, 6, 7, 8, 9, 10], 11, SAME_11_OR_0),
            ])]),
            form("#{10}")
                .only(&[Only::Holds(
                    own::bulgarian_birth,
                    "the first six digits are no day of birth",
                )])
                .checks(&[Check::Sum(sum(
                    &[2, 4, 8, 5, 10, 9, 7, 3, 6],
                    11,
                    SAME_11_OR_0,
                ))]),
            form("#{10}").checks(&[Check::Sum(sum(
                &[21, 19, 17, 13, 11, 9, 7, 3, 1],
                10,
                "0123456789",
            ))]),
            form("#{10}").checks(&[Check::Sum(sum(BULGARIAN_OTHER, 11, LESS_11))]),
        ],
    ),
    vat(
        "CY",
        "FPA",
        "Cypriot VAT number",
        &["CY"],
        &[form("#{8}@")
            .only(&[Only::NoneOf(0, 2, &["12"])])
            .checks(&[Check::Sum(
                sum(&[1; 8], 26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ").value(own::cypriot),
            )])],
    ),
    vat(
        "CZ",
        "DIC",
        "Czech VAT number",
        &["CZ"],
        &[
            form("[0-8]#{7}").checks(&[Check::Sum(sum(&[8, 7, 6, 5, 4, 3, 2], 11, "10987654321"))]),
            form("6#{8}").checks(&[Check::Sum(sum(
                &[0, 8, 7, 6, 5, 4, 3, 2],
                11,
                "89012345678",
            ))]),
            form("[0-57-9]#{8}").only(&[Only::Holds(
                own::czech_birth_short,
                "the first six digits are no day of birth until 1953",
            )]),
            form("#{10}")
                .only(&[Only::Holds(
                    own::czech_birth,
                    "the first six digits are no day of birth",
                )])
                .checks(&[Check::Own(own::czech_birth_digit)]),
        ],
    ),
    vat(
        "DE",
        "USt-IdNr",
        "German VAT number",
        &["DE"],
        &[form("[1-9]#{8}").checks(&[Check::Mod1110])],
    ),
    vat(
        "DK",
        "CVR",
        "Danish company and VAT number",
        &["DK"],
        &[form("[1-9]#{7}").checks(&[Check::Sum(sum(&[2, 7, 6, 5, 4, 3, 2], 11, LESS_11))])],
    ),
    vat(
        "EE",
        "KMKR",
        "Estonian VAT number",
        &["EE"],
        &[form("#{9}").checks(&[Check::Sum(sum(&[3, 7, 1, 3, 7, 1, 3, 7], 10, LESS_10))])],
    ),
    vat(
        "ES",
        "NIF",
        "Spanish tax and VAT number",
        &["ES"],
        &[
            form("#{8}@").checks(&[Check::Letter(0, 8, 0, SPANISH, 8)]),
            form("[XKLM]#{7}@").checks(&[Check::Letter(1, 8, 0, SPANISH, 8)]),
            form("Y#{7}@").checks(&[Check::Letter(1, 8, 10_000_000, SPANISH, 8)]),
            form("Z#{7}@").checks(&[Check::Letter(1, 8, 20_000_000, SPANISH, 8)]),
            form("[A-HJUV]#{8}").checks(&[Check::Luhn(1, 9, 10)]),
            form("[A-HJNP-SUVW]#{7}[A-J]").checks(&[Check::Sum(
                sum(&[0, 2, 1, 2, 1, 2, 1, 2], 10, "JIHGFEDCBA").fold(),
            )]),
        ],
    ),
    vat(
        "FI",
        "ALV",
        "Finnish business and VAT number",
        &["FI"],
        &[form("#{8}").checks(&[Check::Sum(sum(&[7, 9, 10, 5, 8, 4, 2], 11, LESS_11))])],
    ),
    vat(
        "FR",
        "TVA",
        "French VAT number",
        &["FR"],
        &[
            form("#{11}")
                .only(&[Only::NoneOf(2, 5, &["000"])])
                .checks(&[Check::Luhn(2, 11, 10), FRENCH]),
            form("[A-HJ-NP-Z][0-9A-HJ-NP-Z]#{9}")
                .only(&[Only::NoneOf(2, 5, &["000"])])
                .checks(&[Check::Luhn(2, 11, 10), Check::Own(own::french_key)]),
            form("#[A-HJ-NP-Z]#{9}")
                .only(&[Only::NoneOf(2, 5, &["000"])])
                .checks(&[Check::Luhn(2, 11, 10), Check::Own(own::french_key)]),
            // Companies of Monaco: no SIREN follows.
            form("##000#{6}").checks(&[FRENCH]),
        ],
    ),
    vat(
        "GR",
        "AFM",
        "Greek tax and VAT number",
        &["EL", "GR"],
        &[form("#{9}").checks(&[Check::Sum(sum(
            &[256, 128, 64, 32, 16, 8, 4, 2],
            11,
            SAME_11_OR_0,
        ))])],
    ),
    vat(
        "HR",
        "OIB",
        "Croatian personal and VAT number",
        &["HR"],
        &[form("#{11}").checks(&[Check::Mod1110])],
    ),
    vat(
        "HU",
        "ANUM",
        "Hungarian VAT number",
        &["HU"],
        &[form("#{8}").checks(&[Check::Sum(sum(&[9, 7, 3, 1, 9, 7, 3], 10, LESS_10))])],
    ),
    vat(
        "IE",
        "VAT",
        "Irish VAT number",
        &["IE"],
        &[
            form("#{7}[A-W]").checks(&[Check::Sum(sum(&[8, 7, 6, 5, 4, 3, 2], 23, IRISH))]),
            form("#{7}[A-W][A-IW]").checks(&[Check::Sum(
                sum(&[8, 7, 6, 5, 4, 3, 2, 0, 9], 23, IRISH)
                    .at(7)
                    .value(own::irish),
            )]),
            // Until 2013: the second character is none of the number's digits.
            form("#[A-Z+*]#{5}[A-W]").checks(&[Check::Sum(sum(&[2, 0, 7, 6, 5, 4, 3], 23, IRISH))]),
        ],
    ),
    vat(
        "IT",
        "IVA",
        "Italian VAT number",
        &["IT"],
        &[form("#{11}")
            .only(&[
                Only::NotZero(0, 7),
                Only::Holds(
                    italian_office,
                    "the eighth to tenth digit are no tax office",
                ),
            ])
            .checks(&[Check::Luhn(0, 11, 10)])],
    ),
    vat(
        "LT",
        "PVM",
        "Lithuanian VAT number",
        &["LT"],
        &[
            form("#{7}1#").checks(&[Check::Sums(&[
                sum(&[1, 2, 3, 4, 5, 6, 7, 8], 11, SAME_11),
                sum(&[3, 4, 5, 6, 7, 8, 9, 1], 11, SAME_11_OR_0),
            ])]),
            form("#{10}1#").checks(&[Check::Sums(&[
                sum(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], 11, SAME_11),
                sum(&[3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4], 11, SAME_11_OR_0),
            ])]),
        ],
    ),
    vat(
        "LU",
        "TVA",
        "Luxembourg VAT number",
        &["LU"],
        &[form("#{8}").checks(&[Check::Residue(Residue {
            start: 0,
            end: 6,
            times: 1,
            plus: 0,
            modulus: 89,
            check: (6, 8),
            complement: false,
        })])],
    ),
    vat(
        "LV",
        "PVN",
        "Latvian VAT number",
        &["LV"],
        &[
            form("[4-9]#{10}").checks(&[Check::Total(
                &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1],
                11,
                &[3],
            )]),
            form("[0-3]#{10}")
                .only(&[
                    Only::NoneOf(0, 2, &["32"]),
                    Only::Holds(
                        own::latvian_birth,
                        "the first six digits are no day of birth",
                    ),
                ])
                .checks(&[LATVIAN_PERSON]),
            form("32#{9}").checks(&[LATVIAN_PERSON]),
        ],
    ),
    vat(
        "MT",
        "VAT",
        "Maltese VAT number",
        &["MT"],
        &[form("[1-9]#{7}")
            .only(&[Only::Range(6, 8, "01", "37")])
            .checks(&[Check::Total(&[3, 4, 6, 7, 8, 9, 10, 1], 37, &[0])])],
    ),
    vat(
        "NL",
        "BTW",
        "Dutch VAT number",
        &["NL"],
        &[
            // Companies: the RSIN passes the test by eleven.
            form("#{9}B##").only(DUTCH).checks(&[Check::Sum(sum(
                &[9, 8, 7, 6, 5, 4, 3, 2],
                11,
                SAME_11,
            ))]),
            // Sole proprietors since 2020: by 97 over the whole number.
            form("#{9}B##")
                .only(DUTCH)
                .checks(&[Check::Whole("NL", 97, 1)]),
        ],
    ),
    vat(
        "PL",
        "NIP",
        "Polish tax and VAT number",
        &["PL"],
        &[form("#{10}").checks(&[Check::Sum(sum(&[6, 5, 7, 2, 3, 4, 5, 6, 7], 11, SAME_11))])],
    ),
    vat(
        "PT",
        "NIF",
        "Portuguese tax and VAT number",
        &["PT"],
        &[form("[1-9]#{8}").checks(&[Check::Sum(sum(
            &[9, 8, 7, 6, 5, 4, 3, 2],
            11,
            LESS_11_OR_0,
        ))])],
    ),
    vat(
        "RO",
        "CUI",
        "Romanian tax and VAT number",
        &["RO"],
        &[form("[1-9]#{1,9}").pad(10).checks(&[Check::Sum(sum(
            &[7, 5, 3, 2, 1, 7, 5, 3, 2],
            11,
            LESS_11_OR_0,
        ))])],
    ),
    vat(
        "SE",
        "VAT",
        "Swedish VAT number",
        &["SE"],
        &[form("#{10}01").checks(&[Check::Luhn(0, 10, 10)])],
    ),
    vat(
        "SI",
        "DDV",
        "Slovenian VAT number",
        &["SI"],
        &[form("[1-9]#{7}").checks(&[Check::Sum(sum(&[8, 7, 6, 5, 4, 3, 2], 11, "-0987654321"))])],
    ),
    vat(
        "SK",
        "DPH",
        "Slovak VAT number",
        &["SK"],
        &[form("[1-9]#[2-47-9]#{7}").checks(&[Check::Whole("", 11, 0)])],
    ),
    Kind {
        country: "EU",
        name: "OSS",
        title: "Number of the One Stop Shop for sellers outside the Union, or of its intermediaries",
        issuer: "the member state that the third to fifth digit name",
        prefixes: &[],
        stated_by: PYTHON | JSVAT,
        rules: &[
            form("EU#{9}").only(&[Only::OneOf(2, 5, MEMBERS)]),
            form("IM#{10}").only(&[Only::OneOf(2, 5, MEMBERS)]),
        ],
        exceptions: &[],
    },
    Kind {
        country: "XI",
        name: "VAT",
        title: "VAT number of Northern Ireland, for goods",
        issuer: "HMRC; VIES of the European Commission confirms it",
        prefixes: &["XI"],
        stated_by: PYTHON,
        rules: super::europe::BRITISH,
        exceptions: &[],
    },
];

const IRISH: &str = "WABCDEFGHIJKLMNOPQRSTUV";
const DUTCH: &[Only] = &[Only::NotZero(0, 9), Only::NotZero(10, 12)];
const BELGIAN: Check = Check::Residue(Residue {
    start: 0,
    end: 8,
    times: 1,
    plus: 0,
    modulus: 97,
    check: (8, 10),
    complement: true,
});
const LATVIAN_PERSON: Check = Check::Sum(sum(&[10, 5, 8, 4, 2, 1, 6, 3, 7, 9], 11, "12345678900"));

/// ISO 3166-1 numeric codes of the members, and 900 for those that use none.
const MEMBERS: &[&str] = &[
    "040", "056", "100", "191", "196", "203", "208", "233", "246", "250", "276", "300", "348",
    "372", "380", "428", "440", "442", "470", "528", "616", "620", "642", "703", "705", "724",
    "752", "900",
];

/// Provinces 001 to 100, and the offices 120, 121, 888 and 999.
fn italian_office(number: &[char]) -> bool {
    matches!(
        guildhall_numbers::rule::value(number, 7, 10),
        Some(1..=100 | 120 | 121 | 888 | 999)
    )
}
