#!/usr/bin/env python3
"""Real processes on real servers, killed with -9 at random, ending equal to the oracle.

    kill_run.py --headway BINARY --topics-dir Topics --work FOLDER [--kafka SCRIPT]
                [--seed N] [--events N] [--service-kills 20] [--server-kills 3]

The broker is the local one, or Apache Kafka by a script that runs a node of it (servers.py says how it is called).

Two ingest instances share the partitions; ingest, judge and relay are each killed `--service-kills` times,
PostgreSQL and the broker `--server-kills` times, each at a random moment of progress. A consumer reads the
status changes with read_committed all the while. At the end everything is drained, stopped, dumped and given
to the oracle. Prints a table and one line `N passed, N failed`; the seed is printed first.
"""

import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import Kafka, LocalBroker, Postgres, until  # noqa: E402

CHANGES, STATUS, DEAD = "target.status-changes.v1", "target.status.v1", "headway.dead-letters.v1"


class Services:
    """The processes under test, by name; each is started again when it is gone."""

    def __init__(self, options, environment):
        self.options, self.environment = options, environment
        self.commands, self.processes, self.logs = {}, {}, {}

    def add(self, name, *arguments):
        self.commands[name] = [self.options.headway, *arguments, "--topics-dir", self.options.topics_dir]
        self.logs[name] = open(os.path.join(self.options.work, f"{name}.log"), "ab")
        self.start(name)

    def start(self, name):
        self.processes[name] = subprocess.Popen(
            self.commands[name], env=self.environment, stdout=self.logs[name], stderr=self.logs[name])

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()
        self.start(name)

    def ended(self):
        return [n for n, p in self.processes.items() if p.poll() is not None]

    def stop(self):
        """SIGTERM to all: each must end within ten seconds, with exit code 0."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(10)
            except subprocess.TimeoutExpired:
                codes[name] = "no end within 10 s"
                process.kill()
                process.wait()
        return codes


class Watcher(threading.Thread):
    """Reads the status changes while the faults go on: each sequence number of a plan once, in order."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.sequences = collections.defaultdict(list)
        self.kcat = subprocess.Popen(
            ["kcat", "-C", "-E", "-b", bootstrap, "-t", CHANGES, "-p", "0", "-o", "beginning", "-u", "-q",
             "-X", "isolation.level=read_committed", "-f", "%h\\n"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self):
        for line in self.kcat.stdout:
            found = re.search(r"ce_id=([^,/]+)/(\d+)", line)
            if found:
                self.sequences[found.group(1)].append(int(found.group(2)))

    def stop(self):
        self.kcat.kill()
        self.kcat.wait()

    def fault(self):
        for plan, seen in list(self.sequences.items()):
            if seen != list(range(1, len(seen) + 1)):
                return f"sequences of {plan} seen: {seen[:20]}…"
        return None

    def count(self):
        return sum(len(seen) for seen in list(self.sequences.values()))


def progress(postgres):
    """Records, rounds and published changes so far: what the faults are spaced by."""
    answer = postgres.ask(
        "select coalesce((select sum(next_offset) from ledger.position), 0)"
        " || ' ' || coalesce((select sum(last_round) from ledger.plan), 0)"
        " || ' ' || coalesce((select sum(published) from ledger.relay_mark), 0)")
    return tuple(int(figure) for figure in answer.split()) if answer else None


def topics_without_retention(options):
    """The same contracts, but dead letters are kept for ever: the simulated year is older than thirty days."""
    copy = os.path.join(options.work, "Topics")
    shutil.copytree(options.topics_dir, copy, dirs_exist_ok=True)
    path = os.path.join(copy, "outputs", "headway.dead-letters.yaml")
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(re.sub(r"retention\.ms: \d+", "retention.ms: -1", text))
    return copy


def stream_topics(options):
    """Partitions of each stream's topic, as Topics/ declares them."""
    topics = {}
    folder = os.path.join(options.topics_dir, "streams")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        topic = re.search(r"^topic:\n(?:  .*\n)*?  name: (\S+)$", text, re.M).group(1)
        topics[topic] = int(re.search(r"^  partitions: (\d+)$", text, re.M).group(1))
    return topics


def faults_of(options, chance):
    plan = [name for name in ("ingest-1", "ingest-2", "judge", "relay")
            for _ in range(options.service_kills // 2 if name.startswith("ingest") else options.service_kills)]
    plan += [name for name in ("postgres", "broker") for _ in range(options.server_kills)]
    chance.shuffle(plan)
    return plan


def inject(name, services, postgres, kafka):
    if name == "postgres":
        postgres.kill()
        postgres.start()
    elif name == "broker":
        kafka.kill()
        kafka.again()
    else:
        services.kill(name)


class Drained:
    """True once the ledger has read every topic to its end, the judge came to rest, and all is published.

    At rest: the judge renewed its lease twice (it looks around before each renewal) and found nothing more.
    """

    def __init__(self, postgres, ends):
        self.postgres, self.ends, self.renewals, self.judged = postgres, ends, set(), None

    def __call__(self):
        reached = self.postgres.ask(
            "select tp.topic || ' ' || tp.partition || ' ' || p.next_offset from ledger.position p"
            " join ledger.topic_partition tp on tp.id = p.topic_partition")
        state = self.postgres.ask(
            "select l.expires_at || '|' || sum(p.last_sequence) || '/' || sum(p.last_round) || '|'"
            " || (select count(*) from ledger.plan p left join ledger.relay_mark m"
            "     on m.shard = 'changes/' || p.id where coalesce(m.published, 0) < p.last_sequence)"
            " + (select count(*) from ledger.relay_intent)"
            " from ledger.lease l cross join ledger.plan p where l.role = 'judge' group by l.expires_at")
        if not reached or not state:
            return False
        offsets = {}
        for line in reached.splitlines():
            topic, partition, offset = line.split()
            offsets[topic, int(partition)] = int(offset)
        renewal, judged, unpublished = state.split("|")
        if any(offsets.get(place, 0) < end for place, end in self.ends.items()) or judged != self.judged:
            self.renewals, self.judged = set(), judged
        self.renewals.add(renewal)
        return len(self.renewals) > 2 and unpublished == "0"


def topic_ends(bootstrap, streams):
    """The end offset of each stream's partitions."""
    ends = {}
    for topic, partition in ((t, p) for t, count in streams.items() for p in range(count)):
        answer = subprocess.run(
            ["kcat", "-Q", "-b", bootstrap, "-t", f"{topic}:{partition}:-1"], check=True,
            capture_output=True, text=True).stdout
        ends[topic, partition] = int(answer.rsplit("offset", 1)[1])
    return ends


def frozen_member(services, postgres):
    """Freezes one ingest beyond the session timeout; the other takes over; the thawed one is fenced."""
    process = services.processes["ingest-1"]
    terms = lambda: postgres.ask("select sum(term) from ledger.position")  # noqa: E731
    before = terms()
    process.send_signal(signal.SIGSTOP)
    try:
        until(lambda: (terms() or before) != before, 90, "the takeover from a frozen ingest")
    finally:
        process.send_signal(signal.SIGCONT)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--kafka")
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seconds", type=int, default=150, help="how long the year takes")
    parser.add_argument("--service-kills", type=int, default=20)
    parser.add_argument("--server-kills", type=int, default=3)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    os.makedirs(options.work, exist_ok=True)
    options.topics_dir = topics_without_retention(options)
    folder = os.path.join(options.work, "broker")
    kafka = Kafka(options.kafka, folder) if options.kafka else LocalBroker(options.headway, folder)
    postgres = Postgres(os.path.join(options.work, "postgres"))
    services, watcher, done = None, None, collections.Counter()
    checks = []
    try:
        kafka.start()
        postgres.create()
        postgres.start()
        environment = dict(
            os.environ, HEADWAY_BROKERS=kafka.bootstrap, HEADWAY_DATABASE_URL=postgres.url)
        for command in (["migrate"], ["topics", "apply", "--execute"]):
            subprocess.run(
                [options.headway, *command, "--topics-dir", options.topics_dir], env=environment,
                check=True, stdout=subprocess.DEVNULL)
        services = Services(options, environment)
        services.add("ingest-1", "run", "ingest")
        services.add("ingest-2", "run", "ingest")
        services.add("judge", "run", "judge", "--clock", "watermark")
        services.add("relay", "run", "relay")
        watcher = Watcher(kafka.bootstrap)
        watcher.start()
        services.add(
            "simulate", "simulate", "--seed", str(options.seed), "--events", str(options.events),
            "--speed", str(365 * 86_400 // options.seconds))
        for name in faults_of(options, chance):
            # The next fault comes after some progress, so that it strikes work under way.
            wanted, seen = chance.randint(1, 3), set()
            def moved():
                now = progress(postgres)
                if now:
                    seen.add(now)
                return len(seen) > wanted or services.processes["simulate"].poll() is not None
            until(moved, 120, "progress between faults")
            inject(name, services, postgres, kafka)
            done[name] += 1
            for ended in services.ended():
                if ended != "simulate":
                    checks.append((f"{ended} lives through a fault of {name}", "it ended"))
                    services.start(ended)
        frozen_member(services, postgres)
        done["frozen ingest"] += 1
        code = services.processes["simulate"].wait(600)
        checks.append(("the simulation was produced to its end", None if code == 0 else f"exit {code}"))
        ends = topic_ends(kafka.bootstrap, stream_topics(options))
        until(Drained(postgres, ends), 300, "catching up after the faults")
        until(lambda: watcher.count() >= int(postgres.ask(
            "select sum(last_sequence) from ledger.plan")), 30, "the watcher's last change")
        checks.append(("a concurrent reader saw each change once, in order", watcher.fault()))
        codes = services.stop()
        codes.pop("simulate")
        bad = {n: c for n, c in codes.items() if c != 0}
        checks.append(("SIGTERM ends each service within 10 s, exit 0", str(bad) if bad else None))
        checks += oracle(options, postgres.url, kafka.bootstrap)
    finally:
        if watcher:
            watcher.stop()
        if services:
            services.stop()
        kafka.stop()
        postgres.stop()
    return report(options, done, checks)


def oracle(options, database, brokers):
    """The independent judge over all that the servers hold. `options`: work, topics_dir."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Oracle")
    ledger, topics, verdict = (
        os.path.join(options.work, name) for name in ("ledger.jsonl", "topics.jsonl", "oracle.json"))
    python = lambda *words: subprocess.run(  # noqa: E731
        [sys.executable, *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for words in (["dump_ledger.py", database, ledger],
                  ["dump_topics.py", brokers, topics, *stream_topics(options), CHANGES, STATUS, DEAD]):
        done = python(*words)
        if done.returncode != 0:
            return [("the servers can be dumped", done.stdout[-300:])]
    done = python("-m", "oracle", "--topics", topics, "--ledger", ledger, "--contracts",
                  os.path.abspath(options.topics_dir), "--json", verdict)
    print(done.stdout)
    return [("the oracle agrees", None if done.returncode == 0 else f"exit {done.returncode}")]


def report(options, done, checks):
    print(f"{'fault':<16}{'times':>6}")
    for name, times in sorted(done.items()):
        print(f"{name:<16}{times:>6}")
    with open(os.path.join(options.work, "report.json"), "w") as out:
        json.dump({"seed": options.seed, "faults": done, "checks": checks}, out, indent=1)
    return told(checks)


def told(checks):
    """A line a check and the last line; the exit code."""
    failed = [check for check in checks if check[1]]
    for name, fault in checks:
        print(f"{'FAIL' if fault else 'ok':<5}{name}{': ' + str(fault) if fault else ''}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def on_servers(options, whole):
    """`whole(options, environment, kafka, postgres)`, which gives checks, on a local broker and a PostgreSQL of its
    own."""
    options.headway = os.path.abspath(options.headway)
    os.makedirs(options.work, exist_ok=True)
    options.topics_dir = os.path.abspath(topics_without_retention(options))
    kafka = LocalBroker(options.headway, os.path.join(options.work, "broker"))
    postgres = Postgres(os.path.join(options.work, "postgres"))
    try:
        kafka.start()
        postgres.create()
        postgres.start()
        environment = dict(
            os.environ, HEADWAY_BROKERS=kafka.bootstrap, HEADWAY_DATABASE_URL=postgres.url)
        return whole(options, environment, kafka, postgres)
    finally:
        kafka.stop()
        postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
