"""aiokafka, the asyncio client: aiokafka_checks.py BOOTSTRAP RUN, a line a check."""

import asyncio
import contextlib
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError
from reporting import Checks, holds, same

BOOTSTRAP, RUN = sys.argv[1:]
checks = Checks("aiokafka: ")


@contextlib.asynccontextmanager
async def running(client):
    await client.start()
    try:
        yield client
    finally:
        await (client.stop() if hasattr(client, "stop") else client.close())


async def topic(name, partitions=2):
    full = f"aiokafka-{name}-{RUN}"
    async with running(AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)) as admin:
        # Some timestamps are old: retention would take their records.
        await admin.create_topics(
            [NewTopic(full, partitions, 1, topic_configs={"retention.ms": "-1"})])
    return full


def producer(**settings):
    return running(AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, **settings))


def consumer(*topics, **settings):
    return running(AIOKafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, auto_offset_reset="earliest",
                                    enable_auto_commit=False, **settings))


async def until(fact, seconds, what):
    async def repeat():
        while not (value := await fact()):
            pass
        return value
    try:
        return await asyncio.wait_for(repeat(), seconds)
    except asyncio.TimeoutError:
        raise AssertionError(f"{what} did not come about within {seconds} s") from None


async def read_all(name, partitions=2, isolation="read_committed"):
    async with consumer(isolation_level=isolation) as reader:
        places = [TopicPartition(name, p) for p in range(partitions)]
        reader.assign(places)
        ends, found = await reader.end_offsets(places), []

        async def to_the_end():
            for batch in (await reader.getmany(timeout_ms=500)).values():
                found.extend(batch)
            return all([await reader.position(place) >= end for place, end in ends.items()])
        await until(to_the_end, 30, "the end of the partitions")
        return found


def values(found):
    return sorted(record.value.decode() for record in found)


async def administration():
    with checks("admin: create, list, more partitions, delete"):
        name = await topic("admin")
        async with running(AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)) as admin:
            holds(name in await admin.list_topics(), "not listed")
            await admin.create_partitions({name: NewPartitions(4)})
            holds(await admin.describe_cluster(), "no cluster")
            await admin.delete_topics([name])


async def producing():
    name = await topic("produce")
    for settings in ({"enable_idempotence": True}, {"acks": "all"}, {"compression_type": "gzip"}):
        with checks(f"produce and read, {settings}"):
            label = str(settings)
            async with producer(**settings) as writer:
                sent = [await writer.send(name, f"{label} {n:03}".encode(), key=str(n).encode(),
                                          headers=[("n", b"1")]) for n in range(200)]
                await asyncio.gather(*sent)
            found = [r for r in await read_all(name) if r.value.decode().startswith(label)]
            same(values(found), [f"{label} {n:03}" for n in range(200)])
            same({len(r.headers) for r in found}, {1}, "headers")
    with checks("offsets for times"):
        name = await topic("times", 1)
        place = TopicPartition(name, 0)
        async with producer() as writer:
            for n in range(5):
                await writer.send_and_wait(name, b"t", timestamp_ms=1_700_000_000_000 + 1_000 * n)
        async with consumer() as reader:
            reader.assign([place])
            found = (await reader.offsets_for_times({place: 1_700_000_001_500}))[place]
            same((found.offset, found.timestamp), (2, 1_700_000_002_000))


async def transactions():
    name = await topic("transactions")
    async with producer(transactional_id=f"aiokafka-{RUN}") as writer:
        with checks("transactions: commit, abort, commit"):
            for finish in ("commit", "abort", "commit"):
                await writer.begin_transaction()
                for n in range(20):
                    await writer.send_and_wait(name, f"{finish} {n:02}".encode(), partition=n % 2)
                await getattr(writer, f"{finish}_transaction")()
            same(values(await read_all(name)), sorted(f"commit {n:02}" for n in range(20) for _ in "ab"))
            same(len(await read_all(name, isolation="read_uncommitted")), 60, "read_uncommitted")
        with checks("transactions: offsets commit with the records"):
            place, group = TopicPartition(name, 0), f"aiokafka-copy-{RUN}"
            for offset, finish in ((5, "commit"), (9, "abort")):
                await writer.begin_transaction()
                await writer.send_and_wait(name, b"copy", partition=1)
                await writer.send_offsets_to_transaction({place: offset}, group)
                await getattr(writer, f"{finish}_transaction")()
            async with consumer(group_id=group) as reader:
                reader.assign([place])
                same(await reader.committed(place), 5, "committed offset")
        with checks("transactions: a fenced producer cannot commit"):
            await writer.begin_transaction()
            await writer.send_and_wait(name, b"fenced", partition=0)
            async with producer(transactional_id=f"aiokafka-{RUN}"):
                try:
                    await writer.commit_transaction()
                except KafkaError:
                    holds("fenced" not in values(await read_all(name)), "the fenced record is seen")
                else:
                    raise AssertionError("a fenced producer could commit")


async def groups():
    with checks("groups: two share, one takes over, offsets go on"):
        name = await topic("group", 4)
        settings = {"group_id": f"aiokafka-share-{RUN}", "heartbeat_interval_ms": 200,
                    "rebalance_timeout_ms": 10_000}
        async with consumer(name, **settings) as first:
            async with consumer(name, **settings) as second:
                async def shared():
                    for member in (first, second):
                        await member.getmany(timeout_ms=50)
                    return len(first.assignment()) == len(second.assignment()) == 2
                await until(shared, 30, "two partitions each")

            async def took_over():
                await first.getmany(timeout_ms=50)
                return len(first.assignment()) == 4
            await until(took_over, 30, "the takeover")
            place = TopicPartition(name, 2)
            await first.commit({place: 3})
            same(await first.committed(place), 3)


async def everything():
    for part in (administration, producing, transactions, groups):
        with checks(f"{part.__name__}, to the end"):
            await part()


asyncio.run(everything())
