"""A small ledger written by hand, which must pass, and the same with one thing wrong at a time."""

import copy
import json
import pathlib
import tempfile
import unittest

from oracle import contracts
from oracle.__main__ import main
from oracle.checking import Check
from oracle.dumps import Ledger
from tests.samples import STREAMS, TOPICS, TOURISM, event, record

OUTPUTS = contracts.read_outputs(TOPICS)
NOON = "2023-01-01T12:10:00+08:00"
DATA = (
    '{"plan":"p","revision":1,"target":"tourism.visitors","sequence":1,"from":null,"to":"no_d'
    'ata","cause":"clock","asOf":"2022-12-31T16:00:00Z","watermark":"2023-01-01T04:10:00Z","v'
    'alue":null,"expected":"0","pace":null,"projected":null,"goal":{"bound":"at_least","value'
    '":"36500","unit":"visits","deadline":"2023-12-31"},"rule":{"at_risk_below":"0.95","off_t'
    'rack_below":"0.85","recover_above":"0.97","hold":"PT0S","dwell":"P3D"},"positions":[{"top'
    'ic":"tourism.arrivals.v1","partition":0,"offset":2,"generation":1}],"previousSequence":n'
    "ull}",
    '{"plan":"p","revision":1,"target":"tourism.visitors","sequence":2,"from":"no_data","to":'
    '"off_track","cause":"live","asOf":"2023-01-01T16:00:00Z","watermark":"2023-01-01T04:10:0'
    '0Z","value":"42","expected":"100","pace":"0.42","projected":null,"goal":{"bound":"at_'
    'least","value":"36500","unit":"visits","deadline":"2023-12-31"},"rule":{"at_risk_below":'
    '"0.95","off_track_below":"0.85","recover_above":"0.97","hold":"PT0S","dwell":"P3D"},"posi'
    'tions":[{"topic":"tourism.arrivals.v1","partition":0,"offset":2,"generation":1}],"previo'
    'usSequence":1}',
)
PLAN = """
plan: p
revision: 1
title: { zh: x, en: x }
zone: Asia/Shanghai
period: { start: 2023-01-01, end: 2023-12-31 }
division: 410300
place: 4103
targets:
  - id: tourism.visitors
    name: { zh: x, en: x }
    sector: tourism
    area: 1
    kind: total
    value: 36_500
    unit: visits
    metric: tourism.visitors
    rule: { hold: 0 d }
"""


def published(offset, sequence, event_type, topic):
    text = DATA[sequence - 1]
    headers = [
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", f"p/{sequence}"),
        ("ce_source", "/headway/p"),
        ("ce_type", event_type),
        ("ce_subject", "p/tourism.visitors"),
        ("ce_sequence", f"{sequence:020}"),
        ("ce_time", "2023-01-01T00:00:00Z"),
    ]
    made = record(offset, text.encode(), [(name, value.encode()) for name, value in headers])
    made.topic, made.key = topic, b"p/tourism.visitors"
    return made


def cells():
    value = {"topic_partition": 3, "generation": 1, "division": 410311, "value": 42, "events": 1}
    rows = []
    for series in (10, 11, 12):
        rows.append(
            ("ledger.bucket_hour", {**value, "series": series, "hour": "2023-01-01T04:00:00+00:00"})
        )
        rows.append(("ledger.bucket_day", {**value, "series": series, "day": "2023-01-01"}))
    return rows


