import dataclasses
import unittest

from oracle import contracts
from oracle.figures import DAY, HOUR, Zone, day_number, instant
from oracle.folding import Reading
from oracle.judging import HourSums, Judge, StreamReplay, Trajectory, measured
from oracle.folding import PartitionFold
from tests.samples import STREAMS, TOPICS, TOURISM, event, record

ZONE = Zone("Asia/Shanghai")
PLAN = contracts.read_plans(TOPICS, STREAMS)["luoyang-2023"]


def target(**others):
    rule = contracts.Rule(hold=1 * DAY, dwell=3 * DAY, stale_after=None, grace=0)
    made = contracts.Target(
        "t",
        "total",
        "at_least",
        36_500,
        None,
        0,
        36_500,
        0,
        "persons",
        day_number("2023-01-01"),
        day_number("2023-12-31"),
        "tourism.arrivals",
        "tourism.visitors",
        "",
        "",
        None,
        "linear",
        [],
        rule,
    )
    return dataclasses.replace(made, **others)


def at(text):
    return instant(text + "T00:00:00+08:00")


class TrajectoryTests(unittest.TestCase):
    def test_shares(self):
        linear = Trajectory(target(), ZONE)
        self.assertEqual(linear.share(at("2023-01-01")), (0, 1))
        numerator, denominator = linear.share(at("2023-07-02"))
        self.assertEqual(numerator * 365, denominator * 182)
        self.assertEqual(linear.share(at("2024-01-01")), (1_000_000, 1_000_000))
        steps = Trajectory(
            target(
                course="steps",
                knots=[(day_number("2023-06-30"), 400_000), (day_number("2023-12-31"), 1_000_000)],
            ),
            ZONE,
        )
        self.assertEqual(steps.share(at("2023-07-01") - 1)[0], 0)
        self.assertEqual(steps.share(at("2023-07-01"))[0], 400_000)
        profile = Trajectory(
            target(
                course="profile",
                knots=[(day_number("2023-01-10"), 100_000), (day_number("2023-12-31"), 1_000_000)],
            ),
            ZONE,
        )
        numerator, denominator = profile.share(at("2023-01-06"))
        self.assertEqual(numerator * 20, denominator)


