#!/usr/bin/env python3
"""How fast ingest drains a backlog of tourism arrivals, broker and PostgreSQL on the same cores.

    throughput.py --headway BINARY --kafka SCRIPT --topics-dir Topics --work FOLDER [--events 3000000]

Produces the backlog first, then starts one ingest instance and takes the time from its start to the last
record's commit. Prints one JSON line: events a second, CPU seconds of ingest, of PostgreSQL and of the broker,
peak resident memory of ingest.
"""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "Faults"))
from servers import Kafka, Postgres, until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_tree(pid):
    """User and system seconds of a process and its present children."""
    total = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended since it was listed
        if int(entry) == pid or int(fields[1]) == pid:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_memory(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--events", type=int, default=3_000_000)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    kafka = Kafka(options.kafka, os.path.join(options.work, "kafka"))
    postgres = Postgres(os.path.join(options.work, "postgres"))
    ingest = None
    try:
        kafka.start()
        postgres.create()
        postgres.start()
        environment = dict(
            os.environ, HEADWAY_BROKERS=kafka.bootstrap, HEADWAY_DATABASE_URL=postgres.url)
        common = ["--topics-dir", options.topics_dir]
        for command in (["migrate"], ["topics", "apply", "--execute"],
                        ["simulate", "--backlog", str(options.events)]):
            subprocess.run([options.headway, *command, *common], env=environment, check=True,
                           stdout=subprocess.DEVNULL)
        with open(os.path.join(options.work, "kafka", "1", "pid")) as pid:
            broker_pid = int(pid.read())
        before = cpu_of_tree(postgres.process.pid), cpu_of_tree(broker_pid)
        log = open(os.path.join(options.work, "ingest.log"), "ab")
        began = time.monotonic()
        ingest = subprocess.Popen(
            [options.headway, "run", "ingest", "--stream", "tourism.arrivals", *common], env=environment,
            stdout=log, stderr=log)
        def passed():
            count = postgres.ask(
                "select coalesce(sum(folded + duplicate + dead_letter + skipped), 0) from ledger.position")
            return count is not None and int(count) >= options.events
        until(passed, 300, "the end of the backlog")
        took = time.monotonic() - began
        print(json.dumps({
            "events": options.events, "seconds": round(took, 2),
            "events_per_second": round(options.events / took),
            "ingest_cpu_seconds": round(cpu_of_tree(ingest.pid), 2),
            "postgres_cpu_seconds": round(cpu_of_tree(postgres.process.pid) - before[0], 2),
            "broker_cpu_seconds": round(cpu_of_tree(broker_pid) - before[1], 2),
            "load": round(os.getloadavg()[0], 1),
            "ingest_peak_bytes": peak_memory(ingest.pid),
            "bucket_rows": int(postgres.ask("select count(*) from ledger.bucket_hour")),
        }))
    finally:
        if ingest:
            ingest.terminate()
            ingest.wait(15)
        kafka.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
