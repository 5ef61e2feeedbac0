"""How often `vat-rate` is right: rates by `duty27-eu-vat`, who charges whom by `pyvat`, territories by `vat_moss`, and its known traps.

None of the three is in the skill's tables. Outside the EU no independent package is dated, so the traps and the markets below are written
by hand from the laws and the tax offices' own pages: they can find a wrong answer, not prove a right one.
"""

import sys
from datetime import date, timedelta

import duty27_eu_vat as duty27
import pyvat
from vat_moss import billing_address

from asking import Skill, arguments, batches, close, measure

# Until when pyvat 1.3.18, of 2024-01-25, can know the rates it names: Finland was the next to change.
PYVAT = (date(2024, 1, 1), date(2024, 8, 31))
OUTSIDE = ["US", "CH", "GB", "JP"]

# Market, day, per cent (None: there is no one rate), where to read it.
TRAPS = [
    ("TH", "2026-06-01", "7", "royal decrees under the Revenue Code: 7 % until 2026-09-30"),
    ("BO", "2026-06-01", "14.94", "Ley 843: 13 % of the price with tax"),
    ("ID", "2026-06-01", "11", "PMK 131/2024: 12 % on 11/12"),
    ("PE", "2026-06-01", "18", "IGV and IPM together"),
    ("PE", "2025-06-01", "18", "16 % IGV and 2 % IPM"),
    ("VN", "2026-06-01", "8", "Resolution 204/2025 until 2026-12-31"),
    ("VN", "2023-03-15", "10", "between two lowerings"),
    ("BH", "2026-06-01", "10", "Decree-Law 33 of 2021"),
    ("BH", "2021-12-31", "5", "Decree-Law 48 of 2018"),
    ("BH", "2018-12-31", None, "no VAT before 2019"),
    ("ES-CN", "2026-06-01", "7", "IGIC"),
    ("ES-CE", "2026-06-01", None, "IPSI"),
    ("ES-ML", "2026-06-01", None, "IPSI"),
    ("DE-BUS", "2026-06-01", "8.1", "Swiss VAT by treaty"),
    ("IT-LIV", "2026-06-01", "0", "DPR 633/1972 art. 7"),
    ("XI", "2026-06-01", "20", "VAT Act 1994"),
    ("LI", "2026-06-01", "8.1", "Swiss rates by treaty"),
    ("KW", "2026-06-01", None, "no VAT in force"),
    ("QA", "2026-06-01", None, "no VAT in force"),
    ("US", "2026-06-01", None, "sales tax of the address"),
    ("IN", "2026-06-01", None, "slabs by HSN code"),
    ("AW", "2026-06-01", None, "the VAT of 2023 was not introduced"),
]

# Markets outside the EU, 2026-06-01: standard rates as the tax offices name them.
MARKETS = {
    "AD": "4.5", "AE": "5", "AL": "20", "AM": "20", "AO": "14", "AR": "21", "AU": "10", "AZ": "18", "BA": "17", "BB": "17.5",
    "BH": "10", "BO": "14.94", "BS": "10", "BW": "14", "BY": "20", "CA-AB": "5", "CA-BC": "12", "CA-MB": "12", "CA-NB": "15",
    "CA-NL": "15", "CA-NS": "14", "CA-ON": "13", "CA-PE": "15", "CA-QC": "14.975", "CA-SK": "11", "CH": "8.1", "CL": "19",
    "CN": "13", "CO": "19", "CR": "13", "DO": "18", "DZ": "19", "EC": "15", "EG": "14", "GB": "20", "GE": "18", "GT": "12",
    "HN": "15", "ID": "11", "IL": "18", "IM": "20", "IS": "24", "JE": "5", "JO": "16", "JP": "10", "KE": "16", "KR": "10",
    "KZ": "16", "LB": "11", "LC": "12.5", "LI": "8.1", "LK": "18", "MA": "20", "MC": "20", "MD": "20", "ME": "21", "MG": "20",
    "MK": "18", "MN": "10", "MU": "15", "MV": "8", "MX": "16", "NA": "15", "NG": "7.5", "NI": "15", "NO": "25", "NZ": "15",
    "OM": "5", "PA": "7", "PE": "18", "PH": "12", "PK": "18", "PY": "10", "RS": "20", "RU": "22", "RW": "18", "SA": "15",
    "SC": "15", "SG": "9", "SR": "10", "SV": "13", "TH": "7", "TN": "19", "TR": "20", "TT": "12.5", "TW": "5", "TZ": "18",
    "UA": "20", "UG": "18", "UY": "22", "UZ": "12", "VE": "16", "VN": "8", "XI": "20", "XK": "18", "ZA": "15", "ZM": "16",
    "ZW": "15.5",
}

