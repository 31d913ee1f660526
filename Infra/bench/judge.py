#!/usr/bin/env python3
"""What judging costs with a year of data in the ledger.

    judge.py --headway BINARY --topics-dir Topics --work FOLDER [--events 1000000]

Runs the simulated year through everything, as fast as it goes, on a PostgreSQL and a local broker of its own. Then starts
the judge alone, tells it of commits that touch every target, and takes the CPU time of its process for each. Then restarts
it with every plan's revision raised, and takes the time from the process's start to the first round, which judges all
targets anew. Prints one table; the last lines say whether the goals hold. Exit 1 where one does not.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "Faults"))
from servers import LocalBroker, Postgres, select_wait, until  # noqa: E402

COMMITS = 20
STARTS = 5
# Seconds: a commit's CPU, a restart, a year of a million events.
GOALS = {"commit": 0.020, "restart": 1.0, "year": 180.0}

# One commit of each stream that touches all that its targets are judged by, in the latest hour.
TOUCH = """
with news as (
    select p.topic_partition, p.generation, subject.name, date_trunc('hour', p.watermark) as hour
    from (select distinct on (tp.stream) tp.stream, p.* from ledger.position p
        join ledger.topic_partition tp on tp.id = p.topic_partition
        join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation
        where p.watermark is not null order by tp.stream, p.watermark desc) p
    join lateral (
        select name from ledger.metric where stream = p.stream
        union select distinct t.id from ledger.target t
        join ledger.stream s on s.name = t.stream and s.kind = 'measurements' where t.stream = p.stream
    ) subject on true
), moved as (
    update ledger.position p set next_offset = p.next_offset + 1, folded = p.folded + 1
    from (select distinct topic_partition, generation from news) n
    where p.topic_partition = n.topic_partition and p.generation = n.generation
    returning p.topic_partition, p.generation, p.next_offset
)
insert into ledger.touch (topic_partition, generation, next_offset, subjects, hours, kinds)
select m.topic_partition, m.generation, m.next_offset, array_agg(n.name), array_agg(n.hour), array_agg(1::int2)
from moved m join news n using (topic_partition, generation)
group by m.topic_partition, m.generation, m.next_offset;
notify headway_commit;
"""


def cpu(pid):
    """Seconds of CPU of all threads of a process, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


class Bench:
    def __init__(self, options):
        self.options = options
        self.postgres = Postgres(os.path.join(options.work, "postgres"))
        self.broker = LocalBroker(options.headway, os.path.join(options.work, "broker"))
        self.rows = []

    def environment(self):
        return dict(
            os.environ, HEADWAY_BROKERS=self.broker.bootstrap, HEADWAY_DATABASE_URL=self.postgres.url)

    def year(self):
        log = open(os.path.join(self.options.work, "up.log"), "ab")
        began = time.monotonic()
        subprocess.run(
            [self.options.headway, "up", "--data-dir", os.path.join(self.options.work, "data"),
             "--topics-dir", self.options.topics_dir, "--speed", "max", "--until-end",
             "--events", str(self.options.events)],
            env=self.environment(), check=True, stdout=log, stderr=log)
        return time.monotonic() - began

    def judge(self, topics):
        log = open(os.path.join(self.options.work, "judge.log"), "ab")
        return subprocess.Popen(
            [self.options.headway, "run", "judge", "--clock", "watermark", "--topics-dir", topics],
            env=self.environment(), stdout=log, stderr=log)

    def commits(self):
        process = self.judge(self.options.topics_dir)
        try:
            def spent():
                return cpu(process.pid)
            def quiet():
                before = spent()
                select_wait(0.5)
                return spent() - before < 0.01
            until(quiet, 30, "the judge's rest")
            costs = []
            for _ in range(COMMITS):
                before = spent()
                subprocess.run(
                    [f"{self.postgres.bin}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.postgres.url],
                    input=TOUCH, text=True, check=True)
                select_wait(1.2)
                costs.append(spent() - before)
            return costs
        finally:
            process.terminate()
            process.wait(15)

    def restarts(self):
        times = []
        for revision in range(STARTS):
            topics = os.path.join(self.options.work, f"topics-{revision}")
            shutil.copytree(self.options.topics_dir, topics)
            plans = os.path.join(topics, "plans")
            for name in os.listdir(plans):
                with open(os.path.join(plans, name)) as file:
                    text = file.read()
                with open(os.path.join(plans, name), "w") as file:
                    file.write(re.sub(r"(?m)^revision: .*$", f"revision: {100 + revision}", text))
            count = "select count(*) from ledger.judge_round where revision = " + str(100 + revision)
            began = time.monotonic()
            process = self.judge(topics)
            try:
                until(lambda: int(self.postgres.ask(count) or 0) > 0, 60, "the first round")
                times.append(time.monotonic() - began)
            finally:
                process.terminate()
                process.wait(15)
        return times

    def run(self):
        os.makedirs(self.options.work, exist_ok=True)
        self.postgres.create()
        self.postgres.start()
        self.broker.start()
        try:
            year = self.year()
            # As any ledger is that grew over a year: autovacuum comes by within a minute.
            self.postgres.ask("vacuum (analyze)")
            counts = {
                name: self.postgres.ask(f"select count(*) from ledger.{name}")
                for name in ("target", "judge_round", "status_change", "bucket_hour", "measurement")
            }
            commits, restarts = self.commits(), self.restarts()
        finally:
            self.broker.stop()
            self.postgres.stop()
        print(f"{self.options.events} events, load {os.getloadavg()[0]:.1f}, "
              + ", ".join(f"{name} {count}" for name, count in counts.items()))
        print(f"{'':34}{'median':>10}{'worst':>10}{'goal':>10}")
        holds = True
        for name, label, times in (
                ("year", "the year, seconds", [year]),
                ("commit", "a commit touching all, CPU ms", commits),
                ("restart", "restart to the first round, ms", restarts)):
            unit = 1 if name == "year" else 1_000
            median, worst, goal = statistics.median(times), max(times), GOALS[name]
            if name == "year":
                goal *= max(1, self.options.events / 1_000_000)
            holds = holds and median < goal
            print(f"{label:34}{median * unit:10.1f}{worst * unit:10.1f}{goal * unit:10.1f}")
        return 0 if holds else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    sys.exit(Bench(parser.parse_args()).run())


if __name__ == "__main__":
    main()
