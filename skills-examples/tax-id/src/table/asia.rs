//! Asia and the Pacific.

use super::{LAST_OF_11_LESS, LESS_10, SAME_11};
use crate::kind::{ISSUER, Kind, NODE, PYTHON, kind};
use crate::own;
use guildhall_numbers::rule::{Check, Only, form, sum};

const STDNUM: u8 = PYTHON | NODE;

const GSTIN: &str = "#{2}@{5}#{4}@[1-9A-Z]Z*";
/// Who holds the PAN inside.
const GSTIN_HOLDER: Only = Only::OneOf(
    5,
    6,
    &["A", "B", "C", "F", "G", "H", "J", "K", "L", "P", "T"],
);
const GSTIN_NUMBER: Only = Only::NotZero(7, 11);
const UEN_TYPES: &[&str] = &[
    "CC", "CD", "CH", "CL", "CM", "CP", "CS", "CX", "DP", "FB", "FC", "FM", "FN", "GA", "GB", "GS",
    "HS", "LL", "LP", "MB", "MC", "MD", "MH", "MM", "MQ", "NB", "NR", "PA", "PB", "PF", "RF", "RP",
    "SM", "SS", "TC", "TU", "VH", "XL",
];
const UEN_OTHER: Check =
    Check::Sum(sum(&[4, 3, 5, 3, 10, 2, 2, 5, 7], 11, "GHJKLABCDEF").value(singaporean));