# What a stranger may send: a market that does not exist, a day that has not come, digits of another script, what cannot be seen.
POISON = [
    ({"market": "ZZ"}, "out_of_scope"),
    ({"market": "XX"}, "out_of_scope"),
    ({"market": "DE", "date": "2099-01-01"}, "stale"),
    ({"market": "TH", "date": "2026-10-01"}, "stale"),
    ({"market": "ZW"}, "disputed"),
    ({"market": "DE", "date": "1950-01-01"}, "out_of_scope"),
    ({"market": "DE", "date": "٢٠٢٦-٠٦-٠١"}, "error"),
    ({"market": "DE", "date": "２０２６-０６-０１"}, "error"),
    ({"market": "D\u200bE"}, "error"),
    ({"market": "\u202eDE"}, "error"),
    ({"market": "ＤＥ"}, "error"),
    ({"market": "DE", "date": "2026-02-30"}, "error"),
    ({"market": "DE", "postal_code": "78\u200d266"}, "error"),
]

LEDGER = [
    ("EU standard rate, RO 2025-08-01", "21", "sales-tax 2.23.0: 19", "Law 141/2025 applies from that day; the package changes at its end, so it is not heard on it."),
    ("LU 2023", "16", "TEDB on 2021-07-01 and 2026-09-29: 17", "Two snapshots that agree say nothing of the years between: they speak for their own days."),
    ("BH since 2022", "10", "sales-tax 2.23.0: 5", "Decree-Law 33 of 2021; the package of 2026 still has the rate of 2019."),
    ("LI since 2024", "8.1", "sales-tax 2.23.0: 7.7", "Liechtenstein has the Swiss rates by treaty; eu-vat-rates-data agrees."),
    ("TH", "7", "sales-tax 2.23.0: 10", "The statutory 10 % has been lowered by decree each year."),
    ("electronic books, CZ since 2024", "0", "pyvat 1.3.18: 10", "The consolidation package of 2023 (§ 71i) exempts books with a right of deduction; pyvat's rates of e-books are of 2020."),
    ("electronic books, IE since 2024", "0", "pyvat 1.3.18: 9", "Finance (No. 2) Act 2023 zero-rates them from 2024-01-01; pyvat's rates of e-books are of 2020."),
    ("electronic books, IT", "4", "pyvat 1.3.18: 22", "L. 190/2014 art. 1(667) treats e-books with an ISBN as books since 2015; pyvat has no row."),
    ("Azores, Madeira", "16, 22", "vat_moss 0.11.0: 0", "Its table says 0 where its own comment says 18 and 22: only whether the address is a part of its own is compared."),
    ("ZW 2026", "disputed", "sales-tax 2.23.0: 15", "Finance Act 7 of 2025 says 15.5 %; it is no named trap, so that until a second family says so there is no value."),
    ("SR since 2023", "10", "sales-tax 2.23.0: 15", "S.B. 2022 no. 121 introduced VAT with 10 %; 15 % was in an earlier draft."),
    ("KZ, RU 2026", "16, 22", "sales-tax 2.23.0: 12, 20", "Tax Code 214-VIII of 2025 and Law 425-FZ of 2025, both from 2026-01-01."),
    ("AW", "out of scope", "sales-tax 2.23.0: 12.5", "The VAT planned for 2023 was postponed; turnover taxes of 7 % in sum are no VAT."),
]


def sale(market, day="2026-06-01", **more):
    given = {"market": market, "date": str(day), "goods": "general", "supply": "goods", "buyer": "consumer"}
    return given | more


class Asked:
    """Counts answers by how far the skill trusts them; the truth is None where nothing should be answered."""

    def __init__(self, skill):
        self.skill = skill
        self.all = []

    def ask(self, cases):
        """Cases of (market, sale, truth), truth as (treatment, place, percent) or a part of it."""
        counted = []
        for batch in batches(cases, 2000):
            answers = self.skill.ask("find-all", {"sales": [given for _, given, _ in batch]})
            for (market, given, truth), answer in zip(batch, answers, strict=True):
                counted.append(Case(market, given, truth, answer))
        self.all += counted
        return counted


class Case:
    def __init__(self, market, given, truth, answer):
        self.market, self.given, self.truth = market, given, truth
        self.answer = answer.get("ok")
        self.status = self.answer["status"] if self.answer else "error"
        value = self.answer and self.answer["value"]
        self.value = value
        self.answered = value is not None
        self.right = self.answered and isinstance(truth, dict) and all(value[field] == expected for field, expected in truth.items())


