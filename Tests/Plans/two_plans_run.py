#!/usr/bin/env python3
"""Two plans side by side on real servers: Luoyang's year and a library's half-year in another zone.

    two_plans_run.py --headway BINARY --topics-dir Topics --work FOLDER [--events 4000] [--seed 1]

The library's events (library.py, whose totals are found by hand) are published, Luoyang's year is simulated, both are
counted, judged and published by the services; `headway verify` and the oracle must agree, and the library's
statuses, values and the moments of its changes must be those of library.py, on both sides of the change of its clocks. Then
`headway up --until-end` must end although nothing feeds the second plan. Prints one line a check and `N passed, N failed`.
"""

import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "Faults")]
import kill_run  # noqa: E402
import library  # noqa: E402
from servers import until  # noqa: E402

PLAN = "westbrook-library-2023h1"


def counted(postgres, ends):
    """True once every topic is read to its end."""
    rows = postgres.ask(
        "select tp.topic || ' ' || tp.partition || ' ' || p.next_offset from ledger.position p"
        " join ledger.topic_partition tp on tp.id = p.topic_partition")
    found = {}
    for line in (rows or "").splitlines():
        topic, partition, offset = line.split()
        found[topic, int(partition)] = int(offset)
    return all(found.get(place, 0) >= end for place, end in ends.items())


def differences(expected, rows):
    """The rows of `name|value` that are not as expected, as a text; None where all are."""
    found = dict(line.split("|") for line in rows.splitlines())
    wrong = [f"{name} is {found.get(name)}, not {value}"
             for name, value in expected.items() if found.get(name) != value]
    return "; ".join(wrong) or None


def library_checks(postgres):
    ask = postgres.ask
    checks = [
        ("each target ends as found by hand", differences(library.ENDS, ask(
            f"select target || '|' || status from headway.target_status where plan = '{PLAN}'"))),
        ("each total is the sum found by hand", differences(library.VALUES, ask(
            f"select target || '|' || value from headway.target_status where plan = '{PLAN}'"
            f" and target in ({', '.join(repr(name) for name in library.VALUES)})"))),
        ("no target of the library lacks a status or is too many", differences(
            {"targets": str(len(library.ENDS))},
            ask(f"select 'targets|' || count(status) from headway.target_status where plan = '{PLAN}'"))),
    ]
    moments = ask(
        "select target || ' ' || \"to\" || ' ' || to_char(as_of at time zone 'UTC',"
        f" 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from headway.status_changes where plan = '{PLAN}'").splitlines()
    for moment in (" ".join(parts) for parts in library.MOMENTS):
        target = moment.split()[0]
        seen = [m for m in moments if m.startswith(target + " ")]
        checks.append((moment, None if moment in moments else f"seen: {seen}"))
    early = [m for m in moments if m.split()[2] < "2023-01-01T05:00:00Z" and m.split()[1] != "pending"]
    checks.append(("nothing is judged before the library's midnight of New Year", str(early) if early else None))
    return checks


def both(options, environment, kafka, postgres):
    def headway(*words):
        return subprocess.run(
            [options.headway, *words, "--topics-dir", options.topics_dir], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    checks = []
    for words in (["migrate"], ["topics", "apply", "--execute"]):
        if headway(*words).returncode != 0:
            return [(f"headway {words[0]}", "it failed")]
    for stream, events in (("library.loans", library.loans()), ("sector.measurements", library.figures())):
        path = os.path.join(options.work, stream + ".ndjson")
        library.write(path, events)
        done = headway("publish", path, "--stream", stream)
        checks.append((f"{len(events)} events are published to {stream}",
                       None if done.returncode == 0 else done.stdout[-300:]))
    done = headway("simulate", "--events", str(options.events), "--seed", str(options.seed))
    checks.append(("Luoyang's year is sent", None if done.returncode == 0 else done.stdout[-300:]))
    services = kill_run.Services(options, environment)
    try:
        # What is judged later is judged as it was lived: all is there before its time comes.
        services.add("ingest", "run", "ingest")
        ends = kill_run.topic_ends(kafka.bootstrap, kill_run.stream_topics(options))
        until(lambda: counted(postgres, ends), 300, "counting")
        services.add("judge", "run", "judge", "--clock", "watermark")
        services.add("relay", "run", "relay")
        until(kill_run.Drained(postgres, ends), 300, "judging and publishing")
    finally:
        codes = services.stop()
    bad = {name: code for name, code in codes.items() if code != 0}
    checks.append(("SIGTERM ends each service, exit 0", str(bad) if bad else None))
    unjudged = postgres.ask("select string_agg(plan || '/' || target, ', ') from headway.target_status where status is null")
    checks.append(("every target of both plans has a status", unjudged or None))
    done = headway("verify")
    checks.append(("headway verify", None if done.returncode == 0 else done.stdout[-600:]))
    return checks + library_checks(postgres) + kill_run.oracle(options, postgres.url, kafka.bootstrap)


def alone(options):
    """The year ends though the second plan has nothing to be judged by but time."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("HEADWAY_BROKERS", "HEADWAY_DATABASE_URL", "KAFKA_HOME")}
    folder = os.path.join(options.work, "up")
    try:
        done = subprocess.run(
            [options.headway, "up", "--data-dir", folder, "--events", "2000", "--speed", "max",
             "--until-end", "--topics-dir", options.topics_dir],
            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    except subprocess.TimeoutExpired:
        return [("up --until-end ends with the second plan unfed", "it did not within 300 s")]
    return [("up --until-end ends with the second plan unfed",
             None if done.returncode == 0 else done.stdout[-600:])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", required=True)
    parser.add_argument("--topics-dir", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--events", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    checks = kill_run.on_servers(options, both)
    return kill_run.told(checks + alone(options))


if __name__ == "__main__":
    sys.exit(main())
