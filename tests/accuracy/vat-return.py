"""Measures `vat-return` on folders of documents that `einvoice` makes: boxes against a second computation in Python's decimal.

Nobody has published an oracle for the nine boxes, so both computations are ours: this one goes from the orders, never through the
documents, and follows VAT Notice 700/12 by its own table.
"""

import json
import tempfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from asking import Skill, arguments, batches, close, measure
from einvoice import Orders, rows

OWN, NORTHERN = "GB123456789", "XI123456789"
CENT = Decimal("0.01")
# Which boxes a row adds to: value v, VAT t, VAT owed at 20 percent o. Sales by the seller's, purchases by the buyer's books.
SALES = {"standard": {1: "t", 6: "v"}, "zero": {6: "v"}, "exempt": {6: "v"}, "export": {6: "v"}, "reverse_charge": {6: "v"}}
PURCHASES = {"standard": {4: "t", 7: "v"}, "zero": {7: "v"}, "exempt": {7: "v"}, "reverse_charge": {1: "o", 4: "o", 7: "v"}}
ABROAD = {"reverse_charge": {1: "o", 4: "o", 6: "v", 7: "v"}}
NORTHERN_ONLY = {"sale": {"intra_community": {6: "v", 8: "v"}}, "purchase": {"intra_community": {2: "o", 4: "o", 7: "v", 9: "v"}}}
FORMS = {"standard": [{"category": "standard", "rate": "20"}, {"category": "standard", "rate": "5"}], "zero": [{"category": "zero"}],
         "exempt": [{"category": "exempt", "reason": "Group 5, insurance"}], "export": [{"category": "exported"}],
         "reverse_charge": [{"category": "reverse_charge"}], "intra_community": [{"category": "intra_community"}], "not_subject": [{"category": "not_subject"}]}


class Books:
    """Documents of one business, as orders with what they should come to."""

    def __init__(self, random, own):
        self.random, self.own, self.made = random, own, Orders(random)

    def order(self, number, direction, category, country, **changes):
        order = self.made.order(0)
        for key in ["tax_representative", "vat_in_tax_currency", "payable_step", "prepaid", "delivery", "adjustments", "accounts"]:
            order.pop(key, None)
        other = {"GB": "GB987654321", "DE": "DE123456789"}[country]
        seller, buyer = (self.own, other) if direction == "sale" else (other, self.own)
        party = lambda vat_id: {"name": "P " + vat_id, "vat_id": vat_id, "address": {"country": "GB" if vat_id[:2] == "XI" else vat_id[:2]}}  # noqa: E731
        vats = FORMS[category]
        order.update({"number": number, "kind": self.random.choice(["invoice", "invoice", "credit_note"]), "issued": f"2026-11-{self.random.randint(10, 30)}", "due": "2026-12-31",
                      "currency": "GBP", "seller": party(seller), "buyer": party(buyer), "accounts": [], "adjustments": [], "preceding": [],
                      "delivery": {"date": "2026-11-10", "address": {"country": "DE"}},
                      "lines": [self.made.line("GBP", self.random.choice(vats), "") for _ in range(self.random.randint(1, 5))]})
        if category == "not_subject":
            for side in ["seller", "buyer"]:
                order[side].pop("vat_id")
                order[side]["registration"] = "1"
        order.update(changes)
        return order

    def folder(self, size):
        """Orders of one folder and the boxes they come to."""
        boxes = {box: Decimal(0) for box in range(1, 10)}
        orders = []
        for number in range(size):
            direction = self.random.choice(["sale", "purchase"])
            tables = dict(SALES if direction == "sale" else PURCHASES)
            if self.own == NORTHERN:
                tables.update(NORTHERN_ONLY[direction])
            category = self.random.choice(list(tables))
            country = "DE" if category in ("export", "intra_community") else "GB"
            if direction == "purchase" and category == "reverse_charge" and self.random.random() < 0.5:
                tables, country = ABROAD, "DE"
            order = self.order(f"N{number}", direction, category, country)
            orders.append(order)
            sign = -1 if order["kind"] == "credit_note" else 1
            for value, vat in rows(order).values():
                owed = (value * sign * Decimal("0.2")).quantize(CENT, ROUND_HALF_UP)
                for box, what in tables[category].items():
                    boxes[box] += {"v": value * sign, "t": vat * sign, "o": owed}[what]
        boxes[3] = boxes[1] + boxes[2]
        boxes[5] = abs(boxes[3] - boxes[4])
        return orders, [str(boxes[box]) if box <= 5 else str(int(boxes[box])) for box in range(1, 10)]


def question(own, **changes):
    return {"folder": "invoices", "own_vat_ids": [own], "start": "2026-11-01", "end": "2026-11-30", "excluded": [], "not_reclaimed": [],
            "reverse_charge_rate": "20", "acquisition_rate": "20", **changes}


def write(einvoice, orders, folder):
    """Lets `einvoice` make the documents of a folder."""
    documents = []
    for part in batches(orders, 100):
        documents += einvoice.ask("compose-all", {"orders": part})
    for number, answer in enumerate(documents):
        (folder / f"{number:04}.xml").write_text(answer["ok"]["value"]["xml"])