def line(name, target, cases, met, note=""):
    answered = [case for case in cases if case.answered]
    wrong = [case for case in answered if not case.right]
    # Where an oracle has been overruled, or nothing was answered, the person who runs this decides what to look at.
    for case in wrong[:5] + [case for case in cases if not case.answered][:2]:
        print(f"{name}: {case.given} expected {case.truth}: {case.answer}", file=sys.stderr)
    confident = sum(case.status == "answered" for case in wrong)
    single = sum(case.status == "single_source" for case in answered)
    note = f"{single} of the answers are single-source. {note}".strip()
    reached = met(len(cases), len(answered), len(answered) - len(wrong), confident) if met else None
    return measure(name, target, reached, len(cases), len(answered), len(answered) - len(wrong), confident, note)


def eu_by_date(full, chosen):
    """Each change with the days around it, and days in between; outside the full run, some of these."""
    last = min(date.fromisoformat(str(duty27.DATA_AS_OF)), date.today())
    cases = []
    for country in duty27.list_countries():
        days = {duty27.DATA_FIRST_DATE, last}
        for window in duty27.get_rate_history(country.code):
            days |= {window.effective_from + timedelta(days=near) for near in (-1, 0, 1)}
        between = [duty27.DATA_FIRST_DATE + timedelta(days=day) for day in range((last - duty27.DATA_FIRST_DATE).days)]
        days |= set(between[::3] if full else chosen.sample(between, 30))
        for day in sorted(day for day in days if duty27.DATA_FIRST_DATE <= day <= last):
            percent = str(duty27.get_standard_rate(country.code, day))
            market = country.code.replace("EL", "GR")
            cases.append((market, sale(country.code, day), {"percent": percent, "place": market, "treatment": "charged"}))
    return cases


ACTIONS = {"charge": "charged", "reverse_charge": "reverse_charge", "no_charge": "outside_scope"}


def who_charges(full, chosen):
    """Electronic services between all member states and some others, as pyvat decides them."""
    members = sorted(code for code in pyvat.countries.EU_COUNTRY_CODES if code != "EL")
    cases = []
    days = [date(2014, 6, 1), date(2014, 12, 31), date(2015, 1, 1), date(2018, 3, 1), date(2022, 5, 1), date(2024, 3, 1)]
    for seller in members + OUTSIDE:
        for market in members + OUTSIDE:
            if seller in OUTSIDE and market in OUTSIDE:
                continue
            for business in (True, False):
                for day in days:
                    cases.append((seller, market, business, day))
    if not full:
        cases = chosen.sample(cases, 1500)
    asked = []
    for seller, market, business, day in cases:
        # Until 2020 the United Kingdom was a member: pyvat has forgotten it.
        if "GB" in (seller, market) and day < date(2021, 1, 1):
            continue
        parties = pyvat.Party(market, business), pyvat.Party(seller, True)
        try:
            charge = pyvat.get_sale_vat_charge(day, pyvat.ItemType.generic_electronic_service, *parties)
        except NotImplementedError:
            continue
        truth = {"treatment": ACTIONS[charge.action.name]}
        if charge.action.name == "charge":
            truth["place"] = charge.country_code
            if PYVAT[0] <= day <= PYVAT[1]:
                truth["percent"] = str(charge.rate)
        else:
            truth["percent"] = "0"
        buyer = "business" if business else "consumer"
        asked.append((market, sale(market, day, supply="electronic_services", buyer=buyer, seller=seller), truth))
    return asked


def e_books():
    """Where pyvat names a rate of electronic books: it has no dates, so on a day of its own release."""
    cases = []
    for market in sorted(code for code in pyvat.countries.EU_COUNTRY_CODES if code != "EL"):
        rate = pyvat.vat_rules.VAT_RULES[market].get_vat_rate(pyvat.ItemType.ebook)
        given = sale(market, "2024-03-01", supply="electronic_services", goods="e_books")
        cases.append((market, given, {"percent": str(rate)}))
    return cases


# Country, postal code, city as vat_moss wants it.
ADDRESSES = [
    ("ES", "35001", "Las Palmas"), ("ES", "38001", "Santa Cruz"), ("ES", "51001", "Ceuta"), ("ES", "52001", "Melilla"),
    ("ES", "28001", "Madrid"), ("DE", "78266", "Büsingen"), ("DE", "27498", "Helgoland"), ("DE", "10115", "Berlin"),
    ("DE", "87491", "Jungholz"), ("DE", "87568", "Mittelberg"), ("AT", "6691", "Jungholz"), ("AT", "6993", "Mittelberg"),
    ("AT", "1010", "Wien"), ("CH", "8238", "Büsingen"), ("CH", "6911", "Campione"), ("GR", "63086", "Athos"),
    ("GR", "10431", "Athens"), ("IT", "00118", "Roma"), ("PT", "1000-001", "Lisboa"), ("PT", "9000-001", "Funchal"),
    ("PT", "9500-001", "Ponta Delgada"), ("GB", "BFPO57", "Akrotiri"), ("FR", "75001", "Paris"), ("FI", "00100", "Helsinki"),
]


