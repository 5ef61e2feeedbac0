//! The Americas.

use super::{LAST_OF_11_LESS, LESS_11, LESS_11_OR_0};
use crate::kind::{JSVAT, Kind, NODE, PYTHON, kind};
use crate::own;
use guildhall_numbers::rule::{Check, Only, form, sum};

const STDNUM: u8 = PYTHON | NODE;

const CNPJ: &[Check] = &[
    Check::Sum(sum(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0).value(own::brazilian)),
    Check::Sum(
        sum(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0).value(own::brazilian),
    ),
];
const QST: &[Check] = &[Check::Sum(sum(
    &[4, 3, 2, 7, 6, 5, 4, 3, 2],
    11,
    LAST_OF_11_LESS,
))];
const MEXICAN_WORDS: &[&str] = &[
    "BUEI", "BUEY", "CACA", "CACO", "CAGA", "CAGO", "CAKA", "CAKO", "COGE", "COJA", "COJE", "COJI",
    "COJO", "CULO", "FETO", "GUEY", "JOTO", "KACA", "KACO", "KAGA", "KAGO", "KAKA", "KOGE", "KOJO",
    "KULO", "MAME", "MAMO", "MEAR", "MEAS", "MEON", "MION", "MOCO", "MULA", "PEDA", "PEDO", "PENE",
    "PUTA", "PUTO", "QULO", "RATA", "RUIN",
];

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    kind(
        "AR",
        "CUIT",
        "Argentine tax number",
        "ARCA (formerly AFIP)",
        &[],
        STDNUM,
        &[form("#{11}")
            .only(&[Only::OneOf(
                0,
                2,
                &["20", "23", "24", "27", "30", "33", "34", "50", "51", "55"],
            )])
            .checks(&[Check::Sum(sum(
                &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
                11,
                "09987654321",
            ))])],
    ),
    kind(
        "BR",
        "CNPJ",
        "Brazilian company number",
        "Receita Federal",
        &["BR"],
        STDNUM | JSVAT,
        &[
            form("#{14}").only(&[Only::NotZero(0, 12)]).checks(CNPJ),
            // Instrução Normativa RFB nº 2.229 of 15 October 2024: letters in new numbers from July 2026 on.
            form("[0-9A-Z]{12}##")
                .only(&[Only::NotZero(0, 12)])
                .checks(CNPJ)
                .since("2026-07-01"),
        ],
    ),
    kind(
        "CA",
        "BN",
        "Canadian business number",
        "Canada Revenue Agency",
        &[],
        STDNUM,
        &[
            form("#{9}").checks(&[Check::Luhn(0, 9, 10)]),
            form("#{9}R[CMPT]#{4}").checks(&[Check::Luhn(0, 9, 10)]),
        ],
    ),
    kind(
        "CL",
        "RUT",
        "Chilean tax number",
        "Servicio de Impuestos Internos",
        &["CL"],
        STDNUM,
        &[form("#{7,8}[0-9K]").pad(9).checks(&[Check::Sum(sum(
            &[3, 2, 7, 6, 5, 4, 3, 2],
            11,
            "0K987654321",
        ))])],
    ),
    kind(
        "CO",
        "NIT",
        "Colombian tax number",
        "DIAN",
        &[],
        STDNUM,
        &[form("#{8,16}").pad(16).checks(&[Check::Sum(sum(
            &[71, 67, 59, 53, 47, 43, 41, 37, 29, 23, 19, 17, 13, 7, 3],
            11,
            "01987654321",
        ))])],
    ),
    kind(
        "CR",
        "CPJ",
        "Costa Rican number of a legal person",
        "Registro Nacional",
        &[],
        STDNUM,
        &[
            form("2[1-4]00#{6}"),
            form("3#{9}").only(&[Only::OneOf(
                1,
                4,
                &[
                    "002", "003", "004", "005", "006", "007", "008", "009", "010", "011", "012",
                    "013", "014", "101", "102", "103", "104", "105", "106", "107", "108", "109",
                    "110",
                ],
            )]),
            form("4000#{6}"),
            form("5001#{6}"),
        ],
    ),
    Kind {
        country: "DO",
        name: "RNC",
        title: "Dominican tax number",
        issuer: "DGII",
        prefixes: &[],
        stated_by: STDNUM,
        rules: &[form("#{9}").checks(&[Check::Sum(sum(
            &[7, 9, 8, 6, 5, 4, 3, 2],
            11,
            "21987654321",
        ))])],
        exceptions: &[
            "101581601",
            "101582245",
            "101595422",
            "101595785",
            "10233317",
            "131188691",
            "401007374",
            "501341601",
            "501378067",
            "501620371",
            "501651319",
            "501651823",
            "501651845",
            "501651926",
            "501656006",
            "501658167",
            "501670785",
            "501676936",
            "501680158",
            "504654542",
            "504680029",
            "504681442",
            "505038691",
        ],
    },
    kind(
        "EC",
        "RUC",
        "Ecuadorian tax number",
        "Servicio de Rentas Internas",
        &[],
        STDNUM,
        &[
            form("#{2}[0-6]#{10}")
                .only(&[PROVINCE, Only::NotZero(10, 13)])
                .checks(&[Check::Own(own::folded_pair)]),
            form("#{2}6#{10}")
                .only(&[PROVINCE, Only::NotZero(9, 13)])
                .checks(&[Check::Sum(sum(&[3, 2, 7, 6, 5, 4, 3, 2], 11, LESS_11))]),
            form("#{2}9#{10}")
                .only(&[PROVINCE, Only::NotZero(10, 13)])
                .checks(&[Check::Sum(sum(&[4, 3, 2, 7, 6, 5, 4, 3, 2], 11, LESS_11))]),
        ],
    ),
    kind(
        "GT",
        "NIT",
        "Guatemalan tax number",
        "SAT",
        &[],
        STDNUM,
        &[form("#{1,11}[0-9K]").pad(12).only(&[Only::NotZero(0, 11)]).checks(&[Check::Sum(sum(
            &[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
            11,
            "0K987654321",
        ))])],
    ),
    // The SAT has issued numbers whose check digit does not fit: it is not held against a number.
    kind(
        "MX",
        "RFC",
        "Mexican tax number",
        "SAT",
        &[],
        STDNUM,
        &[
            form("[A-Z&Ñ]{3}#{6}*{3}").only(&[Only::Holds(
                own::mexican_company_day,
                "the six digits are no day",
            )]),
            form("[A-Z&Ñ]{4}#{6}*{3}").only(&[
                Only::NoneOf(0, 4, MEXICAN_WORDS),
                Only::Holds(own::mexican_person_day, "the six digits are no day"),
            ]),
        ],
    ),
    kind(
        "PE",
        "RUC",
        "Peruvian tax number",
        "SUNAT",
        &[],
        STDNUM,
        &[form("#{11}")
            .only(&[Only::OneOf(0, 2, &["10", "15", "16", "17", "20"])])
            .checks(&[Check::Sum(sum(
                &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
                11,
                LAST_OF_11_LESS,
            ))])],
    ),
    kind(
        "PY",
        "RUC",
        "Paraguayan tax number",
        "DNIT",
        &[],
        STDNUM,
        &[form("#{2,9}").pad(9).checks(&[Check::Sum(sum(
            &[9, 8, 7, 6, 5, 4, 3, 2],
            11,
            LESS_11_OR_0,
        ))])],
    ),
    kind(
        "SV",
        "NIT",
        "Salvadoran tax number",
        "Ministerio de Hacienda",
        &["SV"],
        STDNUM,
        &[
            form("[019]#{13}")
                .only(&[Only::Range(10, 13, "000", "100")])
                .checks(&[Check::Sum(sum(
                    &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
                    11,
                    super::SAME_11_OR_0,
                ))]),
            form("[019]#{13}")
                .only(&[Only::Range(10, 13, "101", "999")])
                .checks(&[Check::Sum(sum(
                    &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
                    11,
                    LESS_11_OR_0,
                ))]),
        ],
    ),
    kind(
        "US",
        "EIN",
        "Employer identification number of the United States",
        "Internal Revenue Service",
        &[],
        STDNUM,
        &[form("#{9}").only(&[Only::NoneOf(
            0,
            2,
            &[
                "00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79",
                "89", "96", "97",
            ],
        )])],
    ),
    kind(
        "UY",
        "RUT",
        "Uruguayan tax number",
        "Dirección General Impositiva",
        &["UY"],
        STDNUM,
        &[form("#{8}001#")
            .only(&[Only::Range(0, 2, "01", "22"), Only::NotZero(2, 8)])
            .checks(&[Check::Sum(sum(
                &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
                11,
                LESS_11,
            ))])],
    ),
    kind(
        "VE",
        "RIF",
        "Venezuelan tax number",
        "SENIAT",
        &[],
        STDNUM,
        &[form("[VEJPG]#{9}").checks(&[Check::Sum(
            sum(&[1, 3, 2, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0).value(own::venezuelan),
        )])],
    ),
    kind(
        "BZ",
        "TIN",
        "Belizean tax number",
        "Belize Tax Service",
        &[],
        NODE,
        &[form("#{6}"), form("#{6}10"), form("#{6}13"), form("#{6}66")],
    ),
    kind(
        "CA",
        "QST",
        "Quebec sales tax number",
        "Revenu Québec",
        &[],
        NODE,
        &[form("#{10}TQ#{4}").only(&[Only::NotZero(12, 16)]).checks(QST),
            form("#{10}@@#{4}").only(&[Only::NotZero(12, 16)]).checks(QST).disputed(
                "Revenu Québec writes TQ before the last four digits; only npm's `stdnum` 1.12.0 takes other letters there. Ask for \
                 the number again.",
            )],
    ),
];

/// Provinces 01 to 24, 30 for those abroad; 50 is used, too.
const PROVINCE: Only = Only::OneOf(
    0,
    2,
    &[
        "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15",
        "16", "17", "18", "19", "20", "21", "22", "23", "24", "30", "50",
    ],
);
