//! Documents without errors, among them all that is unusual and right.

use crate::companies::*;
use crate::spec::*;

pub fn specs() -> Vec<Spec> {
    let de = || iban("DE", "999900000123456789");
    vec![
        Spec::new("de-01-two-rates.xml", "Two VAT rates", BREMEN, MUNICH, "EUR")
            .head("NB-2026-0117", "2026-09-03", "2026-10-03")
            .items([
                item("Druckerpapier A4, 500 Blatt", "40", "XPK", "4.35", ("S", "19")),
                item("Tonerkassette schwarz", "3", "C62", "79.90", ("S", "19")),
                item("Fachbuch Normschrift", "2", "C62", "34.58", ("S", "7")),
            ])
            .pay(sepa(de(), "NB-2026-0117"))
            .with(|spec| spec.order = Some("B-4711")),
        Spec::new("de-02-allowance-and-freight.xml", "Allowance by percentage and freight charge on the document", BREMEN, MUNICH, "EUR")
            .head("NB-2026-0131", "2026-09-21", "2026-10-21")
            .items([
                item("Bürostuhl Modell Deich", "6", "C62", "189.00", ("S", "19")),
                item("Schreibtischlampe", "6", "C62", "42.50", ("S", "19")),
            ])
            .pay(sepa(de(), "NB-2026-0131"))
            .with(|spec| {
                spec.extras = vec![
                    (allowance("Mengenrabatt", "69.45").of("5", "1389.00"), ("S", "19")),
                    (charge("Fracht", "48.00"), ("S", "19")),
                ];
            }),
        Spec::new("de-03-credit-note.xml", "Credit note for one returned item of de-01", BREMEN, MUNICH, "EUR")
            .head("NB-G-2026-0009", "2026-09-15", "")
            .items([item("Tonerkassette schwarz (Rückgabe)", "1", "C62", "79.90", ("S", "19"))])
            .with(|spec| {
                spec.credit_note = true;
                spec.preceding = Some(("NB-2026-0117", "2026-09-03"));
            }),
        Spec::new("fr-01-line-allowances.xml", "Allowances and charges on lines, two rates", LYON, BREMEN, "EUR")
            .head("F2026-088", "2026-08-28", "2026-09-27")
            .items([
                item("Gravure sur laiton", "12", "C62", "24.50", ("S", "20"))
                    .extra(allowance("Remise fidélité", "29.40").of("10", "294.00"))
                    .extra(charge("Emballage", "6.00")),
                item("Livre d'atelier", "5", "C62", "18.96", ("S", "5.5")),
            ])
            .pay(sepa(iban("FR", "99999000011234567890189"), "F2026-088")),
        Spec::new("fr-02-exempt-training.xml", "Exempt training", NANTES, LYON, "EUR")
            .head("FL-26-0412", "2026-06-30", "2026-07-30")
            .items([item("Formation sécurité, 2 jours", "8", "C62", "310.00", ("E", "0"))])
            .pay(sepa(iban("FR", "99999000029876543210134"), "FL-26-0412"))
            .with(|spec| spec.reasons = vec![("E", "Exonération de TVA, art. 261-4-4° du CGI")]),
        Spec::new("it-01-split-payment.xml", "Split payment: the public buyer pays the VAT to the state", TURIN, MODENA, "EUR")
            .head("241/PA", "2026-07-14", "2026-08-13")
            .items([item("Manutenzione impianto luci", "1", "C62", "1840.00", ("B", "22"))])
            .pay(sepa(iban("IT", "X9999900001000001234567"), "241/PA"))
            .with(|spec| {
                spec.prepaid = Some(d("404.80"));
                spec.note = Some("Scissione dei pagamenti, art. 17-ter DPR 633/72");
            }),
        Spec::new("it-02-three-rates-two-accounts.xml", "Three rates; the seller names two accounts", TURIN, LYON, "EUR")
            .head("242", "2026-07-20", "2026-08-19")
            .items([
                item("Utensili da banco", "7", "C62", "63.15", ("S", "22")),
                item("Olio alimentare", "24", "LTR", "7.80", ("S", "10")),
                item("Pane per mensa", "31", "KGM", "3.45", ("S", "4")),
            ])
            .pay(sepa(iban("IT", "X9999900001000001234567"), "242"))
            .pay(transfer(iban("IT", "Y9999900002000007654321"), "TESTIT00XXX", "242")),
        Spec::new("nl-01-reverse-charge.xml", "Services across the border: reverse charge", UTRECHT, MUNICH, "EUR")
            .head("PL-20260301", "2026-03-31", "2026-04-30")
            .items([item("Lichtplan en advies", "37.5", "HUR", "96.00", ("AE", "0"))])
            .pay(sepa(iban("NL", "TEST0123456789"), "PL-20260301"))
            .with(|spec| spec.reasons = vec![("AE", "Btw verlegd")]),
        Spec::new("nl-02-goods-within-eu.xml", "Goods to another member state", UTRECHT, GHENT, "EUR")
            .head("PL-20260302", "2026-03-31", "2026-04-30")
            .items([item("LED-paneel 60x60", "120", "C62", "31.75", ("K", "0"))])
            .pay(sepa(iban("NL", "TEST0123456789"), "PL-20260302"))
            .with(|spec| {
                spec.reasons = vec![("K", "Intracommunautaire levering")];
                spec.delivery = Some(("2026-03-27", "BE"));
            }),
        Spec::new("pl-01-zloty.xml", "Złoty, two rates", KRAKOW, UTRECHT, "PLN")
            .head("FV/2026/05/113", "2026-05-18", "2026-06-01")
            .items([
                item("Druk ulotek A5", "5000", "C62", "0.183", ("S", "23")),
                item("Broszura szkolna", "260", "C62", "7.49", ("S", "8")),
            ])
            .pay(transfer(iban("PL", "999000010000000012345678"), "TESTPLPW", "FV/2026/05/113")),
        Spec::new("pl-02-vat-in-zloty.xml", "Euro invoice with VAT in złoty", KRAKOW, BREMEN, "EUR")
            .head("FV/2026/05/114", "2026-05-19", "2026-06-18")
            .items([item("Katalog produktów", "1500", "C62", "1.27", ("S", "23"))])
            .pay(sepa(iban("PL", "999000010000000087654321"), "FV/2026/05/114"))
            .with(|spec| spec.tax_currency = Some(("PLN", d("4.2518")))),
        Spec::new("se-01-rounded-to-krona.xml", "Three rates, amount due rounded to a whole krona", GOTHENBURG, GOTHENBURG, "SEK")
            .head("20260456", "2026-02-11", "2026-03-13")
            .items([
                item("Kontorsmaterial", "14", "C62", "87.35", ("S", "25")),
                item("Fika till möte", "22", "C62", "31.25", ("S", "12")),
                item("Facktidskrift", "3", "C62", "119.00", ("S", "6")),
            ])
            .pay(transfer(iban("SE", "99900000000012345674"), "TESTSESS", "20260456"))
            .with(|spec| {
                spec.buyer = BERGEN;
                spec.rounding = Some(d("-0.05"));
            }),
        Spec::new("gb-01-zero-rated.xml", "Standard and zero rate", LEEDS, DUBLIN, "GBP")
            .head("INV-50871", "2026-04-02", "2026-05-02")
            .items([
                item("Wool cloth, per metre", "85.5", "MTR", "22.40", ("S", "20")),
                item("Children's jumper", "30", "C62", "9.95", ("Z", "0")),
            ])
            .pay(transfer(iban("GB", "TEST99900012345678"), "TESTGB2L", "INV-50871")),
        Spec::new("gb-02-export.xml", "Export outside the tax area, in dollars", LEEDS, PORTLAND, "USD")
            .head("INV-50872", "2026-04-07", "2026-05-07")
            .items([item("Wool cloth, per metre", "400", "MTR", "27.80", ("G", "0"))])
            .pay(transfer(iban("GB", "TEST99900012345678"), "TESTGB2L", "INV-50872"))
            .with(|spec| spec.reasons = vec![("G", "Export of goods")]),
        Spec::new("ch-01-rounded-to-five-rappen.xml", "Swiss rates, amount due rounded to five Rappen", ZURICH, VIENNA, "CHF")
            .head("LP-7712", "2026-01-23", "2026-02-22")
            .items([
                item("Messuhr 0.001 mm", "4", "C62", "268.00", ("S", "8.1")),
                item("Fachbuch Metrologie", "2", "C62", "54.10", ("S", "2.6")),
            ])
            .pay(transfer(iban("CH", "99999000012345678"), "TESTCHZZ", "LP-7712"))
            .with(|spec| spec.rounding = Some(d("0.01"))),
        Spec::new("jp-01-yen.xml", "Yen have no decimal places; consumption tax at two rates", OSAKA, DUBLIN, "JPY")
            .head("YB-0226-31", "2026-02-26", "2026-03-31")
            .items([
                item("Fountain pen, black", "13", "C62", "8250", ("S", "10")),
                item("Green tea for the fair", "35", "C62", "463", ("S", "8")),
            ])
            .pay(transfer("999-0012345", "TESTJPJT", "YB-0226-31"))
            .plant(
                "<cac:PartyLegalEntity>\n        <cbc:RegistrationName>Yodogawa Bunbogu KK",
                "<cac:PartyTaxScheme>\n        <cbc:CompanyID>T9990001112223</cbc:CompanyID>\n        <cac:TaxScheme>\n          <cbc:ID>JCT</cbc:ID>\n        </cac:TaxScheme>\n      </cac:PartyTaxScheme>\n      <cac:PartyLegalEntity>\n        <cbc:RegistrationName>Yodogawa Bunbogu KK",
                &[],
            ),
        Spec::new("kw-01-dinar.xml", "Dinar have three decimal places; not subject to VAT", KUWAIT, LEEDS, "KWD")
            .head("GL/26/0077", "2026-05-05", "2026-06-04")
            .items([
                item("Brass lantern, large", "18", "C62", "14.375", ("O", "")),
                item("Packing", "1", "C62", "6.125", ("O", "")),
            ])
            .pay(transfer(iban("KW", "TEST0000000000000123456789"), "TESTKWKW", "GL/26/0077"))
            .with(|spec| spec.reasons = vec![("O", "Not subject to VAT")]),
        Spec::new("us-01-no-vat-no-iban.xml", "Dollars, no VAT, an account that is no IBAN", PORTLAND, LEEDS, "USD")
            .head("CI-10442", "2026-08-11", "")
            .items([
                item("Splitting axe", "25", "C62", "68.00", ("O", "")),
                item("Hatchet, \"trail\" & <field>", "40", "C62", "31.49", ("O", "")),
            ])
            .pay(transfer("000 999 000 1234", "TESTUS33", "CI-10442"))
            .with(|spec| {
                spec.terms = Some("Net 45 days; 2 % discount within 10 days");
                spec.reasons = vec![("O", "Outside the scope of VAT")];
                spec.extras = vec![(charge("Ocean freight", "310.00"), ("O", ""))];
            }),
        Spec::new("be-01-negative-invoice.xml", "A negative invoice: the seller owes", GHENT, UTRECHT, "EUR")
            .head("2026/301", "2026-06-12", "")
            .items([
                item("Correctie levering mei", "-14", "C62", "45.20", ("S", "21")),
                item("Retourkosten", "1", "C62", "25.00", ("S", "21")),
            ]),
        Spec::new("at-01-price-per-thousand.xml", "Prices for 1,000 pieces, a deposit, a gross price", VIENNA, MUNICH, "EUR")
            .head("DS-2026-77", "2026-05-27", "2026-06-26")
            .items([
                item("Schraube M6x40", "12500", "C62", "38.4275", ("S", "20")).per("1000"),
                item("Mutter M6", "12500", "C62", "11.31", ("S", "20")).per("1000").gross("12.00", "0.69"),
            ])
            .pay(sepa(iban("AT", "9990000012345678"), "DS-2026-77"))
            .with(|spec| spec.prepaid = Some(d("200.00"))),
        Spec::new("es-01-canary-islands.xml", "Tax of the Canary Islands (IGIC)", TENERIFE, NANTES, "EUR")
            .head("A-26-19", "2026-03-09", "2026-04-08")
            .items([item("Limpieza de paneles", "16", "HUR", "29.50", ("L", "7"))])
            .pay(sepa(iban("ES", "99990001001234567890"), "A-26-19")),
        Spec::new("dk-01-direct-debit.xml", "Direct debit: the account in it is the buyer's", AARHUS, BERGEN, "DKK")
            .head("880123", "2026-10-01", "2026-10-15")
            .items([
                item("Elforbrug", "1430", "KWH", "1.8745", ("S", "25")).period("2026-09-01", "2026-09-30"),
                item("Abonnement", "1", "MON", "39.00", ("S", "25")).period("2026-09-01", "2026-09-30"),
            ])
            .pay(Payment { code: "49", reference: "880123", accounts: vec![], mandate: Some(("M-2024-5", iban("DK", "99990001234567"))) })
            .with(|spec| spec.period = Some(("2026-09-01", "2026-09-30"))),
        Spec::new("ie-01-attachment.xml", "An attachment, order and contract, a free line", DUBLIN, LEEDS, "EUR")
            .head("LS-3306", "2026-09-30", "2026-10-30")
            .items([
                item("Licence, yearly", "12", "C62", "144.00", ("S", "23")),
                item("Onboarding, included", "1", "C62", "0", ("S", "23")),
            ])
            .pay(sepa(iban("IE", "TEST99900012345678"), "LS-3306"))
            .with(|spec| {
                spec.order = Some("PO 2026/18");
                spec.contract = Some("FRAME-7");
                spec.attachment = Some(("hours.csv", "text/csv", "ZGF5LGhvdXJzCjIwMjYtMDktMDEsNwo="));
            }),
        Spec::new("no-01-credit-note-two-rates.xml", "Credit note with two rates and a due date", BERGEN, GOTHENBURG, "NOK")
            .head("K-2026-55", "2026-04-22", "2026-05-06")
            .items([
                item("Reker, kreditert", "60", "KGM", "189.90", ("S", "15")),
                item("Transport, kreditert", "1", "C62", "740.00", ("S", "25")),
            ])
            .pay(transfer(iban("NO", "99990012345"), "TESTNOKK", "K-2026-55"))
            .with(|spec| {
                spec.credit_note = true;
                spec.preceding = Some(("2026-871", "2026-04-09"));
            }),
    ]
}
