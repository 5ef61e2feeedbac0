"""How well `rfq-negotiate` negotiates: against five opponents of negmas, compared with negmas' Boulware in the same seat.

The opponents and the points of Pareto and Nash are computed by `rfq_opponents.py` in a process of its own. What is agreed on depends on the
scenarios that chance makes, so several sets with seeds of their own are played, and the worst of them is named.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import fmean

from asking import Skill, arguments, batches, close, measure

# Scenarios of one set, and sets of the full run.
SCENARIOS, SETS = 200, 5
RANGE = {"best": 30, "worst": 90, "step": 10, "weight": 2}


def play(skill, seed, count):
    """Plays all scenarios in step: one run of the skill answers what every negotiation asks."""
    command = [sys.executable, str(Path(__file__).parent / "rfq_opponents.py"), str(seed), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as opponents:
        below = moves = 0
        for line in opponents.stdout:
            said = json.loads(line)
            if "played" in said:
                return said["played"], moves, below
            actions = []
            for batch in batches(said["ask"], 200):
                for asked, answer in zip(batch, skill.ask("next-moves", {"negotiations": batch})):
                    value = answer["ok"]["value"]
                    moves += 1
                    below += "walk_away" not in value["action"] and value["worth"] < asked["preferences"]["reserve"]["points"]
                    actions.append(value["action"])
            opponents.stdin.write(json.dumps(actions) + "\n")
            opponents.stdin.flush()
    sys.exit("the opponents ended before the negotiations did")


def negotiation(history=(), **more):
    money = lambda minor, currency="EUR": {"minor": minor, "currency": currency}
    preferences = {
        "price": {"best": money(900), "worst": money(1_200), "step": 5, "weight": 6},
        "payment_days": RANGE | {"best": 60, "worst": 0},
        "reserve": {"points": 400},
    }
    return {"preferences": preferences | more.pop("preferences", {}), "history": list(history), "rounds": 8} | more


def offer(minor, days, by="them", currency="EUR", **more):
    return {"by": by, "offer": {"price": {"minor": minor, "currency": currency}, "payment_days": days} | more}


def poison(skill):
    """What must get no move."""
    cases = {
        "an offer that has expired": negotiation([offer(900, 60, valid_until="2020-01-01")]),
        "an own offer below the reserve": negotiation([offer(1_200, 0, by="us")]),
        "another currency": negotiation([offer(900, 60, currency="USD")]),
        "a currency that does not exist": negotiation([offer(900, 60, currency="ZZZ")]),
        "full-width digits in a day": negotiation([offer(900, 60, valid_until="２０２６-01-01")]),
        "an invisible character in a day": negotiation([offer(900, 60, valid_until="2026-01-01\u200b")]),
        "right-to-left digits in a day": negotiation([offer(900, 60, valid_until="٢٠٢٦-01-01")]),
        "an offer without payment terms": negotiation([offer(900, None)]),
        "a reserve beyond everything": negotiation(preferences={"reserve": {"points": 1_001}}),
        "nothing to negotiate about": negotiation(preferences={"payment_days": RANGE | {"worst": 30}}),
        "a negative price": negotiation([offer(-1, 60)]),
        "no round": negotiation(rounds=0),
    }
    answers = skill.ask("next-moves", {"negotiations": list(cases.values())})
    wrong = [name for name, answer in zip(cases, answers) if answer.get("ok", {}).get("value")]
    return measure(
        "poison cases without a move", "wrong 0", not wrong, len(cases), len(wrong), 0, len(wrong), ", ".join(wrong)
    )


def share(games, of="skill"):
    """How many of the games with a zone ended in agreement, and of how many."""
    games = [game for game in games if game["zone"]]
    return sum(1 for game in games if game[of]), len(games)


def percent(counts):
    return f"{counts[0] / counts[1]:.1%}"


def ours(game, who):
    """Our utility: what was agreed on, and the reserve without agreement."""
    return game[who][0] if game[who] else game["reserve"]


def main():
    chosen = arguments()
    skill = Skill("rfq-negotiate")
    sets, moves, below = [], 0, 0
    for number in range(SETS if chosen.full else 1):
        games, made, lower = play(skill, chosen.seed + number, SCENARIOS)
        sets.append(games)
        moves, below = moves + made, below + lower
    played = [game for games in sets for game in games]
    worst = min((share(games) for games in sets), key=lambda counts: counts[0] / counts[1])
    agreed, with_zone = share(played)
    reachable = [game for game in played if game["zone"] and game["reachable"]]
    reached, _ = share(reachable)
    skill_mean, boulware_mean = (fmean(ours(game, who) for game in played) for who in ("skill", "boulware"))
    mean = lambda key: fmean(game[key] for game in played if game[key] is not None)
    lower = sum(1 for game in played if game["skill"] and game["skill"][0] < game["reserve"] - 1e-9)
    counts = len(played), len(played)
    better = sum(1 for game in played if ours(game, "skill") >= ours(game, "boulware") - 1e-9)
    measures = [
        measure(
            "mean utility against five opponents, compared with Boulware in the same seat",
            f"at least Boulware's {boulware_mean:.3f}",
            skill_mean >= boulware_mean,
            *counts,
            better,
            0,
            f"ours {skill_mean:.3f}, Boulware {boulware_mean:.3f}; right: as good or better in the single scenario",
        ),
        measure(
            "agreement where a zone exists",
            "95 %",
            agreed >= 0.95 * with_zone,
            with_zone,
            with_zone,
            agreed,
            0,
            f"{percent((agreed, with_zone))}; Boulware in the same seat {percent(share(played, 'boulware'))}",
        ),
        measure(
            f"the same, in the worst of {len(sets)} sets of {SCENARIOS} scenarios",
            "reported",
            None,
            worst[1],
            worst[1],
            worst[0],
            0,
            "sets: " + ", ".join(percent(share(games)) for games in sets),
        ),
        measure(
            "the same, where the opponent takes anything of the zone at all",
            "reported",
            None,
            len(reachable),
            len(reachable),
            reached,
            0,
            f"{reached / len(reachable):.1%}; naive tit for tat takes nothing below the middle of its reserve and its best",
        ),
        measure("moves below the reserve", "0", below + lower == 0, moves, moves, moves - below, below + lower),
        measure(
            "mean distance of agreements to the Pareto front",
            "reported",
            None,
            with_zone,
            agreed,
            sum(1 for game in played if game["zone"] and game["skill"] and game["skill_pareto"] < 1e-9),
            0,
            f"ours {mean('skill_pareto'):.4f}, Boulware {mean('boulware_pareto'):.4f}; to the Nash point ours {mean('skill_nash'):.3f}, Boulware {mean('boulware_nash'):.3f}",
        ),
    ]
    for name in sorted({game["opponent"] for game in played}):
        games = [game for game in played if game["opponent"] == name]
        agreed, zone = share(games)
        us, them = (fmean(ours(game, who) for game in games) for who in ("skill", "boulware"))
        measures.append(
            measure(
                f"against {name}",
                "reported",
                None,
                len(games),
                len(games),
                sum(1 for game in games if ours(game, "skill") >= ours(game, "boulware") - 1e-9),
                0,
                f"ours {us:.3f}, Boulware {them:.3f}; agreement {agreed} of {zone}, Boulware {share(games, 'boulware')[0]}",
            )
        )
    measures.append(poison(skill))
    single = skill.run("next-move", {"negotiation": negotiation([offer(1_150, 10)])})
    close(
        {
            "skill": "rfq-negotiate",
            "measures": measures,
            "oracles": [{"name": "negmas", "version": "0.16.0", "licence": "AGPL-3.0, in a process of its own"}],
            "figures": [
                skill.figures()[0],
                {"name": "fuel of a typical call", "value": f"{single['usage']['fuel']:,}"},
            ],
        }
    )


main()
