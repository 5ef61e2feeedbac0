#!/usr/bin/env python3
"""Accuracy of `tax-id` against python-stdnum, npm's stdnum and npm's jsvat, each in a process of its own.

Numbers that are right are found by search: random numbers of each form, until an oracle takes one. Each is then mutated: one
character, two swapped, one too few, one too many.
"""

import sys
from collections import Counter, defaultdict

from asking import Oracle, Skill, arguments, batches, close, measure
from tax_id_rulings import ruling

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# What only looks like a digit, or cannot be seen: Arabic-Indic, extended, Devanagari, full-width, marks of direction, no width,
# no-break space, minus sign, accent, tab.
HOSTILE = ["\u0663", "\u06f4", "\u0967", "\uff11", "\u200f", "\u202e", "\u2066", "\u200b", "\u2060", "\ufeff", "\u00ad"]
HOSTILE += ["\u00a0", "\u2212", "\u0301", "\t"]


def parts(form):
    """(alphabet, least, most) of each part of a form; the format is told in the skill's `wit/world.wit`."""
    at, found = 0, []
    while at < len(form):
        character = form[at]
        at += 1
        if character == "[":
            end = form.index("]", at)
            inside, alphabet, place = form[at:end], "", 0
            at = end + 1
            while place < len(inside):
                if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
                    alphabet += "".join(map(chr, range(ord(inside[place]), ord(inside[place + 2]) + 1)))
                    place += 3
                else:
                    alphabet += inside[place]
                    place += 1
        else:
            alphabet = {"#": "0123456789", "@": LETTERS, "*": "0123456789" + LETTERS}.get(character, character)
        least = most = 1
        if form[at : at + 1] == "{":
            end = form.index("}", at)
            low, _, high = form[at + 1 : end].partition(",")
            least, most = int(low), int(high or low)
            at = end + 1
        found.append((alphabet, least, most))
    return found


def fill(form, random):
    return "".join(
        random.choice(alphabet) for alphabet, least, most in form for _ in range(random.randint(least, most))
    )


def slips(number, random):
    """The number with one character of another value, two neighbours swapped, one left out, one more."""
    at = random.randrange(len(number))
    alphabet = "0123456789" if number[at].isdigit() else LETTERS
    yield number[:at] + random.choice(alphabet.replace(number[at], "")) + number[at + 1 :]
    at = random.randrange(len(number))
    alphabet = "0123456789" if number[at].isdigit() else LETTERS
    yield number[:at] + random.choice(alphabet.replace(number[at], "")) + number[at + 1 :]
    at = random.randrange(max(1, len(number) - 1))
    yield number[:at] + number[at + 1 : at + 2] + number[at] + number[at + 2 :]
    at = random.randrange(len(number))
    yield number[:at] + number[at + 1 :]
    at = random.randrange(len(number) + 1)
    yield number[:at] + random.choice("0123456789") + number[at:]


def search(kind, form, wanted, tries, oracles, random):
    """Numbers of a form that an oracle takes; if none knows the kind, numbers of the form."""
    name = (kind["country"], kind["name"])
    read = parts(form)
    found = []
    while len(found) < wanted and tries > 0:
        made = [fill(read, random) for _ in range(1_000)]
        tries -= len(made)
        for number, says in zip(made, oracles([[*name, number] for number in made])):
            known = [answer for answer in says if answer is not None]
            if not known or any(known):
                found.append(number)
    return found[:wanted]


