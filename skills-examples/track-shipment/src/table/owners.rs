//! Whose letters and digits these are: the UPU's members, the BIC register of containers, IATA's codes of accounting, as of 2025-01-01.

/// Members of the UPU with an operator, by ISO 3166-1.
pub const POSTS: &str = "AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH \
     CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FR GA GB GD GE GH GM GN \
     GQ GR GT GW GY HK HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA \
     LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL \
     NO NP NR NZ OM PA PE PG PH PK PL PT PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS \
     ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VA VC VE VN VU WS YE ZA ZM ZW";

/// Who owns containers with these three letters (BIC codes of the large lines).
pub const OWNERS: &[(&str, &str)] = &[
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
pub const AIRLINES: &[(&str, &str)] = &[
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