class JudgeTests(unittest.TestCase):
    def trace(self, judge, *steps):
        """Each step: day, value, and the status after it."""
        for day, value, wanted in steps:
            judge.judge(judge.assess(value, None, at(day)))
            self.assertEqual(judge.status, wanted, day)

    def test_worse_is_held_back_and_better_waits_for_the_dwell(self):
        # On day n of the year, 100 n is expected at its end.
        self.trace(
            Judge(target(), ZONE),
            ("2022-12-31", None, "pending"),
            ("2023-01-02", None, "no_data"),
            ("2023-01-03", 200, "on_track"),
            ("2023-01-11", 1_000, "on_track"),
            ("2023-01-21", 1_880, "on_track"),
            ("2023-01-22", 1_990, "at_risk"),  # deserved for a day
            ("2023-01-23", 2_190, "at_risk"),  # would be on track, but has not dwelt
            (
                "2023-01-25",
                2_300,
                "at_risk",
            ),  # 0.958 is above at_risk_below and below recover_above
            ("2023-01-26", 2_430, "on_track"),
            ("2023-01-31", 2_000, "on_track"),
            ("2023-02-01", 2_000, "off_track"),
            ("2023-02-10", 3_460, "off_track"),  # 0.865 is below off_track_below and the gap
            ("2023-02-11", 3_600, "at_risk"),
            ("2023-03-01", 36_500, "achieved"),
            ("2023-03-02", 6_000, "on_track"),
        )

    def test_entering_is_held_too(self):
        self.trace(
            Judge(target(), ZONE),
            ("2022-12-31", None, "pending"),
            ("2023-01-02", 50, "no_data"),
            ("2023-01-03", 100, "off_track"),
        )
        self.trace(
            Judge(target(), ZONE),
            ("2023-01-02", 50, "no_data"),
            ("2023-01-03", 300, "on_track"),
        )

    def test_a_published_figure_is_held_against_the_end_of_its_period(self):
        judge = Judge(target(), ZONE)
        late = judge.assess(9_000, None, at("2023-06-01"), at("2023-04-01"))
        self.assertEqual((late.expected, late.pace, late.projected), (9_000, 1_000_000, 36_500))
        early = judge.assess(9_000, None, at("2023-04-01"), at("2024-01-01"))
        self.assertEqual(early.expected, 9_000)
        milestone = Judge(target(kind="milestone"), ZONE)
        self.assertEqual(milestone.assess(0, None, at("2023-04-01"), 0).expected, 9_000)
        # Less than a fiftieth of the year says nothing of the whole.
        for day, projected in (("2023-01-08", None), ("2023-01-09", 18_250)):
            self.assertEqual(judge.assess(400, None, at(day)).projected, projected)

    def test_the_milder_worse_status_keeps_its_timer(self):
        judge = Judge(target(rule=contracts.Rule(hold=2 * DAY, dwell=0)), ZONE)
        self.trace(
            judge,
            ("2023-01-11", 1_000, "on_track"),
            ("2023-01-12", 1_000, "on_track"),
            ("2023-01-13", 600, "on_track"),
            ("2023-01-14", 600, "at_risk"),
        )

    def test_deadline_and_grace(self):
        judge = Judge(
            target(
                kind="growth",
                course="constant",
                value=7,
                slack=7,
                rule=contracts.Rule(grace=10 * DAY),
            ),
            ZONE,
        )
        self.trace(
            judge,
            ("2023-06-01", 7, "on_track"),
            ("2024-01-01", 6, "on_track"),
            ("2024-01-03", 6, "at_risk"),
            ("2024-01-10", 8, "achieved"),
            ("2024-01-11", 6, "missed"),
        )

    def test_a_milestone_warns(self):
        due = [(day_number("2023-06-30"), 1_000_000)]
        made = target(
            kind="milestone",
            value=2,
            slack=2,
            deadline=due[0][0],
            course="steps",
            knots=due,
            rule=contracts.Rule(warn_before=30 * DAY),
        )
        self.trace(
            Judge(made, ZONE),
            ("2023-05-31", None, "no_data"),
            ("2023-06-01", None, "at_risk"),
            ("2023-06-10", 1, "at_risk"),
            ("2023-06-11", 2, "achieved"),
            ("2023-07-01", 1, "missed"),
        )
        self.trace(
            Judge(made, ZONE),
            ("2023-05-31", 1, "on_track"),
            ("2023-06-01", 1, "on_track"),
            ("2023-06-03", 1, "at_risk"),
        )

    def test_stale(self):
        judge = Judge(target(rule=contracts.Rule(stale_after=2 * DAY)), ZONE)
        for last, wanted in ((at("2023-01-03"), "pace"), (at("2023-01-03") - 1, "no_data")):
            self.assertEqual(judge.assess(500, last, at("2023-01-05")).verdict, wanted)

    def test_pace_and_projection(self):
        def assess(reached, **others):
            return Judge(target(**others), ZONE).assess(reached, None, at("2023-07-02"))

        half = assess(9_100)
        self.assertEqual((half.expected, half.pace, half.projected), (18_200, 500_000, 18_250))
        at_most = assess(-2, bound="at_most", kind="growth", course="constant", value=0, slack=10)
        self.assertEqual((at_most.pace, at_most.projected), (1_200_000, -2))
        about = assess(
            8, bound="about", kind="growth", course="constant", value=6, tolerance=1, slack=6
        )
        self.assertEqual(about.pace, 833_333)
        ranged = assess(
            3,
            bound="range",
            course="steps",
            value=5,
            value_max=10,
            slack=5,
            knots=[(day_number("2023-12-31"), 1_000_000)],
        )
        self.assertEqual((ranged.expected, ranged.pace, ranged.projected), (0, 1_600_000, 3))


