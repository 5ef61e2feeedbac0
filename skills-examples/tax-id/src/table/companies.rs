//! Numbers of companies and of sole traders, beside the tax numbers of their countries.

use super::{LESS_10, LESS_11_OR_0, SAME_11_OR_0};
use crate::kind::{Kind, NODE, PYTHON, kind};
use guildhall_numbers::rule::{Check, Only, Residue, digit, form, sum};

const STDNUM: u8 = PYTHON | NODE;

/// France: the first nine digits are a SIREN.
const SIREN: Check = Check::Luhn(0, 9, 10);
/// Poland: nine digits, of which the last is a check digit.
const REGON: Check = Check::Sum(sum(&[8, 9, 2, 3, 4, 5, 6, 7], 11, SAME_11_OR_0));
/// Russia: twelve digits modulo eleven, fourteen modulo thirteen; the last digit of that.
const fn ogrn(end: usize, modulus: u64) -> Check {
    Check::Residue(Residue {
        start: 0,
        end,
        times: 1,
        plus: 0,
        modulus,
        check: (end, end + 1),
        complement: false,
    })
}

/// Establishments of La Poste: the digits add up to a multiple of five.
fn la_poste(number: &[char]) -> bool {
    let sum: Option<i64> = number.iter().map(|one| digit(0, *one)).sum();
    sum.is_some_and(|sum| sum % 5 == 0)
}

/// Russia's twelve digits leave ten: the check digit is 0.
fn ogrn_of_ten(number: &[char]) -> bool {
    guildhall_numbers::rule::value(number, 0, 12).is_some_and(|value| value % 11 == 10)
        && number.last() == Some(&'0')
}

/// One entry for each kind.
pub const KINDS: &[Kind] = &[
    kind(
        "BR",
        "CPF",
        "Brazilian number of a person",
        "Receita Federal",
        &[],
        STDNUM,
        &[form("#{11}").only(&[Only::NotZero(0, 11)]).checks(&[
            Check::Sum(sum(&[10, 9, 8, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0)),
            Check::Sum(sum(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11, LESS_11_OR_0)),
        ])],
    ),
    kind(
        "CZ",
        "ICO",
        "Czech company number",
        "Czech Statistical Office (ARES)",
        &[],
        NODE,
        &[form("[0-8]#{7}").checks(&[Check::Sum(sum(&[8, 7, 6, 5, 4, 3, 2], 11, "10987654321"))])],
    ),
    kind(
        "FR",
        "SIRET",
        "French number of an establishment",
        "Insee (Sirene register)",
        &[],
        STDNUM,
        &[
            form("#{14}")
                .only(&[Only::NoneOf(0, 9, &["356000000"])])
                .checks(&[SIREN, Check::Luhn(0, 14, 10)]),
            form("356000000#{5}")
                .only(&[Only::NoneOf(9, 14, &["00048"])])
                .checks(&[Check::Own(la_poste)]),
            form("35600000000048"),
        ],
    ),
    kind(
        "GB",
        "UTR",
        "Unique taxpayer reference of the United Kingdom",
        "HMRC",
        &[],
        STDNUM,
        &[form("#{10}").checks(&[Check::Sum(
            sum(&[0, 6, 7, 8, 9, 10, 5, 4, 3, 2], 11, "21987654321").at(0),
        )])],
    ),
    kind(
        "PL",
        "REGON",
        "Polish statistical number of a company",
        "Statistics Poland",
        &[],
        STDNUM,
        &[
            form("#{9}").checks(&[REGON]),
            form("#{14}").checks(&[
                REGON,
                Check::Sum(sum(
                    &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8],
                    11,
                    SAME_11_OR_0,
                )),
            ]),
        ],
    ),
    kind(
        "RU",
        "OGRN",
        "Russian number in the state register",
        "Federal Tax Service",
        &[],
        PYTHON,
        &[
            form("[1-9]#{12}").checks(&[ogrn(12, 11)]),
            form("[1-9]#{12}").checks(&[Check::Own(ogrn_of_ten)]),
            form("[34]#{14}").checks(&[ogrn(14, 13)]),
        ],
    ),
    kind(
        "SI",
        "MATICNA",
        "Slovenian company number",
        "AJPES",
        &[],
        PYTHON,
        &[
            form("#{7}").checks(&[SLOVENIAN]),
            form("#{7}*##").checks(&[SLOVENIAN]),
        ],
    ),
    kind(
        "TR",
        "TCKN",
        "Turkish number of a citizen, which sole traders have instead of a tax number",
        "Nüfus ve Vatandaşlık İşleri",
        &[],
        STDNUM,
        &[form("[1-9]#{10}").checks(&[
            Check::Sum(sum(&[3, 1, 3, 1, 3, 1, 3, 1, 3], 10, LESS_10)),
            Check::Sum(sum(&[1; 10], 10, "0123456789")),
        ])],
    ),
    kind(
        "UA",
        "RNTRC",
        "Ukrainian tax number of a person",
        "State Tax Service",
        &[],
        STDNUM,
        &[form("#{10}").checks(&[Check::Sum(sum(
            &[-1, 5, 7, 9, 4, 6, 10, 5, 7],
            11,
            SAME_11_OR_0,
        ))])],
    ),
];

const SLOVENIAN: Check = Check::Sum(sum(&[7, 6, 5, 4, 3, 2], 11, "-0987654321"));
