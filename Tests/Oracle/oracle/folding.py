"""Folds the log of one topic partition as the contract says: outcomes, buckets, measurements, dead
letters."""

import collections

from .events import Dead, Event, decode
from .figures import INT64_MAX, INT64_MIN, period

OUTCOMES = ("folded", "duplicate", "dead_letter", "skipped")
# Reasons of dead letters that lie in the ledger or the process, not in the record.
GIVEN_REASONS = ("rejected", "quarantined")


class Reading:
    __slots__ = (
        "offset",
        "indicator",
        "division",
        "period",
        "start",
        "end",
        "basis",
        "revision",
        "published",
        "value",
        "unit",
    )


class Change:
    """What one record does to one metric at one hour: for judging."""

    __slots__ = ("offset", "metric", "hour", "division", "members", "value", "kind", "reading")

    def __init__(self, offset, metric, hour, division, members, value, kind):
        self.offset = offset
        self.metric = metric
        self.hour = hour
        self.division = division
        self.members = members
        self.value = value
        self.kind = kind
        # The measurement that it is, if it is one.
        self.reading = None

    @property
    def events(self):
        """What it adds to the count of its hour's events."""
        return 1 if self.kind == "add" else -1


class Snapshot:
    """What the ledger must hold when a generation has come to an offset."""

    __slots__ = ("counts", "hours", "days", "watermark")

    def __init__(self, counts, hours, days, watermark):
        self.counts = dict(counts)
        self.hours = {key: tuple(cell) for key, cell in hours.items()}
        self.days = {key: tuple(cell) for key, cell in days.items()}
        self.watermark = watermark


class PartitionFold:
    """All of one partition's records, in order, with a snapshot at each of the next offsets in
    `limits`.

    `given`: offsets that the ledger refused for reasons that the log does not tell (`rejected`,
    `quarantined`).
    """

    def __init__(self, stream, records, limits=(), watched=frozenset(), given=frozenset()):
        self.stream = stream
        self.outcomes = {}
        self.dead = {}
        self.readings = []
        self._revisions = {}
        self.changes = []
        self.snapshots = {}
        self._watched = watched
        self._given = given
        self._seen = set()
        self._counts = collections.Counter()
        self._hours, self._days = {}, {}
        self._watermark = None
        waiting = sorted(set(limits), reverse=True)
        for record in records:
            while waiting and record.offset >= waiting[-1]:
                self._snapshot(waiting.pop())
            self._add(record)
        while waiting:
            self._snapshot(waiting.pop())

    def _snapshot(self, limit):
        self.snapshots[limit] = Snapshot(self._counts, self._hours, self._days, self._watermark)

    def _add(self, record):
        offset = record.offset
        if offset in self._given:
            outcome = "dead_letter"
        else:
            outcome = self._outcome(record)
        self.outcomes[offset] = outcome
        self._counts[outcome] += 1

    def _outcome(self, record):
        try:
            event = decode(self.stream, record.value, record.headers, record.timestamp)
            if not isinstance(event, Event):
                self._advance(event.time)
                return "skipped"
            identity = (self.stream.zone.day(event.time), event.source, event.id)
            if identity in self._seen:
                self._advance(event.time)
                return "duplicate"
            if self.stream.kind == "measurements":
                self._read(record.offset, event)
            else:
                self._fold(record.offset, event)
        except Dead as dead:
            self.dead[record.offset] = dead
            return "dead_letter"
        self._seen.add(identity)
        self._advance(event.time)
        return "folded"

    def _advance(self, time):
        if time is not None and (self._watermark is None or time > self._watermark):
            self._watermark = time

    def _read(self, offset, event):
        fields = event.current.fields
        reading = Reading()
        reading.offset = offset
        reading.indicator = fields["indicator"]
        reading.division = fields["division"]
        reading.period = fields["period"]
        reading.start, reading.end = period(reading.period)
        reading.basis = fields.get("basis", "cumulative")
        reading.revision = fields.get("revision", 0)
        reading.published = event.time
        scale = next(field.scale for field in self.stream.fields if field.name == "value")
        reading.value = fields["value"] * 10 ** (6 - scale)
        reading.unit = fields.get("unit")
        if not INT64_MIN <= reading.value <= INT64_MAX:
            raise Dead("overflow", "apply")
        self.readings.append(reading)
        hour = self.stream.zone.hour(event.time)
        # A revision replaces what an earlier record of the same period said.
        key = reading.indicator, reading.division, reading.period
        highest = self._revisions.get(key)
        revises = highest is not None and reading.revision >= highest
        self._revisions[key] = max(reading.revision, reading.revision if highest is None else highest)
        kind = "take" if revises else "add"
        change = Change(offset, reading.indicator, hour, reading.division, None, 0, kind)
        change.reading = reading
        self.changes.append(change)

    def _fold(self, offset, event):
        added = {} if event.is_withdrawal else self._measures(event.current.fields)
        taken = self._measures(event.previous.fields) if event.previous else {}
        for metric, amount in taken.items():
            if amount == INT64_MIN or not INT64_MIN <= added.get(metric, 0) - amount <= INT64_MAX:
                raise Dead("overflow", "apply")
        if taken:
            self._apply(offset, event.previous, taken, -1, "take")
        if added:
            self._apply(offset, event.current, added, 1, "add")

    def _measures(self, fields):
        amounts = {}
        for metric in self.stream.metrics:
            if metric.where and not _passes(fields.get(metric.where[0]), metric.where[1]):
                continue
            if metric.measure is None:
                amounts[metric.name] = 1
            elif metric.measure in fields:
                amounts[metric.name] = fields[metric.measure]
        return amounts

    def _apply(self, offset, side, amounts, sign, kind):
        fields = side.fields
        hour = self.stream.zone.hour(side.time)
        day = self.stream.zone.day(hour)
        division = fields["division"]
        for metric in self.stream.metrics:
            if metric.name not in amounts:
                continue
            value = amounts[metric.name] * sign
            self._cell(hour, day, metric.name, "", "", division, value, sign)
            members = []
            for breakdown in metric.breakdowns:
                named = fields.get(breakdown)
                if named is None:
                    continue
                for member in named if isinstance(named, list) else (named,):
                    members.append((breakdown, member))
                    self._cell(hour, day, metric.name, breakdown, member, division, value, sign)
            if metric.name in self._watched:
                self.changes.append(
                    Change(offset, metric.name, hour, division, members, value, kind)
                )

    def _cell(self, hour, day, metric, breakdown, member, division, value, events):
        for sums, when in ((self._hours, hour), (self._days, day)):
            cell = sums.setdefault((when, metric, breakdown, member, division), [0, 0])
            cell[0] += value
            cell[1] += events


def _passes(value, wanted):
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    return wanted in value if isinstance(value, list) else value == wanted
