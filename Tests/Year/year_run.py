"""The year as a test: `headway up --speed max --until-end` on real servers, once for each scenario, and what
must be true at its end.

    python3 Tests/Year/year_run.py --headway .build/release/headway --work /var/tmp/year --scenarios steady
    python3 Tests/Year/year_run.py ... --scenarios bad-summer,late-surge --events 100000 --no-oracle
    python3 Tests/Year/year_run.py ... --write        renews Tests/Year/ends/SCENARIO.csv: read the difference

Of every scenario it checks: the run ends by itself, in time; each target of the plan was judged; no target
changed more often than --changes-max; each target ends as the scenario's own figures say, and as
ends/SCENARIO.csv says, which also holds the month in which it was first at risk and off track; `verify`
reconciles every count; the oracle recomputes every change. Prints the statuses at the end of each month, and
one line `N passed, N failed`.
"""

import argparse
import collections
import csv
import datetime
import json
import os
import subprocess
import sys
import time
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Faults"))
import kill_run  # noqa: E402
from servers import until  # noqa: E402

STATUSES = ("pending", "no_data", "on_track", "at_risk", "off_track", "achieved", "missed")
COLUMNS = ("target", "end", "at_risk", "off_track")


def main():
    options = arguments()
    checks = []
    for scenario in options.scenarios.split(","):
        checks += [(f"{scenario}: {name}", fault) for name, fault in Year(options, scenario).run()]
    return kill_run.told(checks)


def arguments():
    parser = argparse.ArgumentParser(description="The simulated year, judged from its streams.")
    parser.add_argument("--headway", required=True, help="the program")
    parser.add_argument("--topics-dir", default="Topics", help="the folder Topics")
    parser.add_argument("--work", required=True, help="an empty folder for servers and dumps")
    parser.add_argument("--scenarios", default="steady", help="names, with commas in between")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the year")
    parser.add_argument("--seconds-max", type=float, help="how long `headway up` may take")
    parser.add_argument("--changes-max", type=int, default=24, help="changes of status a target")
    parser.add_argument("--no-oracle", action="store_true", help="`verify` only")
    parser.add_argument("--write", action="store_true", help="write ends/SCENARIO.csv instead of comparing")
    options = parser.parse_args()
    options.headway = os.path.abspath(options.headway)
    options.topics_dir = os.path.abspath(options.topics_dir)
    os.makedirs(options.work, exist_ok=True)
    return options


def alike(row, wanted, is_fed_by_events):
    """Published figures come the same way in every run. Of events, how many are corrected or late when an hour
    is judged depends on how far reading is ahead: of their warnings only the first of off_track after the first
    quarter, in which a day's events are much of all, is compared, to the month before or after."""
    if not is_fed_by_events or wanted is None:
        return row == wanted
    def month(text):
        return int(text[:4]) * 12 + int(text[5:]) if text else 0
    found, seen = month(row["off_track"]), month(wanted["off_track"])
    spring = 2023 * 12 + 4
    return row["end"] == wanted["end"] and (min(found, seen) < spring or abs(found - seen) <= 1)


