//! Invented companies. Their identifiers have the look of their country's and belong to nobody.

use crate::spec::Company;

const fn company(
    name: &'static str,
    [street, city, postcode, country]: [&'static str; 4],
    vat: &'static str,
    legal: &'static str,
) -> Company {
    Company {
        name,
        street,
        city,
        postcode,
        country,
        vat,
        legal,
    }
}

pub const BREMEN: Company = company(
    "Nordlicht Bürobedarf GmbH",
    ["Am Leuchtturm 3", "Bremen", "28195", "DE"],
    "DE999000111",
    "HRB 990011",
);
pub const MUNICH: Company = company(
    "Isarwerk Maschinenbau AG",
    ["Werkstraße 18", "München", "80331", "DE"],
    "DE999000222",
    "HRB 990022",
);
pub const LYON: Company = company(
    "Atelier des Deux Fleuves SARL",
    ["12 quai des Inventeurs", "Lyon", "69002", "FR"],
    "FR00999000333",
    "999 000 333",
);
pub const NANTES: Company = company(
    "Formation Loire SAS",
    ["4 rue du Port", "Nantes", "44000", "FR"],
    "FR00999000344",
    "999 000 344",
);
pub const TURIN: Company = company(
    "Officine Valdarno S.r.l.",
    ["Via dei Mestieri 7", "Torino", "10121", "IT"],
    "IT00000000444",
    "REA TO-990044",
);
pub const MODENA: Company = company(
    "Comune di Borgo Esempio",
    ["Piazza Grande 1", "Borgo Esempio", "41121", "IT"],
    "IT00000000455",
    "",
);
pub const UTRECHT: Company = company(
    "Polderlicht B.V.",
    ["Kanaalweg 21", "Utrecht", "3511 AB", "NL"],
    "NL999000555B01",
    "99000555",
);
pub const GHENT: Company = company(
    "Leievaart NV",
    ["Graslei 40", "Gent", "9000", "BE"],
    "BE0999000666",
    "0999.000.666",
);
pub const KRAKOW: Company = company(
    "Wisła Druk Sp. z o.o.",
    ["ul. Papiernicza 5", "Kraków", "31-001", "PL"],
    "PL9990007770",
    "KRS 0009990007",
);
pub const GOTHENBURG: Company = company(
    "Västkust Kontor AB",
    ["Hamngatan 9", "Göteborg", "411 14", "SE"],
    "SE999000888801",
    "999000-8888",
);
pub const LEEDS: Company = company(
    "Aire Valley Textiles Ltd",
    ["18 Weaver Row", "Leeds", "LS1 4XX", "GB"],
    "GB999000999",
    "09990009",
);
pub const ZURICH: Company = company(
    "Limmat Präzision AG",
    ["Uhrmacherweg 2", "Zürich", "8001", "CH"],
    "CHE999000101",
    "CHE-999.000.101",
);
pub const OSAKA: Company = company(
    "Yodogawa Bunbogu KK",
    ["1-2-3 Kitahama", "Osaka", "541-0041", "JP"],
    "",
    "T9990001112223",
);
pub const KUWAIT: Company = company(
    "Gulf Lantern Trading Co. W.L.L.",
    ["Block 4, Street 12", "Kuwait City", "13001", "KW"],
    "",
    "CR 990013",
);
pub const PORTLAND: Company = company(
    "Cedar & Iron Tools Inc.",
    ["77 Foundry Ave", "Portland OR", "97201", "US"],
    "",
    "EIN 99-0001414",
);
pub const VIENNA: Company = company(
    "Donaufeld Schrauben GmbH",
    ["Handelskai 100", "Wien", "1020", "AT"],
    "ATU99900151",
    "FN 990015x",
);
pub const TENERIFE: Company = company(
    "Teide Servicios S.L.",
    ["Calle del Drago 8", "Santa Cruz", "38001", "ES"],
    "ESB99900016",
    "B99900016",
);
pub const AARHUS: Company = company(
    "Bugten Energi A/S",
    ["Havnegade 6", "Aarhus", "8000", "DK"],
    "DK99900017",
    "99900017",
);
pub const DUBLIN: Company = company(
    "Liffey Software Ltd",
    ["3 Quay Street", "Dublin", "D02 XX00", "IE"],
    "IE9990018A",
    "990018",
);
pub const BERGEN: Company = company(
    "Fjordkai Seafood AS",
    ["Bryggen 14", "Bergen", "5003", "NO"],
    "NO999000190MVA",
    "999000190",
);
