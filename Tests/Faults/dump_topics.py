#!/usr/bin/env python3
"""Dumps topics as JSON lines, one file a topic, reading committed records only.

    dump_topics.py BOOTSTRAP FOLDER TOPIC...
"""

import base64
import json
import os
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition


def b64(value):
    return None if value is None else base64.b64encode(value).decode()


def records(bootstrap, topic):
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "headway-dump", "enable.auto.commit": False,
        "auto.offset.reset": "error", "isolation.level": "read_committed", "check.crcs": True,
        "enable.partition.eof": True})
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        starts = []
        for partition in partitions:
            low, _ = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
            starts.append(TopicPartition(topic, partition, low))
        consumer.assign(starts)
        open_partitions = set(partitions)
        while open_partitions:
            message = consumer.poll(30)
            if message is None:
                raise RuntimeError(f"{topic}: no answer for 30 s")
            if message.error():
                if message.error().code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
                    continue
                raise RuntimeError(f"{topic}: {message.error()}")
            yield {
                "topic": topic, "partition": message.partition(), "offset": message.offset(),
                "timestamp": message.timestamp()[1], "key": b64(message.key()),
                "value": b64(message.value()),
                "headers": [[n, b64(v)] for n, v in message.headers() or []]}
    finally:
        consumer.close()


def dump(bootstrap, folder, topics):
    os.makedirs(folder, exist_ok=True)
    for topic in topics:
        with open(os.path.join(folder, f"{topic}.jsonl"), "w") as out:
            for record in records(bootstrap, topic):
                out.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    dump(sys.argv[1], sys.argv[2], sys.argv[3:])
