//! Europe outside the Union's VAT numbers: other states, and company numbers of members.

use super::{LESS_11, LESS_11_OR_0, SAME_10, SAME_11, SAME_11_OR_0};
use crate::kind::{JSVAT, Kind, NODE, PYTHON, kind};
use crate::own;
use guildhall_numbers::rule::{Check, Only, Residue, Rule, form, sum};

const STDNUM: u8 = PYTHON | NODE;
const ALL: u8 = STDNUM | JSVAT;

/// The United Kingdom's: a sum by 97, since 2010 also the one that is 55 less.
pub const BRITISH: &[Rule] = &[
    form("#{9}")
        .only(&[Only::NotZero(0, 9)])
        .checks(&[BRITISH_OLD]),
    form("[1-9]#{8}").checks(&[Check::Total(BRITISH_WEIGHTS, 97, &[42])]),
    form("#{12}")
        .only(&[Only::NotZero(0, 9)])
        .checks(&[BRITISH_BRANCH]),
    form("[1-9]#{11}").checks(&[Check::Total(BRITISH_BRANCH_WEIGHTS, 97, &[42])]),
    form("[1-9]#{8}")
        .checks(&[Check::Total(BRITISH_WEIGHTS, 97, &[55])])
        .disputed(BRITISH_55),
    form("[1-9]#{11}")
        .checks(&[Check::Total(BRITISH_BRANCH_WEIGHTS, 97, &[55])])
        .disputed(BRITISH_55),
    form("GD[0-4]##"),
    form("HA[5-9]##"),
    // As they stand in VIES.
    form("GD8888[0-4]####").checks(&[BRITISH_OFFICE]),
    form("HA8888[5-9]####").checks(&[BRITISH_OFFICE]),
];
const BRITISH_55: &str = "The sum by 97 leaves 55: `python-stdnum` 2.2 takes such numbers, `jsvat` 2.5.4 and HMRC's rule (55 \
     more, so that 42 is left) do not. Look the number up at HMRC.";
