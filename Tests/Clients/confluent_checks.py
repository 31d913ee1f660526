"""confluent-kafka, the newest librdkafka: confluent_checks.py BOOTSTRAP RUN, a line a check."""

import collections
import sys

from confluent_kafka import (
    Consumer, ConsumerGroupTopicPartitions, IsolationLevel, KafkaException, Producer, TopicPartition)
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec,
    ResourceType)
from reporting import Checks, holds, same, until

BOOTSTRAP, RUN = sys.argv[1:]
checks = Checks("confluent-kafka: ")
admin = AdminClient({"bootstrap.servers": BOOTSTRAP})


def topic(name, partitions=3, **settings):
    full = f"confluent-{name}-{RUN}"
    config = {key.replace("_", "."): value for key, value in settings.items()}
    done(admin.create_topics([NewTopic(full, partitions, 1, config=config)]))
    return full


def done(futures):
    return {key: future.result(20) for key, future in futures.items()}


def producer(**settings):
    return Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 2,
                     **{key.replace("_", "."): value for key, value in settings.items()}})


def consumer(group, **settings):
    return Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": f"{group}-{RUN}",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     **{key.replace("_", "."): value for key, value in settings.items()}})


def read_all(name, partitions=3, isolation="read_committed"):
    """Every record up to each partition's end."""
    reader = consumer("reader", isolation_level=isolation, enable_partition_eof=True)
    reader.assign([TopicPartition(name, p, 0) for p in range(partitions)])
    ended, found = set(), []

    def to_the_end():
        message = reader.poll(1)
        if message is not None and message.error():
            ended.add(message.partition())
        elif message is not None:
            found.append(message)
        return len(ended) == partitions
    until(to_the_end, 30, "the end of the partitions")
    reader.close()
    return found


def values(messages):
    return sorted(message.value().decode() for message in messages)


def administration():
    with checks("admin: create, list, describe"):
        name = topic("admin", retention_ms="777000")
        same(len(admin.list_topics(timeout=20).topics[name].partitions), 3, "partitions")
        resource = ConfigResource(ResourceType.TOPIC, name)
        same(done(admin.describe_configs([resource]))[resource]["retention.ms"].value, "777000")
        holds(admin.describe_cluster().result(20).controller is not None, "no controller")
    with checks("admin: a topic that exists is refused"):
        try:
            topic("admin")
        except KafkaException as refused:
            same(refused.args[0].name(), "TOPIC_ALREADY_EXISTS")
        else:
            raise AssertionError("created twice")
    with checks("admin: alter configs"):
        changed = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[
            ConfigEntry("retention.ms", "888000", incremental_operation=AlterConfigOpType.SET),
            ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND)])
        done(admin.incremental_alter_configs([changed]))
        # Apache Kafka's broker learns of it from its controller, a moment later.
        found = until(lambda: (now := done(admin.describe_configs([resource]))[resource])
                      and now["retention.ms"].value == "888000" and now, 10, "the new retention")
        same(set(found["cleanup.policy"].value.split(",")), {"compact", "delete"})
    with checks("admin: more partitions"):
        done(admin.create_partitions([NewPartitions(name, 5)]))
        until(lambda: len(admin.list_topics(timeout=5).topics[name].partitions) == 5, 10, "five partitions")
    with checks("admin: delete records, list offsets"):
        writer = producer()
        for n in range(10):
            writer.produce(name, str(n), key=str(n), partition=0)
        writer.flush(20)
        place = TopicPartition(name, 0, 4)
        same(done(admin.delete_records([place]))[place].low_watermark, 4)
        offset = lambda spec: done(admin.list_offsets(  # noqa: E731
            {TopicPartition(name, 0): spec}))[TopicPartition(name, 0)].offset
        same((offset(OffsetSpec.earliest()), offset(OffsetSpec.latest())), (4, 10))
    with checks("admin: delete a topic"):
        done(admin.delete_topics([name]))
        until(lambda: name not in admin.list_topics(timeout=5).topics, 10, "the topic's absence")


