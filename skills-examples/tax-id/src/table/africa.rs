//! Africa.

use crate::kind::{Kind, NODE, PYTHON, kind};
use guildhall_numbers::rule::{Check, form, sum};

const STDNUM: u8 = PYTHON | NODE;

const SENEGALESE: Check = Check::Total(&[1, 2, 1, 2, 1, 2, 1, 2, 1], 10, &[0]);
/// The same over the digits before the code of the tax office.
const SENEGALESE_COFI: Check = Check::Own(senegalese);

fn senegalese(number: &[char]) -> bool {
    number
        .get(..9)
        .is_some_and(|digits| SENEGALESE.holds(digits))
}

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    kind(
        "AO",
        "NIF",
        "Angolan tax number",
        "Administração Geral Tributária",
        &[],
        NODE,
        &[form("#{10}"), form("#{9}@@###")],
    ),
    kind(
        "DZ",
        "NIF",
        "Algerian tax number",
        "Direction Générale des Impôts",
        &[],
        STDNUM,
        &[form("#{15}"), form("#{20}")],
    ),
    kind(
        "EG",
        "TN",
        "Egyptian tax registration number",
        "Egyptian Tax Authority",
        &[],
        STDNUM,
        &[form("#{9}")],
    ),
    kind(
        "GH",
        "TIN",
        "Ghanaian tax number",
        "Ghana Revenue Authority",
        &[],
        STDNUM,
        &[form("[PCGQV]00#{7}[0-9X]").checks(&[Check::Sum(sum(
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            11,
            "0123456789X",
        ))])],
    ),
    kind(
        "GN",
        "NIFP",
        "Guinean tax number",
        "Direction Nationale des Impôts",
        &[],
        STDNUM,
        &[form("#{9}").checks(&[Check::Luhn(0, 9, 10)])],
    ),
    kind(
        "KE",
        "PIN",
        "Kenyan tax number",
        "Kenya Revenue Authority",
        &[],
        STDNUM,
        &[form("[AP]#{9}@")],
    ),
    kind(
        "MA",
        "ICE",
        "Moroccan company number",
        "OMPIC",
        &[],
        STDNUM,
        &[form("#{15}").checks(&[Check::Whole("", 97, 0)])],
    ),
    kind(
        "MZ",
        "NUIT",
        "Mozambican tax number",
        "Autoridade Tributária",
        &[],
        STDNUM,
        &[form("#{9}").checks(&[Check::Sum(sum(
            &[8, 9, 4, 5, 6, 7, 8, 9],
            11,
            "01234567891",
        ))])],
    ),
    kind(
        "SN",
        "NINEA",
        "Senegalese company number",
        "ANSD",
        &[],
        PYTHON,
        &[
            form("#{7}").pad(9).checks(&[SENEGALESE]),
            form("#{9}").checks(&[SENEGALESE]),
            form("#{7}[0-2][A-HJ-NP-WZ]#")
                .pad(12)
                .checks(&[SENEGALESE_COFI]),
            form("#{9}[0-2][A-HJ-NP-WZ]#").checks(&[SENEGALESE_COFI]),
        ],
    ),
    kind(
        "TN",
        "MF",
        "Tunisian tax number",
        "Direction Générale des Impôts",
        &[],
        STDNUM,
        &[
            form("#{1,7}[A-HJ-NP-TV-Z]"),
            form("#{1,7}[A-HJ-NP-TV-Z][APBDN][MPCN]000"),
            form("#{1,7}[A-HJ-NP-TV-Z][APBDN]E###"),
        ],
    ),
    kind(
        "ZA",
        "TIN",
        "South African tax number",
        "SARS",
        &[],
        STDNUM,
        &[form("[01239]#{9}").checks(&[Check::Luhn(0, 10, 10)])],
    ),
    kind(
        "ZA",
        "VAT",
        "South African VAT number",
        "SARS",
        &[],
        NODE,
        &[form("4#{9}")],
    ),
];