/// Position in Singapore's alphabet.
fn singaporean(_: usize, character: char) -> Option<i64> {
    let place = "ABCDEFGHJKLMNPQRSTUVWX0123456789".find(character)?;
    i64::try_from(place).ok()
}

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    kind("AE", "TRN", "Tax registration number of the Emirates", "Federal Tax Authority", &[], ISSUER, &[form("100#{12}")]),
    kind("AU", "ABN", "Australian business number", "Australian Business Register", &[], STDNUM, &[form("#{11}")
        .only(&[Only::Range(0, 2, "11", "99")])
        .checks(&[Check::Total(&[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], 89, &[10])])]),
    kind("AU", "ACN", "Australian company number", "ASIC", &[], STDNUM, &[form("#{9}").checks(&[Check::Sum(
        sum(&[8, 7, 6, 5, 4, 3, 2, 1], 10, LESS_10),
    )])]),
    kind("AZ", "VOEN", "Azerbaijani tax number", "State Tax Service", &[], STDNUM, &[form("#{9}[12]").checks(&[
        Check::Sum(sum(&[4, 1, 8, 6, 2, 7, 5, 3], 11, SAME_11)),
    ])]),
    kind("CN", "USCC", "Chinese unified social credit code", "State Administration for Market Regulation", &[], STDNUM, &[
        // GB 32100-2015.
        form("#{8}[0-9A-HJ-NP-RTUWXY]{10}").checks(&[Check::Sum(
            sum(
                &[1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28],
                31,
                "0YXWUTRQPNMLKJHGFEDCBA987654321",
            )
            .value(own::chinese),
        )]),
    ]),
    kind("ID", "NPWP", "Indonesian tax number", "Direktorat Jenderal Pajak", &[], STDNUM, &[
        form("#{15}").checks(&[Check::Luhn(0, 9, 10)]),
        // Since July 2024 with sixteen digits: a zero before, or the number of a person.
        form("0#{15}").checks(&[Check::Luhn(0, 10, 10)]),
        form("[1-9]#{15}").only(&[
            Only::Holds(own::indonesian_birth, "the seventh to twelfth digit are no day of birth"),
            Only::Holds(own::indonesian_place, "the first four digits are no place"),
        ]),
        form("[1-9]#{15}")
            .only(&[
                Only::Holds(own::indonesian_birth, "the seventh to twelfth digit are no day of birth"),
                Only::Range(0, 2, "11", "96"),
            ])
            .disputed(
                "It can be the number of a person (NIK), but its first four digits are no place in `python-stdnum` 2.2, whose list is \
                 older than some provinces. Look the number up at the Direktorat Jenderal Pajak.",
            ),
    ]),
    kind("IL", "HP", "Israeli company number", "Registrar of Companies", &[], STDNUM, &[form("5#{8}").checks(&[
        Check::Luhn(0, 9, 10),
    ])]),
    kind("IN", "GSTIN", "Indian goods and services tax number", "GST Network", &[], STDNUM, &[
        form(GSTIN)
            .only(&[Only::Range(0, 2, "01", "37"), GSTIN_HOLDER, GSTIN_NUMBER])
            .checks(&[Check::Luhn(0, 15, 36)]),
        form(GSTIN)
            .only(&[Only::OneOf(0, 2, &["38", "97", "99"]), GSTIN_HOLDER, GSTIN_NUMBER])
            .checks(&[Check::Luhn(0, 15, 36)])
            .disputed(
                "The form and the check digit fit, but `python-stdnum` 2.2 knows the states 01 to 37 only, while the GST Network \
                 also uses 38 (Ladakh), 97 (other territory) and 99 (centre). Look the number up at the GST portal.",
            ),
    ]),
    kind("JP", "CN", "Japanese corporate number", "National Tax Agency", &[], STDNUM, &[form("#{13}").checks(&[Check::Sum(
        sum(&[0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1], 9, "987654321").at(0),
    )])]),
    kind("JP", "T", "Japanese number of a qualified invoice issuer", "National Tax Agency", &[], ISSUER, &[form("T#{13}")]),
    kind("KR", "BRN", "South Korean business number", "National Tax Service", &[], STDNUM, &[form("#{10}")
        .only(&[Only::Range(0, 3, "101", "999"), Only::NotZero(3, 5), Only::NotZero(5, 9)])
        .checks(&[Check::Sum(sum(&[1, 3, 7, 1, 3, 7, 1, 3, 1], 10, LESS_10).value(own::korean))])]),
    kind("NZ", "IRD", "New Zealand tax number", "Inland Revenue", &[], STDNUM, &[form("#{8,9}")
        .pad(9)
        .only(&[Only::Range(0, 9, "010000001", "149999999")])
        .checks(&[Check::Sums(&[
            sum(&[3, 2, 7, 6, 5, 4, 3, 2], 11, super::LESS_11),
            sum(&[7, 4, 3, 2, 5, 2, 7, 6], 11, super::LESS_11),
        ])])]),
    kind("PK", "NTN", "Pakistani national tax number", "Federal Board of Revenue", &[], NODE, &[form("#{7}")]),
    // ZATCA's rules for electronic invoices (BR-KSA-40).
    kind("SA", "VAT", "Saudi VAT number", "ZATCA", &[], ISSUER, &[form("3#{13}3")]),
    kind("SG", "UEN", "Singapore entity number", "ACRA", &[], STDNUM, &[
        form("#{8}@").checks(&[Check::Sum(sum(&[10, 4, 9, 3, 8, 2, 7, 1], 11, "XMKECAWLJDB"))]),
        form("#{9}@").only(&[Only::PastYear(0, 4)]).checks(&[Check::Sum(
            sum(&[10, 8, 6, 4, 9, 7, 5, 3, 1], 11, "ZKCMDNERGWH"),
        )]),
        form("[RS]##@*#{4}*").only(&[Only::OneOf(3, 5, UEN_TYPES)]).checks(&[UEN_OTHER]),
        form("T##@*#{4}*")
            .only(&[Only::PastYear(1, 3), Only::OneOf(3, 5, UEN_TYPES)])
            .checks(&[UEN_OTHER]),
    ]),
    kind("TH", "TIN", "Thai tax number", "Revenue Department", &[], STDNUM, &[form("[0-8]#{12}").checks(&[Check::Sum(
        sum(&[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11, LAST_OF_11_LESS),
    )])]),
    kind("TW", "UBN", "Taiwanese business number", "Ministry of Finance", &[], STDNUM, &[
        form("#{8}").checks(&[Check::Own(own::taiwanese_by_ten)]),
        form("#{8}")
            .checks(&[Check::Own(own::taiwanese_by_five)])
            .since("2023-04-01")
            .disputed(
                "The check digit fits the rule of the Ministry of Finance since 1 April 2023 (divisible by five), and not the one \
                 before (by ten), which the packages still have. Look the number up in the register.",
            ),
    ]),
    kind("VN", "MST", "Vietnamese tax number", "General Department of Taxation", &[], STDNUM, &[
        form("#{10}").only(&[Only::NotZero(0, 2), Only::NotZero(2, 9)]).checks(&[VIETNAMESE]),
        form("#{13}").only(&[Only::NotZero(0, 2), Only::NotZero(2, 9), Only::NotZero(10, 13)]).checks(&[VIETNAMESE]),
    ]),
];

const VIETNAMESE: Check = Check::Sum(sum(&[31, 29, 23, 19, 17, 13, 7, 5, 3], 11, "-9876543210"));