def rows():
    position = {
        "topic_partition": 3,
        "generation": 1,
        "next_offset": 2,
        "folded": 1,
        "duplicate": 0,
        "dead_letter": 1,
        "skipped": 0,
        "watermark": "2023-01-01T04:10:00+00:00",
    }
    seen = {
        "topic_partitions": [3],
        "generations": [1],
        "offsets": [2],
        "revision": 1,
        "plan": "p",
        "stream": "tourism.arrivals",
        "clock": "2023-01-01T16:00:00+00:00",
        "watermark": "2023-01-01T04:10:00+00:00",
    }
    return [
        (
            "ledger.topic_partition",
            {"id": 3, "stream": "tourism.arrivals", "topic": "tourism.arrivals.v1", "partition": 0},
        ),
        ("ledger.series", {"id": 10, "metric": "tourism.visitors", "breakdown": "", "member": ""}),
        (
            "ledger.series",
            {"id": 11, "metric": "tourism.visitors", "breakdown": "origin", "member": "JP"},
        ),
        (
            "ledger.series",
            {"id": 12, "metric": "tourism.overnight-visitors", "breakdown": "", "member": ""},
        ),
        (
            "ledger.series",
            {
                "id": 13,
                "metric": "tourism.overnight-visitors",
                "breakdown": "origin",
                "member": "JP",
            },
        ),
        ("ledger.position", position),
        *cells(),
        (
            "ledger.bucket_hour",
            {
                "topic_partition": 3,
                "generation": 1,
                "hour": "2023-01-01T04:00:00+00:00",
                "series": 13,
                "division": 410311,
                "value": 42,
                "events": 1,
            },
        ),
        (
            "ledger.bucket_day",
            {
                "topic_partition": 3,
                "generation": 1,
                "day": "2023-01-01",
                "series": 13,
                "division": 410311,
                "value": 42,
                "events": 1,
            },
        ),
        (
            "ledger.dead_letter",
            {
                "topic_partition": 3,
                "generation": 1,
                "record_offset": 1,
                "stage": "decode",
                "reason": "bad_json",
                "message": "m",
                "key": "\\x6b",
                "value": "\\x7b",
                "header_names": ["\\x636f6e74656e742d74797065"],
                "header_values": ["\\x6170706c69636174696f6e2f636c6f75646576656e74732b6a736f6e"],
                "record_time": "2024-01-01T00:00:00+00:00",
                "state": "waiting",
            },
        ),
        ("ledger.plan", {"id": "p", "last_sequence": 2, "last_round": 2}),
        ("ledger.judge_round", {**seen, "round": 1, "as_of": "2022-12-31T16:00:00+00:00"}),
        ("ledger.judge_round", {**seen, "round": 2, "as_of": "2023-01-01T16:00:00+00:00"}),
        (
            "ledger.status_change",
            {"plan": "p", "sequence": 1, "target": "tourism.visitors", "round": 1, "data": DATA[0]},
        ),
        (
            "ledger.status_change",
            {"plan": "p", "sequence": 2, "target": "tourism.visitors", "round": 2, "data": DATA[1]},
        ),
        (
            "ledger.target_state",
            {
                "plan": "p",
                "target": "tourism.visitors",
                "status": "off_track",
                "sequence": 2,
                "since": "2023-01-01T16:00:00+00:00",
                "candidate": None,
                "candidate_since": None,
            },
        ),
    ]


def topics():
    data = {"division": "410311", "visitors": 42, "origin": "JP", "overnight": True}
    dead = record(
        0,
        b"{",
        [
            ("content-type", b"application/cloudevents+json"),
            ("__connect.errors.topic", b"tourism.arrivals.v1"),
            ("__connect.errors.partition", b"0"),
            ("__connect.errors.offset", b"1"),
            ("__connect.errors.stage", b"decode"),
            ("__connect.errors.exception.class.name", b"bad_json"),
            ("__connect.errors.exception.message", b"m"),
            ("headway_dead_letter_id", b"1"),
        ],
    )
    dead.topic = "headway.dead-letters.v1"
    return {
        ("tourism.arrivals.v1", 0): [record(0, event("a", NOON, data)), record(1, b"{")],
        ("target.status-changes.v1", 0): [
            published(0, 1, "target.status-changed.v1", "target.status-changes.v1"),
            published(2, 2, "target.status-changed.v1", "target.status-changes.v1"),
        ],
        ("target.status.v1", 0): [
            published(0, 1, "target.status.v1", "target.status.v1"),
            published(2, 2, "target.status.v1", "target.status.v1"),
        ],
        ("headway.dead-letters.v1", 0): [dead],
    }


class CheckTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        pathlib.Path(folder.name, "plans").mkdir()
        pathlib.Path(folder.name, "plans", "p.yaml").write_text(PLAN, encoding="utf-8")
        self.plans = contracts.read_plans(folder.name, STREAMS)
        self.rows, self.topics = rows(), topics()

    def failed(self, is_prefix=False):
        ledger = Ledger(copy.deepcopy(self.rows))
        findings = Check(STREAMS, self.plans, OUTPUTS, self.topics, ledger, is_prefix).run()
        self.assertGreater(sum(finding.checked for finding in findings), 40)
        return {finding.name for finding in findings if finding.wrong}

    def change(self, table, **members):
        """The last row of a table."""
        row = [row for name, row in self.rows if name == table][-1]
        row.update(members)

    def test_what_is_right_passes(self):
        self.assertEqual(self.failed(), set())

    def test_each_wrong_thing_is_found(self):
        cases = {
            "I1": [
                ("ledger.bucket_hour", {"value": 43}),
                ("ledger.bucket_day", {"events": 2}),
                ("ledger.bucket_hour", {"generation": 2}),
            ],
            "I2": [("ledger.position", {"folded": 2}), ("ledger.position", {"skipped": 1})],
            "W": [("ledger.position", {"watermark": None})],
            "I4": [("ledger.plan", {"last_sequence": 3})],
            "I7": [
                ("ledger.target_state", {"status": "at_risk"}),
                ("ledger.judge_round", {"offsets": [0]}),
                ("ledger.target_state", {"since": "2023-01-02T16:00:00+00:00"}),
            ],
            "I8": [
                ("ledger.dead_letter", {"value": "\\x7b20"}),
                ("ledger.dead_letter", {"reason": "bad_time"}),
                ("ledger.dead_letter", {"header_names": [], "header_values": []}),
            ],
        }
        for name, wrongs in cases.items():
            for table, members in wrongs:
                with self.subTest(name, table=table, **members):
                    self.rows, self.topics = rows(), topics()
                    self.change(table, **members)
                    self.assertIn(name, self.failed())

    def test_changed_text_is_found(self):
        self.change("ledger.status_change", data=DATA[1].replace('"0.42"', '"0.420"'))
        self.assertEqual(self.failed(), {"I5", "I7"})

    def test_topics_are_held_against_the_log(self):
        for topic, name in (("target.status-changes.v1", "I5"), ("headway.dead-letters.v1", "I8")):
            with self.subTest(topic):
                self.topics = topics()
                self.topics[topic, 0].pop()
                self.assertEqual(self.failed(), {name})
                self.assertEqual(self.failed(is_prefix=True), set())
        self.topics = topics()
        self.topics["target.status-changes.v1", 0].reverse()
        self.assertEqual(self.failed(), {"I5"})
        self.topics = topics()
        self.topics["target.status-changes.v1", 0] *= 2
        self.assertEqual(self.failed(), {"I5", "I9"})
        self.topics = topics()
        self.topics["target.status.v1", 0].reverse()
        self.assertEqual(self.failed(), {"I5"})
        self.topics = topics()
        self.topics["headway.dead-letters.v1", 0] *= 2
        self.assertEqual(self.failed(), {"I8"})

    def test_a_time_that_brokers_refuse_may_move_into_a_header(self):
        def dead(ahead, header):
            self.rows, self.topics = rows(), topics()
            original = self.topics["tourism.arrivals.v1", 0][1]
            found = self.topics["headway.dead-letters.v1", 0][0]
            found.timestamp = original.timestamp - ahead
            if header is not None:
                text = str(original.timestamp + header).encode()
                found.headers = [*found.headers, ("headway_record_timestamp", text)]
            return self.failed()

        self.assertEqual(dead(3_600_001, 0), set())
        self.assertEqual(dead(3_600_001, None), {"I8"})
        self.assertEqual(dead(3_600_001, 1), {"I8"})
        self.assertEqual(dead(1_000, 0), {"I8"})
        self.assertEqual(dead(0, 0), {"I8"})

    def test_the_command_reads_dumps_and_reports(self):
        import base64

        def text(value):
            return None if value is None else base64.b64encode(value).decode()

        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for place in ("streams", "outputs", "plans"):
                (folder / place).mkdir()
            for path in [*TOPICS.glob("streams/*.yaml"), *TOPICS.glob("outputs/*.yaml")]:
                (folder / path.parent.name / path.name).write_text(
                    path.read_text(encoding="utf-8"), encoding="utf-8"
                )
            (folder / "plans" / "p.yaml").write_text(PLAN, encoding="utf-8")
            with open(folder / "topics.jsonl", "w", encoding="utf-8") as file:
                for one in (one for records in self.topics.values() for one in records):
                    row = {
                        "topic": one.topic,
                        "partition": one.partition,
                        "offset": one.offset,
                        "timestamp": one.timestamp,
                        "key": text(one.key),
                        "value": text(one.value),
                        "headers": [[header, text(value)] for header, value in one.headers],
                    }
                    file.write(json.dumps(row) + "\n")
            with open(folder / "ledger.jsonl", "w", encoding="utf-8") as file:
                file.writelines(
                    json.dumps({"table": table, "row": row}) + "\n" for table, row in self.rows
                )
            arguments = [
                "--topics",
                str(folder / "topics.jsonl"),
                "--ledger",
                str(folder / "ledger.jsonl"),
                "--contracts",
                name,
                "--json",
                str(folder / "report.json"),
            ]
            self.assertEqual(main(arguments), 0)
            report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            self.assertTrue(report["ok"])
            self.assertEqual(len(report["invariants"]), 14)


if __name__ == "__main__":
    unittest.main()
