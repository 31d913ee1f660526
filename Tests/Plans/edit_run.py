#!/usr/bin/env python3
"""Plans that are edited while real services judge a year by them.

    edit_run.py --headway BINARY --topics-dir Topics --work FOLDER [--events 20000] [--seed 1] [--seconds 60]

While the simulated year flows, plan files are edited as people edit them: a goal, a rule, an added and a removed target, a
mistake, an edit while the judge is down, an older file at a second judge. No service is restarted for an edit. What
must come of each is a check; in the end `plan diff`, `verify`, `explain` and the oracle must agree. Prints one line a
check and `N passed, N failed`.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "Faults")]
import kill_run  # noqa: E402
from servers import until  # noqa: E402

PLAN = "luoyang-2023"
TARGET = "tourism.visitors"
ADDED = """
  - id: tourism.visitors-from-japan
    name: { zh: 日本游客, en: Visitors from Japan }
    sector: tourism
    area: 6
    kind: total
    value: 1_000
    unit: visits
    metric: tourism.visitors
    where: { origin: JP }
    trajectory: linear
"""


class File:
    """A plan's file, edited by putting another in its place, as editors do."""

    def __init__(self, path):
        self.path = path

    def edit(self, pattern, replacement):
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        edited, count = re.subn(pattern, replacement, text, count=1, flags=re.M)
        if count != 1:
            raise ValueError(f"{pattern} is not in {self.path}")
        with open(self.path + ".part", "w", encoding="utf-8") as file:
            file.write(edited)
        os.replace(self.path + ".part", self.path)

    def target(self, target, pattern, replacement):
        """An edit inside of one target's item."""
        self.edit(rf"(^  - id: {re.escape(target)}$(?:\n    .*)*?\n    ){pattern}", rf"\g<1>{replacement}")


