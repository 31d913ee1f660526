#!/usr/bin/env python3
"""How long from an event's production until the status change it causes is readable with read_committed.

    latency.py --headway BINARY --kafka SCRIPT --topics-dir Topics --work FOLDER
               [--rate 1000] [--seconds 60] [--warm-up 20]

Makes a plan of many totals of which one is met every tenth of a second, produces arrivals of one visitor at
the rate, and takes for each target the time from the send of the event that met it until a consumer holds
its change to `achieved`. The first seconds do not count: a Java machine that has just started compiles itself.
Prints one JSON line with p50, p95, p99 and the maximum in milliseconds, and beside it how long the broker alone
took to acknowledge the same events, which is part of the former.
"""

import argparse
import datetime
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "Faults"))
from servers import Kafka, Postgres, select_wait  # noqa: E402

CHANGES = "target.status-changes.v1"


def plan_of(steps, every):
    """A plan of this year with `steps` targets, the n-th met by n * every visitors."""
    year = datetime.date.today().year
    lines = [
        "plan: latency", "revision: 1", "title: { zh: latency, en: latency }", "zone: Asia/Shanghai",
        f"period: {{ start: {year}-01-01, end: {year}-12-31 }}", "division: 410300", "place: 4103",
        "defaults:", "  all:", "    trajectory: linear",
        "    rule: { at_risk_below: 0.95, off_track_below: 0.85, recover_above: 0.97, hold: 1 d, dwell: 3 d }",
        "targets:"]
    for step in range(1, steps + 1):
        lines += [
            f"  - id: latency.step-{step}", f"    name: {{ zh: step {step}, en: step {step} }}",
            "    sector: tourism", "    area: 1", "    kind: total", "    bound: at_least",
            f"    value: {step * every}", "    unit: visits", "    metric: tourism.visitors"]
    return "\n".join(lines) + "\n"


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def produce(options, bootstrap, every, results):
    """One visitor an event at the rate, in a process of its own: a reader that shares the interpreter would
    measure itself. Gives back when the event that meets each target was sent and when it was acknowledged (the
    monotonic clock is the machine's)."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all"})
    sent, acknowledged = {}, {}

    def told_of(step):
        def told(error, _):
            if error is None:
                acknowledged[step] = time.monotonic()
        return told

    began = time.monotonic()
    for number in range(1, options.rate * options.seconds + 1):
        due = began + number / options.rate
        # Waits of less than five milliseconds would spin: a few events are sent together instead.
        if (left := due - time.monotonic()) > 0.005:
            select_wait(left)
            producer.poll(0)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        value = json.dumps({
            "specversion": "1.0", "id": f"latency-{number}", "source": "/bench/latency",
            "type": "tourism.arrival.v1", "time": now.replace("+00:00", "Z"),
            "data": {"division": "410311", "visitors": 1, "origin": "CN-41"}})
        told = None
        if number % every == 0:
            sent[number // every] = time.monotonic()
            told = told_of(number // every)
        producer.produce("tourism.arrivals.v1", value=value, key=f"k{number % 64}", on_delivery=told)
    producer.flush(30)
    results.put((sent, acknowledged))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=20, help="first seconds that do not count")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    every = options.rate // 10
    steps = options.rate * options.seconds // every
    topics_dir = os.path.join(options.work, "Topics")
    shutil.copytree(options.topics_dir, topics_dir)
    for name in os.listdir(os.path.join(topics_dir, "plans")):
        os.remove(os.path.join(topics_dir, "plans", name))
    with open(os.path.join(topics_dir, "plans", "latency.yaml"), "w") as out:
        out.write(plan_of(steps, every))
    kafka = Kafka(options.kafka, os.path.join(options.work, "kafka"))
    postgres = Postgres(os.path.join(options.work, "postgres"))
    services = []
    try:
        kafka.start()
        postgres.create()
        postgres.start()
        environment = dict(
            os.environ, HEADWAY_BROKERS=kafka.bootstrap, HEADWAY_DATABASE_URL=postgres.url)
        common = ["--topics-dir", topics_dir]
        for command in (["migrate"], ["topics", "apply", "--execute"]):
            subprocess.run([options.headway, *command, *common], env=environment, check=True,
                           stdout=subprocess.DEVNULL)
        log = open(os.path.join(options.work, "services.log"), "ab")
        for command in (["ingest"], ["judge", "--clock", "wall"], ["relay"]):
            services.append(subprocess.Popen(
                [options.headway, "run", *command, *common], env=environment, stdout=log, stderr=log))
        consumer = Consumer({
            "bootstrap.servers": kafka.bootstrap, "group.id": "latency", "fetch.wait.max.ms": 10,
            "isolation.level": "read_committed", "auto.offset.reset": "earliest"})
        consumer.assign([TopicPartition(CHANGES, 0, 0)])
        seen, first = {}, set()

        def read(until_fact):
            while not until_fact():
                message = consumer.poll(0.5)
                if message is None or message.error():
                    continue
                data = json.loads(message.value())
                first.add(data["target"])
                if data["to"] == "achieved":
                    seen[int(data["target"].rsplit("-", 1)[1])] = time.monotonic()

        deadline = time.monotonic() + 60
        read(lambda: len(first) == steps or time.monotonic() > deadline)
        if len(first) != steps:
            raise RuntimeError(f"only {len(first)} of {steps} targets have a first status")
        results = multiprocessing.get_context("spawn").Queue()
        producer = multiprocessing.get_context("spawn").Process(
            target=produce, args=(options, kafka.bootstrap, every, results))
        producer.start()
        deadline = time.monotonic() + options.seconds + 30
        read(lambda: len(seen) == steps or time.monotonic() > deadline)
        sent, acknowledged = results.get(timeout=60)
        producer.join()
        counted = [step for step in sent if step * every > options.warm_up * options.rate]
        took = sorted((seen[step] - sent[step]) * 1000 for step in counted if step in seen)
        acks = sorted((acknowledged[step] - sent[step]) * 1000 for step in counted if step in acknowledged)
        print(json.dumps({
            "rate": options.rate, "changes": len(took), "missing": steps - len(seen),
            "p50_ms": round(percentile(took, 0.5), 1), "p95_ms": round(percentile(took, 0.95), 1),
            "p99_ms": round(percentile(took, 0.99), 1), "max_ms": round(took[-1], 1),
            "acknowledged_p50_ms": round(percentile(acks, 0.5), 1),
            "acknowledged_p99_ms": round(percentile(acks, 0.99), 1),
            "load": round(os.getloadavg()[0], 1)}))
        consumer.close()
    finally:
        for service in services:
            service.terminate()
        for service in services:
            service.wait(15)
        kafka.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
