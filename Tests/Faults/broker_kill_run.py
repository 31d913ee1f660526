#!/usr/bin/env python3
"""The local broker, killed with -9 again and again while transactions are produced, against its whole log.

    broker_kill_run.py --headway BINARY [--kills 50] [--seed N] [--fsync group] [--work FOLDER]
    broker_kill_run.py --kafka SCRIPT …      the same against Apache Kafka, to check the run itself

Transactional producers write to all partitions, commit, abort, walk away and are fenced; some commit a group's
offset with each transaction. An idempotent producer writes beside them, a reader reads committed records, an
observer asks for the groups' offsets. The broker dies at random moments, half of them close to a commit.
In the end the log is read by hand, control records included, and everything is compared with it. Prints a
table and one line `N passed, N failed`; the seed is printed first.
"""

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "Clients")]
import log_judge  # noqa: E402
from rdkafka import Failure, Producer, Reader  # noqa: E402
from servers import Kafka, LocalBroker, select_wait, until  # noqa: E402
from wire import Connection, whole_log  # noqa: E402

TOPIC, PARTITIONS = "faults", 4
WAIT = 10_000  # of a transactional call, in milliseconds; it is repeated where it may be


class Worker(threading.Thread):
    """A thread that repeats `step` until it is told to end; what it did not expect is kept as its fault."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_, self.fault, self.ending = run, None, threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                self.step()
            self.finish()
        except Exception as fault:
            self.fault = f"{type(fault).__name__}: {fault}"

    def finish(self):
        pass


class Transactor(Worker):
    """Transactions of 1 to 30 records over all partitions, each record `name|transaction|index|count`.

    After an abort that left records unanswered a successor goes on, with an epoch of its own: librdkafka 2.0.2
    gives their sequence numbers out again, and a broker that has them in its log (Apache Kafka 3.9.2 and 4.3.1
    alike, as was seen with a proxy that loses one answer) takes the next transaction's records for repetitions:
    it acknowledges them, and they are nowhere.
    """

    def __init__(self, run, name, chance, group=None):
        super().__init__(run)
        self.name, self.chance, self.group, self.producer = name, chance, group, None
        self.outcomes, self.counts, self.number = {}, {}, 0
        self.committed_last = -1  # of those that sent an offset; read by the observer
        self.errors = collections.Counter()

    def renew(self):
        """A successor with the same transactional id: it ends what its predecessor left open."""
        if self.producer:
            self.producer.close()
        self.producer = Producer(
            self.run_.bootstrap, TOPIC, transactional_id=self.name, transaction_timeout_ms=60_000)
        self.producer.call("init_transactions", WAIT)

    def renewed(self):
        while True:
            try:
                return self.renew()
            except Failure as failure:
                self.errors[str(failure)] += 1
                if self.ending.is_set() and sum(self.errors.values()) > 1_000:
                    raise

    def step(self):
        if not self.producer:
            self.renewed()
        self.transaction(self.chance.choices(
            ["commit", "abort", "abandon", "fenced"], [70, 18, 6, 6])[0])

    def transaction(self, plan):
        number, count = self.number, self.chance.randint(1, 30)
        self.number += 1
        self.outcomes[number], self.counts[number] = "aborted", count
        producer = self.producer
        try:
            producer.call("begin_transaction")
            for index in range(count):
                producer.produce(
                    self.chance.randrange(PARTITIONS), f"{self.name}|{number}|{index}|{count}".encode())
            if self.group:
                producer.send_offsets(self.group, TOPIC, {0: number})
            self.end(plan, number)
        except Failure as failure:
            self.errors[str(failure)] += 1
            if failure.abort and not failure.fatal:
                try:
                    producer.call("abort_transaction", WAIT)
                    self.outcomes[number] = "aborted"
                except Failure as second:
                    self.errors[str(second)] += 1
            self.renewed()

    def end(self, plan, number):
        producer = self.producer
        if plan == "commit":
            self.outcomes[number] = "unknown"
            self.run_.about_to_commit()
            producer.call("commit_transaction", WAIT)
            self.outcomes[number] = "committed"
            if self.group:
                self.committed_last = number
            self.run_.moved()
        elif plan == "abort":
            delivered = self.chance.random() < 0.5 and producer.flush(WAIT)
            self.run_.about_to_commit()
            producer.call("abort_transaction", WAIT)
            if not delivered:
                self.renewed()
        elif plan == "abandon":
            producer.flush(WAIT)
            self.renewed()
        else:
            producer.flush(WAIT)
            self.producer = None
            self.renewed()
            try:
                producer.call("commit_transaction", 1_000)
                self.outcomes[number] = "committed although fenced"
            except Failure as failure:
                self.errors[f"fenced, {failure}"] += 1
            finally:
                producer.close()

    def finish(self):
        """A successor settles the last one; then no transaction of this name may be open."""
        self.renewed()
        self.producer.close()


class Idempotent(Worker):
    """Numbered records `idempotent|number`, number n to partition n % PARTITIONS."""

    def __init__(self, run):
        super().__init__(run)
        self.number, self.acknowledged, self.refused, self.errors = 0, {}, {}, collections.Counter()
        self.make()

    def make(self):
        self.producer = Producer(self.run_.bootstrap, TOPIC, self.reported, message_timeout_ms=300_000)

    def reported(self, number, error, partition, offset):
        if error:
            self.refused[number or 0] = error
        else:
            self.acknowledged[number or 0] = (partition, offset)

    def step(self):
        if self.producer.waiting() < 500:
            for _ in range(10):
                try:
                    self.producer.produce(
                        self.number % PARTITIONS, f"idempotent|{self.number}".encode(), self.number)
                except Failure as failure:
                    self.errors[str(failure)] += 1
                    self.producer.close()
                    self.make()
                self.number += 1
        self.producer.poll(5)

    def finish(self):
        self.producer.flush(60_000)
        self.producer.close()


class Watcher(Worker):
    """Reads committed records all the while."""

    def __init__(self, run):
        super().__init__(run)
        self.seen = [[] for _ in range(PARTITIONS)]
        self.ends, self.errors = [0] * PARTITIONS, collections.Counter()
        self.reader = Reader(run.bootstrap, TOPIC, PARTITIONS)

    def step(self):
        found = self.reader.poll(100)
        if found:
            partition, offset, value, error = found
            if value is not None:
                self.seen[partition].append((offset, value))
            elif error:
                self.errors[error] += 1
            else:
                self.ends[partition] = offset

    def finish(self):
        self.reader.close()


class Observer(Worker):
    """Asks for the groups' committed offsets all the while: (known committed before, answer)."""

    def __init__(self, run, transactors):
        super().__init__(run)
        self.transactors, self.connection = transactors, None
        self.seen = {transactor.name: [] for transactor in transactors}

    def step(self):
        try:
            self.connection = self.connection or Connection(self.run_.bootstrap, timeout=10)
            for transactor in self.transactors:
                # Apache Kafka answers EndTxn before its markers lie in the offsets' log; the local broker after.
                before = transactor.committed_last if self.run_.options.headway else -1
                offset = self.connection.committed_offset(transactor.group, TOPIC, 0)
                if offset is not None:
                    self.seen[transactor.name].append((before, offset))
        except OSError:
            self.connection = None
        self.ending.wait(0.01)


