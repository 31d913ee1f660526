"""The status of targets as a function of the plan, the log and the rounds of the judge; replayed
round by round."""

import bisect
import json

from .figures import HOUR, day_text, divide, duration_text, format_figure, instant_text

SEVERITY = {"on_track": 0, "at_risk": 1, "off_track": 2}
PACE_MAX = 10**15
# Less of a goal than this says nothing of the whole.
LEAST_SHARE = 50


class Trajectory:
    def __init__(self, target, zone):
        self.start = zone.start(target.window_start)
        self.end = zone.start(target.deadline + 1)
        self.course = "profile" if target.course == "linear" else target.course
        knots = [(target.deadline, 1_000_000)] if target.course == "linear" else target.knots
        self.points = [(zone.start(day + 1), share) for day, share in knots]

    def share(self, at):
        """Numerator and denominator."""
        if self.course == "constant":
            return 1, 1
        if self.course == "steps":
            reached = [share for when, share in self.points if when <= at]
            return (reached[-1] if reached else 0), 1_000_000
        if at <= self.start:
            return 0, 1
        before = self.start, 0
        for when, share in self.points:
            if at < when:
                span = when - before[0]
                passed = max(0, at - before[0])
                return before[1] * span + (share - before[1]) * passed, span * 1_000_000
            before = when, share
        return before[1], 1_000_000


class Assessment:
    __slots__ = ("as_of", "value", "expected", "pace", "projected", "verdict")


class Judge:
    """One target: its timers and its last change."""

    def __init__(self, target, zone):
        self.target = target
        self.trajectory = Trajectory(target, zone)
        self.status = None
        self.since = None
        self.candidate = None
        self.candidate_since = None
        self.sequence = None
        # Keys of its sums: from, to, series, place; for growth the year before's as well. None
        # where it is measured.
        self.counted = None
        self.base = None

    def assess(self, value, last_input, as_of, covered=None):
        """`covered`: until when a published figure speaks; it is held against what was expected
        then. A milestone is held against now."""
        target = self.target
        when = as_of if covered is None or target.kind == "milestone" else min(as_of, covered)
        numerator, denominator = self.trajectory.share(when)
        result = Assessment()
        result.as_of = as_of
        result.value = result.pace = result.projected = None
        result.expected = divide(target.value * numerator, denominator)
        if as_of < self.trajectory.start:
            result.verdict = "pending"
            return result
        if value is not None:
            result.value = value
            result.pace = self._pace(value, result.expected)
            climbs = self.trajectory.course == "profile"
            if climbs and target.kind in ("total", "level", "delta"):
                if numerator * LEAST_SHARE >= denominator:
                    result.projected = divide(value * denominator, numerator)
            else:
                result.projected = value
        result.verdict = self._verdict(result, last_input)
        return result

    def _verdict(self, result, last_input):
        target = self.target
        met = result.value is not None and self._is_met(result.value)
        at_once = target.bound == "at_least" and target.kind in ("total", "milestone")
        if met and (at_once or result.as_of >= self.trajectory.end):
            return "achieved"
        if result.as_of >= self.trajectory.end + target.rule.grace:
            return "missed"
        warning = target.rule.warn_before
        if target.kind == "milestone" and warning is not None:
            if result.as_of >= self.trajectory.end - warning:
                return "nearing"
        if result.pace is None:
            return "no_data"
        stale = target.rule.stale_after
        if stale is not None and last_input is not None and last_input + stale < result.as_of:
            return "no_data"
        return "pace"

    def _is_met(self, value):
        target = self.target
        return {
            "at_least": value >= target.value,
            "at_most": value <= target.value,
            "about": abs(value - target.value) <= target.tolerance,
            "range": target.value <= value <= (target.value_max or target.value),
        }[target.bound]

    def _pace(self, value, expected):
        target = self.target
        margin = {
            "at_least": value - expected,
            "at_most": expected - value,
            "about": target.tolerance - abs(value - expected),
            "range": min(value - expected, (target.value_max or target.value) - value),
        }[target.bound]
        unit = abs(expected) or max(1, target.slack)
        return max(-PACE_MAX, min(PACE_MAX, divide((unit + margin) * 1_000_000, unit)))

    def judge(self, result):
        """The status before and after where it changed, else None."""
        rule, as_of = self.target.rule, result.as_of
        if result.verdict not in ("pace", "nearing"):
            return self._take(result.verdict, as_of)
        if self.status not in SEVERITY:
            deserved = "on_track" if result.pace is None else _entered(result.pace, rule)
            return self._enter(_at_least(deserved, result), result)
        deserved = "on_track" if result.pace is None else self._deserved(result.pace)
        deserved = _at_least(deserved, result)
        dwelt = self.since + rule.dwell <= as_of
        if SEVERITY[deserved] <= SEVERITY[self.status]:
            self.candidate = self.candidate_since = None
            return self._take(deserved, as_of) if dwelt else None
        if self._hold(deserved, as_of) and dwelt:
            return self._take(self.candidate, as_of)
        return None

    def _enter(self, deserved, result):
        """From what is no opinion. Worse than on_track is held here as well, with no data until
        then; a near date is a fact, and who had it done and lost it waits for nothing."""
        as_of = result.as_of
        if deserved == "on_track" or self.status in ("achieved", "missed"):
            return self._take(deserved, as_of)
        if self._hold(deserved, as_of):
            return self._take(self.candidate, as_of)
        if result.verdict == "nearing":
            return self._take("at_risk", as_of)
        if self.status == "no_data":
            return None
        held = self.candidate, self.candidate_since
        change = self._take("no_data", as_of)
        self.candidate, self.candidate_since = held
        return change

    def _hold(self, deserved, as_of):
        """Whether the mildest of what has been deserved without a break was for long enough."""
        if self.candidate is None:
            self.candidate, self.candidate_since = deserved, as_of
        elif SEVERITY[deserved] < SEVERITY[self.candidate]:
            self.candidate = deserved
        return self.candidate_since + self.target.rule.hold <= as_of

    def _deserved(self, pace):
        rule = self.target.rule
        plain = _entered(pace, rule)
        if self.status == "on_track" or plain == "off_track" or pace >= rule.recover_above:
            return plain
        leaves = rule.off_track_below + rule.recover_above - rule.at_risk_below
        return "off_track" if self.status == "off_track" and pace < leaves else "at_risk"

    def _take(self, status, as_of):
        self.candidate = self.candidate_since = None
        if status == self.status:
            return None
        before, self.status, self.since = self.status, status, as_of
        return before, status


