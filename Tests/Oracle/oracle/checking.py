"""Holds the ledger and the output topics against what the log, the contracts and the judge's rounds give."""

import collections
import json

from .dumps import column_bytes, column_day, column_instant
from .folding import GIVEN_REASONS, OUTCOMES, PartitionFold
from .judging import StreamReplay, change_text

PROBLEMS_SHOWN = 20


class Finding:
    """One invariant: what was checked and what was wrong."""

    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.checked = 0
        self.wrong = 0
        self.problems = []

    def check(self, is_right, problem):
        self.checked += 1
        if not is_right:
            self.wrong += 1
            if len(self.problems) < PROBLEMS_SHOWN:
                self.problems.append(problem() if callable(problem) else problem)

    @property
    def row(self):
        return {
            "invariant": self.name, "title": self.title, "ok": self.wrong == 0, "checked": self.checked,
            "wrong": self.wrong, "problems": self.problems,
        }


class Check:
    def __init__(self, streams, plans, outputs, topics, ledger, is_prefix=False):
        """`is_prefix`: the outputs may lack the newest changes and dead letters (read while they are written)."""
        self.streams = streams
        self.plans = plans
        self.outputs = outputs
        self.topics = topics
        self.ledger = ledger
        self.is_prefix = is_prefix
        self.findings = []
        self.names = {
            row["id"]: (row["stream"], row["topic"], row["partition"])
            for row in ledger["ledger.topic_partition"]
        }
        self.positions = ledger["ledger.position"]
        self.folds = self._fold()

    def run(self):
        self._buckets()
        self._measurements()
        self._outcomes()
        self._watermarks()
        self._sequences()
        self._chain()
        self._judgement()
        self._changes_topic()
        self._status_topic()
        self._dead_letters()
        self._dead_letter_topic()
        return self.findings

    def _finding(self, name, title):
        self.findings.append(Finding(name, title))
        return self.findings[-1]

    def _fold(self):
        limits = collections.defaultdict(set)
        for row in self.positions:
            limits[row["topic_partition"]].add(row["next_offset"])
        given = collections.defaultdict(set)
        for row in self.ledger["ledger.dead_letter"]:
            if row["reason"] in GIVEN_REASONS:
                given[row["topic_partition"]].add(row["record_offset"])
        watched = {target.metric for plan in self.plans.values() for target in plan.targets}
        folds = {}
        for key, (stream, topic, partition) in self.names.items():
            folds[key] = PartitionFold(
                self.streams[stream], self.topics.get((topic, partition), []), limits[key], watched, given[key])
        return folds

    # I1

    def _buckets(self):
        series = {
            row["id"]: (row["metric"], row["breakdown"], row["member"]) for row in self.ledger["ledger.series"]
        }
        for grain, column, read in (("hour", "hour", column_instant), ("day", "day", column_day)):
            finding = self._finding("I1", f"buckets by {grain} are the fold of the log")
            held = collections.defaultdict(dict)
            for row in self.ledger[f"ledger.bucket_{grain}"]:
                key = (read(row[column]), *series[row["series"]], row["division"])
                held[row["topic_partition"], row["generation"]][key] = (row["value"], row["events"])
            for position in self.positions:
                place = position["topic_partition"], position["generation"]
                snapshot = self._snapshot(position)
                expected = snapshot.hours if grain == "hour" else snapshot.days
                self._same_cells(finding, place, expected, held.pop(place, {}))
            for place, cells in held.items():
                finding.check(False, f"{place}: {len(cells)} buckets without a position")

    @staticmethod
    def _same_cells(finding, place, expected, held):
        for key in expected.keys() | held.keys():
            # A cell that came to nothing may be there or not.
            wanted, found = expected.get(key, (0, 0)), held.get(key, (0, 0))
            finding.check(wanted == found, lambda: f"{place} {key}: {found} is held, {wanted} is right")

    def _snapshot(self, position):
        return self.folds[position["topic_partition"]].snapshots[position["next_offset"]]

    def _measurements(self):
        finding = self._finding("I1", "measurements are those of the log")
        held = {}
        for row in self.ledger["ledger.measurement"]:
            place = row["topic_partition"], row["generation"], row["record_offset"]
            held[place] = (
                row["indicator"], row["division"], row["period"], column_day(row["period_start"]),
                column_day(row["period_end"]), row["basis"], row["revision"],
                column_instant(row["published_at"]), row["value"], row["unit"])
        for position in self.positions:
            for reading in self.folds[position["topic_partition"]].readings:
                if reading.offset >= position["next_offset"]:
                    break
                place = position["topic_partition"], position["generation"], reading.offset
                wanted = (
                    reading.indicator, reading.division, reading.period, reading.start, reading.end, reading.basis,
                    reading.revision, reading.published, reading.value, reading.unit)
                found = held.pop(place, None)
                finding.check(wanted == found, lambda: f"{place}: {found} is held, {wanted} is right")
        for place, row in held.items():
            finding.check(False, f"{place}: {row} is not in the log")

    # I2

    def _outcomes(self):
        finding = self._finding("I2", "each record has one outcome, and the counts are those of the log")
        for position in self.positions:
            name = self.names[position["topic_partition"]]
            counts = self._snapshot(position).counts
            for outcome in OUTCOMES:
                wanted, found = counts.get(outcome, 0), position[outcome]
                finding.check(
                    wanted == found,
                    lambda: f"{name} generation {position['generation']}: {found} {outcome}, {wanted} is right")
            passed = sum(
                1 for offset in self.folds[position["topic_partition"]].outcomes
                if offset < position["next_offset"])
            total = sum(position[outcome] for outcome in OUTCOMES)
            finding.check(passed == total, lambda: f"{name}: {total} outcomes of {passed} records")

    def _watermarks(self):
        finding = self._finding("W", "watermarks are the latest event times")
        for position in self.positions:
            name = self.names[position["topic_partition"]]
            latest = self._snapshot(position).watermark
            wanted = None if latest is None else latest - self.streams[name[0]].out_of_order
            found = column_instant(position["watermark"])
            finding.check(wanted == found, lambda: f"{name}: {found} is held, {wanted} is right")

    # I4, I7

    def _changes(self):
        changes = collections.defaultdict(list)
        for row in self.ledger["ledger.status_change"]:
            changes[row["plan"]].append(row)
        for rows in changes.values():
            rows.sort(key=lambda row: row["sequence"])
        return changes

    def _sequences(self):
        finding = self._finding("I4", "sequence numbers start at 1 and have no gaps")
        last = {row["id"]: row["last_sequence"] for row in self.ledger["ledger.plan"]}
        for plan, rows in self._changes().items():
            for wanted, row in enumerate(rows, 1):
                finding.check(row["sequence"] == wanted, f"{plan}: {row['sequence']} instead of {wanted}")
            finding.check(last.get(plan) == len(rows), f"{plan}: the plan says {last.get(plan)}, not {len(rows)}")

    def _chain(self):
        finding = self._finding("I7", "each change goes on from the one before, and states are the last changes")
        states = {(row["plan"], row["target"]): row for row in self.ledger["ledger.target_state"]}
        last = {}
        for plan, rows in self._changes().items():
            for row in rows:
                data = json.loads(row["data"])
                before = last.get((plan, row["target"]))
                wanted = (before["to"], before["sequence"]) if before else (None, None)
                found = data["from"], data["previousSequence"]
                finding.check(wanted == found, lambda: f"{plan}/{row['sequence']}: from {found}, not {wanted}")
                finding.check(
                    (data["sequence"], data["target"]) == (row["sequence"], row["target"]),
                    f"{plan}/{row['sequence']}: the data is of another change")
                finding.check(data["from"] != data["to"], f"{plan}/{row['sequence']}: nothing changed")
                last[plan, row["target"]] = data
        for place, data in last.items():
            state = states.get(place)
            found = state and (state["status"], state["sequence"])
            finding.check(
                found == (data["to"], data["sequence"]), lambda: f"{place}: the state is {found}, not {data['to']}")

    def _judgement(self):
        finding = self._finding("I7", "changes are what the log, the plan and the rounds give, to the byte")
        rounds = collections.defaultdict(list)
        for row in self.ledger["ledger.judge_round"]:
            for column in ("as_of", "clock", "watermark"):
                row[column] = column_instant(row[column])
            rounds[row["plan"]].append(row)
        changes = self._changes()
        for name in rounds.keys() | changes.keys():
            if name not in self.plans:
                finding.check(False, f"there is no plan {name}")
                continue
            self._replay(finding, self.plans[name], rounds[name], changes[name])

    def _replay(self, finding, plan, rounds, changes):
        rounds.sort(key=lambda row: row["round"])
        replays = {}
        sequence = 0
        for number, row in enumerate(rounds, 1):
            finding.check(row["round"] == number, f"{plan.id}: round {row['round']} instead of {number}")
            stream = row["stream"]
            if stream not in replays:
                folds = {key: self.folds[key] for key, names in self.names.items() if names[0] == stream}
                replays[stream] = StreamReplay(plan, self.streams[stream], folds)
            positions = [
                (self.names[key][1], self.names[key][2], offset, generation)
                for key, offset, generation in zip(row["topic_partitions"], row["offsets"], row["generations"])
            ]
            for judge, before, after, cause, result in replays[stream].round(row):
                sequence += 1
                wanted = change_text(plan, row, sequence, judge, before, after, cause, result, positions)
                judge.sequence = sequence
                found = changes[sequence - 1]["data"] if sequence <= len(changes) else None
                finding.check(
                    wanted == found, lambda: f"round {number}: {found} was written, {wanted} is right")
        finding.check(
            sequence == len(changes), f"{plan.id}: {len(changes)} changes were written, {sequence} are right")
        self._states(finding, plan, replays)

    def _states(self, finding, plan, replays):
        held = {row["target"]: row for row in self.ledger["ledger.target_state"] if row["plan"] == plan.id}
        for replay in replays.values():
            for judge in replay.judges:
                row = held.get(judge.target.id)
                if row is None:
                    finding.check(judge.status is None, f"{judge.target.id} has no state")
                    continue
                wanted = judge.status, judge.since, judge.candidate, judge.candidate_since
                found = (
                    row["status"], column_instant(row["since"]), row["candidate"],
                    column_instant(row["candidate_since"]))
                finding.check(
                    wanted == found, lambda: f"{judge.target.id}: the state is {found}, {wanted} is right")

    # I5, I9

    def _output(self, role):
        topic = self.outputs[role]
        return [
            record for (name, _), records in sorted(self.topics.items()) if name == topic for record in records
        ]

    def _changes_topic(self):
        finding = self._finding("I5", "the changes topic is the change log: each once, in order, to the byte")
        strays = self._finding("I9", "nothing is in the changes topic that is not in the change log")
        changes = self._changes()
        next_sequence = collections.Counter()
        for record in self._output("status_changes"):
            headers = dict(record.headers)
            plan = headers.get("ce_id", b"").decode().rpartition("/")[0]
            rows = changes.get(plan, [])
            index = next_sequence[plan]
            next_sequence[plan] += 1
            strays.check(index < len(rows), lambda: f"offset {record.offset}: {headers.get('ce_id')} is one too many")
            if index < len(rows):
                self._same_change(finding, record, rows[index], "target.status-changed.v1")
        for plan, rows in changes.items():
            finding.check(
                self.is_prefix or next_sequence[plan] == len(rows),
                f"{plan}: {next_sequence[plan]} of {len(rows)} changes are in the topic")

    @staticmethod
    def _same_change(finding, record, row, event_type):
        headers = dict(record.headers)
        subject = f"{row['plan']}/{row['target']}"
        wanted = {
            "content-type": "application/json", "ce_specversion": "1.0",
            "ce_id": f"{row['plan']}/{row['sequence']}", "ce_source": f"/headway/{row['plan']}",
            "ce_type": event_type, "ce_subject": subject, "ce_sequence": f"{row['sequence']:020}",
        }
        for name, text in wanted.items():
            finding.check(
                headers.get(name) == text.encode(),
                lambda: f"offset {record.offset}: {name} is {headers.get(name)}, not {text}")
        finding.check(record.key == subject.encode(), lambda: f"offset {record.offset}: the key is {record.key}")
        finding.check(
            record.value == row["data"].encode(),
            lambda: f"offset {record.offset}: {record.value} is not {row['data']}")

    def _status_topic(self):
        finding = self._finding("I5", "the status topic holds the latest change of each target")
        latest, published = {}, {}
        for rows in self._changes().values():
            for row in rows:
                latest[f"{row['plan']}/{row['target']}".encode()] = row
        for record in self._output("status"):
            before = published.get(record.key)
            published[record.key] = record
            if before is not None:
                order = [dict(one.headers).get("ce_sequence", b"") for one in (before, record)]
                finding.check(order[0] < order[1], lambda: f"offset {record.offset}: {record.key} goes back")
        for key, row in latest.items():
            if key not in published:
                finding.check(self.is_prefix, f"{key} is not in the topic")
            elif not self.is_prefix:
                self._same_change(finding, published[key], row, "target.status.v1")
        for key in published.keys() - latest.keys():
            finding.check(False, f"{key} is in the topic and not in the log")

    # I8

    def _dead_letters(self):
        finding = self._finding("I8", "dead letters are those of the log, with their bytes")
        held = {}
        for row in self.ledger["ledger.dead_letter"]:
            held[row["topic_partition"], row["generation"], row["record_offset"]] = row
        for position in self.positions:
            key = position["topic_partition"]
            _, topic, partition = self.names[key]
            fold = self.folds[key]
            for record in self.topics.get((topic, partition), []):
                if record.offset >= position["next_offset"] or fold.outcomes[record.offset] != "dead_letter":
                    continue
                place = key, position["generation"], record.offset
                row = held.pop(place, None)
                finding.check(row is not None, f"{place} is not held")
                if row is not None:
                    self._same_dead_letter(finding, place, row, record, fold.dead.get(record.offset))
        for place, row in held.items():
            finding.check(False, f"{place}: {row['reason']} is held and was no dead letter")

    @staticmethod
    def _same_dead_letter(finding, place, row, record, dead):
        if dead is not None:
            found = row["stage"], row["reason"]
            finding.check(found == (dead.stage, dead.reason), lambda: f"{place}: {found}, not {dead.reason}")
        names = [column_bytes(name) for name in row["header_names"]]
        values = [column_bytes(value) for value in row["header_values"]]
        finding.check(
            (column_bytes(row["key"]), column_bytes(row["value"])) == (record.key, record.value)
            and list(zip(names, values)) == [(name.encode(), value) for name, value in record.headers],
            f"{place}: other bytes than the record's")
        time = column_instant(row["record_time"])
        finding.check(
            time == (record.timestamp * 1_000 if record.timestamp >= 0 else None), f"{place}: another timestamp")

    def _dead_letter_topic(self):
        finding = self._finding("I8", "the dead letters topic holds each dead letter once, unchanged")
        strays = self._finding("I9", "nothing is in the dead letters topic that is no dead letter")
        wanted = {}
        for row in self.ledger["ledger.dead_letter"]:
            _, topic, partition = self.names[row["topic_partition"]]
            wanted.setdefault((topic, partition, row["record_offset"]), []).append(row)
        found = collections.Counter()
        originals = {
            (record.topic, record.partition, record.offset): record
            for (topic, partition), records in self.topics.items()
            if any((topic, partition) == names[1:] for names in self.names.values()) for record in records
        }
        for record in self._output("dead_letters"):
            headers = dict(record.headers)
            place = (
                headers.get("__connect.errors.topic", b"").decode(),
                int(headers.get("__connect.errors.partition", b"-1")),
                int(headers.get("__connect.errors.offset", b"-1")))
            rows = wanted.get(place)
            strays.check(rows is not None, lambda: f"offset {record.offset}: {place} is no dead letter")
            if rows is None or place not in originals:
                continue
            found[place] += 1
            finding.check(found[place] <= len(rows), lambda: f"{place} is there {found[place]} times")
            self._same_bytes(finding, record, originals[place], rows[0])
        for place in wanted.keys() - found.keys():
            finding.check(self.is_prefix, f"{place} is not in the topic")

    @staticmethod
    def _same_bytes(finding, record, original, row):
        headers = dict(record.headers)
        finding.check(
            (record.key, record.value, record.timestamp) == (original.key, original.value, original.timestamp)
            and record.headers[: len(original.headers)] == original.headers,
            lambda: f"offset {record.offset}: other bytes than those of {original.offset}")
        for name, text in (
            ("__connect.errors.stage", row["stage"]), ("__connect.errors.exception.class.name", row["reason"]),
            ("__connect.errors.exception.message", row["message"]),
        ):
            finding.check(
                headers.get(name) == text.encode(), lambda: f"offset {record.offset}: {name} is {headers.get(name)}")
        finding.check("headway_dead_letter_id" in headers, f"offset {record.offset}: no id")