def producing():
    name = topic("produce", retention_ms="-1")  # its timestamps are old
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        with checks(f"idempotent produce and read, {codec}"):
            reports, writer = [], producer(enable_idempotence=True, compression_type=codec)
            for n in range(1_000):
                writer.produce(name, f"{codec}-{n:04}", key=str(n % 50), headers={"n": str(n), "none": None},
                               timestamp=1_700_000_000_000 + n,
                               on_delivery=lambda error, message: reports.append(
                                   (error, message.partition(), message.offset())))
                writer.poll(0)
            same(writer.flush(30), 0, "left in the queue")
            same([error for error, _, _ in reports if error], [], "refused")
            offsets = collections.defaultdict(list)
            for _, partition, offset in reports:
                offsets[partition].append(offset)
            for listed in offsets.values():
                same(listed, list(range(listed[0], listed[0] + len(listed))), "offsets")
            found = [m for m in read_all(name) if m.value().startswith(codec.encode())]
            same(values(found), [f"{codec}-{n:04}" for n in range(1_000)])
            for message in found:
                n = int(message.value()[-4:])
                same((message.timestamp()[1], message.key(), message.headers()),
                     (1_700_000_000_000 + n, str(n % 50).encode(), [("n", str(n).encode()), ("none", None)]))
    with checks("a tombstone"):
        writer = producer()
        writer.produce(topic("tombstone", 1), None, key="gone")
        writer.flush(20)
        (message,) = read_all(f"confluent-tombstone-{RUN}", 1)
        same((message.key(), message.value()), (b"gone", None))
    with checks("offsets for times, watermarks, seek"):
        reader = consumer("times")
        place = TopicPartition(name, 0)
        low, high = reader.get_watermark_offsets(place, timeout=20)
        same(low, 0)
        (found,) = reader.offsets_for_times([TopicPartition(name, 0, 1_700_000_000_500)], timeout=20)
        reader.assign([found])
        first = until(lambda: reader.poll(1), 20, "a record")
        holds(first.timestamp()[1] >= 1_700_000_000_500 and first.offset() == found.offset, "wrong record")
        reader.seek(TopicPartition(name, 0, high - 1))
        until(lambda: (m := reader.poll(1)) and m.offset() == high - 1, 20, "the last record")
        reader.close()


def transactions():
    name = topic("transactions")
    writer = producer(transactional_id=f"confluent-{RUN}")
    with checks("transactions: commit, abort, commit"):
        writer.init_transactions(20)
        for round_, finish in enumerate(("commit", "abort", "commit")):
            writer.begin_transaction()
            for n in range(30):
                writer.produce(name, f"{round_}-{finish}-{n:02}", partition=n % 3)
            writer.flush(20)
            getattr(writer, f"{finish}_transaction")(20)
        kept = sorted(f"{r}-commit-{n:02}" for r in (0, 2) for n in range(30))
        same(values(read_all(name)), kept, "read_committed")
        same(len(read_all(name, isolation="read_uncommitted")), 90, "read_uncommitted")
    with checks("transactions: an open one is not seen, and holds back what follows"):
        writer.begin_transaction()
        writer.produce(name, "open", partition=0)
        writer.flush(20)
        plain = producer()
        plain.produce(name, "behind", partition=0)
        plain.flush(20)
        same(values(read_all(name)), kept, "read_committed")
        stable = done(admin.list_offsets({TopicPartition(name, 0): OffsetSpec.latest()},
                                         isolation_level=IsolationLevel.READ_COMMITTED))
        end = done(admin.list_offsets({TopicPartition(name, 0): OffsetSpec.latest()}))
        holds(stable[TopicPartition(name, 0)].offset + 2 == end[TopicPartition(name, 0)].offset,
              "the last stable offset is not that of the open transaction")
    with checks("transactions: the successor aborts and fences"):
        successor = producer(transactional_id=f"confluent-{RUN}")
        successor.init_transactions(20)
        try:
            writer.commit_transaction(20)
        except KafkaException as fenced:
            holds(fenced.args[0].fatal(), f"not fatal: {fenced}")
        else:
            raise AssertionError("a fenced producer could commit")
        same(values(read_all(name)), sorted([*kept, "behind"]), "read_committed")
    with checks("transactions: offsets commit with the records"):
        target = topic("target", 1)
        reader = consumer("copy", isolation_level="read_committed")
        reader.subscribe([name])
        count = 0
        while count < 61:
            message = until(lambda: reader.poll(1), 30, "records to copy")
            if count % 20 == 0:
                successor.begin_transaction()
            successor.produce(target, message.value())
            count += 1
            if count % 20 == 0 or count == 61:
                successor.send_offsets_to_transaction(
                    reader.position(reader.assignment()), reader.consumer_group_metadata(), 20)
                successor.commit_transaction(20)
        committed = {p.partition: p.offset for p in reader.committed(reader.assignment(), timeout=20)}
        same(committed, {p.partition: p.offset for p in reader.position(reader.assignment())})
        same(values(read_all(target, 1)), values(read_all(name)), "the copy")
        successor.begin_transaction()
        successor.send_offsets_to_transaction(
            [TopicPartition(name, 0, 1)], reader.consumer_group_metadata(), 20)
        successor.abort_transaction(20)
        same(reader.committed([TopicPartition(name, 0)], timeout=20)[0].offset, committed[0], "after abort")
        reader.close()


