"""Asks a skill, through the real `guildhall run`: what every script here measures.

A script measures one skill against oracles that others wrote and prints one JSON object (see README.md).
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path


class Refused(Exception):
    """The run did not complete; `failure` is what it failed with, as `guildhall run --json` prints it."""

    def __init__(self, report):
        super().__init__(json.dumps(report.get("failure")))
        self.report = report
        self.failure = report.get("failure")


class Skill:
    """A built skill."""

    def __init__(self, name):
        self.name = name
        self.component = Path(os.environ["GUILDHALL_GUESTS"]) / f"{name}.wasm"
        self.home = tempfile.TemporaryDirectory(prefix="guildhall-accuracy-")
        self.fuel = []

    def run(self, operation, given, *flags):
        """The whole report of one run. `flags` grant what it needs."""
        command = [os.environ["GUILDHALL_BIN"], "--home", self.home.name, "run", str(self.component), operation]
        command += ["--input", "-", "--json", "--retention", "hashes", "--no-mandates", *flags]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"{self.name} {operation} printed no report: {done.stderr[-2000:]}") from None
        self.fuel.append(report["usage"]["fuel"])
        return report

    def ask(self, operation, given, *flags):
        """The output of one run that completed."""
        report = self.run(operation, given, *flags)
        if report["status"] != "completed":
            raise Refused(report)
        return report["output"]

    def figures(self):
        """Size of the component, and fuel of a typical run: the median of those made here."""
        figures = [{"name": "component size", "value": f"{self.component.stat().st_size / 1000:.0f} kB"}]
        if self.fuel:
            figures.append({"name": "fuel of a run, median", "value": f"{sorted(self.fuel)[len(self.fuel) // 2]:,}"})
        return figures


ORACLES = Path(__file__).parent / "oracles"


def node_modules():
    """Where the packages of npm are."""
    return Path(os.environ["GUILDHALL_ORACLES_NODE"]) / "node_modules"


class Oracle:
    """A script of `oracles/`, in a process of its own, that answers a line of JSON with a line of JSON."""

    def __init__(self, script):
        command = [sys.executable, str(ORACLES / script)]
        if script.endswith(".js"):
            bundled = node_modules() / "node-engine" / "bin" / "node"
            command = [str(bundled) if bundled.exists() else "node", str(ORACLES / script), str(node_modules().parent)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, cases):
        self.process.stdin.write(json.dumps(cases) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def batches(items, size):
    """The items, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def measure(name, target, met, asked, answered, right, wrong_confident, note=""):
    """One line of the report. `met` is None where nothing was aimed at."""
    return {
        "name": name,
        "target": target,
        "met": met,
        "asked": asked,
        "answered": answered,
        "right": right,
        "wrong_confident": wrong_confident,
        "abstained": asked - answered,
        "note": note,
    }


def arguments():
    """Command line of a script: how much is measured, and the seed of what is made up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="everything; without it a bounded part")
    parser.add_argument("--seed", type=int, default=20261129)
    chosen = parser.parse_args()
    chosen.random = random.Random(chosen.seed)
    return chosen


def close(report):
    """Prints the report and ends: 1 if a target is not met."""
    missed = [line["name"] for line in report["measures"] if line["met"] is False]
    for line in report.get("ledger", []):
        line.update({key: json.dumps(said, ensure_ascii=False) for key, said in line.items() if not isinstance(said, str)})
    print(json.dumps(report, ensure_ascii=False))
    for name in missed:
        print(f"not met: {name}", file=sys.stderr)
    sys.exit(1 if missed else 0)
