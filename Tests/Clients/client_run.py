#!/usr/bin/env python3
"""Real clients doing their whole work against one broker.

    client_run.py --bootstrap HOST:PORT [--kafka SCRIPT] [--only WORD]

kcat; confluent-kafka, kafka-python and aiokafka (in a virtual environment of this run's own); Kafka's Java
tools of 3.9.2 and 4.3.1 by a script that knows `run --version V CLASS ARGUMENTS`. A check prints `ok` or
`FAILED` with the reason; a client that cannot be had is skipped and says why. The last line is
`N passed, N failed`. Topics and groups have names of this run's own, and stay behind.
"""

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import java_checks  # noqa: E402
import kcat_checks  # noqa: E402
from reporting import Checks  # noqa: E402
from wire import Connection  # noqa: E402

PACKAGES = {"confluent": "confluent-kafka", "kafka_python": "kafka-python", "aiokafka": "aiokafka"}


def python_of(folder):
    """The interpreter of a fresh virtual environment with the three packages, or the reason why not."""
    python = os.path.join(folder, "bin", "python")
    for command in ([sys.executable, "-m", "venv", folder],
                    [python, "-m", "pip", "install", "-q", "--disable-pip-version-check",
                     *PACKAGES.values()]):
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            lines = done.stdout.strip().splitlines()
            return None, f"no virtual environment with it: {lines[-1][:200] if lines else command}"
    return python, None


def python_checks(client, python, bootstrap, run, checks):
    """A client's checks in a process of their own; its lines are counted here."""
    process = subprocess.Popen(
        [python, "-u", os.path.join(HERE, f"{client}_checks.py"), bootstrap, run], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    chatter = []
    for line in process.stdout:
        line = line.rstrip()
        if line.startswith(("ok ", "FAILED ", "skip ")):
            checks.took(line)
        else:
            chatter = [*chatter, line][-5:]
    if process.wait() != 0:
        checks.took(f"FAILED {client}: exit {process.returncode}: {' / '.join(chatter)[:600]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--kafka", help="the script that runs Kafka's tools")
    parser.add_argument("--only", default="", help="clients whose name has this word: kcat, confluent, java …")
    parser.add_argument("--python", help="an interpreter that already has the packages")
    options = parser.parse_args()
    run, checks = uuid.uuid4().hex[:8], Checks()
    with Connection(options.bootstrap) as connection:
        offered = connection.api_versions()
    print(f"broker {options.bootstrap}: {len(offered)} APIs; run {run}", flush=True)
    work = tempfile.mkdtemp(prefix="headway-clients-")
    wanted = lambda name: options.only in name  # noqa: E731
    try:
        # Two at a time: a check's time is mostly a start and waiting for the group.
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            jobs = []
            if any(wanted(client) for client in PACKAGES):
                python, reason = (options.python, None) if options.python else python_of(
                    os.path.join(work, "venv"))
                for client in filter(wanted, PACKAGES):
                    if python:
                        jobs.append(pool.submit(
                            python_checks, client, python, options.bootstrap, run, checks))
                    else:
                        checks.skip(client, reason)
            if wanted("kcat"):
                jobs.append(pool.submit(kcat_checks.run, options.bootstrap, run, checks))
            if wanted("java"):
                jobs += java_checks.submit(pool, options.kafka, options.bootstrap, run, work, checks)
            for job in jobs:
                job.result()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
