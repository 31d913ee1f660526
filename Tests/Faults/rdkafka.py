"""librdkafka through ctypes: as much of it as the broker's fault run needs (confluent-kafka need not be there)."""

import ctypes

EOF, QUEUE_FULL = -191, -184
COPY = 2  # RD_KAFKA_MSG_F_COPY


class Message(ctypes.Structure):
    _fields_ = [
        ("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32),
        ("payload", ctypes.c_void_p), ("len", ctypes.c_size_t), ("key", ctypes.c_void_p),
        ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64), ("private", ctypes.c_void_p)]


REPORT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Message), ctypes.c_void_p)
P, I, L, T, S = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p, ctypes.c_size_t
SIGNATURES = {
    "conf_new": (P,), "conf_set": (I, P, T, T, T, S), "conf_set_dr_msg_cb": (None, P, REPORT),
    "new": (P, I, P, T, S), "destroy": (None, P), "poll": (I, P, I), "last_error": (I,), "err2name": (T, I),
    "topic_new": (P, P, T, P), "topic_destroy": (None, P),
    "produce": (I, P, ctypes.c_int32, I, P, S, P, S, P), "flush": (I, P, I), "outq_len": (I, P),
    "purge": (I, P, I),
    "init_transactions": (P, P, I), "begin_transaction": (P, P), "commit_transaction": (P, P, I),
    "abort_transaction": (P, P, I), "send_offsets_to_transaction": (P, P, P, P, I),
    "consumer_group_metadata_new": (P, T), "consumer_group_metadata_destroy": (None, P),
    "error_code": (I, P), "error_string": (T, P), "error_is_fatal": (I, P), "error_is_retriable": (I, P),
    "error_txn_requires_abort": (I, P), "error_destroy": (None, P),
    "topic_partition_list_new": (P, I), "topic_partition_list_add": (P, P, T, ctypes.c_int32),
    "topic_partition_list_set_offset": (I, P, T, ctypes.c_int32, L),
    "topic_partition_list_destroy": (None, P), "assign": (I, P, P), "poll_set_consumer": (I, P),
    "consumer_poll": (ctypes.POINTER(Message), P, I), "message_destroy": (None, ctypes.POINTER(Message)),
}


class Calls:
    """The library's functions without their prefix."""

    def __init__(self):
        library = ctypes.CDLL("librdkafka.so.1")
        for name, (result, *arguments) in SIGNATURES.items():
            function = getattr(library, f"rd_kafka_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)


kafka = Calls()


class Failure(Exception):
    """A transactional call's error: `fatal` ends the producer, `abort` ends the transaction."""

    def __init__(self, call, name, fatal=False, abort=False, retriable=False):
        super().__init__(f"{call}: {name}")
        self.call, self.name, self.fatal, self.abort, self.retriable = call, name, fatal, abort, retriable


def handle(kind, settings, report=None):
    reason = ctypes.create_string_buffer(512)
    conf = kafka.conf_new()
    for name, value in settings.items():
        if kafka.conf_set(conf, name.encode(), str(value).encode(), reason, 512) != 0:
            raise RuntimeError(reason.value.decode())
    if report:
        kafka.conf_set_dr_msg_cb(conf, report)
    made = kafka.new(kind, conf, reason, 512)
    if not made:
        raise RuntimeError(reason.value.decode())
    return made


def partition_list(topic, offsets):
    listed = kafka.topic_partition_list_new(len(offsets))
    for partition, offset in offsets.items():
        kafka.topic_partition_list_add(listed, topic.encode(), partition)
        kafka.topic_partition_list_set_offset(listed, topic.encode(), partition, offset)
    return listed


# A broker that comes back within milliseconds is to be found again within milliseconds.
QUICK = {"reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 10,
         "topic.metadata.refresh.fast.interval.ms": 20, "log_level": 0}


class Producer:
    """One producer on one topic. `reported` gets (number or None, error name or None, partition, offset)."""

    def __init__(self, bootstrap, topic, reported=None, **settings):
        self.topic_name = topic
        self.callback = REPORT(self._report) if reported else REPORT()  # kept: the library calls it
        self.reported = reported
        self.handle = handle(0, {
            "bootstrap.servers": bootstrap, "enable.idempotence": "true", "linger.ms": 1, **QUICK,
            **{key.replace("_", "."): value for key, value in settings.items()}},
            self.callback if reported else None)
        self.topic = kafka.topic_new(self.handle, topic.encode(), None)

    def _report(self, _, message, __):
        fields = message.contents
        name = kafka.err2name(fields.err).decode() if fields.err else None
        self.reported(fields.private, name, fields.partition, fields.offset)

    def produce(self, partition, value, number=None):
        code = kafka.produce(self.topic, partition, COPY, value, len(value), None, 0, number)
        if code != 0:
            code = kafka.last_error()
            raise Failure("produce", kafka.err2name(code).decode(), abort=True, retriable=code == QUEUE_FULL)

    def poll(self, milliseconds):
        kafka.poll(self.handle, milliseconds)

    def waiting(self):
        return kafka.outq_len(self.handle)

    def flush(self, milliseconds):
        return kafka.flush(self.handle, milliseconds) == 0

    def call(self, name, *arguments):
        """A transactional call; what may be retried is, until a minute is over."""
        for _ in range(60):
            error = getattr(kafka, name)(self.handle, *arguments)
            if not error:
                return
            failure = Failure(
                name, kafka.err2name(kafka.error_code(error)).decode(), bool(kafka.error_is_fatal(error)),
                bool(kafka.error_txn_requires_abort(error)), bool(kafka.error_is_retriable(error)))
            kafka.error_destroy(error)
            if not failure.retriable or failure.fatal or failure.abort:
                raise failure
            kafka.poll(self.handle, 20)
        raise failure

    def send_offsets(self, group, topic, offsets):
        metadata, listed = kafka.consumer_group_metadata_new(group.encode()), partition_list(topic, offsets)
        try:
            self.call("send_offsets_to_transaction", listed, metadata, 5_000)
        finally:
            kafka.topic_partition_list_destroy(listed)
            kafka.consumer_group_metadata_destroy(metadata)

    def close(self):
        if self.handle:
            kafka.purge(self.handle, 3)  # what is queued and in flight is given up
            kafka.topic_destroy(self.topic)
            kafka.destroy(self.handle)
            self.handle = None


class Reader:
    """Reads committed records of a topic's partitions from their beginning."""

    def __init__(self, bootstrap, topic, partitions, isolation="read_committed"):
        self.handle = handle(1, {
            "bootstrap.servers": bootstrap, "group.id": f"reader-{topic}", "enable.auto.commit": "false",
            "enable.partition.eof": "true", "auto.offset.reset": "error", "isolation.level": isolation,
            "check.crcs": "true", "fetch.wait.max.ms": 50, **QUICK})
        kafka.poll_set_consumer(self.handle)
        listed = partition_list(topic, {partition: 0 for partition in range(partitions)})
        kafka.assign(self.handle, listed)
        kafka.topic_partition_list_destroy(listed)

    def poll(self, milliseconds):
        """(partition, offset, value or None at the end, error name or None), or None when nothing came."""
        message = kafka.consumer_poll(self.handle, milliseconds)
        if not message:
            return None
        fields = message.contents
        if fields.err == 0:
            found = (fields.partition, fields.offset, ctypes.string_at(fields.payload, fields.len), None)
        else:
            error = None if fields.err == EOF else kafka.err2name(fields.err).decode()
            found = (fields.partition, fields.offset, None, error)
        kafka.message_destroy(message)
        return found

    def close(self):
        kafka.destroy(self.handle)
