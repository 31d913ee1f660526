"""Holds the ledger and the output topics against what the log, the contracts and the judge's rounds
give."""

import collections

from .checking_judgement import JudgementChecks
from .checking_outputs import OutputChecks
from .dumps import column_day, column_instant
from .editions import read_editions
from .finding import Finding
from .folding import GIVEN_REASONS, OUTCOMES, PartitionFold


class Check(JudgementChecks, OutputChecks):
    def __init__(self, streams, plans, outputs, topics, ledger, is_prefix=False):
        """`is_prefix`: the outputs may lack the newest changes and dead letters (read while they
        are written)."""
        self.streams = streams
        self.editions = read_editions(ledger)
        # What the files say now holds for what was judged before editions were written down.
        written = {name: editions[0].plan for name, editions in self.editions.items()}
        self.plans = written | plans
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
        plans = list(self.plans.values())
        plans += [edition.plan for editions in self.editions.values() for edition in editions]
        watched = {target.metric for plan in plans for target in plan.targets}
        folds = {}
        for key, (stream, topic, partition) in self.names.items():
            folds[key] = PartitionFold(
                self.streams[stream],
                self.topics.get((topic, partition), []),
                limits[key],
                watched,
                given[key],
            )
        return folds

    # I1

    def _buckets(self):
        series = {
            row["id"]: (row["metric"], row["breakdown"], row["member"])
            for row in self.ledger["ledger.series"]
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
            finding.check(
                wanted == found, lambda: f"{place} {key}: {found} is held, {wanted} is right"
            )

    def _snapshot(self, position):
        return self.folds[position["topic_partition"]].snapshots[position["next_offset"]]

    def _measurements(self):
        finding = self._finding("I1", "measurements are those of the log")
        held = {}
        for row in self.ledger["ledger.measurement"]:
            place = row["topic_partition"], row["generation"], row["record_offset"]
            held[place] = (
                row["indicator"],
                row["division"],
                row["period"],
                column_day(row["period_start"]),
                column_day(row["period_end"]),
                row["basis"],
                row["revision"],
                column_instant(row["published_at"]),
                row["value"],
                row["unit"],
            )
        for position in self.positions:
            for reading in self.folds[position["topic_partition"]].readings:
                if reading.offset >= position["next_offset"]:
                    break
                place = position["topic_partition"], position["generation"], reading.offset
                wanted = (
                    reading.indicator,
                    reading.division,
                    reading.period,
                    reading.start,
                    reading.end,
                    reading.basis,
                    reading.revision,
                    reading.published,
                    reading.value,
                    reading.unit,
                )
                found = held.pop(place, None)
                finding.check(
                    wanted == found, lambda: f"{place}: {found} is held, {wanted} is right"
                )
        for place, row in held.items():
            finding.check(False, f"{place}: {row} is not in the log")

    # I2

    def _outcomes(self):
        finding = self._finding(
            "I2", "each record has one outcome, and the counts are those of the log"
        )
        for position in self.positions:
            name = self.names[position["topic_partition"]]
            counts = self._snapshot(position).counts
            for outcome in OUTCOMES:
                wanted, found = counts.get(outcome, 0), position[outcome]
                finding.check(
                    wanted == found,
                    lambda: f"{name}: {found} {outcome}, {wanted} is right",
                )
            passed = sum(
                1
                for offset in self.folds[position["topic_partition"]].outcomes
                if offset < position["next_offset"]
            )
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
