#!/usr/bin/env python3
"""Real processes on real servers, killed with -9 at random, ending equal to the oracle.

    kill_run.py --headway BINARY --kafka SCRIPT --topics-dir Topics --work FOLDER
                [--seed N] [--events N] [--service-kills 20] [--server-kills 3]

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
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import Kafka, Postgres, until  # noqa: E402
import dump_topics  # noqa: E402

STREAM_TOPICS = [
    "tourism.arrivals.v1", "employment.registrations.v1", "investment.disbursements.v1",
    "sector.measurements.v1"]
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
    """Reads the status changes while the faults go on: each sequence number once, in order."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.bootstrap, self.sequences, self.stopping = bootstrap, [], False

    def run(self):
        from confluent_kafka import Consumer, TopicPartition
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": "headway-watcher",
            "enable.auto.commit": False, "isolation.level": "read_committed",
            "auto.offset.reset": "earliest"})
        consumer.assign([TopicPartition(CHANGES, 0, 0)])
        while not self.stopping:
            message = consumer.poll(0.5)
            if message is not None and not message.error():
                headers = dict(message.headers())
                self.sequences.append(int(headers["ce_sequence"]))
        consumer.close()

    def fault(self):
        expected = list(range(1, len(self.sequences) + 1))
        return None if self.sequences == expected else f"sequences seen: {self.sequences[:20]}…"


def progress(postgres):
    """Records, rounds and published changes so far: what the faults are spaced by."""
    answer = postgres.ask(
        "select coalesce((select sum(next_offset) from ledger.position), 0)"
        " || ' ' || coalesce((select sum(last_round) from ledger.plan), 0)"
        " || ' ' || coalesce((select sum(published) from ledger.relay_mark), 0)")
    return tuple(int(figure) for figure in answer.split()) if answer else None


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


def drained(postgres, ends):
    """True when the ledger has read every topic to its end, and the relay published everything."""
    reached = postgres.ask(
        "select tp.topic || ' ' || tp.partition || ' ' || p.next_offset from ledger.position p"
        " join ledger.topic_partition tp on tp.id = p.topic_partition")
    if reached is None:
        return False
    offsets = {}
    for line in reached.splitlines():
        topic, partition, offset = line.split()
        offsets[topic, int(partition)] = int(offset)
    if any(offsets.get(place, 0) < end for place, end in ends.items()):
        return False
    open_work = postgres.ask(
        "select (select count(*) from ledger.touch)"
        " + (select count(*) from ledger.plan p left join ledger.relay_mark m"
        "    on m.shard = 'changes/' || p.id where coalesce(m.published, 0) < p.last_sequence)"
        " + (select count(*) from ledger.relay_intent)")
    # Two looks: the judge may be about to write what follows from the last touch.
    return open_work == "0"


def topic_ends(bootstrap):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "headway-ends"})
    ends = {}
    for topic in STREAM_TOPICS:
        for partition in consumer.list_topics(topic, timeout=30).topics[topic].partitions:
            _, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
            ends[topic, partition] = high
    consumer.close()
    return ends


def frozen_member(services, postgres, session_timeout=12):
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
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--service-kills", type=int, default=20)
    parser.add_argument("--server-kills", type=int, default=3)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    os.makedirs(options.work, exist_ok=True)
    kafka = Kafka(options.kafka, os.path.join(options.work, "kafka"))
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
        services.add("simulate", "simulate", "--seed", str(options.seed), "--events", str(options.events))
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
        ends = topic_ends(kafka.bootstrap)
        until(lambda: drained(postgres, ends), 300, "catching up after the faults")
        until(lambda: len(watcher.sequences) >= int(postgres.ask(
            "select sum(last_sequence) from ledger.plan")), 30, "the watcher's last change")
        checks.append(("a concurrent reader saw each change once, in order", watcher.fault()))
        watcher.stopping = True
        codes = services.stop()
        codes.pop("simulate")
        bad = {n: c for n, c in codes.items() if c != 0}
        checks.append(("SIGTERM ends each service within 10 s, exit 0", str(bad) if bad else None))
        dumps = os.path.join(options.work, "dump")
        dump_topics.dump(kafka.bootstrap, dumps, [*STREAM_TOPICS, CHANGES, STATUS, DEAD])
        checks += oracle(options, postgres, dumps)
    finally:
        if watcher:
            watcher.stopping = True
        if services:
            services.stop()
        kafka.stop()
        postgres.stop()
    return report(options, done, checks)


def oracle(options, postgres, dumps):
    here = os.path.dirname(os.path.abspath(__file__))
    result = subprocess.run(
        [sys.executable, os.path.join(here, "..", "Oracle", "oracle.py"), "--topics-dir", options.topics_dir,
         "--dump", dumps, "--database", postgres.url, "--json", os.path.join(options.work, "oracle.json")],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(result.stdout)
    return [("the oracle agrees", None if result.returncode == 0 else f"exit {result.returncode}")]


def report(options, done, checks):
    print(f"{'fault':<16}{'times':>6}")
    for name, times in sorted(done.items()):
        print(f"{name:<16}{times:>6}")
    failed = [check for check in checks if check[1]]
    for name, fault in checks:
        print(f"{'FAIL' if fault else 'ok':<5}{name}{': ' + fault if fault else ''}")
    with open(os.path.join(options.work, "report.json"), "w") as out:
        json.dump({"seed": options.seed, "faults": done, "checks": checks}, out, indent=1)
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