def territories():
    """Whether an address is inside the EU's territory of VAT with the rate of the country, as vat_moss decides it."""
    cases = []
    for country, postal, city in ADDRESSES:
        _, theirs, name = billing_address.calculate_rate(country, postal, city)
        given = sale(country, "2026-06-01", postal_code=postal)
        cases.append((country, given, (theirs, name)))
    return cases


def is_same_territory(case):
    theirs, name = case.truth
    place = case.value["place"] if case.value else None
    if name is None:
        return place == theirs
    # Another place than the country: a part of its own, another country's rate, or no rate at all.
    return place != case.given["market"] or place != theirs


def main():
    chosen = arguments()
    skill = Skill("vat-rate")
    asked = Asked(skill)
    eu = asked.ask(eu_by_date(chosen.full, chosen.random))
    charging = asked.ask(who_charges(chosen.full, chosen.random))
    books = asked.ask(e_books())
    traps = asked.ask([(market, sale(market, day), percent and {"percent": percent}) for market, day, percent, _ in TRAPS])
    world = asked.ask([(market, sale(market), {"percent": percent}) for market, percent in MARKETS.items()])
    poison = Asked(skill).ask([("", sale(**({"market": "DE"} | given)), status) for given, status in POISON])
    places = Asked(skill).ask(territories())

    # A typical call is one sale, not a batch.
    skill.fuel.clear()
    skill.ask("find", {"sale": sale("DE")})

    kept = sum(case.status == case.truth and case.value is None for case in poison)
    same = sum(is_same_territory(case) for case in places)
    everywhere = [case for case in asked.all if case.answered and case.status == "answered"]
    wrong = sum(not case.right for case in everywhere)
    no_wrong = lambda asked, answered, right, confident: confident == 0
    measures = [
        line("EU standard rate by date", "100 %", eu, lambda asked, answered, right, confident: asked == right, "Oracle: duty27-eu-vat."),
        line("who charges whom, electronic services", "100 %", charging, lambda asked, answered, right, confident: asked == right, "Oracle: pyvat; its rates are compared on days of its own release."),
        line("electronic books", "wrong but confident: 0", books, no_wrong, "Oracle: pyvat, without dates. Where no law is in the table nothing is answered."),
        measure("territories of an address", "100 %", same == len(places), len(places), sum(case.answered for case in places), same, 0, "Oracle: vat_moss. Where the tax of a part is not covered, nothing is answered, which counts as right."),
        line("named traps", "all right", traps, lambda asked, answered, right, confident: all(case.right or (case.truth is None and not case.answered) for case in traps), "Written by hand from the laws."),
        line("markets outside the EU", "wrong but confident: 0", world, no_wrong, "Written by hand from the tax offices' pages: no independent package is dated."),
        measure("wrong but confident, all of the above", "0", wrong == 0, len(asked.all), len(everywhere), len(everywhere) - wrong, wrong),
        measure("poison", "all left alone", kept == len(poison), len(poison), sum(case.answered for case in poison), kept, 0, "A fictitious market, a future day, an expired row, sources in dispute, digits of other scripts, characters that cannot be seen."),
    ]
    close(
        {
            "skill": "vat-rate",
            "measures": measures,
            "markets": markets(eu + world),
            "curve": curve(asked.all),
            "ledger": [dict(zip(("case", "ours", "theirs", "ruling"), entry)) for entry in LEDGER],
            "oracles": [
                {"name": "duty27-eu-vat", "version": "0.1.0", "licence": "MIT, data CC-BY-4.0 (Rate data: Duty27)"},
                {"name": "pyvat", "version": "1.3.18", "licence": "Apache-2.0"},
                {"name": "vat_moss", "version": "0.11.0", "licence": "MIT"},
            ],
            "figures": skill.figures(),
        }
    )


def markets(cases):
    found = {}
    for case in cases:
        row = found.setdefault(case.market, {"market": case.market, "asked": 0, "answered": 0, "right": 0, "wrong_confident": 0, "abstained": 0})
        row["asked"] += 1
        row["answered"] += case.answered
        row["right"] += case.right
        row["wrong_confident"] += case.status == "answered" and not case.right
        row["abstained"] += not case.answered
    return [found[market] for market in sorted(found)]


def curve(cases):
    """Risk against coverage: what two families agree on, and with it what one family says."""
    points = []
    for what, trusted in (("answered", {"answered"}), ("answered and single-source", {"answered", "single_source"})):
        taken = [case for case in cases if case.status in trusted]
        wrong = sum(not case.right for case in taken)
        points.append({"what": what, "coverage": round(len(taken) / len(cases), 4), "risk": round(wrong / max(len(taken), 1), 4)})
    return points


main()
