#!/usr/bin/env python3
"""How long from the start of `headway up` until its first status change is readable with read_committed.

    start.py --headway BINARY --topics-dir Topics --work FOLDER [--kafka-home DIR] [--times 3]

Starts `headway up` on a fresh data directory, then on the one that it left, `--times` times each; kcat waits for
the first record of the changes topic, counted from where the topic ended before. Prints one JSON line: seconds of
each start, and their medians. Needs kcat.
"""

import argparse
import json
import os
import select
import shutil
import signal
import statistics
import subprocess
import time

CHANGES = "target.status-changes.v1"


def endpoints(data_dir):
    """The broker, once `headway up` has written down where it is; None before."""
    try:
        with open(os.path.join(data_dir, "endpoints")) as file:
            for line in file:
                if line.startswith("brokers = "):
                    return line.split(" = ", 1)[1].strip()
    except FileNotFoundError:
        pass
    return None


def first_change(broker, seconds):
    """Waits until kcat has read one record. False where none came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # It gives up while the topic is not there yet.
        reader = subprocess.run(
            ["kcat", "-b", broker, "-t", CHANGES, "-C", "-q", "-u", "-o", "beginning", "-c", "1",
             "-X", "isolation.level=read_committed", "-X", "fetch.wait.max.ms=10",
             "-X", "fetch.error.backoff.ms=10"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds)
        if reader.stdout:
            return True
    return False


def start(options, data_dir, log_path):
    """Seconds from the start to the first change, and the facts that the program told with their times."""
    if os.path.exists(os.path.join(data_dir, "endpoints")):
        os.remove(os.path.join(data_dir, "endpoints"))
    environment = dict(os.environ)
    for name in ("HEADWAY_BROKERS", "HEADWAY_DATABASE_URL", "HEADWAY_DATA_DIR", "KAFKA_HOME"):
        environment.pop(name, None)
    if options.kafka_home:
        environment["KAFKA_HOME"] = options.kafka_home
    with open(log_path, "wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [options.headway, "up", "--data-dir", data_dir, "--topics-dir", options.topics_dir],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            broker = None
            while broker is None:
                if process.poll() is not None or time.monotonic() > began + 60:
                    raise RuntimeError(f"`headway up` did not come up; see {log_path}")
                select.select([], [], [], 0.01)
                broker = endpoints(data_dir)
            servers = time.monotonic() - began
            if not first_change(broker, 60):
                raise RuntimeError(f"no status change within a minute; see {log_path}")
            return servers, time.monotonic() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--kafka-home", help="Apache Kafka; default: the local broker")
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    took = {"fresh": [], "again": []}
    up = {"fresh": [], "again": []}
    for number in range(options.times):
        data_dir = os.path.join(options.work, f"data-{number}")
        shutil.rmtree(data_dir, ignore_errors=True)
        for which in took:
            log = os.path.join(options.work, f"{which}-{number}.log")
            servers, first = start(options, data_dir, log)
            up[which].append(round(servers, 2))
            took[which].append(round(first, 2))
    print(json.dumps({
        "fresh_seconds": statistics.median(took["fresh"]), "again_seconds": statistics.median(took["again"]),
        "fresh": took["fresh"], "again": took["again"],
        "servers_fresh": up["fresh"], "servers_again": up["again"],
        "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
