"""Opponents of `rfq-negotiate`, in a process of their own: negmas 0.16 is under the AGPL, so nothing of the product is linked to it.

Reads nothing but its command line and answers on standard input. Each line on standard output is one object: `{"ask": [...]}` with the
negotiations that wait for a move (the answers come back as one line), and at the end `{"played": [...]}`.

    python rfq_opponents.py SEED COUNT
"""

import json
import random
import sys
import threading
from math import prod

from negmas.outcomes import make_issue, make_os
from negmas.preferences import LinearAdditiveUtilityFunction, nash_points, pareto_frontier
from negmas.preferences.value_fun import TableFun
from negmas.sao import ResponseType, SAOMechanism, SAONegotiator
from negmas.sao.common import SAOResponse
from negmas.sao.negotiators import (
    BoulwareTBNegotiator,
    ConcederTBNegotiator,
    LinearTBNegotiator,
    MiCRONegotiator,
    NaiveTitForTatNegotiator,
)

OPPONENTS = [
    BoulwareTBNegotiator,
    LinearTBNegotiator,
    ConcederTBNegotiator,
    MiCRONegotiator,
    NaiveTitForTatNegotiator,
]
NAMES = ["price", "quantity", "delivery_days", "payment_days"]


class Scenario:
    """Two parties, up to four issues, and where the opponent sits. Ours is linear between best and worst."""

    def __init__(self, index, rng):
        self.index = index
        self.opponent = OPPONENTS[index % len(OPPONENTS)]
        self.first = bool(index // len(OPPONENTS) % 2)
        buyer = rng.random() < 0.5
        low, steps, step = rng.randrange(1_000, 20_000), rng.choice([10, 16, 20]), rng.choice([5, 25, 100])
        others = rng.choice([1, 2, 3, 3])
        if self.opponent is MiCRONegotiator:
            # It gives way by one outcome for each new one of ours: there must be time for that.
            steps, others = 10, 1
        self.values = [[low + step * k for k in range(steps + 1)]]
        self.steps = [step]
        for _ in range(others):
            low, steps, step = rng.randrange(1, 60), rng.choice([3, 4, 6]), rng.choice([1, 5, 10])
            self.values.append([low + step * k for k in range(steps + 1)])
            self.steps.append(step)
        issues = len(self.values)
        self.rounds = rng.choice([8, 12, 20, 30])
        if self.opponent is MiCRONegotiator:
            self.rounds = prod(len(values) for values in self.values)
        self.weights = [rng.randrange(1, 10) for _ in range(issues)]
        theirs = [rng.randrange(1, 10) for _ in range(issues)]
        # The price is opposed; of the others, one in four is wished alike by both.
        self.up = [not buyer] + [rng.random() < 0.5 for _ in range(issues - 1)]
        their_up = [buyer] + [up if rng.random() < 0.25 else not up for up in self.up[1:]]
        self.space = make_os([make_issue(values, name) for values, name in zip(self.values, NAMES)])
        self.reserve = rng.randrange(100, 601)
        self.ours = self.ufun(self.weights, self.up, self.reserve / 1_000)
        self.theirs = self.ufun(theirs, their_up, rng.randrange(100, 601) / 1_000)

    def ufun(self, weights, up, reserve):
        tables = []
        for values, rising in zip(self.values, up):
            worth = [k / (len(values) - 1) for k in range(len(values))]
            tables.append(TableFun(dict(zip(values, worth if rising else worth[::-1]))))
        total = sum(weights)
        return LinearAdditiveUtilityFunction(
            tables, weights=[weight / total for weight in weights], outcome_space=self.space, reserved_value=reserve
        )

    def zone(self, outcomes):
        """How many outcomes are acceptable to both."""
        least, theirs = self.reserve / 1_000, self.theirs.reserved_value
        return sum(self.ours(outcome) >= least and self.theirs(outcome) >= theirs for outcome in outcomes)

    def reachable(self, outcomes):
        """How many of them the opponent would ever take: naive tit for tat takes nothing below the middle of its reserve and its best."""
        least, theirs = self.reserve / 1_000, self.theirs.reserved_value
        if self.opponent is NaiveTitForTatNegotiator:
            theirs = (1 + theirs) / 2
        return sum(self.ours(outcome) >= least and self.theirs(outcome) >= theirs for outcome in outcomes)

    def question(self, history, round_):
        preferences = {"reserve": {"points": self.reserve}}
        for name, values, step, weight, up in zip(NAMES, self.values, self.steps, self.weights, self.up):
            best, worst = (values[-1], values[0]) if up else (values[0], values[-1])
            money = (lambda minor: {"minor": minor, "currency": "EUR"}) if name == "price" else (lambda value: value)
            preferences[name] = {"best": money(best), "worst": money(worst), "step": step, "weight": weight}
        return {
            "preferences": preferences,
            "history": [{"by": by, "offer": self.offer(outcome)} for by, outcome in history],
            "rounds": self.rounds,
            "round": round_,
            "answer_follows": self.first,
        }

    def offer(self, outcome):
        offer = dict(zip(NAMES, outcome))
        return offer | {"price": {"minor": offer["price"], "currency": "EUR"}}

    def outcome(self, offer):
        given = [offer["price"]["minor"]] + [offer[name] for name in NAMES[1 : len(self.values)]]
        # Whatever the skill says must be an outcome of the scenario: anything else would be measured wrongly.
        assert all(value in values for value, values in zip(given, self.values)), (given, self.values)
        return tuple(given)


class Skill(SAONegotiator):
    """Our seat: asks the skill and waits."""

    def __init__(self, scenario, table, **kwargs):
        super().__init__(**kwargs)
        self.scenario, self.table, self.history = scenario, table, []

    def __call__(self, state, dest=None):
        if state.current_offer is not None:
            self.history.append(("them", tuple(state.current_offer)))
        action = self.table.ask(self.scenario, self.history, state.step + 1)
        if "walk_away" in action:
            return SAOResponse(ResponseType.END_NEGOTIATION, None)
        (kind, offer), = action.items()
        if kind == "accept":
            return SAOResponse(ResponseType.ACCEPT_OFFER, state.current_offer)
        outcome = self.scenario.outcome(offer)
        self.history.append(("us", outcome))
        return SAOResponse(ResponseType.REJECT_OFFER, outcome)

    def propose(self, state, dest=None):
        raise NotImplementedError

    def respond(self, state, source=None):
        raise NotImplementedError


class Table:
    """Collects what every negotiation asks, so that one run of the skill answers all of them."""

    def __init__(self, count):
        self.lock = threading.Condition()
        self.playing, self.waiting, self.answers = count, {}, {}

    def ask(self, scenario, history, round_):
        with self.lock:
            self.waiting[scenario.index] = scenario.question(history, round_)
            self.lock.notify_all()
            self.lock.wait_for(lambda: scenario.index in self.answers)
            return self.answers.pop(scenario.index)

    def ended(self):
        with self.lock:
            self.playing -= 1
            self.lock.notify_all()

    def serve(self):
        while True:
            with self.lock:
                self.lock.wait_for(lambda: len(self.waiting) == self.playing)
                if not self.playing:
                    return
                asked = sorted(self.waiting.items())
                print(json.dumps({"ask": [question for _, question in asked]}), flush=True)
                answers = json.loads(sys.stdin.readline())
                self.waiting.clear()
                self.answers.update(zip([index for index, _ in asked], answers))
                self.lock.notify_all()
                # Each takes its answer before the next are counted.
                self.lock.wait_for(lambda: not self.answers)


def play(scenario, seat):
    """Plays one negotiation with this negotiator in our seat; our utility and theirs, none without agreement."""
    mechanism = SAOMechanism(outcome_space=scenario.space, n_steps=scenario.rounds)
    opponent = scenario.opponent(name="them")
    pairs = [(seat, scenario.ours), (opponent, scenario.theirs)]
    for negotiator, ufun in pairs if scenario.first else pairs[::-1]:
        mechanism.add(negotiator, ufun=ufun)
    agreement = mechanism.run().agreement
    return None if agreement is None else tuple(agreement)


def main():
    rng = random.Random(int(sys.argv[1]))
    random.seed(int(sys.argv[1]))
    count = int(sys.argv[2])
    scenarios = [Scenario(index, rng) for index in range(count)]
    table = Table(count)
    agreements, failed = [None] * count, []

    def run(scenario):
        try:
            agreements[scenario.index] = play(scenario, Skill(scenario, table, name="us"))
        except BaseException as error:  # A thread that dies must not leave the others waiting.
            failed.append(f"scenario {scenario.index}: {error!r}")
        finally:
            table.ended()

    threads = [threading.Thread(target=run, args=(scenario,), daemon=True) for scenario in scenarios]
    for thread in threads:
        thread.start()
    table.serve()
    for thread in threads:
        thread.join()
    if failed:
        sys.exit("\n".join(failed[:5]))
    played = []
    for scenario, agreement in zip(scenarios, agreements):
        boulware = play(scenario, BoulwareTBNegotiator(name="us"))
        outcomes = list(scenario.space.enumerate_or_sample())
        frontier, _ = pareto_frontier([scenario.ours, scenario.theirs], outcomes)
        nash = nash_points([scenario.ours, scenario.theirs], frontier, outcome_space=scenario.space)
        ranked = [nash[0][0]] if nash else []

        def both(outcome):
            return None if outcome is None else [float(scenario.ours(outcome)), float(scenario.theirs(outcome))]

        def distance(outcome, points):
            if outcome is None or not len(points):
                return None
            return min(sum((a - b) ** 2 for a, b in zip(both(outcome), point)) ** 0.5 for point in points)

        played.append(
            {
                "opponent": scenario.opponent.__name__.removesuffix("Negotiator").removesuffix("TB"),
                "first": scenario.first,
                "rounds": scenario.rounds,
                "zone": scenario.zone(outcomes),
                "reachable": scenario.reachable(outcomes),
                "outcomes": len(outcomes),
                "reserve": scenario.reserve / 1_000,
                "skill": both(agreement),
                "boulware": both(boulware),
                "skill_pareto": distance(agreement, frontier),
                "boulware_pareto": distance(boulware, frontier),
                "skill_nash": distance(agreement, ranked),
                "boulware_nash": distance(boulware, ranked),
            }
        )
    print(json.dumps({"played": played}), flush=True)


main()