class Run:
    def __init__(self, options, broker):
        self.options, self.broker = options, broker
        self.chance = random.Random(options.seed)
        self.turn, self.commits, self.moves = threading.Condition(), 0, 0
        self.restarts, self.kills = [], collections.Counter()

    @property
    def bootstrap(self):
        return self.broker.bootstrap

    def about_to_commit(self):
        with self.turn:
            self.commits += 1
            self.turn.notify_all()

    def moved(self):
        with self.turn:
            self.moves += 1
            self.turn.notify_all()

    def answers(self):
        try:
            with Connection(self.bootstrap, timeout=5) as connection:
                return connection.api_versions()
        except OSError:
            return None

    def start(self, again=False):
        began = time.monotonic()
        self.broker.again() if again else self.broker.start()
        end = began + 60
        while not self.answers():
            if time.monotonic() > end:
                raise TimeoutError("the broker does not answer 60 s after its start")
            select_wait(0.001)
        if again:
            self.restarts.append((time.monotonic() - began) * 1_000)

    def strike(self):
        """Waits for work under way, takes aim and kills."""
        at_commit = self.chance.random() < 0.5
        wanted = self.chance.randint(1, 12)
        with self.turn:
            first = self.moves
            if not self.turn.wait_for(lambda: self.moves >= first + wanted, 120):
                raise TimeoutError("no transaction was committed for two minutes")
            if at_commit:
                now = self.commits
                self.turn.wait_for(lambda: self.commits > now, 120)
        # Where within the commit, or between two, the blow falls.
        select_wait(self.chance.random() * (0.004 if at_commit else 0.050))
        self.broker.kill()
        self.kills["near a commit" if at_commit else "anywhere"] += 1
        self.start(again=True)

    def perform(self):
        self.start()
        with Connection(self.bootstrap) as connection:
            connection.create_topic(TOPIC, PARTITIONS, retention_ms=-1)
        transactors = [
            Transactor(self, f"transactor-{n}", random.Random(f"{self.options.seed}/{n}"),
                       group=f"group-{n}" if n < 2 else None)
            for n in range(3)]
        idempotent, watcher = Idempotent(self), Watcher(self)
        observer = Observer(self, transactors[:2])
        workers = [*transactors, idempotent, watcher, observer]
        for worker in workers:
            worker.start()
        try:
            for number in range(self.options.kills):
                self.strike()
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} kills, {self.moves} commits", flush=True)
                for worker in workers:
                    if worker.fault:
                        raise RuntimeError(f"{type(worker).__name__}: {worker.fault}")
            for worker in (*transactors, idempotent, observer):
                worker.ending.set()
            for worker in (*transactors, idempotent, observer):
                worker.join(180)
            with Connection(self.bootstrap) as connection:
                ends = [connection.list_offset(TOPIC, p, -1) for p in range(PARTITIONS)]
            until(lambda: all(seen >= end for seen, end in zip(watcher.ends, ends)), 60,
                  "the reader's end of the log")
        finally:
            for worker in workers:
                worker.ending.set()
            for worker in workers:
                worker.join(30)
        logs = [whole_log(self.bootstrap, TOPIC, partition) for partition in range(PARTITIONS)]
        committed = {}
        with Connection(self.bootstrap) as connection:
            for transactor in transactors[:2]:
                committed[transactor.name] = until(
                    lambda: (offset := connection.committed_offset(transactor.group, TOPIC, 0)) is not None
                    and (offset,), 30, "the group's offset")[0]
        checks = log_judge.judge(logs, transactors, idempotent, watcher, observer, committed)
        for worker in workers:
            checks.append((f"{type(worker).__name__} worked to its end",
                           [worker.fault or "it did not end"] if worker.fault or worker.is_alive() else []))
        return transactors, idempotent, logs, checks