def rebalances():
    name = topic("groups", 4)
    for strategy in ("range", "cooperative-sticky"):
        with checks(f"groups: members share and take over, {strategy}"):
            settings = {"partition_assignment_strategy": strategy, "session_timeout_ms": 10_000,
                        "heartbeat_interval_ms": 200}
            first, second = (consumer(f"share-{strategy}", **settings) for _ in range(2))
            counts = lambda: [c.poll(0.05) and 0 for c in (first, second)] and (  # noqa: E731
                len(first.assignment()), len(second.assignment()))
            first.subscribe([name])
            until(lambda: first.poll(0.1) or len(first.assignment()) == 4, 20, "all four to the first")
            second.subscribe([name])
            until(lambda: counts() == (2, 2), 30, "two each")
            second.close()
            until(lambda: first.poll(0.1) or len(first.assignment()) == 4, 30, "the takeover")
            first.close()
    with checks("groups: a static member comes back without a rebalance"):
        settings = {"group_instance_id": "fixed", "session_timeout_ms": 10_000}
        member = consumer("static", **settings)
        member.subscribe([name])
        until(lambda: member.poll(0.1) or len(member.assignment()) == 4, 20, "the assignment")
        before = done(admin.describe_consumer_groups([f"static-{RUN}"]))[f"static-{RUN}"]
        same([m.group_instance_id for m in before.members], ["fixed"])
        member.close()
        again = consumer("static", **settings)
        again.subscribe([name])
        until(lambda: again.poll(0.1) or len(again.assignment()) == 4, 5, "the assignment, at once")
        again.close()
    with checks("groups: commit, list, describe, alter and delete offsets"):
        member = consumer("offsets")
        member.commit(offsets=[TopicPartition(name, 1, 7, "note")], asynchronous=False)
        (found,) = member.committed([TopicPartition(name, 1)], timeout=20)
        same((found.offset, found.metadata), (7, "note"))
        member.close()
        group = f"offsets-{RUN}"
        listed = admin.list_consumer_groups().result(20)
        holds(group in [g.group_id for g in listed.valid], f"{group} is not listed: {listed.errors}")
        done(admin.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, [TopicPartition(name, 1, 3)])]))
        offsets = done(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))[group]
        same([(p.partition, p.offset) for p in offsets.topic_partitions], [(1, 3)])
        done(admin.delete_consumer_groups([group]))
        listed = admin.list_consumer_groups().result(20)
        holds(group not in [g.group_id for g in listed.valid], "still listed")


for part in (administration, producing, transactions, rebalances):
    with checks(f"{part.__name__}, to the end"):
        part()