def main():
    chosen = arguments()
    random = chosen.random
    skill = Skill("tax-id")
    python, node = Oracle("tax_id.py"), Oracle("tax_id.js")

    def oracles(cases):
        return [[first, *rest] for first, rest in zip(python.ask(cases), node.ask(cases))]

    kinds = skill.ask("kinds", {})
    cases, right, without = [], [], []
    for kind in kinds:
        wanted = (36 if chosen.full else 3) if len(kind["forms"]) < 3 else (20 if chosen.full else 2)
        known = 0
        for form in dict.fromkeys(kind["forms"]):
            numbers = search(kind, form, wanted, 120_000 if chosen.full else 4_000, oracles, random)
            known += len(numbers)
            right += [(kind, number) for number in numbers]
            made = [case for number in numbers for case in (number, *slips(number, random))]
            made += [fill(parts(form), random) for _ in range(10 if chosen.full else 2)]
            cases += [[kind["country"], kind["name"], number] for number in dict.fromkeys(made)]
        if not known:
            without.append(f"{kind['country']} {kind['name']}")
    cases = [list(case) for case in dict.fromkeys(map(tuple, cases))]
    print(f"{len(cases)} cases of {len(kinds)} kinds; none found of: {without}", file=sys.stderr)

    answers, says = [], []
    for some in batches(cases, 1_000):
        numbers = [{"country": country, "kind": kind, "number": number} for country, kind, number in some]
        answers += skill.ask("check-all", {"numbers": numbers})
        says += oracles(some)

    measures, markets, groups = defaultdict(Counter), defaultdict(Counter), {}
    for case, answer, said in zip(cases, answers, says):
        known = [one for one in said if one is not None]
        if not known:
            measures["none"]["asked"] += 1
            continue
        ours = None if answer["value"] is None else answer["value"]["verdict"] == "well_formed_unverified"
        if len(set(known)) == 1:
            names = ["three" if len(known) == 3 else "fewer"]
        else:
            names = ["apart"]
        for counter in (*(measures[name] for name in names), markets[case[0]]):
            counter["asked"] += 1
            counter["answered"] += ours is not None
            if len(set(known)) == 1:
                counter["right"] += ours == known[0]
                counter["wrong"] += ours is not None and ours != known[0]
            else:
                counter["right"] += ours is not None
        if len(set(known)) > 1 or ours is None or ours != known[0]:
            key = (case[0], case[1], ours, tuple(said))
            groups.setdefault(key, []).append(case[2])

    ledger, open_groups = [], 0
    words = {True: "takes it", False: "refuses it", None: "does not know it"}
    for (country, kind, ours, said), numbers in sorted(groups.items(), key=str):
        ruled = ruling(country, kind, ours, said)
        open_groups += ruled is None
        ledger.append({
            "case": f"{country} {kind}: {numbers[0]} and {len(numbers) - 1} more",
            "ours": "disputed" if ours is None else words[ours],
            "theirs": ", ".join(f"{name} {words[one]}" for name, one in zip(("python-stdnum", "stdnum", "jsvat"), said)),
            "ruling": ruled or "NOT ADJUDICATED",
        })
        if ruled is None:
            print(f"not adjudicated: {country} {kind} ours={ours} theirs={said} {numbers[:6]}", file=sys.stderr)

    poisoned = []
    for kind, number in right[:: max(1, len(right) // (1_500 if chosen.full else 120))]:
        at = random.randrange(len(number))
        character = random.choice(HOSTILE)
        instead = character not in "\u200f\u202e\u2066\u200b\u2060\ufeff\u00ad" and random.random() < 0.5
        poisoned.append((kind, number[:at] + character + number[at + instead :], character))
    asked = [{"country": kind["country"], "kind": kind["name"], "number": number} for kind, number, _ in poisoned]
    told = [answer for some in batches(asked, 1_000) for answer in skill.ask("check-all", {"numbers": some})]
    named = sum(
        answer["value"]["verdict"] == "malformed" and f"U+{ord(character):04X}" in answer["reason"]
        for answer, (_, _, character) in zip(told, poisoned)
    )
    wrong_poison = sum(answer["value"]["verdict"] != "malformed" for answer in told)

    python.end()
    node.end()
    one = skill.run("check", {"number": "DE136695976"})["usage"]["fuel"]
    three, fewer, apart = measures["three"], measures["fewer"], measures["apart"]
    lines = [
        measure("numbers on which all three oracles agree", "100 %", three["right"] == three["asked"],
                three["asked"], three["answered"], three["right"], three["wrong"]),
        measure("numbers on which the oracles that know the country agree (one or two do)", "100 %, or disputed",
                fewer["wrong"] == 0, fewer["asked"], fewer["answered"], fewer["right"], fewer["wrong"],
                "what is not right is disputed: no value is given, and the ledger says why"),
        measure("numbers on which the oracles disagree", "each adjudicated", open_groups == 0,
                apart["asked"], apart["answered"], apart["right"], 0,
                f"{len(ledger)} groups in the ledger; right means answered as the ruling says"),
        measure("numbers with a character that only looks like a digit or cannot be seen",
                "all malformed, and the character named", named == len(poisoned),
                len(poisoned), len(poisoned), named, wrong_poison),
    ]  # fmt: skip
    size = sum(line["asked"] for line in lines[:3])
    if chosen.full:
        lines.append(measure("generated cases that an oracle knows", "≥ 15,000", size >= 15_000, size, size, size, 0))
    close({
        "skill": "tax-id",
        "measures": lines,
        "markets": [
            {
                "market": market,
                "asked": counter["asked"],
                "answered": counter["answered"],
                "right": counter["right"],
                "wrong_confident": counter["wrong"],
                "abstained": counter["asked"] - counter["answered"],
            }
            for market, counter in sorted(markets.items())
        ],
        "ledger": ledger,
        "oracles": [
            {"name": "python-stdnum", "version": "2.2", "licence": "LGPL-2.1-or-later"},
            {"name": "stdnum (npm)", "version": "1.12.0", "licence": "MIT"},
            {"name": "jsvat (npm)", "version": "2.5.4", "licence": "MIT"},
        ],
        "figures": [skill.figures()[0], {"name": "fuel of one check", "value": f"{one:,}"},
                    {"name": "kinds of numbers", "value": str(len(kinds))},
                    {"name": "countries", "value": str(len({kind["country"] for kind in kinds}))}],
    })  # fmt: skip


main()