class Run:
    def __init__(self, options, environment, postgres, services):
        self.options, self.environment = options, environment
        self.postgres, self.services = postgres, services
        self.file = File(os.path.join(options.topics_dir, "plans", PLAN + ".yaml"))
        self.checks = []

    def headway(self, *words):
        return subprocess.run(
            [self.options.headway, *words, "--topics-dir", self.options.topics_dir], env=self.environment,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def check(self, name, fault):
        self.checks.append((name, fault or None))

    def ask(self, sql):
        return self.postgres.ask(sql) or ""

    def comes_about(self, name, sql, wanted="t"):
        try:
            until(lambda: self.ask(sql) == wanted, 60, name)
            self.check(name, None)
        except TimeoutError:
            self.check(name, f"{self.ask(sql)!r}, not {wanted!r}")

    def log(self, service="judge"):
        with open(os.path.join(self.options.work, service + ".log"), encoding="utf-8") as file:
            return file.read()

    def is_logged(self, name, pattern, service="judge"):
        try:
            until(lambda: re.search(pattern, self.log(service)), 30, name)
            self.check(name, None)
        except TimeoutError:
            self.check(name, self.log(service)[-600:])

    def month(self, number):
        """Waits until the plan's clock shows the month: events flow meanwhile."""
        until(lambda: self.ask(
            f"select coalesce(max(as_of) >= '2023-{number:02}-01', false) from ledger.judge_progress"
            f" where plan = '{PLAN}' and stream = 'tourism.arrivals'") == "t", 300, f"month {number}")

    def edits(self):
        self.comes_about("the plan is in force", f"select count(*) from ledger.plan_edition where plan = '{PLAN}'", "1")
        self.month(4)
        draft = os.path.join(self.options.work, "draft.yaml")
        shutil.copy(self.file.path, draft)
        done = self.headway("plan", "diff", PLAN)
        self.check("plan diff finds nothing before an edit", done.returncode != 0 and done.stdout)
        File(draft).target(TARGET, r"value: \S+", "value: 10_000_000_000")
        File(draft).target(TARGET, "trajectory: ", "rule: { hold: 0 d, dwell: 0 d }\n    trajectory: ")
        done = self.headway("plan", "diff", draft, "-o", "json")
        terms = {json.loads(line)["term"] for line in done.stdout.splitlines() if line.startswith("{")}
        self.check("plan diff tells what a draft changes, exit 2",
                   (done.returncode, terms) != (2, {"value", "slack", "hold", "dwell"}) and done.stdout)
        shutil.move(draft, self.file.path)
        self.comes_about(
            "a harder goal is judged at once, cause plan",
            f"select count(*) from headway.status_changes where plan = '{PLAN}' and target = '{TARGET}'"
            " and cause = 'plan' and \"to\" = 'off_track'", "1")
        self.is_logged("the edit is logged", rf'plan taken up.*1 edited: {re.escape(TARGET)}"')
        self.month(5)
        self.file.target(TARGET, r"value: \S+", "value: many")
        line = self.text_line("value: many")
        self.is_logged("a mistake is logged with its line", rf"plan not taken up.*{PLAN}\.yaml:{line}:\d+: ")
        self.check("a mistake changes nothing", self.editions() != 2 and f"{self.editions()} editions")
        self.file.target(TARGET, "value: many", "value: 100_000_000")
        self.file.edit("^revision: 1$", "revision: 2")
        self.comes_about("mended, it is taken up", f"select revision from ledger.plan where id = '{PLAN}'", "2")
        self.month(6)
        with open(self.file.path, "a", encoding="utf-8") as file:
            file.write(ADDED)
        self.comes_about(
            "an added target is judged", "select count(*) > 0 from headway.target_status"
            " where target = 'tourism.visitors-from-japan' and status is not null")
        self.file.edit(r"\n  - id: tourism\.revenue$(?:\n    .*)*", "")
        self.comes_about(
            "a removed target is promised no more", f"select count(*) from ledger.target where plan = '{PLAN}'"
            " and id = 'tourism.revenue'", "0")
        self.ends()

    def ends(self):
        """Without the judge that saw the edits: one that was down, one that has older files."""
        older = os.path.join(self.options.work, "Older")
        shutil.copytree(self.options.topics_dir, older)
        File(os.path.join(older, "plans", PLAN + ".yaml")).edit("^revision: 2$", "revision: 1")
        self.month(7)
        before = self.editions()
        judge = self.services.processes["judge"]
        judge.send_signal(signal.SIGHUP)
        judge.send_signal(signal.SIGTERM)
        self.check("SIGHUP ends no service", judge.wait(10))
        self.file.edit("^revision: 2$", "revision: 3")
        self.file.target(TARGET, r"value: \S+", "value: 50_000_000")
        self.services.start("judge")
        self.comes_about("an edit while the judge was down is taken up",
                         f"select revision from ledger.plan where id = '{PLAN}'", "3")
        self.services.commands["older"] = [
            *self.services.commands["judge"][:-1], older]
        self.services.logs["older"] = open(os.path.join(self.options.work, "older.log"), "ab")
        self.services.start("older")
        self.is_logged("another judge stands by", "stands by", "older")
        self.services.processes["judge"].send_signal(signal.SIGTERM)
        self.services.processes["judge"].wait(10)
        self.is_logged("an older file is not taken up", "plan not taken up.*revision 3 is in force", "older")
        self.month(8)
        self.check("an older file changes nothing", self.editions() != before + 1 and f"{self.editions()} editions")
        self.services.processes["older"].send_signal(signal.SIGTERM)
        self.services.processes["older"].wait(10)
        del self.services.processes["older"]
        self.services.start("judge")

    def editions(self):
        return int(self.ask(f"select count(*) from ledger.plan_edition where plan = '{PLAN}'"))

    def text_line(self, text):
        with open(self.file.path, encoding="utf-8") as file:
            return next(number for number, line in enumerate(file, 1) if text in line)

    def explained(self):
        """Every change that an edit made, the one before it and the one after."""
        sequences = self.ask(
            f"select distinct s.sequence from headway.status_changes c join headway.status_changes s on s.plan = c.plan"
            f" and s.sequence between c.sequence - 1 and c.sequence + 1 where c.plan = '{PLAN}' and c.cause = 'plan'"
            " order by 1 limit 12").split()
        for sequence in sequences:
            done = self.headway("explain", f"{PLAN}/{sequence}")
            self.check(f"explain {PLAN}/{sequence}: the same", done.returncode != 0 and done.stdout[-500:])


def whole(options, environment, kafka, postgres):
    services = kill_run.Services(options, environment)
    run = Run(options, environment, postgres, services)
    try:
        for words in (["migrate"], ["topics", "apply", "--execute"]):
            if run.headway(*words).returncode != 0:
                return [(f"headway {words[0]}", "it failed")]
        services.add("ingest", "run", "ingest")
        services.add("judge", "run", "judge", "--clock", "watermark")
        services.add("relay", "run", "relay")
        services.add(
            "simulate", "simulate", "--plan", PLAN, "--seed", str(options.seed), "--events", str(options.events),
            "--speed", str(365 * 86_400 // options.seconds))
        run.edits()
        code = services.processes.pop("simulate").wait(600)
        run.check("the simulation was sent to its end", code and f"exit {code}")
        ends = kill_run.topic_ends(kafka.bootstrap, kill_run.stream_topics(options))
        until(kill_run.Drained(postgres, ends), 300, "judging and publishing")
        run.explained()
    finally:
        codes = services.stop()
    bad = {name: code for name, code in codes.items() if code != 0}
    run.check("SIGTERM ends each service, exit 0", bad and str(bad))
    done = run.headway("plan", "diff", PLAN)
    run.check("in the end the file is in force", done.returncode != 0 and done.stdout)
    done = run.headway("verify")
    run.check("headway verify", done.returncode != 0 and done.stdout[-600:])
    return run.checks + kill_run.oracle(options, postgres.url, kafka.bootstrap)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60, help="how long the year takes")
    options = parser.parse_args()
    return kill_run.told(kill_run.on_servers(options, whole))


if __name__ == "__main__":
    sys.exit(main())
