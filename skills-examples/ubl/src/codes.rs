//! Code lists that every document needs. Facts of their standards, written down by hand; `tests/accuracy` compares them with the
//! lists of the official EN 16931 artefacts.

/// ISO 3166-1 alpha-2, as of 2026.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF \
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW \
KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL \
NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST \
SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Electronic address schemes (EAS) of the European Commission, version of 2026.
const ENDPOINT_SCHEMES: &str = "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 \
0188 0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 0217 0218 \
0219 0220 0221 0225 0230 0235 0240 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 \
9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM";

/// Units that trade uses most: UN/ECE Recommendation 20 (revision 17), and packages of Recommendation 21 with an `X` in front.
pub const UNITS: &[(&str, &str)] = &[
    ("C62", "one"),
    ("H87", "piece"),
    ("EA", "each"),
    ("NAR", "number of articles"),
    ("PR", "pair"),
    ("SET", "set"),
    ("KT", "kit"),
    ("DZN", "dozen"),
    ("GRO", "gross"),
    ("CEN", "hundred"),
    ("MIL", "thousand"),
    ("P1", "percent"),
    ("LS", "lump sum"),
    ("E48", "service unit"),
    ("E51", "job"),
    ("E49", "working day"),
    ("ACT", "activity"),
    ("SEC", "second"),
    ("MIN", "minute"),
    ("HUR", "hour"),
    ("LH", "labour hour"),
    ("DAY", "day"),
    ("WEE", "week"),
    ("MON", "month"),
    ("QAN", "quarter of a year"),
    ("SAN", "half a year"),
    ("ANN", "year"),
    ("MGM", "milligram"),
    ("GRM", "gram"),
    ("KGM", "kilogram"),
    ("DTN", "hundred kilograms"),
    ("TNE", "tonne"),
    ("CTM", "metric carat"),
    ("ONZ", "ounce"),
    ("APZ", "troy ounce"),
    ("LBR", "pound"),
    ("STN", "short ton"),
    ("LTN", "long ton"),
    ("MMT", "millimetre"),
    ("CMT", "centimetre"),
    ("DMT", "decimetre"),
    ("MTR", "metre"),
    ("KMT", "kilometre"),
    ("LM", "linear metre"),
    ("INH", "inch"),
    ("FOT", "foot"),
    ("YRD", "yard"),
    ("SMI", "mile"),
    ("MMK", "square millimetre"),
    ("CMK", "square centimetre"),
    ("MTK", "square metre"),
    ("KMK", "square kilometre"),
    ("INK", "square inch"),
    ("FTK", "square foot"),
    ("YDK", "square yard"),
    ("ACR", "acre"),
    ("MLT", "millilitre"),
    ("CLT", "centilitre"),
    ("DLT", "decilitre"),
    ("LTR", "litre"),
    ("HLT", "hectolitre"),
    ("LPA", "litre of pure alcohol"),
    ("CMQ", "cubic centimetre"),
    ("DMQ", "cubic decimetre"),
    ("MTQ", "cubic metre"),
    ("INQ", "cubic inch"),
    ("FTQ", "cubic foot"),
    ("YDQ", "cubic yard"),
    ("OZA", "fluid ounce, US"),
    ("PTI", "pint, UK"),
    ("PTL", "liquid pint, US"),
    ("QTL", "liquid quart, US"),
    ("GLL", "gallon, US"),
    ("GLI", "gallon, UK"),
    ("BLL", "barrel, US"),
    ("WTT", "watt"),
    ("KWT", "kilowatt"),
    ("MAW", "megawatt"),
    ("WHR", "watt hour"),
    ("KWH", "kilowatt hour"),
    ("MWH", "megawatt hour"),
    ("GV", "gigajoule"),
    ("JOU", "joule"),
    ("KJO", "kilojoule"),
    ("AMP", "ampere"),
    ("VLT", "volt"),
    ("AD", "byte"),
    ("4L", "megabyte"),
    ("E34", "gigabyte"),
    ("E35", "terabyte"),
    ("KMH", "kilometre per hour"),
    ("TKM", "tonne kilometre"),
    ("XBA", "barrel"),
    ("XBE", "bundle"),
    ("XBG", "bag"),
    ("XBJ", "bucket"),
    ("XBO", "bottle"),
    ("XBX", "box"),
    ("XCA", "can"),
    ("XCR", "crate"),
    ("XCS", "case"),
    ("XCT", "carton"),
    ("XDR", "drum"),
    ("XEN", "envelope"),
    ("XJR", "jar"),
    ("XPA", "packet"),
    ("XPC", "parcel"),
    ("XPK", "package"),
    ("XPX", "pallet"),
    ("XRO", "roll"),
    ("XSA", "sack"),
    ("XTB", "tub"),
    ("XTU", "tube"),
];

/// Whether ISO 3166-1 has this country.
pub fn is_country(code: &str) -> bool {
    listed(COUNTRIES, code)
}

/// Whether this is a scheme of electronic addresses.
pub fn is_endpoint_scheme(code: &str) -> bool {
    listed(ENDPOINT_SCHEMES, code)
}

/// Whether this unit is in [`UNITS`].
pub fn is_unit(code: &str) -> bool {
    unit_name(code).is_some()
}

/// What a unit is called.
pub fn unit_name(code: &str) -> Option<&'static str> {
    let (_, name) = UNITS.iter().find(|(known, _)| *known == code)?;
    Some(name)
}

fn listed(list: &str, code: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == code)
}
