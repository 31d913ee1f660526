"""Reads what was dumped: topics and ledger, as JSON lines."""

import base64
import collections
import datetime
import json
import pathlib

from .figures import EPOCH, instant


class Record:
    __slots__ = ("topic", "partition", "offset", "timestamp", "key", "value", "headers")


def read_topics(path):
    """Records by (topic, partition), each list in order of offset. `path`: a file, or a folder of
    .jsonl files."""
    path = pathlib.Path(path)
    partitions = collections.defaultdict(list)
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                record = _record(json.loads(line))
                partitions[record.topic, record.partition].append(record)
    for records in partitions.values():
        records.sort(key=lambda record: record.offset)
    return partitions


def _record(row):
    record = Record()
    record.topic = row["topic"]
    record.partition = row["partition"]
    record.offset = row["offset"]
    record.timestamp = row["timestamp"]
    record.key = _bytes(row["key"])
    record.value = _bytes(row["value"])
    record.headers = [(name, _bytes(value)) for name, value in row["headers"]]
    return record


def _bytes(text):
    return None if text is None else base64.b64decode(text, validate=True)


class Ledger:
    """Rows by table, for example `ledger.position`."""

    def __init__(self, rows):
        self._tables = collections.defaultdict(list)
        for table, row in rows:
            self._tables[table].append(row)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as lines:
            parsed = (json.loads(line) for line in lines)
            return Ledger((line["table"], line["row"]) for line in parsed)

    def __getitem__(self, table):
        return self._tables.get(table, [])


def column_bytes(text):
    """A bytea of row_to_json."""
    return None if text is None else bytes.fromhex(text.removeprefix("\\x"))


def column_instant(text):
    """A timestamptz of row_to_json, in microseconds."""
    if text is None:
        return None
    parsed = instant(text)
    if parsed is None:
        raise ValueError(f"{text} is no timestamp with seconds and a zone")
    return parsed


def column_day(text):
    return datetime.date.fromisoformat(text).toordinal() - EPOCH
