"""Records and contracts for the tests, by hand."""

import json
import pathlib

from oracle import contracts
from oracle.dumps import Record

TOPICS = pathlib.Path(__file__).resolve().parents[3] / "Topics"
STREAMS = contracts.read_streams(TOPICS)
TOURISM = STREAMS["tourism.arrivals"]
TYPES = {name: stream.event_type for name, stream in STREAMS.items()}


def record(
    offset,
    value,
    headers=(("content-type", b"application/cloudevents+json"),),
    stream=TOURISM,
    timestamp=1_704_067_200_000,
    partition=0,
    key=b"k",
):
    made = Record()
    made.topic, made.partition, made.offset, made.timestamp = (
        stream.topic,
        partition,
        offset,
        timestamp,
    )
    made.key = key
    made.value = (
        json.dumps(value, ensure_ascii=False).encode() if isinstance(value, dict) else value
    )
    made.headers = list(headers)
    return made


def event(id, time, data, stream=TOURISM):
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/s",
        "type": stream.event_type,
        "time": time,
        "data": data,
    }
