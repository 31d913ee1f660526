"""kafka-python, a client in Python throughout: kafka_python_checks.py BOOTSTRAP RUN, a line a check."""

import sys
import threading

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from reporting import Checks, holds, same, until

BOOTSTRAP, RUN = sys.argv[1:]
checks = Checks("kafka-python: ")
admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)


def topic(name, partitions=2):
    full = f"kafka-python-{name}-{RUN}"
    # Some timestamps are old: retention would take their records.
    admin.create_topics([NewTopic(full, partitions, 1, topic_configs={"retention.ms": "-1"})])
    return full


def producer(**settings):
    return KafkaProducer(bootstrap_servers=BOOTSTRAP, **settings)


def consumer(*topics, **settings):
    return KafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, auto_offset_reset="earliest",
                         enable_auto_commit=False, **settings)


def read_all(name, partitions=2, isolation="read_committed"):
    reader = consumer(isolation_level=isolation)
    places = [TopicPartition(name, p) for p in range(partitions)]
    reader.assign(places)
    ends, found = reader.end_offsets(places), []

    def to_the_end():
        for batch in reader.poll(timeout_ms=500).values():
            found.extend(batch)
        return all(reader.position(place) >= end for place, end in ends.items())
    until(to_the_end, 30, "the end of the partitions")
    reader.close()
    return found


def values(found):
    return sorted(record.value.decode() for record in found)


class Member(threading.Thread):
    """A member of a group, polled by a thread of its own: polled in turns, two of them wait for each other."""

    def __init__(self, name, settings):
        super().__init__(daemon=True)
        self.consumer, self.ending, self.share = consumer(name, **settings), threading.Event(), 0
        self.start()

    def run(self):
        while not self.ending.is_set():
            self.consumer.poll(timeout_ms=200)
            self.share = len(self.consumer.assignment())

    def shares(self, count):
        self.ending.wait(0.05)
        return self.share == count

    def ended(self):
        """The consumer, which belongs to nobody else from now on."""
        self.ending.set()
        self.join(30)
        return self.consumer


def everything():
    with checks("admin: create, list, describe, more partitions, delete"):
        name = topic("admin")
        holds(name in admin.list_topics(), "not listed")
        admin.create_partitions({name: 4})
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        holds(admin.describe_configs([resource]), "no settings")
        admin.delete_topics([name])
        until(lambda: name not in admin.list_topics(), 10, "the topic's absence")
    name = topic("produce")
    for settings in ({"enable_idempotence": True}, {"enable_idempotence": False, "acks": "all"},
                     {"compression_type": "gzip"}):
        with checks(f"produce and read, {settings}"):
            label, writer = str(settings), producer(**settings)
            sent = [writer.send(name, f"{label} {n:03}".encode(), key=str(n).encode(),
                                headers=[("n", str(n).encode())]) for n in range(200)]
            writer.flush(timeout=30)
            for future in sent:
                future.get(timeout=10)
            writer.close()
            found = [r for r in read_all(name) if r.value.decode().startswith(label)]
            same(values(found), [f"{label} {n:03}" for n in range(200)])
            same({len(r.headers) for r in found}, {1}, "headers")
    name, writer = topic("transactions"), producer(transactional_id=f"kafka-python-{RUN}")
    with checks("transactions: commit, abort, commit"):
        writer.init_transactions()
        for finish in ("commit", "abort", "commit"):
            writer.begin_transaction()
            for n in range(20):
                writer.send(name, f"{finish} {n:02}".encode(), partition=n % 2)
            writer.flush(timeout=30)
            getattr(writer, f"{finish}_transaction")()
        same(values(read_all(name)), sorted(f"commit {n:02}" for n in range(20) for _ in "ab"))
        same(len(read_all(name, isolation="read_uncommitted")), 60, "read_uncommitted")
    with checks("transactions: offsets commit with the records"):
        reader = consumer(name, group_id=f"kafka-python-{RUN}", isolation_level="read_committed")
        until(lambda: reader.poll(timeout_ms=500), 30, "records in a group")
        place = TopicPartition(name, 0)
        for offset, finish in ((5, "commit"), (9, "abort")):
            writer.begin_transaction()
            writer.send(name, b"copy", partition=1)
            writer.send_offsets_to_transaction(
                {place: OffsetAndMetadata(offset, "", -1)}, reader.group_metadata())
            getattr(writer, f"{finish}_transaction")()
        same(reader.committed(place), 5, "committed offset")
        reader.close()
    with checks("transactions: a fenced producer cannot commit"):
        writer.begin_transaction()
        writer.send(name, b"fenced", partition=0)
        writer.flush(timeout=30)
        successor = producer(transactional_id=f"kafka-python-{RUN}")
        successor.init_transactions()
        try:
            writer.commit_transaction()
        except KafkaError:
            holds("fenced" not in values(read_all(name)), "the fenced record is seen")
        else:
            raise AssertionError("a fenced producer could commit")
        successor.close()
    with checks("groups: two share, one takes over, offsets go on"):
        name = topic("group", 4)
        settings = {"group_id": f"kafka-python-share-{RUN}", "heartbeat_interval_ms": 200}
        first, second = Member(name, settings), Member(name, settings)
        until(lambda: first.shares(2) and second.shares(2), 30, "two partitions each")
        second.ended().close()
        until(lambda: first.shares(4), 30, "the takeover")
        last = first.ended()
        last.commit({TopicPartition(name, 2): OffsetAndMetadata(3, "note", -1)})
        same(last.committed(TopicPartition(name, 2)), 3)
        last.close()
    with checks("offsets for times"):
        writer = producer()
        for n in range(5):
            writer.send(name, b"t", partition=0, timestamp_ms=1_700_000_000_000 + 1_000 * n)
        writer.flush(timeout=30)
        reader = consumer()
        place = TopicPartition(name, 0)
        found = reader.offsets_for_times({place: 1_700_000_001_500})[place]
        same((found.offset, found.timestamp), (2, 1_700_000_002_000))
        same(reader.offsets_for_times({place: 1_800_000_000_000})[place], None, "after the last")
        reader.close()


with checks("to the end"):
    everything()
