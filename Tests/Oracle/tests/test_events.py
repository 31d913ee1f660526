import base64
import json
import pathlib
import unittest

from oracle import events
from tests.samples import STREAMS, TOURISM, event, record

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "EventsTests" / "Corpus" / "records.jsonl"


def outcome(stream, value, headers, timestamp):
    try:
        decoded = events.decode(stream, value, headers, timestamp)
    except events.Dead as dead:
        return dead.reason, dead.stage, None, None
    word = "event" if isinstance(decoded, events.Event) else "skipped"
    return word, None, decoded.time, decoded


class CorpusTests(unittest.TestCase):
    """The records that the product's decoder is held against."""

    def test_every_record_becomes_what_it_should(self):
        lines = CORPUS.read_text(encoding="utf-8").splitlines()
        self.assertGreater(len(lines), 700)
        for line in lines:
            row = json.loads(line)
            with self.subTest(row["name"]):
                self.check(row)

    def check(self, row):
        def given(text):
            return None if text is None else base64.b64decode(text)

        headers = [(name, given(text)) for name, text in row["headers"]]
        value = given(row.get("value"))
        if "parts" in row:
            value = b"".join(base64.b64decode(part) * times for part, times in row["parts"])
        word, stage, time, decoded = outcome(
            STREAMS[row["stream"]], value, headers, row["timestamp"]
        )
        self.assertEqual(word, row["expect"])
        self.assertEqual(stage, row.get("stage"))
        self.assertEqual(time, row.get("time"))
        if word != "event":
            return
        if "withdrawal" in row:
            self.assertEqual(decoded.is_withdrawal, row["withdrawal"])
        if "previous_time" in row:
            self.assertEqual(decoded.previous.time, row["previous_time"])
        for side, key in ((decoded.current, "fields"), (decoded.previous, "previous")):
            for name, wanted in (row.get(key) or {}).items():
                self.same_field(side.fields.get(name), wanted)

    def same_field(self, value, wanted):
        self.assertEqual(value is None, wanted is None)
        if wanted is None:
            return
        if isinstance(value, int) and "number" in wanted:
            self.assertEqual(int(value), wanted["number"])
        if isinstance(value, (str, list)) and "texts" in wanted:
            self.assertEqual([value] if isinstance(value, str) else value, wanted["texts"])


class PrecedenceTests(unittest.TestCase):
    def reason(self, value, headers=(("content-type", b"application/cloudevents+json"),)):
        made = record(0, value, headers)
        return outcome(TOURISM, made.value, made.headers, made.timestamp)[0]

    def test_the_first_of_several_faults_is_told(self):
        good = event("1", "2023-05-01T00:00:00Z", {"division": "410311", "visitors": 1})
        self.assertEqual(self.reason(good), "event")
        self.assertEqual(self.reason({**good, "specversion": "2", "id": None}), "bad_specversion")
        self.assertEqual(self.reason({**good, "id": 3, "source": ""}), "wrong_type")
        self.assertEqual(self.reason({**good, "type": "x", "time": "never"}), "unknown_type")
        self.assertEqual(self.reason({**good, "time": "never", "data": 1}), "bad_time")
        self.assertEqual(self.reason({**good, "data": {"visitors": 0}}), "missing_member")
        self.assertEqual(
            self.reason({**good, "data": {"division": 1, "visitors": "x"}}), "out_of_range"
        )
        self.assertEqual(
            self.reason({**good, "data": {"division": "410311", "withdrawn": True}}),
            "missing_member",
        )
        self.assertEqual(self.reason(b'{"specversion":"2","a":01}'), "bad_json")
        self.assertEqual(self.reason(b'{"a":1}', ()), "not_cloudevent")
        self.assertEqual(self.reason(b'{"a":}', ()), "bad_json")
        self.assertEqual(self.reason(None), "skipped")
        self.assertEqual(self.reason(b"[" * 300_000), "too_large")
        self.assertEqual(self.reason(b"[" * 100_000), "bad_json")

    def test_binary_mode_takes_its_attributes_from_headers(self):
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"1"),
            ("ce_source", b"/s"),
            ("ce_type", b"tourism.arrival.v1"),
            ("ce_time", b"2023-05-01T00:00:00Z"),
        ]
        data = b'{"division":410311,"visitors":7}'
        self.assertEqual(self.reason(data, headers), "event")
        self.assertEqual(self.reason(data, headers + [("ce_id", b"2")]), "duplicate_member")
        self.assertEqual(self.reason(data, headers[:1] + headers[2:]), "missing_member")
        self.assertEqual(self.reason(b"[]", headers), "bad_json")


if __name__ == "__main__":
    unittest.main()
