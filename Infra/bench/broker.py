#!/usr/bin/env python3
"""The local broker beside Apache Kafka: throughput, the broker's processor time, memory, start, rest.

    broker.py --headway BINARY --kafka SCRIPT [--records 10000000] [--rounds 5] [--work FOLDER]

All brokers run at once and are loaded in turn, round by round, so that a slower minute of the machine strikes
all of them; a first round warms up and does not count. A round writes records / rounds structured CloudEvents
of 324 bytes in lz4 batches to a topic of its own with four partitions and reads them back: one librdkafka
client each (broker_load.cpp, compiled here), whose own processor time is told too. Then, with all records on
disk: memory, processor time at rest, and start until ApiVersions is answered, after a clean stop and after
kill -9. Prints a table and one JSON line. Without --headway or --kafka that side is left out.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "Tests", part) for part in ("Faults", "Clients")]
from servers import Kafka, LocalBroker, select_wait  # noqa: E402
from wire import Connection  # noqa: E402

REST_SECONDS = 10


def cpu_seconds(pid):
    """User and system time of all the process's threads, also of those that ended. The kernel's clock of the
    process: /proc/PID/stat counts in hundredths of a second, and a million records are sent in six."""
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid):
    """Resident now and at most, in MB."""
    with open(f"/proc/{pid}/status") as status:
        found = dict(line.split(":", 1) for line in status if line.startswith(("VmRSS", "VmHWM")))
    return tuple(int(found[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def answers(bootstrap):
    try:
        with Connection(bootstrap, timeout=5) as connection:
            return bool(connection.api_versions())
    except OSError:
        return False


def started(start, bootstrap):
    """Milliseconds from the start until ApiVersions is answered. The script that starts Apache Kafka ends
    later than that, so it runs beside."""
    began = time.monotonic()
    thread = threading.Thread(target=start)
    thread.start()
    while not answers(bootstrap):
        if time.monotonic() > began + 120:
            raise TimeoutError(f"{bootstrap} does not answer 120 s after its start")
        select_wait(0.000_5)
    took = (time.monotonic() - began) * 1_000
    thread.join()
    return took


class Subject:
    """A broker under measurement and its figures, a list each."""

    def __init__(self, name, broker):
        self.name, self.broker, self.figures = name, broker, {}

    def note(self, figure, value):
        self.figures.setdefault(figure, []).append(value)

    def load(self, program, verb, topic, records, seed, counts):
        before, mine = cpu_seconds(self.broker.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [program, verb, self.broker.bootstrap, topic, str(records), str(seed)], text=True,
            stdout=subprocess.PIPE, check=True, timeout=600)
        if not counts:
            return
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.note(f"{verb}, records/s", records / float(done.stdout.split()[1]))
        self.note(f"{verb}, broker CPU s", cpu_seconds(self.broker.pid) - before)
        self.note(f"{verb}, client CPU s", after.ru_utime + after.ru_stime - mine.ru_utime - mine.ru_stime)

    def round(self, program, topic, records, seed, counts):
        with Connection(self.broker.bootstrap) as connection:
            connection.create_topic(topic, 4)
        self.load(program, "produce", topic, records, seed, counts)
        for _ in range(2):  # it takes a fraction of the time
            self.load(program, "consume", topic, records, seed, counts)

    def at_rest(self):
        before = cpu_seconds(self.broker.pid)
        select_wait(REST_SECONDS)
        self.note("CPU at rest, %", (cpu_seconds(self.broker.pid) - before) / REST_SECONDS * 100)
        for name, value in zip(("resident, MB", "resident at most, MB"), memory(self.broker.pid)):
            self.note(name, value)

    def starts(self, program, times):
        for _ in range(times):
            self.broker.stop()
            self.note("start after a stop, ms", started(self.broker.again, self.broker.bootstrap))
            self.load(program, "produce", "warm-up", 10_000, 99, False)
            self.broker.kill()
            self.note("start after kill -9, ms", started(self.broker.again, self.broker.bootstrap))
            self.load(program, "consume", "warm-up", 10_000, 0, False)
        self.note("resident after start, MB", memory(self.broker.pid)[0])


def table(subjects):
    names = list(dict.fromkeys(name for subject in subjects for name in subject.figures))
    print(f"{'min / median / max':<26}" + "".join(f"{subject.name:>32}" for subject in subjects))
    for name in names:
        row = f"{name:<26}"
        for subject in subjects:
            values = subject.figures[name]
            form = "{:,.0f}" if max(values) >= 1_000 else "{:.1f}" if max(values) >= 10 else "{:.2f}"
            row += f"{' / '.join(form.format(f(values)) for f in (min, statistics.median, max)):>32}"
        print(row)


def verdicts(subjects, records):
    """The goals, as far as these figures can say."""
    middle = {s.name: {k: statistics.median(v) for k, v in s.figures.items()} for s in subjects}
    kafka, goals = middle.get("Apache Kafka"), []
    for name, own in middle.items():
        if name == "Apache Kafka":
            continue
        for start in ("start after a stop, ms", "start after kill -9, ms"):
            goals.append((f"{name}: {start} < 100", own[start] < 100))
        goals.append((f"{name}: resident at most < 64 MB", own["resident at most, MB"] < 64))
        goals.append((f"{name}: at rest < 0.5 %", own["CPU at rest, %"] < 0.5))
        for verb in ("produce", "consume") if kafka else ():
            speed, cpu = f"{verb}, records/s", f"{verb}, broker CPU s"
            goals.append((f"{name}: {speed} {own[speed] / kafka[speed]:.2f} of Kafka's, at least 1",
                          own[speed] >= kafka[speed]))
            goals.append((f"{name}: {cpu} {own[cpu] / max(kafka[cpu], 0.01):.2f} of Kafka's, at most 0.5",
                          own[cpu] <= kafka[cpu] / 2))
    print(f"\nwith {records:,} records on disk")
    for goal, met in goals:
        print(f"{'met   ' if met else 'MISSED'} {goal}")
    return {goal: met for goal, met in goals}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway")
    parser.add_argument("--kafka")
    parser.add_argument("--records", type=int, default=10_000_000, help="on disk in the end, for each broker")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--fsync", default="group,os", help="of the local broker: one measured for each")
    parser.add_argument("--work", help="a folder that stays; default: a temporary one")
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="headway-bench-")
    os.makedirs(work, exist_ok=True)
    program = os.path.join(work, "broker_load")
    subprocess.run(["g++", "-O2", "-std=c++17", "-o", program, os.path.join(HERE, "broker_load.cpp"),
                    "-lrdkafka"], check=True)
    subjects = []
    if options.headway:
        subjects += [Subject(f"local, {mode}", LocalBroker(
            options.headway, os.path.join(work, mode), "--fsync", mode)) for mode in options.fsync.split(",")]
    if options.kafka:
        subjects.append(Subject("Apache Kafka", Kafka(options.kafka, os.path.join(work, "kafka"))))
    if not subjects:
        parser.error("--headway, --kafka or both")
    try:
        for subject in subjects:
            subject.note("first start, ms", started(subject.broker.start, subject.broker.bootstrap))
        share = options.records // options.rounds
        for number in range(options.rounds + 1):
            # Whoever comes second has the first one's pages still being written beside it: they take turns.
            turn = number % len(subjects)
            for subject in subjects[turn:] + subjects[:turn]:
                topic = f"round-{number}" if number else "warm-up"
                # The warm-up is as long as it takes a Java machine to compile what is hot.
                subject.round(program, topic, share if number else min(share, 1_000_000), number, number > 0)
            print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
        for subject in subjects:
            subject.at_rest()
        for subject in subjects:
            subject.starts(program, options.starts)
    finally:
        for subject in subjects:
            subject.broker.stop()
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    table(subjects)
    met = verdicts(subjects, options.records)
    print(json.dumps({"records": options.records, "rounds": options.rounds, "goals": met, "figures": {
        s.name: {name: [round(v, 3) for v in values] for name, values in s.figures.items()}
        for s in subjects}}))


if __name__ == "__main__":
    main()
