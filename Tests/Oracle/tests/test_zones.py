"""Days of zones whose clocks change: known instants, and every hour of a year in its day."""

import unittest

from oracle.figures import Zone, day_number, instant_text

HOUR = 3_600_000_000


class ZoneTest(unittest.TestCase):
    def test_starts_of_days(self):
        for name, day, start in [
            ("Asia/Shanghai", "2023-07-01", "2023-06-30T16:00:00Z"),
            # Clocks go forward on 12 March, back on 5 November.
            ("America/New_York", "2023-03-12", "2023-03-12T05:00:00Z"),
            ("America/New_York", "2023-03-13", "2023-03-13T04:00:00Z"),
            ("America/New_York", "2023-11-05", "2023-11-05T04:00:00Z"),
            ("America/New_York", "2023-11-06", "2023-11-06T05:00:00Z"),
            ("Europe/Dublin", "2023-03-26", "2023-03-26T00:00:00Z"),
            ("Europe/Dublin", "2023-03-27", "2023-03-26T23:00:00Z"),
            # The clocks skip midnight itself.
            ("America/Santiago", "2023-09-03", "2023-09-03T04:00:00Z"),
            ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z"),
            ("Africa/Cairo", "2023-10-27", "2023-10-26T22:00:00Z"),
        ]:
            with self.subTest(zone=name, day=day):
                self.assertEqual(instant_text(Zone(name).start(day_number(day))), start)

    def test_every_hour_lies_in_the_day_that_began_last(self):
        for name in ("America/New_York", "Europe/Dublin", "America/Santiago", "Australia/Lord_Howe"):
            zone = Zone(name)
            first = zone.start(day_number("2023-01-01"))
            for at in range(first, first + 365 * 24 * HOUR, HOUR):
                day = zone.day(at)
                self.assertTrue(zone.start(day) <= at < zone.start(day + 1), (name, instant_text(at)))


if __name__ == "__main__":
    unittest.main()
