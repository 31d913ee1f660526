"""python3 dump_topics.py BROKERS FILE TOPIC...: topics as JSON lines, from their first record to
their end.

Reads committed records only; --uncommitted before the brokers reads all. Uses librdkafka through
ctypes.
"""

import base64
import ctypes
import json
import sys

EOF, TIMED_OUT = -191, -185
BEGINNING = -2


class Partition(ctypes.Structure):
    _fields_ = [
        ("id", ctypes.c_int32),
        ("err", ctypes.c_int),
        ("leader", ctypes.c_int32),
        ("replica_cnt", ctypes.c_int),
        ("replicas", ctypes.c_void_p),
        ("isr_cnt", ctypes.c_int),
        ("isrs", ctypes.c_void_p),
    ]


class Topic(ctypes.Structure):
    _fields_ = [
        ("topic", ctypes.c_char_p),
        ("partition_cnt", ctypes.c_int),
        ("partitions", ctypes.POINTER(Partition)),
        ("err", ctypes.c_int),
    ]


class Metadata(ctypes.Structure):
    _fields_ = [
        ("broker_cnt", ctypes.c_int),
        ("brokers", ctypes.c_void_p),
        ("topic_cnt", ctypes.c_int),
        ("topics", ctypes.POINTER(Topic)),
    ]


class Message(ctypes.Structure):
    _fields_ = [
        ("err", ctypes.c_int),
        ("rkt", ctypes.c_void_p),
        ("partition", ctypes.c_int32),
        ("payload", ctypes.c_void_p),
        ("len", ctypes.c_size_t),
        ("key", ctypes.c_void_p),
        ("key_len", ctypes.c_size_t),
        ("offset", ctypes.c_int64),
        ("private", ctypes.c_void_p),
    ]


def library():
    kafka = ctypes.CDLL("librdkafka.so.1")
    for name, result, arguments in (
        ("rd_kafka_conf_new", ctypes.c_void_p, []),
        (
            "rd_kafka_conf_set",
            ctypes.c_int,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t],
        ),
        (
            "rd_kafka_new",
            ctypes.c_void_p,
            [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t],
        ),
        (
            "rd_kafka_topic_new",
            ctypes.c_void_p,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
        ),
        ("rd_kafka_topic_name", ctypes.c_char_p, [ctypes.c_void_p]),
        (
            "rd_kafka_metadata",
            ctypes.c_int,
            [
                ctypes.c_void_p,
                ctypes.c_int,
                ctypes.c_void_p,
                ctypes.POINTER(ctypes.POINTER(Metadata)),
                ctypes.c_int,
            ],
        ),
        ("rd_kafka_topic_partition_list_new", ctypes.c_void_p, [ctypes.c_int]),
        (
            "rd_kafka_topic_partition_list_add",
            ctypes.c_void_p,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32],
        ),
        (
            "rd_kafka_topic_partition_list_set_offset",
            ctypes.c_int,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_int64],
        ),
        ("rd_kafka_assign", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p]),
        ("rd_kafka_consumer_poll", ctypes.POINTER(Message), [ctypes.c_void_p, ctypes.c_int]),
        ("rd_kafka_poll_set_consumer", ctypes.c_int, [ctypes.c_void_p]),
        (
            "rd_kafka_message_timestamp",
            ctypes.c_int64,
            [ctypes.POINTER(Message), ctypes.POINTER(ctypes.c_int)],
        ),
        (
            "rd_kafka_message_headers",
            ctypes.c_int,
            [ctypes.POINTER(Message), ctypes.POINTER(ctypes.c_void_p)],
        ),
        (
            "rd_kafka_header_get_all",
            ctypes.c_int,
            [
                ctypes.c_void_p,
                ctypes.c_size_t,
                ctypes.POINTER(ctypes.c_char_p),
                ctypes.POINTER(ctypes.c_void_p),
                ctypes.POINTER(ctypes.c_size_t),
            ],
        ),
        ("rd_kafka_message_destroy", None, [ctypes.POINTER(Message)]),
        ("rd_kafka_err2str", ctypes.c_char_p, [ctypes.c_int]),
    ):
        function = getattr(kafka, name)
        function.restype, function.argtypes = result, arguments
    return kafka