const BRITISH_WEIGHTS: &[i64] = &[8, 7, 6, 5, 4, 3, 2, 10, 1];
const BRITISH_BRANCH_WEIGHTS: &[i64] = &[8, 7, 6, 5, 4, 3, 2, 10, 1, 0, 0, 0];
const BRITISH_OLD: Check = Check::Total(BRITISH_WEIGHTS, 97, &[0]);
const BRITISH_BRANCH: Check = Check::Total(BRITISH_BRANCH_WEIGHTS, 97, &[0]);
const BRITISH_OFFICE: Check = Check::Residue(Residue {
    start: 6,
    end: 9,
    times: 1,
    plus: 0,
    modulus: 97,
    check: (9, 11),
    complement: false,
});
const SWISS: Check = Check::Sum(sum(&[0, 0, 0, 5, 4, 3, 2, 7, 6, 5, 4], 11, LESS_11));
const NORWEGIAN: Check = Check::Sum(sum(&[3, 2, 7, 6, 5, 4, 3, 2], 11, LESS_11));

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    kind(
        "AD",
        "NRT",
        "Andorran tax number",
        "Departament de Tributs",
        &["AD"],
        ALL,
        &[
            form("[CDEGOPU]#{6}@"),
            form("F#{6}@").only(&[Only::Range(1, 7, "000000", "699999")]),
            form("[AL]#{6}@").only(&[Only::Range(1, 7, "700000", "799999")]),
        ],
    ),
    kind(
        "AL",
        "NIPT",
        "Albanian tax number",
        "Drejtoria e Përgjithshme e Tatimeve",
        &["AL"],
        STDNUM,
        &[form("[A-M]#{8}@")],
    ),
    kind(
        "BY",
        "UNP",
        "Belarusian payer's number",
        "the Ministry of Taxes and Duties",
        &[],
        STDNUM,
        &[
            form("[1-7]#{8}").checks(&[BELARUSIAN]),
            form("[ABCEHKM][ABCEHKMOPT]#{7}").checks(&[BELARUSIAN]),
        ],
    ),
    kind(
        "CH",
        "UID",
        "Swiss company number",
        "Bundesamt für Statistik (UID register)",
        &[],
        STDNUM,
        &[form("CHE#{9}").checks(&[SWISS])],
    ),
    kind(
        "CH",
        "MWST",
        "Swiss VAT number",
        "Bundesamt für Statistik (UID register)",
        &[],
        ALL,
        &[
            form("CHE#{9}MWST").checks(&[SWISS]),
            form("CHE#{9}TVA").checks(&[SWISS]),
            form("CHE#{9}IVA").checks(&[SWISS]),
            form("CHE#{9}TPV").checks(&[SWISS]),
        ],
    ),
    kind(
        "EE",
        "RK",
        "Estonian company number",
        "Äriregister",
        &[],
        STDNUM,
        &[form("[1789]#{7}").checks(&[Check::Sums(&[
            sum(&[1, 2, 3, 4, 5, 6, 7], 11, SAME_11),
            sum(&[3, 4, 5, 6, 7, 8, 9], 11, SAME_11_OR_0),
        ])])],
    ),
    kind(
        "FO",
        "VN",
        "Faroese company number",
        "Skráseting Føroya",
        &["FO"],
        STDNUM,
        &[form("#{6}")],
    ),
    kind(
        "FR",
        "SIREN",
        "French company number",
        "Insee (Sirene register)",
        &[],
        STDNUM,
        &[form("#{9}").checks(&[Check::Luhn(0, 9, 10)])],
    ),
    kind(
        "GB",
        "VAT",
        "United Kingdom VAT number",
        "HMRC",
        &["GB"],
        ALL,
        BRITISH,
    ),
    kind(
        "IS",
        "VSK",
        "Icelandic VAT number",
        "Skatturinn",
        &["IS"],
        STDNUM,
        &[form("#{5,6}")],
    ),
    kind(
        "LI",
        "PEID",
        "Liechtenstein number of persons",
        "Steuerverwaltung",
        &[],
        STDNUM,
        &[form("#{4,15}").only(&[Only::Holds(
            own::liechtenstein,
            "it has less than four digits, or more than twelve",
        )])],
    ),
    kind(
        "MC",
        "TVA",
        "Monégasque VAT number, which begins with FR",
        "the tax authority; VIES of the European Commission confirms it",
        &["FR"],
        STDNUM,
        &[form("##000#{6}").checks(&[Check::Residue(Residue {
            start: 2,
            end: 11,
            times: 100,
            plus: 12,
            modulus: 97,
            check: (0, 2),
            complement: false,
        })])],
    ),
    kind(
        "MD",
        "IDNO",
        "Moldovan company number",
        "Agenția Servicii Publice",
        &[],
        STDNUM,
        &[form("#{13}").checks(&[Check::Sum(sum(
            &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1],
            10,
            SAME_10,
        ))])],
    ),
    kind(
        "ME",
        "PIB",
        "Montenegrin tax number",
        "Uprava prihoda",
        &[],
        STDNUM,
        &[form("#{8}").checks(&[Check::Sum(sum(&[8, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0))])],
    ),
    kind(
        "MK",
        "EDB",
        "North Macedonian tax number",
        "Public Revenue Office",
        &["MK"],
        STDNUM,
        &[form("#{13}").checks(&[Check::Sum(sum(
            &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
            11,
            LESS_11_OR_0,
        ))])],
    ),
    kind(
        "NO",
        "ORGNR",
        "Norwegian company number",
        "Brønnøysundregistrene",
        &[],
        STDNUM,
        &[form("#{9}").checks(&[NORWEGIAN])],
    ),
    kind(
        "NO",
        "MVA",
        "Norwegian VAT number",
        "Brønnøysundregistrene",
        &["NO"],
        ALL,
        &[form("#{9}MVA").checks(&[NORWEGIAN])],
    ),
    kind(
        "RS",
        "PIB",
        "Serbian tax number",
        "Poreska uprava",
        &["RS"],
        ALL,
        &[form("#{9}").checks(&[Check::Mod1110])],
    ),
    kind(
        "RU",
        "INN",
        "Russian taxpayer's number",
        "Federal Tax Service",
        &["RU"],
        ALL,
        &[
            form("#{10}").checks(&[Check::Sum(sum(
                &[2, 4, 10, 3, 5, 9, 4, 6, 8],
                11,
                SAME_11_OR_0,
            ))]),
            form("#{12}").checks(&[
                Check::Sum(sum(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11, SAME_11_OR_0)),
                Check::Sum(sum(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11, SAME_11_OR_0)),
            ]),
        ],
    ),
    kind(
        "SE",
        "ORGNR",
        "Swedish company number",
        "Bolagsverket",
        &[],
        STDNUM,
        &[form("#{10}").checks(&[Check::Luhn(0, 10, 10)])],
    ),
    kind(
        "SM",
        "COE",
        "San Marino operator's code",
        "Ufficio Attività Economiche",
        &[],
        STDNUM,
        &[form("#{1,8}").only(&[Only::Holds(
            own::san_marino,
            "the code is none that is in use",
        )])],
    ),
    kind(
        "TR",
        "VKN",
        "Turkish tax number",
        "Gelir İdaresi Başkanlığı",
        &[],
        STDNUM,
        &[form("#{10}").checks(&[Check::Sum(
            sum(&[1; 9], 10, super::LESS_10).value(own::turkish),
        )])],
    ),
    kind(
        "UA",
        "EDRPOU",
        "Ukrainian company number",
        "Unified State Register",
        &[],
        STDNUM,
        &[
            form("[0-26-9]#{7}").checks(&[Check::Sums(&[
                sum(&[1, 2, 3, 4, 5, 6, 7], 11, SAME_11),
                sum(&[3, 4, 5, 6, 7, 8, 9], 11, SAME_11_OR_0),
            ])]),
            form("[3-5]#{7}").checks(&[Check::Sums(&[
                sum(&[7, 1, 2, 3, 4, 5, 6], 11, SAME_11),
                sum(&[9, 3, 4, 5, 6, 7, 8], 11, SAME_11_OR_0),
            ])]),
        ],
    ),
];

const BELARUSIAN: Check =
    Check::Sum(sum(&[29, 23, 19, 17, 13, 7, 5, 3], 11, SAME_11).value(own::belarusian));
