//! Documents with planted errors. Beside each error stands what a check must find.

use crate::companies::*;
use crate::spec::*;

fn amount(name: &str, currency: &str, value: &str) -> String {
    format!("<cbc:{name} currencyID=\"{currency}\">{value}<")
}

/// Changes one total.
fn total(spec: Spec, name: &str, from: &str, to: &str, findings: &[&'static str]) -> Spec {
    let currency = spec.currency;
    spec.plant(
        &amount(name, currency, from),
        &amount(name, currency, to),
        findings,
    )
}

pub fn specs() -> Vec<Spec> {
    let de = || iban("DE", "999900000123456789");
    let bremen = |file, about| {
        Spec::new(file, about, BREMEN, MUNICH, "EUR")
            .items([
                item("Aktenordner breit", "50", "C62", "2.19", ("S", "19")),
                item("Locher schwer", "4", "C62", "27.25", ("S", "19")),
            ])
            .pay(sepa(de(), "siehe Nummer"))
    };
    let mut specs = vec![
        total(
            bremen("de-11-line-wrong.xml", "A line is not quantity times price; all sums follow the price")
                .head("NB-2026-0140", "2026-10-02", "2026-11-01"),
            "LineExtensionAmount",
            "109.50",
            "119.50",
            &["line-net@line 1", "vat-taxable@vat S 19", "line-sum@BT-106"],
        ),
        total(
            bremen("de-12-amount-due-wrong.xml", "The amount due is higher than the total")
                .head("NB-2026-0141", "2026-10-02", "2026-11-01"),
            "PayableAmount",
            "260.02",
            "280.02",
            &["payable-total@BT-115"],
        ),
        bremen("de-13-sepa-without-iban.xml", "SEPA transfer to a second account that is no IBAN")
            .head("NB-2026-0142", "2026-10-05", "2026-11-04")
            .pay(sepa("12 34567 89".to_owned(), "NB-2026-0142"))
            .with(|spec| spec.findings = vec!["iban-expected@account 2 (warning)"]),
        // No error in itself: it has the number of de-01 and other content.
        bremen("de-14-number-of-de-01.xml", "The number of de-01 with other content")
            .head("NB-2026-0117", "2026-09-03", "2026-10-03"),
        Spec::new("fr-11-vat-too-high.xml", "VAT is 100.00 too high; the totals follow", LYON, BREMEN, "EUR")
            .head("F2026-090", "2026-09-04", "2026-10-04")
            .items([item("Moule en bronze", "1", "C62", "2150.00", ("S", "20"))])
            .pay(sepa(iban("FR", "99999000011234567890189"), "F2026-090"))
            .with(|spec| {
                for (from, to) in [
                    ("<cac:TaxTotal>\n    <cbc:TaxAmount currencyID=\"EUR\">430.00", "<cac:TaxTotal>\n    <cbc:TaxAmount currencyID=\"EUR\">530.00"),
                    ("2150.00</cbc:TaxableAmount>\n      <cbc:TaxAmount currencyID=\"EUR\">430.00", "2150.00</cbc:TaxableAmount>\n      <cbc:TaxAmount currencyID=\"EUR\">530.00"),
                    ("<cbc:TaxInclusiveAmount currencyID=\"EUR\">2580.00", "<cbc:TaxInclusiveAmount currencyID=\"EUR\">2680.00"),
                    ("<cbc:PayableAmount currencyID=\"EUR\">2580.00", "<cbc:PayableAmount currencyID=\"EUR\">2680.00"),
                ] {
                    spec.planted.push((from.to_owned(), to.to_owned()));
                }
                spec.findings = vec!["vat-amount@vat S 20"];
            }),
        Spec::new("fr-12-vat-rounded-by-line.xml", "VAT rounded line by line: two cents off, a warning", LYON, BREMEN, "EUR")
            .head("F2026-091", "2026-09-04", "2026-10-04")
            .items((0..4).map(|_| item("Étiquette gravée", "1", "C62", "1.12", ("S", "20"))))
            .pay(sepa(iban("FR", "99999000011234567890189"), "F2026-091"))
            .with(|spec| {
                // 4 × 0.224 is 0.90; each line rounded is 0.22, together 0.88.
                for (from, to) in [
                    ("<cac:TaxTotal>\n    <cbc:TaxAmount currencyID=\"EUR\">0.90", "<cac:TaxTotal>\n    <cbc:TaxAmount currencyID=\"EUR\">0.88"),
                    ("4.48</cbc:TaxableAmount>\n      <cbc:TaxAmount currencyID=\"EUR\">0.90", "4.48</cbc:TaxableAmount>\n      <cbc:TaxAmount currencyID=\"EUR\">0.88"),
                    ("<cbc:TaxInclusiveAmount currencyID=\"EUR\">5.38", "<cbc:TaxInclusiveAmount currencyID=\"EUR\">5.36"),
                    ("<cbc:PayableAmount currencyID=\"EUR\">5.38", "<cbc:PayableAmount currencyID=\"EUR\">5.36"),
                ] {
                    spec.planted.push((from.to_owned(), to.to_owned()));
                }
                spec.findings = vec!["vat-amount@vat S 20 (warning)"];
            }),
        Spec::new("it-11-iban-check-digits.xml", "Two digits of the IBAN are swapped", TURIN, LYON, "EUR")
            .head("250", "2026-09-08", "2026-10-08")
            .items([item("Chiavi dinamometriche", "9", "C62", "88.00", ("S", "22"))])
            .pay(sepa(iban("IT", "X9999900001000001234567").replace("1234567", "1234657"), "250"))
            .with(|spec| spec.findings = vec!["iban-check-digits@account 1"]),
        Spec::new("it-12-iban-too-short.xml", "The IBAN lacks a digit, and it is due before it was issued", TURIN, LYON, "EUR")
            .head("251", "2026-09-09", "2026-08-09")
            .items([item("Lime assortite", "30", "C62", "4.10", ("S", "22"))])
            .pay(transfer(iban("IT", "X9999900001000001234567").replace("1234567", "123456"), "", "251"))
            .with(|spec| spec.findings = vec!["due-before-issue@BT-9 (warning)", "iban-length@account 1"]),
        Spec::new("nl-11-impossible-date.xml", "Due on a day that does not exist", UTRECHT, MUNICH, "EUR")
            .head("PL-20260210", "2026-01-31", "2026-02-30")
            .items([item("Armatuur reparatie", "2", "HUR", "85.00", ("AE", "0"))])
            .pay(sepa(iban("NL", "TEST0123456789"), "PL-20260210"))
            .with(|spec| {
                spec.reasons = vec![("AE", "Btw verlegd")];
                spec.findings = vec!["unreadable-date@BT-9"];
            }),
        Spec::new("nl-12-reverse-charge-incomplete.xml", "Reverse charge without a reason and without any identifier of the buyer", UTRECHT, MUNICH, "EUR")
            .head("PL-20260211", "2026-02-27", "2026-03-29")
            .items([item("Lichtmeting", "3", "HUR", "90.00", ("AE", "0"))])
            .pay(sepa(iban("NL", "TEST0123456789"), "PL-20260211"))
            .with(|spec| {
                spec.buyer.vat = "";
                spec.buyer.legal = "";
                spec.findings = vec!["exemption-reason@vat row 1", "missing@BT-48"];
            }),
        Spec::new("pl-11-two-currencies.xml", "One total is in euro", KRAKOW, UTRECHT, "PLN")
            .head("FV/2026/06/007", "2026-06-08", "2026-06-22")
            .items([item("Plakat A1", "200", "C62", "11.90", ("S", "23"))])
            .pay(transfer(iban("PL", "999000010000000012345678"), "TESTPLPW", "FV/2026/06/007"))
            .plant("<cbc:TaxInclusiveAmount currencyID=\"PLN\">", "<cbc:TaxInclusiveAmount currencyID=\"EUR\">", &["mixed-currency@BT-112"]),
        Spec::new("pl-12-vat-in-zloty-missing.xml", "Names złoty as the currency for tax, but gives no VAT in it", KRAKOW, BREMEN, "EUR")
            .head("FV/2026/06/008", "2026-06-09", "2026-07-09")
            .items([item("Wizytówki", "900", "C62", "0.44", ("S", "23"))])
            .pay(sepa(iban("PL", "999000010000000087654321"), "FV/2026/06/008"))
            .plant(
                "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
                "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n  <cbc:TaxCurrencyCode>PLN</cbc:TaxCurrencyCode>",
                &["missing@BT-111"],
            ),
        total(
            Spec::new("se-11-sum-of-lines-wrong.xml", "The sum of the lines is wrong, and so what is made of it", GOTHENBURG, BERGEN, "SEK")
                .head("20260470", "2026-03-02", "2026-04-01")
                .items([
                    item("Skrivbord", "2", "C62", "3490.00", ("S", "25")),
                    item("Montering", "3", "HUR", "545.00", ("S", "25")),
                ])
                .pay(transfer(iban("SE", "99900000000012345674"), "TESTSESS", "20260470")),
            "LineExtensionAmount",
            "8615.00",
            "8165.00",
            &["line-sum@BT-106", "tax-exclusive-total@BT-109"],
        ),
        Spec::new("gb-11-unknown-currency.xml", "GPB instead of GBP", LEEDS, DUBLIN, "GPB")
            .head("INV-50901", "2026-05-11", "2026-06-10")
            .items([item("Linen, per metre", "12", "MTR", "18.30", ("S", "20"))])
            .pay(transfer(iban("GB", "TEST99900012345678"), "TESTGB2L", "INV-50901"))
            .with(|spec| spec.findings = vec!["unknown-currency@BT-5"]),
        Spec::new("gb-12-no-number-no-seller.xml", "No number and no name of the seller", LEEDS, DUBLIN, "GBP")
            .head("", "2026-05-12", "2026-06-11")
            .items([item("Linen, per metre", "7.25", "MTR", "18.30", ("S", "20"))])
            .pay(transfer(iban("GB", "TEST99900012345678"), "TESTGB2L", "your invoice"))
            .plant("<cbc:RegistrationName>Aire Valley Textiles Ltd</cbc:RegistrationName>", "", &["missing@BT-1", "missing@BT-27"]),
        Spec::new("ch-11-allowance-wrong.xml", "An allowance is not its percentage, and a VAT identifier lacks its country", ZURICH, VIENNA, "CHF")
            .head("LP-7750", "2026-03-17", "2026-04-16")
            .items([item("Endmass-Satz", "1", "SET", "1260.00", ("S", "8.1"))])
            .pay(transfer(iban("CH", "99999000012345678"), "TESTCHZZ", "LP-7750"))
            .with(|spec| {
                spec.seller.vat = "999.000.101";
                spec.extras = vec![(allowance("Rabatt", "36.00").of("3", "1260.00"), ("S", "8.1"))];
                spec.findings = vec!["vat-id-prefix@BT-31", "allowance-amount@allowance 1"];
            })
            .plant("<cbc:MultiplierFactorNumeric>3<", "<cbc:MultiplierFactorNumeric>5<", &[]),
    ];
    specs.extend(more());
    specs
}

fn more() -> Vec<Spec> {
    vec![
        Spec::new("jp-11-yen-with-decimals.xml", "Yen with decimal places, and a date that is written the other way round", OSAKA, DUBLIN, "JPY")
            .head("YB-0326-02", "02.03.2026", "2026-04-30")
            .items([item("Ink, blue-black", "9", "C62", "1180", ("O", ""))])
            .pay(transfer("999-0012345", "TESTJPJT", "YB-0326-02"))
            .with(|spec| spec.reasons = vec![("O", "Not subject to tax")])
            .plant("<cbc:PayableAmount currencyID=\"JPY\">10620<", "<cbc:PayableAmount currencyID=\"JPY\">10620.50<", &[
                "unreadable-date@BT-2",
                "payable-total@BT-115",
                "amount-decimals@BT-115 (warning)",
            ]),
        Spec::new("kw-11-charge-without-sum.xml", "A charge is in no total: the sum of charges is missing", KUWAIT, LEEDS, "KWD")
            .head("GL/26/0081", "2026-06-15", "2026-07-15")
            .items([item("Copper tray", "11", "C62", "9.750", ("O", ""))])
            .pay(transfer(iban("KW", "TEST0000000000000123456789"), "TESTKWKW", "GL/26/0081"))
            .with(|spec| {
                spec.reasons = vec![("O", "Not subject to VAT")];
                spec.extras = vec![(charge("Air freight", "12.500"), ("O", ""))];
            })
            .plant("    <cbc:ChargeTotalAmount currencyID=\"KWD\">12.500</cbc:ChargeTotalAmount>\n", "", &[
                "missing@BT-108",
                "tax-exclusive-total@BT-109",
            ]),
        Spec::new("us-11-credit-note-turned-twice.xml", "A credit note over a negative amount", PORTLAND, LEEDS, "USD")
            .head("CM-10442", "2026-08-20", "")
            .items([item("Splitting axe, returned", "-2", "C62", "68.00", ("O", ""))])
            .with(|spec| {
                spec.credit_note = true;
                spec.preceding = Some(("CI-10442", "2026-08-11"));
                spec.reasons = vec![("O", "Outside the scope of VAT")];
                spec.findings = vec!["credit-note-sign@BT-115 (warning)"];
            }),
        Spec::new("be-11-rate-missing-in-breakdown.xml", "A line has a rate that the VAT breakdown lacks", GHENT, UTRECHT, "EUR")
            .head("2026/340", "2026-07-02", "2026-08-01")
            .items([
                item("Schroefmachine", "1", "C62", "329.00", ("S", "21")),
                item("Handleiding", "1", "C62", "15.00", ("S", "21")),
            ])
            .pay(sepa(iban("BE", "999000012345"), "2026/340"))
            .plant(
                "<cbc:Name>Handleiding</cbc:Name>\n      <cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>21<",
                "<cbc:Name>Handleiding</cbc:Name>\n      <cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>6<",
                &["vat-taxable@vat S 21", "vat-group-missing@vat S 6"],
            ),
        Spec::new("at-11-prices.xml", "Gross price minus discount is not the price; a price for zero units; a negative price", VIENNA, MUNICH, "EUR")
            .head("DS-2026-91", "2026-07-07", "2026-08-06")
            .items([
                item("Scheibe A6", "5000", "C62", "7.80", ("S", "20")).per("1000").gross("8.50", "0.60"),
                item("Splint", "100", "C62", "0.04", ("S", "20")).per("1"),
                item("Gutschrift Verpackung", "1", "C62", "-2.00", ("S", "20")),
            ])
            .pay(sepa(iban("AT", "9990000012345678"), "DS-2026-91"))
            .plant("<cbc:BaseQuantity unitCode=\"C62\">1<", "<cbc:BaseQuantity unitCode=\"C62\">0<", &[
                "gross-price@line 1 (warning)",
                "base-quantity@line 2",
                "negative-price@line 3",
            ]),
        Spec::new("es-11-periods.xml", "A period ends before it starts; neither due date nor terms", TENERIFE, NANTES, "EUR")
            .head("A-26-44", "2026-06-01", "")
            .items([item("Guardia nocturna", "5", "DAY", "120.00", ("L", "7")).period("2026-05-31", "2026-05-01")])
            .pay(sepa(iban("ES", "99990001001234567890"), "A-26-44"))
            .with(|spec| spec.findings = vec!["period-order@line 1", "missing@BT-9"]),
        Spec::new("dk-11-invoice-or-credit-note.xml", "An Invoice whose type code says credit note", AARHUS, BERGEN, "DKK")
            .head("880200", "2026-11-02", "2026-11-16")
            .items([item("Elforbrug", "900", "KWH", "1.95", ("S", "25"))])
            .pay(transfer(iban("DK", "99990007654321"), "TESTDKKK", "880200"))
            .plant("<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>381<", &["type-code@BT-3"]),
        Spec::new("ie-11-numbers.xml", "A quantity in words, a comma in an amount, no currency on another", DUBLIN, LEEDS, "EUR")
            .head("LS-3390", "2026-10-20", "2026-11-19")
            .items([
                item("Support", "10", "HUR", "95.00", ("S", "23")),
                item("Travel", "1", "C62", "210.40", ("S", "23")),
            ])
            .pay(sepa(iban("IE", "TEST99900012345678"), "LS-3390"))
            .plant("<cbc:InvoicedQuantity unitCode=\"HUR\">10<", "<cbc:InvoicedQuantity unitCode=\"HUR\">ten<", &["unreadable-number@line 1"])
            .plant("<cbc:PriceAmount currencyID=\"EUR\">210.40<", "<cbc:PriceAmount currencyID=\"EUR\">210,40<", &["unreadable-number@line 2"])
            .plant("<cbc:PayableAmount currencyID=\"EUR\">", "<cbc:PayableAmount>", &["missing@BT-115"]),
        Spec::new("no-11-vat-categories.xml", "A category that does not exist, a rate of zero at the standard rate", BERGEN, GOTHENBURG, "NOK")
            .head("2026-990", "2026-06-03", "2026-06-17")
            .items([
                item("Laks", "80", "KGM", "112.00", ("X", "15")),
                item("Is", "5", "C62", "40.00", ("S", "0")),
            ])
            .pay(transfer(iban("NO", "99990012345"), "TESTNOKK", "2026-990"))
            .with(|spec| {
                spec.findings = vec![
                    "vat-category@line 1",
                    "vat-rate@line 2",
                    "vat-rate@vat row 1",
                    "vat-category@vat row 2",
                ];
            }),
    ]
}