def consumer(kafka, brokers, isolation):
    error = ctypes.create_string_buffer(512)
    settings = kafka.rd_kafka_conf_new()
    for name, value in {
        "bootstrap.servers": brokers,
        "group.id": "headway-oracle",
        "enable.auto.commit": "false",
        "enable.partition.eof": "true",
        "auto.offset.reset": "error",
        "isolation.level": isolation,
        "check.crcs": "true",
        "fetch.wait.max.ms": "50",
        "queued.max.messages.kbytes": "65536",
    }.items():
        if kafka.rd_kafka_conf_set(settings, name.encode(), value.encode(), error, 512) != 0:
            raise RuntimeError(error.value.decode())
    handle = kafka.rd_kafka_new(1, settings, error, 512)
    if not handle:
        raise RuntimeError(error.value.decode())
    kafka.rd_kafka_poll_set_consumer(handle)
    return handle


def partitions(kafka, handle, topic):
    reference = kafka.rd_kafka_topic_new(handle, topic.encode(), None)
    found = ctypes.POINTER(Metadata)()
    code = kafka.rd_kafka_metadata(handle, 0, reference, ctypes.byref(found), 20_000)
    if code != 0 or found.contents.topics[0].err != 0:
        raise RuntimeError(
            f"{topic}: {kafka.rd_kafka_err2str(code or found.contents.topics[0].err).decode()}"
        )
    return found.contents.topics[0].partition_cnt


def text(pointer, length):
    return None if not pointer else base64.b64encode(ctypes.string_at(pointer, length)).decode()


def row(kafka, message):
    fields = message.contents
    kind, headers = ctypes.c_int(), ctypes.c_void_p()
    timestamp = kafka.rd_kafka_message_timestamp(message, ctypes.byref(kind))
    listed = []
    if kafka.rd_kafka_message_headers(message, ctypes.byref(headers)) == 0:
        name, value, size = ctypes.c_char_p(), ctypes.c_void_p(), ctypes.c_size_t()
        while (
            kafka.rd_kafka_header_get_all(
                headers, len(listed), ctypes.byref(name), ctypes.byref(value), ctypes.byref(size)
            )
            == 0
        ):
            listed.append([name.value.decode(), text(value.value, size.value)])
    return {
        "topic": kafka.rd_kafka_topic_name(fields.rkt).decode(),
        "partition": fields.partition,
        "offset": fields.offset,
        "timestamp": timestamp,
        "key": text(fields.key, fields.key_len),
        "value": text(fields.payload, fields.len),
        "headers": listed,
    }


def main(arguments):
    isolation = "read_committed"
    if arguments[0] == "--uncommitted":
        isolation, arguments = "read_uncommitted", arguments[1:]
    brokers, path, *topics = arguments
    kafka = library()
    handle = consumer(kafka, brokers, isolation)
    assignment = kafka.rd_kafka_topic_partition_list_new(16)
    waiting = set()
    for topic in topics:
        for partition in range(partitions(kafka, handle, topic)):
            kafka.rd_kafka_topic_partition_list_add(assignment, topic.encode(), partition)
            kafka.rd_kafka_topic_partition_list_set_offset(
                assignment, topic.encode(), partition, BEGINNING
            )
            waiting.add((topic, partition))
    if kafka.rd_kafka_assign(handle, assignment) != 0:
        raise RuntimeError("the partitions could not be assigned")
    count = idle = 0
    with open(path, "w", encoding="utf-8") as file:
        while waiting:
            message = kafka.rd_kafka_consumer_poll(handle, 1_000)
            if not message:
                idle += 1
                if idle > 30:
                    raise RuntimeError(
                        f"nothing came for 30 s; not at their end: {sorted(waiting)}"
                    )
                continue
            idle = 0
            code = message.contents.err
            if code == 0:
                file.write(
                    json.dumps(row(kafka, message), ensure_ascii=False, separators=(",", ":"))
                    + "\n"
                )
                count += 1
            elif code == EOF:
                topic = kafka.rd_kafka_topic_name(message.contents.rkt).decode()
                waiting.discard((topic, message.contents.partition))
            elif code != TIMED_OUT:
                raise RuntimeError(kafka.rd_kafka_err2str(code).decode())
            kafka.rd_kafka_message_destroy(message)
    print(f"{count} records")


if __name__ == "__main__":
    main(sys.argv[1:])
