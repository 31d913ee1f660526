import unittest

from oracle.figures import HOUR, day_number, instant
from oracle.folding import PartitionFold
from tests.samples import STREAMS, TOURISM, event, record

MORNING = "2023-05-01T09:10:00+08:00"
HOUR_START = instant("2023-05-01T09:00:00+08:00")


def arrival(id, visitors, time=MORNING, **others):
    return event(id, time, {"division": "410311", "visitors": visitors, **others})


class PartitionFoldTests(unittest.TestCase):
    def test_outcomes_sums_and_snapshots(self):
        first = {
            "division": "410311",
            "visitors": 10,
            "spend": "12.5",
            "origin": "CN-41",
            "overnight": True,
        }
        records = [
            record(0, event("a", MORNING, first)),
            record(1, event("a", MORNING, {"division": "410302", "visitors": 99})),
            record(2, None),
            record(3, b"{"),
            record(4, arrival("a", 5, "2023-05-02T09:10:00+08:00")),
            record(
                6,
                event(
                    "b",
                    MORNING,
                    {"division": "410311", "visitors": 4, "previous": {"time": MORNING, **first}},
                ),
            ),
            record(
                7,
                event(
                    "c",
                    "2023-05-03T00:00:00+08:00",
                    {
                        "division": "410302",
                        "withdrawn": True,
                        "previous": {
                            "time": "2023-05-02T09:10:00+08:00",
                            "division": "410311",
                            "visitors": 5,
                        },
                    },
                ),
            ),
        ]
        fold = PartitionFold(TOURISM, records, {2, 6, 8}, {"tourism.visitors"})
        self.assertEqual(
            list(fold.outcomes.values()),
            ["folded", "duplicate", "skipped", "dead_letter", "folded", "folded", "folded"],
        )
        self.assertEqual(fold.dead[3].reason, "bad_json")
        early = fold.snapshots[2]
        self.assertEqual(early.counts, {"folded": 1, "duplicate": 1})
        self.assertEqual(early.hours[HOUR_START, "tourism.visitors", "", "", 410311], (10, 1))
        self.assertEqual(
            early.hours[HOUR_START, "tourism.revenue", "origin", "CN-41", 410311], (1250, 1)
        )
        self.assertEqual(early.watermark, instant(MORNING))
        day = day_number("2023-05-01")
        self.assertEqual(early.days[day, "tourism.overnight-visitors", "", "", 410311], (10, 1))
        self.assertEqual(
            fold.snapshots[6].days[day + 1, "tourism.visitors", "", "", 410311], (5, 1)
        )
        late = fold.snapshots[8]
        self.assertEqual(late.days[day, "tourism.visitors", "", "", 410311], (4, 1))
        self.assertEqual(late.days[day, "tourism.visitors", "origin", "CN-41", 410311], (0, 0))
        self.assertEqual(late.days[day, "tourism.revenue", "", "", 410311], (0, 0))
        self.assertEqual(late.days[day + 1, "tourism.visitors", "", "", 410311], (0, 0))
        self.assertEqual(late.watermark, instant("2023-05-03T00:00:00+08:00"))
        self.assertEqual(
            [(change.offset, change.value, change.kind) for change in fold.changes],
            [(0, 10, "add"), (4, 5, "add"), (6, -10, "take"), (6, 4, "add"), (7, -5, "take")],
        )

    def test_lists_count_in_each_member(self):
        stream = STREAMS["investment.disbursements"]
        value = event(
            "p",
            MORNING,
            {
                "division": "410311",
                "project": "x",
                "amount": 7.25,
                "programme": ["major_project", "urban-renewal"],
            },
            stream,
        )
        hours = PartitionFold(stream, [record(0, value, stream=stream)], {1}).snapshots[1].hours
        self.assertEqual(
            {key[1:4] for key in hours},
            {
                ("investment.disbursed", "", ""),
                ("investment.disbursed", "programme", "major_project"),
                ("investment.disbursed", "programme", "urban-renewal"),
                ("investment.major-projects-completed", "", ""),
            },
        )
        self.assertEqual(set(hours.values()), {(725, 1)})

    def test_measurements_are_kept(self):
        stream = STREAMS["sector.measurements"]
        value = event(
            "m",
            "2023-04-18T02:00:00Z",
            {
                "indicator": "economy.gdp-growth",
                "division": "410300",
                "period": "2023-Q1",
                "value": "6.1",
            },
            stream,
        )
        (reading,) = PartitionFold(stream, [record(4, value, stream=stream)], {5}).readings
        self.assertEqual(
            (reading.value, reading.start, reading.end, reading.basis, reading.revision),
            (6_100_000, day_number("2023-01-01"), day_number("2023-03-31"), "cumulative", 0),
        )

    def test_the_same_identity_on_another_day_is_another_event(self):
        late = "2023-05-01T23:59:59.999999+08:00"
        records = [
            record(0, arrival("a", 1, late)),
            record(1, arrival("a", 1, "2023-05-01T16:00:00Z")),
        ]
        fold = PartitionFold(TOURISM, records, {2})
        self.assertEqual(list(fold.outcomes.values()), ["folded", "folded"])
        self.assertEqual(
            sorted(
                key[0] for key in fold.snapshots[2].hours if key[1:3] == ("tourism.visitors", "")
            ),
            [instant("2023-05-01T15:00:00Z"), instant("2023-05-01T15:00:00Z") + HOUR],
        )

    def test_given_dead_letters_are_not_folded(self):
        fold = PartitionFold(
            TOURISM, [record(0, arrival("a", 1)), record(1, arrival("a", 1))], {2}, given={0}
        )
        self.assertEqual(list(fold.outcomes.values()), ["dead_letter", "folded"])


if __name__ == "__main__":
    unittest.main()