class Year:
    """One scenario on servers of its own."""

    def __init__(self, options, scenario):
        self.options, self.scenario = options, scenario
        self.folder = os.path.join(options.work, scenario)
        self.log = os.path.join(options.work, scenario + ".log")
        self.checks = []

    def check(self, name, fault):
        self.checks.append((name, str(fault) if fault else None))

    def run(self):
        self._live()
        with open(self.log, "ab") as log:
            # The servers alone again, to be read.
            servers = subprocess.Popen(
                self._up("--no-simulation", "--clock", "watermark"), stdout=log, stderr=log)
        try:
            endpoints = os.path.join(self.folder, "endpoints")
            until(lambda: os.path.exists(endpoints) or servers.poll() is not None, 120, "the servers' start")
            self._read()
        finally:
            servers.terminate()
            code = servers.wait(60)
            self.check("the servers end, exit 0", code and f"exit {code}")
        return self.checks

    def _up(self, *words):
        return [self.options.headway, "up", "--topics-dir", self.options.topics_dir, "--data-dir", self.folder,
                *words]

    def _live(self):
        began = time.monotonic()
        with open(self.log, "ab") as log:
            code = subprocess.run(
                self._up("--scenario", self.scenario, "--events", str(self.options.events), "--speed", "max",
                         "--until-end"), stdout=log, stderr=log).returncode
        took = time.monotonic() - began
        print(f"{self.scenario}: the year of {self.options.events:,} events took {took:.1f} s")
        self.check("the year runs to its end, exit 0", code and f"exit {code}: {self.log}")
        limit = self.options.seconds_max
        if limit:
            self.check(f"in less than {limit:.0f} s", took >= limit and f"{took:.1f} s")

    def _read(self):
        """What stands in the ledger, and what the checkers say of it."""
        endpoints = dict(line.strip().split(" = ", 1) for line in open(os.path.join(self.folder, "endpoints")))
        self.database, self.brokers = endpoints["database"], endpoints["brokers"]
        expected = {row["target"]: row for row in self._rows(
            "simulate", "--scenario", self.scenario, "--expectations", "-o", "json")}
        plan = next(iter(expected.values()))["plan"]
        targets = self._ask(f"select id from ledger.target where plan = '{plan}' order by ordinal")
        zone = zoneinfo.ZoneInfo(self._ask(f"select zone from ledger.plan where id = '{plan}'")[0])
        history = collections.defaultdict(list)
        for line in self._ask(f"select data from ledger.status_change where plan = '{plan}' order by sequence"):
            change = json.loads(line)
            at = datetime.datetime.fromisoformat(change["asOf"].replace("Z", "+00:00"))
            history[change["target"]].append((at.astimezone(zone), change["to"], change["cause"]))
        self._table(targets, history)
        self._statuses(targets, history)
        self._ends(targets, history, expected)
        self._verify()
        if not self.options.no_oracle:
            self._oracle()

    def _table(self, targets, history):
        """How many targets had which status at the end of each month."""
        ends = [(2023, month + 1) for month in range(1, 12)] + [(2024, 1), (2024, 2), (2024, 3)]
        print(f"{self.scenario:<14}" + "".join(f"{status:>10}" for status in STATUSES))
        for year, month in ends:
            counts = collections.Counter()
            for target in targets:
                before = [to for at, to, _ in history[target] if (at.year, at.month) < (year, month)]
                counts[before[-1] if before else "pending"] += 1
            last = datetime.date(year, month, 1) - datetime.timedelta(days=1)
            print(f"{last:%Y-%m}       " + "".join(f"{counts[status] or '':>10}" for status in STATUSES))

    def _statuses(self, targets, history):
        silent = [target for target in targets if not history[target]]
        self.check(f"all {len(targets)} targets were judged", silent and f"never: {', '.join(silent[:5])}")
        counts = {target: len(history[target]) for target in targets}
        most = self.options.changes_max
        restless = [f"{target} {count}" for target, count in counts.items() if count > most]
        self.check(f"no target changed more than {most} times", ", ".join(restless))
        causes = collections.Counter(cause for rows in history.values() for _, _, cause in rows)
        print(f"{self.scenario}: {sum(counts.values())} changes, most of one target {max(counts.values())}; "
              + ", ".join(f"{count} {cause}" for cause, count in causes.most_common()))

    def _ends(self, targets, history, expected):
        """The ends that the scenario's figures promise, and those that were seen when ends/ was written."""
        rows = []
        for target in targets:
            first = {}
            for at, to, _ in history[target]:
                first.setdefault(to, f"{at:%Y-%m}")
            end = history[target][-1][1] if history[target] else ""
            rows.append(dict(zip(COLUMNS, (target, end, first.get("at_risk", ""), first.get("off_track", "")))))
        other = [f"{row['target']} is {row['end']}, not {expected[row['target']]['expected']}" for row in rows
                 if expected.get(row["target"], {}).get("expected", "undecided") not in ("undecided", row["end"])]
        self.check("each target ends as the scenario's figures say", "; ".join(other[:8]))
        path = os.path.join(HERE, "ends", self.scenario + ".csv")
        if self.options.write:
            with open(path, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            return
        with open(path, newline="", encoding="utf-8") as file:
            wanted = {row["target"]: row for row in csv.DictReader(file)}
        plan = next(iter(expected.values()))["plan"]
        fed_by_events = set(self._ask(
            f"select id from ledger.target where plan = '{plan}' and metric is not null"))
        other = [f"{row['target']}: {list(row.values())[1:]}, not {list(wanted.get(row['target'], {}).values())[1:]}"
                 for row in rows
                 if not alike(row, wanted.get(row["target"]), row["target"] in fed_by_events)]
        self.check(f"ends and first warnings are those of ends/{self.scenario}.csv", "; ".join(other[:8]))

    def _verify(self):
        code, lines = self._headway("verify", "-o", "json")
        wrong = [line for line in lines if not json.loads(line)["ok"]]
        self.check(f"verify reconciles every count ({len(lines)} invariants)",
                   "; ".join(wrong[:3]) or (code and f"exit {code}") or (not lines and "no invariant was told"))

    def _oracle(self):
        began = time.monotonic()
        self.checks += kill_run.oracle(self.options, self.database, self.brokers)
        print(f"{self.scenario}: the oracle took {time.monotonic() - began:.0f} s")
        for name in ("ledger.jsonl", "topics.jsonl"):
            os.remove(os.path.join(self.options.work, name))

    def _headway(self, *words):
        done = subprocess.run([self.options.headway, *words, "--data-dir", self.folder, "--topics-dir",
                               self.options.topics_dir, "--log-level", "warning"], text=True, capture_output=True)
        if done.stderr:
            print(done.stderr, file=sys.stderr)
        return done.returncode, done.stdout.splitlines()

    def _rows(self, *words):
        return [json.loads(line) for line in self._headway(*words)[1]]

    def _ask(self, sql):
        done = subprocess.run(["psql", "-XAtq", "-d", self.database, "-c", sql], check=True, text=True,
                              capture_output=True)
        return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