def shown(value):
    """The boxes of an answer, as its JSON has them."""
    sent = json.loads(value["json"], parse_float=Decimal)
    names = ["vatDueSales", "vatDueAcquisitions", "totalVatDue", "vatReclaimedCurrPeriod", "netVatDue", "totalValueSalesExVAT",
             "totalValuePurchasesExVAT", "totalValueGoodsSuppliedExVAT", "totalAcquisitionsExVAT"]
    return [str(sent[name]) for name in names]


def main():
    chosen = arguments()
    skill, einvoice = Skill("vat-return"), Skill("einvoice")
    ledger, right, documents, folders = [], 0, 0, 40 if chosen.full else 5
    balances_right = abstained = kept = 0
    unclear = ["not_subject", "foreign VAT", "somebody else's", "another currency", "damaged", "contradiction"]
    with tempfile.TemporaryDirectory() as place:
        for position in range(folders):
            own = NORTHERN if position % 3 == 2 else OWN
            books = Books(chosen.random, own)
            orders, expected = books.folder(15)
            folder = Path(place) / str(position)
            folder.mkdir()
            write(einvoice, orders, folder)
            grant = ("--read", f"invoices={folder}")
            answer = skill.ask("uk-return", {"question": question(own), "period_key": "26A1"}, *grant)
            documents += len(orders)
            found = shown(answer["value"]) if answer["value"] else None
            zero = lambda boxes: ["0.00" if box == "0" and place < 5 else box for place, box in enumerate(boxes)]  # noqa: E731
            if found == zero(expected):
                right += 1
            else:
                ledger.append({"case": f"folder {position}", "ours": found or answer["reason"], "theirs": expected, "ruling": "The boxes differ: to be looked at."})
            summary = skill.ask("summary", {"question": question(own)}, *grant)["value"]
            output = sum((vat * (-1 if order["kind"] == "credit_note" else 1) for order in orders if order["seller"].get("vat_id") == own for _, vat in rows(order).values()), Decimal(0))
            balances_right += summary is not None and summary["balances"][0]["output"]["minor"] == int(output * 100)
            # One unclear document more, and there is no return any more.
            kind = unclear[position % len(unclear)]
            bad = {"not_subject": lambda: books.order("X", "sale", "not_subject", "GB"),
                   "foreign VAT": lambda: books.order("X", "purchase", "standard", "DE"),
                   "somebody else's": lambda: books.order("X", "sale", "standard", "GB", seller={"name": "S", "vat_id": "FR12345678901", "address": {"country": "FR"}}),
                   "another currency": lambda: books.order("X", "sale", "standard", "GB", currency="USD", lines=[{**orders[0]["lines"][0], "vat": FORMS["standard"][0], "adjustments": []}]),
                   "damaged": lambda: books.order("X", "sale", "standard", "GB"),
                   "contradiction": lambda: books.order("N0", "sale" if orders[0]["seller"]["vat_id"] == own else "purchase", "zero", orders[0]["seller"]["address"]["country"] if orders[0]["seller"]["vat_id"] != own else "GB", kind=orders[0]["kind"])}[kind]()
            made = einvoice.ask("compose", {"order": bad})["value"]["xml"]
            (folder / "unclear.xml").write_text(made.replace("<cbc:TaxInclusiveAmount", "<cbc:TaxInclusiveAmount>1</cbc:TaxInclusiveAmount><cbc:X") if kind == "damaged" else made)
            answer = skill.ask("uk-return", {"question": question(own), "period_key": "26A1"}, *grant)
            if answer["status"] == "out_of_scope" and answer["value"] is None:
                abstained += 1
            else:
                kept += 1
                ledger.append({"case": f"folder {position}, {kind}", "ours": answer["status"], "theirs": "unclear", "ruling": "A return was made in spite of an unclear document: to be looked at."})
            excluded = skill.ask("uk-return", {"question": question(own, excluded=["invoices/unclear.xml"]), "period_key": "26A1"}, *grant)
            if not excluded["value"] or shown(excluded["value"]) != found:
                ledger.append({"case": f"folder {position}, {kind} excluded", "ours": excluded["reason"], "theirs": found, "ruling": "Excluding it did not bring the return back: to be looked at."})
                kept += 1
        skill.fuel.clear()
        skill.ask("uk-return", {"question": question(OWN), "period_key": "26A1"}, "--read", f"invoices={Path(place) / '0'}")
    measures = [
        measure("nine boxes of folders of documents that einvoice made, against a second computation", "100 %", right == folders, folders, folders, right, folders - right,
                f"{documents} documents: sales and purchases, credit notes, reverse charge at home and from abroad, Northern Ireland"),
        measure("VAT on sales in the summary per rate", "100 %", balances_right == folders, folders, folders, balances_right, folders - balances_right),
        measure("folders with one unclear document, left without a return until it is excluded", "100 %", kept == 0, folders, kept, 0, kept, ", ".join(unclear)),
    ]
    close({"skill": "vat-return", "measures": measures, "ledger": ledger, "oracles": [], "figures": skill.figures()})


if __name__ == "__main__":
    main()