def _at_least(deserved, result):
    """A milestone whose date nears is at risk, or worse."""
    if result.verdict == "nearing" and deserved == "on_track":
        return "at_risk"
    return deserved


def _entered(pace, rule):
    if pace < rule.off_track_below:
        return "off_track"
    return "at_risk" if pace < rule.at_risk_below else "on_track"


class HourSums:
    """Sums by hour from a window's start on, with the sum of all hours before an instant. An hour
    whose events were all taken back, with their value, holds nothing."""

    def __init__(self, start, end):
        self.start = start
        self.end = end
        size = max(1, (end - start + HOUR - 1) // HOUR)
        self.tree = [0] * (size + 1)
        self.cells = {}
        self.touched = []

    def add(self, hour, value, events):
        if not self.start <= hour < self.end:
            return
        before = self.cells.get(hour, (0, 0))
        after = before[0] + value, before[1] + events
        self.cells[hour] = after
        place = bisect.bisect_left(self.touched, hour)
        if before == (0, 0) and after != (0, 0):
            self.touched.insert(place, hour)
        elif before != (0, 0) and after == (0, 0):
            del self.touched[place]
        index = (hour - self.start) // HOUR + 1
        while index < len(self.tree):
            self.tree[index] += value
            index += index & -index

    def before(self, as_of):
        """The sum and the latest hour that holds anything; None where none does."""
        limit = min(as_of, self.end)
        place = bisect.bisect_left(self.touched, limit)
        if place == 0:
            return None, None
        index = min(len(self.tree) - 1, (limit - self.start + HOUR - 1) // HOUR)
        total = 0
        while index > 0:
            total += self.tree[index]
            index -= index & -index
        return total, self.touched[place - 1]


def measured(readings, target, division, as_of):
    """The figure of a measured target before an instant, when its last reading came, and the last
    day that it speaks of."""
    known = [r for r in readings if r.published < as_of and _bears(r, target, division)]
    if not known:
        return None, None, None
    last_input = max(r.published for r in known)
    current = {}
    for reading in known:
        other = current.get(reading.period)
        if other is None or (reading.revision, reading.offset) > (other.revision, other.offset):
            current[reading.period] = reading

    def latest(rows):
        return max(rows, key=lambda r: (r.end, r.published, r.offset), default=None)

    if target.kind != "total":
        reading = latest(current.values())
        return reading.value, last_input, reading.end
    cumulative = latest([r for r in current.values() if r.basis == "cumulative"])
    total = cumulative.value if cumulative else 0
    ends = [cumulative.end] if cumulative else []
    for reading in current.values():
        if reading.basis == "period" and (cumulative is None or reading.start > cumulative.end):
            total += reading.value
            ends.append(reading.end)
    return total, last_input, max(ends)


def _bears(reading, target, division):
    if reading.division != division or reading.end > target.deadline:
        return False
    return target.kind != "total" or reading.end >= target.window_start


class StreamReplay:
    """One stream's targets: sees the log up to the positions of each round."""

    def __init__(self, plan, stream, partitions, timers=None, start=None):
        """`partitions`: folds by topic-partition id. `timers`: judges by target, which the plan's
        streams share. `start`: offsets by topic-partition id below which nothing is evidence."""
        self.stream = stream
        self.partitions = partitions
        self.timers = {} if timers is None else timers
        self.start = start or {}
        self.next_change = {key: 0 for key in partitions}
        self.next_reading = {key: 0 for key in partitions}
        self.readings = {}
        self.seen = []
        self.pending = []
        self.previous = None
        self.held = None
        self.sums = {}
        self.take_up(plan)

    def take_up(self, plan):
        """Goes on by another edition of the plan; who was judged before keeps timers."""
        self.plan = plan
        self.judges = []
        sums, self.sums = self.sums, {}
        for target in plan.targets:
            if target.stream != self.stream.name:
                continue
            judge = self.timers.setdefault(target.id, Judge(target, plan.zone))
            judge.target, judge.trajectory = target, Trajectory(target, plan.zone)
            self.judges.append(judge)
            if not target.metric:
                continue
            series = target.metric, target.breakdown, target.member
            span = judge.trajectory.start, judge.trajectory.end
            judge.counted = self._count((*span, series, plan.place), sums)
            judge.base = None
            if target.kind == "growth":
                days = target.window_start, target.deadline + 1
                span = [plan.zone.year_before(plan.zone.start(day)) for day in days]
                judge.base = self._count((*span, series, plan.place), sums)

    def _count(self, key, known):
        """Sums of a span, series and place, whose hours have been added up before or are now."""
        if key not in known:
            known[key] = HourSums(*key[:2])
            for change in self.seen:
                if _is_of(key[2], change, key[3]):
                    known[key].add(change.hour, change.value, change.events)
        self.sums[key] = known[key]
        return key

    def _figure(self, judge, as_of):
        """Value, when its latest part came, and until when it speaks where that is not now."""
        target = judge.target
        if not target.metric:
            readings = self.readings.get(target.indicator, [])
            value, last_input, last_day = measured(readings, target, self.plan.division, as_of)
            covered = None if last_day is None else self.plan.zone.start(last_day + 1)
            return value, last_input, covered
        value, last_input = self.sums[judge.counted].before(as_of)
        if value is None or judge.base is None:
            return value, last_input, None
        base = self.sums[judge.base]
        limit = base.end
        if as_of < judge.trajectory.end:
            limit = min(limit, self.plan.zone.year_before(as_of))
        before, _ = base.before(limit)
        if before is None or before <= 0:
            return None, None, None
        return divide((value - before) * 100_000_000, before), last_input, None

    def round(self, row):
        """The changes of one round: (judge, before, after, cause, assessment)."""
        as_of = row["as_of"]
        offsets = dict(zip(row["topic_partitions"], row["offsets"]))
        for key, offset in offsets.items():
            self._see(key, offset)
        plan = self.plan
        whole = row["revision"], plan.zone.name, plan.division, plan.place
        replayed = self.previous is not None and any(
            generation not in row["generations"] for generation in self.previous["generations"]
        )
        evidence = self._evidence(as_of)
        outcomes = []
        for judge in self.judges:
            target = judge.target
            value, last_input, covered = self._figure(judge, as_of)
            result = judge.assess(value, last_input, as_of, covered)
            change = judge.judge(result)
            if change:
                news = evidence.get(target.metric or target.indicator, ())
                seen = {word for word, what in news if self._bears(what, judge)}
                if replayed:
                    seen.add("replay")
                if not seen and self._is_edited(whole, target):
                    seen.add("plan")
                outcomes.append((judge, *change, _cause(seen), result))
        self.previous = row
        self.held = whole, {judge.target.id: judge.target for judge in self.judges}
        return outcomes

    def _bears(self, change, judge):
        """Whether the target looks at it at all."""
        if judge.target.metric:
            keys = [key for key in (judge.counted, judge.base) if key]
            return any(start <= change.hour < end for start, end, _, _ in keys)
        return _bears(change.reading, judge.target, self.plan.division)

    def _is_edited(self, whole, target):
        """Whether the target was judged by something else at the stream's round before."""
        if self.held is None:
            return False
        return self.held[0] != whole or self.held[1].get(target.id) != target

    def _see(self, key, offset):
        fold = self.partitions[key]
        at = self.next_change[key]
        while at < len(fold.changes) and fold.changes[at].offset < offset:
            change = fold.changes[at]
            self.seen.append(change)
            if change.offset >= self.start.get(key, 0):
                self.pending.append(change)
            for start, end, series, place in self.sums:
                if _is_of(series, change, place):
                    self.sums[start, end, series, place].add(change.hour, change.value, change.events)
            at += 1
        self.next_change[key] = at
        at = self.next_reading[key]
        while at < len(fold.readings) and fold.readings[at].offset < offset:
            self.readings.setdefault(fold.readings[at].indicator, []).append(fold.readings[at])
            at += 1
        self.next_reading[key] = at

    def _evidence(self, as_of):
        """By subject, what this round sees and the one before did not; later hours wait."""
        before = self.previous["as_of"] if self.previous else None
        evidence, later = {}, []
        for change in self.pending:
            if change.hour >= as_of:
                later.append(change)
                continue
            if change.kind == "take":
                word = "correction"
            elif before is not None and change.hour + HOUR <= before:
                word = "late"
            else:
                word = "live"
            evidence.setdefault(change.metric, []).append((word, change))
        self.pending = later
        return evidence


def _is_of(series, change, place):
    metric, breakdown, member = series
    if change.metric != metric or not str(change.division).startswith(place):
        return False
    return not breakdown or (breakdown, member) in change.members


def _cause(seen):
    for word in ("plan", "replay", "correction", "live", "late"):
        if word in seen:
            return word
    return "clock"


def change_text(plan, row, sequence, judge, before, after, cause, result, positions):
    """The published `data`, to the byte. `positions`: (topic, partition, offset, generation) in
    order."""
    target, rule = judge.target, judge.target.rule

    def figure(units):
        return None if units is None else format_figure(units, target.scale)

    goal = {"bound": target.bound, "value": figure(target.value)}
    if target.bound == "range":
        goal["value_max"] = figure(target.value_max)
    if target.bound == "about":
        goal["tolerance"] = figure(target.tolerance)
    goal["unit"] = target.unit
    goal["deadline"] = day_text(target.deadline)
    data = {
        "plan": plan.id,
        "revision": row["revision"],
        "target": target.id,
        "sequence": sequence,
        "from": before,
        "to": after,
        "cause": cause,
        "asOf": instant_text(result.as_of),
        "watermark": None if row["watermark"] is None else instant_text(row["watermark"]),
        "value": figure(result.value),
        "expected": figure(result.expected),
        "pace": None if result.pace is None else format_figure(result.pace, 6),
        "projected": figure(result.projected),
        "goal": goal,
        "rule": {
            "at_risk_below": format_figure(rule.at_risk_below, 6),
            "off_track_below": format_figure(rule.off_track_below, 6),
            "recover_above": format_figure(rule.recover_above, 6),
            "hold": duration_text(rule.hold),
            "dwell": duration_text(rule.dwell),
        },
        "positions": [
            {"topic": topic, "partition": partition, "offset": offset, "generation": generation}
            for topic, partition, offset, generation in positions
        ],
        "previousSequence": judge.sequence,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