class HourSumsTests(unittest.TestCase):
    def test_sees_only_hours_that_began(self):
        sums = HourSums(0, 10 * HOUR)
        self.assertEqual(sums.before(10 * HOUR), (None, None))
        for hour, value in ((0, 5), (3, 7), (3, -2), (9, 1), (10, 100), (-1, 100)):
            sums.add(hour * HOUR, value, 1)
        self.assertEqual(sums.before(0), (None, None))
        self.assertEqual(sums.before(1), (5, 0))
        self.assertEqual(sums.before(3 * HOUR), (5, 0))
        self.assertEqual(sums.before(3 * HOUR + 1), (10, 3 * HOUR))
        self.assertEqual(sums.before(99 * HOUR), (11, 9 * HOUR))

    def test_what_was_taken_back_is_not_there(self):
        sums = HourSums(0, 10 * HOUR)
        sums.add(HOUR, 5, 1)
        sums.add(3 * HOUR, 7, 1)
        sums.add(3 * HOUR, -7, -1)
        self.assertEqual(sums.before(9 * HOUR), (5, HOUR))
        sums.add(HOUR, -5, -1)
        self.assertEqual(sums.before(9 * HOUR), (None, None))
        sums.add(4 * HOUR, 0, 1)
        self.assertEqual(sums.before(9 * HOUR), (0, 4 * HOUR))


class MeasuredTests(unittest.TestCase):
    def reading(self, offset, period, value, published, basis="cumulative", revision=0):
        made = Reading()
        made.offset, made.period, made.value, made.basis, made.revision = (
            offset,
            period,
            value,
            basis,
            revision,
        )
        from oracle.figures import period as days

        made.start, made.end = days(period)
        made.published = at(published)
        made.indicator, made.division, made.unit = "i", 410300, None
        return made

    def test_revisions_and_publication(self):
        rows = [
            self.reading(1, "2023-01", 10, "2023-02-10"),
            self.reading(2, "2023-02", 20, "2023-03-10"),
            self.reading(3, "2023-01", 30, "2023-03-20", revision=1),
            self.reading(4, "2023-02", 25, "2023-03-21"),
            self.reading(5, "2024-01", 99, "2023-03-22"),
        ]
        level = target(kind="level")
        for day, wanted in (
            ("2023-02-10", None),
            ("2023-02-11", 10),
            ("2023-03-11", 20),
            ("2023-03-21", 20),
            ("2023-03-22", 25),
        ):
            self.assertEqual(measured(rows, level, 410300, at(day))[0], wanted, day)
        self.assertEqual(measured(rows, level, 410300, at("2023-04-01"))[1], at("2023-03-21"))
        self.assertEqual(measured(rows, level, 410302, at("2023-04-01")), (None,) * 3)

    def test_a_total_adds_single_periods_behind_the_latest_cumulative(self):
        rows = [
            self.reading(1, "2023-01", 10, "2023-02-10", "period"),
            self.reading(2, "2023-02", 20, "2023-03-10", "period"),
            self.reading(3, "2023-Q1", 70, "2023-04-10"),
            self.reading(4, "2023-04", 5, "2023-05-10", "period"),
        ]
        for day, wanted in (("2023-03-11", 30), ("2023-04-11", 70), ("2023-05-11", 75)):
            self.assertEqual(measured(rows, target(), 410300, at(day))[0], wanted)