def table(run, transactors, idempotent, logs, checks):
    tally = collections.Counter(outcome for t in transactors for outcome in t.outcomes.values())
    restarts = sorted(run.restarts)
    rows = {
        "kills near a commit / anywhere": f"{run.kills['near a commit']} / {run.kills['anywhere']}",
        "transactions committed / aborted / unknown":
            f"{tally['committed']} / {tally['aborted']} / {tally['unknown']}",
        "idempotent records acknowledged / refused":
            f"{len(idempotent.acknowledged)} / {len(idempotent.refused)}",
        "records checked, with control records": sum(map(len, logs)),
        "violations": sum(len(faults) for _, faults in checks),
        "restart, ms, p50 / max": f"{restarts[len(restarts) // 2]:.0f} / {restarts[-1]:.0f}" if restarts else "-",
    }
    for name, value in rows.items():
        print(f"{name:<46}{value:>24}")
    errors = sum((worker.errors for worker in (*transactors, idempotent)), collections.Counter())
    for name, times in errors.most_common(12):
        print(f"  {times:>6} x {name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headway", help="the program; its `broker` is killed")
    parser.add_argument("--kafka", help="a script that runs Apache Kafka: that is killed instead")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--fsync", default="group")
    parser.add_argument("--work", help="a folder that stays; default: a temporary one")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    work = options.work or tempfile.mkdtemp(prefix="headway-broker-kills-")
    os.makedirs(work, exist_ok=True)
    if options.kafka:
        broker = Kafka(options.kafka, os.path.join(work, "kafka"))
    elif options.headway:
        broker = LocalBroker(options.headway, work, "--fsync", options.fsync)
    else:
        parser.error("--headway or --kafka")
    run, passed, failed = Run(options, broker), 0, 0
    try:
        transactors, idempotent, logs, checks = run.perform()
    finally:
        broker.stop()
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    table(run, transactors, idempotent, logs, checks)
    for name, faults in checks:
        passed, failed = passed + (not faults), failed + bool(faults)
        print(f"{'FAILED' if faults else 'ok':<7}{name}{': ' if faults else ''}{'; '.join(map(str, faults[:4]))}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
