"""Kafka's protocol by hand, as little as the outer tests need: nothing of a client library stands between the
test and what the broker says. Uncompressed record batches only, read to the last field."""

import collections
import itertools
import socket
import struct

# One record as it lies in the log. `transactional` and `control` come from its batch.
Record = collections.namedtuple(
    "Record", "offset key value producer epoch sequence transactional control timestamp")

RETRY = {5, 6, 14, 15, 16}  # no leader yet, not the leader, coordinator loading or unknown or elsewhere


class Refused(Exception):
    """The broker's error code, where a test wants the thing done."""


def text(value):
    if value is None:
        return struct.pack(">h", -1)
    encoded = value.encode()
    return struct.pack(">h", len(encoded)) + encoded


def array(entries):
    return struct.pack(">i", len(entries)) + b"".join(entries)


class Reader:
    """Reads an answer from front to back."""

    def __init__(self, content):
        self.content, self.at = content, 0

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.content, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def bytes(self, count):
        self.at += count
        return self.content[self.at - count:self.at]

    def text(self):
        count = self.number("h")
        return None if count < 0 else self.bytes(count).decode()

    def each(self, read):
        return [read() for _ in range(max(0, self.number("i")))]


class Connection:
    """One connection; a request at a time."""

    def __init__(self, bootstrap, timeout=30):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.numbers = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _exactly(self, count):
        parts = bytearray()
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("the broker closed the connection")
            parts += part
        return bytes(parts)

    def ask(self, key, version, body):
        number = next(self.numbers)
        header = struct.pack(">hhi", key, version, number) + text("headway-test")
        self.socket.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        answer = Reader(self._exactly(struct.unpack(">i", self._exactly(4))[0]))
        if answer.number("i") != number:
            raise Refused("answers are out of order")
        return answer

    def api_versions(self):
        answer = self.ask(18, 0, b"")
        if code := answer.number("h"):
            raise Refused(f"ApiVersions: error {code}")
        return {key: (low, high) for key, low, high in answer.each(
            lambda: (answer.number("h"), answer.number("h"), answer.number("h")))}

    def create_topic(self, name, partitions, **settings):
        configs = [text(key.replace("_", ".")) + text(str(value)) for key, value in settings.items()]
        topic = text(name) + struct.pack(">ih", partitions, 1) + array([]) + array(configs)
        answer = self.ask(19, 2, array([topic]) + struct.pack(">ib", 20_000, 0))
        answer.number("i")
        for _, code, reason in answer.each(
                lambda: (answer.text(), answer.number("h"), answer.text())):
            if code:
                raise Refused(f"creating {name}: error {code} {reason}")

    def list_offset(self, topic, partition, timestamp, isolation=0):
        body = struct.pack(">ib", -1, isolation) + array(
            [text(topic) + array([struct.pack(">iq", partition, timestamp)])])
        answer = self.ask(2, 2, body)
        answer.number("i")

        def offset():
            _, code, _, found = (answer.number(form) for form in "ihqq")
            return code, found
        ((_, ((code, found),)),) = answer.each(lambda: (answer.text(), answer.each(offset)))
        if code:
            raise Refused(f"ListOffsets {topic}/{partition}: error {code}")
        return found

    def fetch(self, topic, partition, offset, isolation=0, bytes_max=4 << 20):
        """Error code, high watermark, last stable offset, aborted (producer, first offset), batches' bytes."""
        body = struct.pack(">iiiib", -1, 500, 1, bytes_max, isolation) + array(
            [text(topic) + array([struct.pack(">iqi", partition, offset, bytes_max)])])
        answer = self.ask(1, 4, body)
        answer.number("i")

        def read():
            _, code, high, stable = (answer.number(form) for form in "ihqq")
            aborted = answer.each(lambda: (answer.number("q"), answer.number("q")))
            return code, high, stable, aborted, answer.bytes(max(0, answer.number("i")))
        ((_, (found,)),) = answer.each(lambda: (answer.text(), answer.each(read)))
        return found

    def committed_offset(self, group, topic, partition):
        """A group's committed offset, -1 where there is none; None while the coordinator is not ready."""
        answer = self.ask(9, 1, text(group) + array(
            [text(topic) + array([struct.pack(">i", partition)])]))

        def read():
            _, offset = answer.number("i"), answer.number("q")
            answer.text()
            return offset, answer.number("h")
        ((_, ((offset, code),)),) = answer.each(lambda: (answer.text(), answer.each(read)))
        if code in RETRY:
            return None
        if code:
            raise Refused(f"OffsetFetch {group}: error {code}")
        return offset


def varint(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def sized(content, at):
    length, at = varint(content, at)
    return (None, at) if length < 0 else (content[at:at + length], at + length)


def records(content):
    """The records of whole batches; a batch cut short at the end is left out, as a client does."""
    at = 0
    while at + 61 <= len(content):
        start, length = struct.unpack_from(">qi", content, at)
        end = at + 12 + length
        if end > len(content):
            return
        attributes, _, time, _, producer, epoch, sequence, count = struct.unpack_from(
            ">hiqqqhii", content, at + 21)
        if attributes & 7:
            raise Refused(f"batch at offset {start} is compressed")
        transactional, control = bool(attributes & 16), bool(attributes & 32)
        at += 61
        for index in range(count):
            _, at = varint(content, at)
            delta, at = varint(content, at + 1)
            place, at = varint(content, at)
            key, at = sized(content, at)
            value, at = sized(content, at)
            headers, at = varint(content, at)
            for _ in range(headers):
                _, at = sized(content, at)
                _, at = sized(content, at)
            yield Record(start + place, key, value, producer, epoch,
                         sequence + index if sequence >= 0 else -1, transactional, control, time + delta)
        at = end


def codecs(content):
    """How many records lie in batches of each codec (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd)."""
    counts, at = collections.Counter(), 0
    while at + 61 <= len(content):
        (length,), (attributes,) = (struct.unpack_from(form, content, at + place)
                                    for form, place in ((">i", 8), (">h", 21)))
        counts[attributes & 7] += struct.unpack_from(">i", content, at + 57)[0]
        at += 12 + length
    return counts


def whole_log(bootstrap, topic, partition):
    """Every record from the first offset to the high watermark, control records and aborted ones included."""
    found = []
    with Connection(bootstrap) as connection:
        offset = connection.list_offset(topic, partition, -2)
        end = connection.list_offset(topic, partition, -1)
        while offset < end:
            code, _, _, _, content = connection.fetch(topic, partition, offset)
            if code:
                raise Refused(f"Fetch {topic}/{partition} at {offset}: error {code}")
            before = offset
            for record in records(content):
                if record.offset >= offset:  # a batch may begin below what was asked for
                    found.append(record)
                    offset = record.offset + 1
            if offset == before:
                raise Refused(f"Fetch {topic}/{partition} at {offset} brings nothing below the end {end}")
    return found