class StreamReplayTests(unittest.TestCase):
    def test_causes(self):
        plan = dataclasses.replace(PLAN, targets=[target(rule=contracts.Rule(hold=0, dwell=0))])

        def arrival(id, visitors, time, **others):
            return event(id, time, {"division": "410311", "visitors": visitors, **others})

        noon = "2023-01-02T12:10:00+08:00"
        records = [
            record(0, arrival("a", 200, noon)),
            record(1, arrival("b", 200, "2023-01-03T12:10:00+08:00")),
            record(2, arrival("c", 300, noon)),
            record(
                3,
                arrival(
                    "d", 1, noon, previous={"time": noon, "division": "410311", "visitors": 300}
                ),
            ),
            record(4, event("e", noon, {"division": "990000", "visitors": 9_999})),
        ]
        folds = {7: PartitionFold(TOURISM, records, {5}, {"tourism.visitors"})}
        replay = StreamReplay(plan, TOURISM, folds)

        def judged(as_of, offset, generation=1, revision=1):
            row = {
                "as_of": instant(as_of + "+08:00"),
                "topic_partitions": [7],
                "offsets": [offset],
                "generations": [generation],
                "revision": revision,
            }
            return [(before, after, cause) for _, before, after, cause, _ in replay.round(row)]

        self.assertEqual(judged("2023-01-01T00:00:00", 0), [(None, "no_data", "clock")])
        self.assertEqual(judged("2023-01-03T00:00:00", 1), [("no_data", "on_track", "live")])
        self.assertEqual(judged("2023-01-04T00:00:00", 1), [("on_track", "off_track", "clock")])
        self.assertEqual(judged("2023-01-04T06:00:00", 3), [("off_track", "on_track", "late")])
        self.assertEqual(
            judged("2023-01-06T00:00:00", 4), [("on_track", "off_track", "correction")]
        )
        self.assertEqual(judged("2023-01-06T01:00:00", 5), [])
        plan.targets[0].rule.off_track_below = 100_000
        self.assertEqual(
            judged("2023-01-06T01:00:00", 5, revision=2), [("off_track", "at_risk", "plan")]
        )
        plan.targets[0].rule.recover_above = plan.targets[0].rule.at_risk_below = 200_000
        self.assertEqual(
            judged("2023-01-06T01:00:00", 5, revision=3), [("at_risk", "on_track", "plan")]
        )


class YearBeforeTests(unittest.TestCase):
    def test_on_the_zones_clock(self):
        new_york = Zone("America/New_York")
        for now, before in (
            ("2024-02-29T12:00:00-05:00", "2023-02-28T12:00:00-05:00"),
            ("2024-03-01T00:00:00-05:00", "2023-03-01T00:00:00-05:00"),
            ("2023-03-12T12:30:00-04:00", "2022-03-12T12:30:00-05:00"),
            ("2023-03-13T02:30:00-04:00", "2022-03-13T03:00:00-04:00"),
            ("2023-11-06T01:30:00-05:00", "2022-11-06T01:30:00-04:00"),
            ("2023-11-05T01:30:00-05:00", "2022-11-05T01:30:00-04:00"),
        ):
            self.assertEqual(new_york.year_before(instant(now)), instant(before), now)

    def test_growth_by_events(self):
        plan = dataclasses.replace(
            PLAN,
            targets=[
                target(
                    kind="growth",
                    course="constant",
                    value=8_000_000,
                    slack=8_000_000,
                    scale=6,
                    unit="percent",
                    rule=contracts.Rule(hold=0, dwell=0),
                )
            ],
        )

        def arrival(id, visitors, time, **others):
            return event(id, time, {"division": "410311", "visitors": visitors, **others})

        records = [
            record(0, arrival("a", 1_000, "2023-01-01T10:10:00+08:00")),
            record(1, arrival("b", 900, "2022-01-01T10:10:00+08:00")),
            record(2, arrival("c", 100, "2022-01-02T10:10:00+08:00")),
        ]
        folds = {7: PartitionFold(TOURISM, records, {5}, {"tourism.visitors"})}
        replay = StreamReplay(plan, TOURISM, folds)
        for as_of, offset, wanted in (
            ("2023-01-01T10:00:00", 1, [(None, "no_data", "clock", None)]),
            ("2023-01-01T11:00:00", 1, []),
            ("2023-01-02T00:00:00", 3, [("no_data", "on_track", "late", 11_111_111)]),
            ("2023-01-02T11:00:00", 3, [("on_track", "off_track", "clock", 0)]),
        ):
            row = {
                "as_of": instant(as_of + "+08:00"),
                "topic_partitions": [7],
                "offsets": [offset],
                "generations": [1],
                "revision": 1,
            }
            found = [(b, a, cause, r.value) for _, b, a, cause, r in replay.round(row)]
            self.assertEqual(found, wanted, as_of)


if __name__ == "__main__":
    unittest.main()
