//! Which part of the world a market lies in: the regions of the United Nations' M49 standard (list of 2025), short names for them.

/// The regions, in the order in which they are drawn, and the ISO 3166-1 codes of each.
pub const REGIONS: [(&str, &str); 5] = [
    (
        "Europe",
        "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL \
         PT RO RS RU SE SI SJ SK SM UA VA XI XK",
    ),
    (
        "Asia",
        "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA \
         SG SY TH TJ TL TM TR TW UZ VN YE",
    ),
    (
        "Africa",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW \
         SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    (
        "Americas",
        "AG AI AR AW BB BL BM BO BQ BR BS BZ CA CL CO CR CU CW DM DO EC FK GD GF GL GP GT GY HN HT JM KN KY LC MF MQ MS MX NI PA \
         PE PM PR PY SR SV SX TC TT US UY VC VE VG VI",
    ),
    (
        "Oceania",
        "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV VU WF WS",
    ),
];

/// Name for what is in none of them.
pub const ELSEWHERE: &str = "Territories and others";

/// The region of a market.
pub fn of(market: &str) -> &'static str {
    REGIONS
        .iter()
        .find(|(_, codes)| codes.split_whitespace().any(|code| code == market))
        .map_or(ELSEWHERE, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_market_is_in_one_region() {
        let codes: Vec<&str> = REGIONS
            .iter()
            .flat_map(|(_, codes)| codes.split_whitespace())
            .collect();
        let once: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(codes.len(), once.len());
        assert!(codes.iter().all(|code| code.len() == 2));
        assert_eq!(of("JP"), "Asia");
        assert_eq!(of("QQ"), ELSEWHERE);
        assert_eq!(of("ES-CN"), ELSEWHERE);
    }
}
