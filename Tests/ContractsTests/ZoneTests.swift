import Contracts
import Testing

@Suite struct ZoneTests {
    /// The same time of the same day a year before, on the zone's own clock.
    @Test func yearBefore() throws {
        let newYork = try #require(Zone(identifier: "America/New_York"))
        let rows = [
            ("2024-02-29T12:00:00-05:00", "2023-02-28T12:00:00-05:00"),
            ("2024-02-29T00:00:00-05:00", "2023-02-28T00:00:00-05:00"),
            ("2024-03-01T00:00:00-05:00", "2023-03-01T00:00:00-05:00"),
            // Summer time now, winter then, and the other way round.
            ("2023-03-12T12:30:00-04:00", "2022-03-12T12:30:00-05:00"),
            ("2023-11-05T12:30:00-05:00", "2022-11-05T12:30:00-04:00"),
            // Skipped then; shown twice then; shown twice now.
            ("2023-03-13T02:30:00.25-04:00", "2022-03-13T03:00:00-04:00"),
            ("2023-11-06T01:30:00.25-05:00", "2022-11-06T01:30:00.25-04:00"),
            ("2023-11-05T01:30:00-04:00", "2022-11-05T01:30:00-04:00"),
            ("2023-11-05T01:30:00-05:00", "2022-11-05T01:30:00-04:00"),
        ]
        for (now, before) in rows {
            let found = newYork.yearBefore(try #require(Instant(rfc3339: now)))
            #expect(found == Instant(rfc3339: before), "\(now): \(found.rfc3339)")
        }
        for extreme in [Int64.min / 4, Int64.max / 4] {
            _ = newYork.yearBefore(Instant(microseconds: extreme))
        }
    }

    @Test func hoursThatBeginTogether() throws {
        let (from, to) = (
            try #require(CivilDate(iso: "2023-01-01")), try #require(CivilDate(iso: "2023-12-31"))
        )
        func shares(_ one: String, _ other: String) throws -> Bool {
            try #require(Zone(identifier: one)).sharesHours(
                with: try #require(Zone(identifier: other)), from: from, to: to)
        }
        #expect(try shares("America/New_York", "Asia/Shanghai"))
        #expect(try !shares("Asia/Kolkata", "Asia/Shanghai"))
        // Half an hour of summer time: together in winter only.
        #expect(try !shares("Australia/Lord_Howe", "Asia/Shanghai"))
        #expect(try shares("Asia/Kolkata", "Asia/Kolkata"))
        let day = try #require(CivilDate(iso: "2023-03-12"))
        #expect(try #require(Zone(identifier: "America/New_York")).hours(of: day).count == 23)
        #expect(
            try #require(Zone(identifier: "America/New_York")).hours(of: day.adding(days: 238))
                .count == 25)
    }

    private func zone(_ identifier: String) throws -> Zone {
        try #require(Zone(identifier: identifier))
    }
    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }
    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(iso: text)) }

    @Test func shanghaiIsEightHoursAheadAllYear() throws {
        let shanghai = try zone("Asia/Shanghai")
        #expect(shanghai.day(at: try at("2023-06-30T15:59:59.999999Z")) == (try date("2023-06-30")))
        #expect(shanghai.day(at: try at("2023-06-30T16:00:00Z")) == (try date("2023-07-01")))
        #expect(shanghai.start(of: try date("2023-07-01")) == (try at("2023-06-30T16:00:00Z")))
        #expect(
            shanghai.startOfHour(at: try at("2023-06-30T16:59:59.5Z"))
                == (try at("2023-06-30T16:00:00Z")))
        // China had summer time until 1991.
        #expect(shanghai.offset(at: try at("1991-07-01T00:00:00Z")) == 9 * 3_600)
        #expect(shanghai.offset(at: try at("1968-07-01T00:00:00Z")) == 8 * 3_600)
    }

    @Test func berlinHasDaysOf23And25Hours() throws {
        let berlin = try zone("Europe/Berlin")
        for (day, hours) in [
            ("2023-03-25", 24), ("2023-03-26", 23), ("2023-10-29", 25), ("2023-10-30", 24),
        ] {
            let first = try date(day)
            let start = berlin.start(of: first)
            let next = berlin.start(of: first.adding(days: 1))
            #expect(next.microseconds - start.microseconds == Int64(hours) * 3_600_000_000)
            var starts: Set<Instant> = []
            for minute in 0..<(hours * 60) {
                let instant = start.adding(.seconds(minute * 60))
                #expect(berlin.day(at: instant) == first)
                starts.insert(berlin.startOfHour(at: instant))
            }
            #expect(starts.count == hours)
            #expect(berlin.day(at: next) == first.adding(days: 1))
        }
    }

    @Test func hoursOfHalfHourZonesBeginAtTheirOwnFullHour() throws {
        let kolkata = try zone("Asia/Kolkata")
        #expect(
            kolkata.startOfHour(at: try at("2023-06-30T10:29:59Z"))
                == (try at("2023-06-30T09:30:00Z")))
        #expect(
            kolkata.startOfHour(at: try at("2023-06-30T10:30:00Z"))
                == (try at("2023-06-30T10:30:00Z")))
        #expect(kolkata.start(of: try date("2023-07-01")) == (try at("2023-06-30T18:30:00Z")))
        let kathmandu = try zone("Asia/Kathmandu")
        #expect(kathmandu.start(of: try date("2023-07-01")) == (try at("2023-06-30T18:15:00Z")))
    }

    /// Clocks of Santiago skip midnight: the day begins at one o'clock. In Cairo the day before has
    /// 25 hours.
    @Test func daysWithoutMidnight() throws {
        let santiago = try zone("America/Santiago")
        let skipped = try date("2023-09-03")
        #expect(santiago.start(of: skipped) == (try at("2023-09-03T04:00:00Z")))
        #expect(santiago.day(at: santiago.start(of: skipped)) == skipped)
        let cairo = try zone("Africa/Cairo")
        #expect(cairo.start(of: try date("2023-10-27")) == (try at("2023-10-26T22:00:00Z")))
    }

    @Test(arguments: [
        "Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata", "America/Santiago", "Africa/Cairo",
        "Europe/Moscow",
        "Australia/Lord_Howe", "America/New_York", "Pacific/Apia", "Asia/Tehran", "UTC",
    ])
    func everyHourOfFifteenYearsBelongsToOneDayAndOneHour(identifier: String) throws {
        let zone = try zone(identifier)
        var instant = try at("2010-01-01T00:00:00Z")
        let end = try at("2025-01-01T00:00:00Z")
        var wrong: [String] = []
        while instant < end {
            let hour = zone.startOfHour(at: instant)
            let day = zone.day(at: instant)
            let fits =
                hour <= instant && zone.startOfHour(at: hour) == hour && zone.day(at: hour) == day
                && zone.start(of: day) <= hour && zone.start(of: day.adding(days: 1)) > instant
            if !fits { wrong.append(instant.rfc3339) }
            instant = instant.adding(.seconds(30 * 60))
        }
        #expect(wrong.isEmpty)
    }

    /// A lasting change of a country's standard time is a change of offset too.
    @Test func standardTimeChanges() throws {
        let moscow = try zone("Europe/Moscow")
        #expect(moscow.offset(at: try at("2014-10-25T21:59:59Z")) == 4 * 3_600)
        #expect(moscow.offset(at: try at("2014-10-25T22:00:00Z")) == 3 * 3_600)
    }

    @Test func unknownZone() { #expect(Zone(identifier: "Asia/Luoyang") == nil) }
}
