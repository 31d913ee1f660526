import Aggregates
import Contracts
import Testing

@Suite struct RollingWindowTests {
    private func range(
        _ window: RollingWindow, _ asOf: String, _ zone: Zone = shanghai
    ) -> [String] {
        let range = window.range(
            asOf: instant(asOf), zone: zone, planStart: day("2023-01-01"),
            planEnd: day("2023-12-31"))
        return [range.from.rfc3339, range.until.rfc3339]
    }

    private func begins(_ window: RollingWindow, _ asOf: String) -> String {
        range(window, asOf)[0]
    }

    @Test func rollingHours() {
        let asOf = "2023-06-30T16:30:00Z"
        #expect(range(.last24Hours, asOf) == ["2023-06-29T16:30:00Z", asOf])
        #expect(range(.last7Days, asOf) == ["2023-06-23T16:30:00Z", asOf])
        #expect(range(.last28Days, asOf) == ["2023-06-02T16:30:00Z", asOf])
    }

    @Test func calendarOfAnOrdinaryInstant() {
        // 2023-08-16 in Shanghai, a Wednesday, 10:30.
        let asOf = "2023-08-16T02:30:00Z"
        #expect(range(.day, asOf) == ["2023-08-15T16:00:00Z", asOf])
        #expect(begins(.week, asOf) == "2023-08-13T16:00:00Z")
        #expect(begins(.month, asOf) == "2023-07-31T16:00:00Z")
        #expect(begins(.quarter, asOf) == "2023-06-30T16:00:00Z")
        #expect(begins(.yearToDate, asOf) == "2022-12-31T16:00:00Z")
        #expect(
            range(.samePeriodLastYear, asOf) == ["2021-12-31T16:00:00Z", "2022-08-16T02:30:00Z"])
    }

    @Test(arguments: [
        // The Sunday at a year's end, the Monday after it, and a year that begins on a Saturday.
        ("2023-12-31T03:00:00Z", "2023-12-24T16:00:00Z"),
        ("2024-01-01T03:00:00Z", "2023-12-31T16:00:00Z"),
        ("2022-01-01T03:00:00Z", "2021-12-26T16:00:00Z"),
    ])
    func isoWeeks(asOf: String, begin: String) {
        #expect(begins(.week, asOf) == begin)
    }

    @Test(arguments: [
        ("2023-03-31T15:59:59Z", "2022-12-31T16:00:00Z"),
        ("2023-03-31T16:00:00Z", "2023-03-31T16:00:00Z"),
        ("2023-12-31T15:59:59Z", "2023-09-30T16:00:00Z"),
        ("2023-10-01T00:00:00Z", "2023-09-30T16:00:00Z"),
    ])
    func quarters(asOf: String, begin: String) {
        #expect(begins(.quarter, asOf) == begin)
    }

    @Test func windowsAreEmptyAtTheirFirstInstant() {
        for window in [
            RollingWindow.day, .month, .quarter, .yearToDate, .samePeriodLastYear, .week,
        ] {
            let range = window.range(
                asOf: instant("2023-12-31T16:00:00Z"), zone: shanghai, planStart: day("2023-01-01"),
                planEnd: day("2023-12-31"))
            #expect(range.isEmpty)
        }
    }

    @Test func thePlanHasABeginningAndAnEnd() {
        #expect(
            range(.planToDate, "2024-02-01T00:00:00Z") == [
                "2022-12-31T16:00:00Z", "2023-12-31T16:00:00Z",
            ])
        #expect(
            range(.planToDate, "2023-02-01T00:10:00Z") == [
                "2022-12-31T16:00:00Z", "2023-02-01T00:10:00Z",
            ])
        let before = range(.planToDate, "2022-05-01T00:00:00Z")
        #expect(before[0] == before[1])
    }

    @Test func theDayBefore29FebruaryAYearAgo() {
        #expect(range(.samePeriodLastYear, "2024-02-29T04:00:00Z")[1] == "2023-02-28T04:00:00Z")
        #expect(range(.samePeriodLastYear, "2024-03-01T04:00:00Z")[1] == "2023-03-01T04:00:00Z")
        #expect(range(.samePeriodLastYear, "2024-02-29T16:00:00Z")[1] == "2023-02-28T16:00:00Z")
    }

    @Test func clockChanges() {
        // Clocks went from 2 to 3 on 2023-03-26; on 2022-03-26 they had not changed yet.
        let asOf = "2023-03-26T10:00:00Z"
        #expect(range(.day, asOf, berlin)[0] == "2023-03-25T23:00:00Z")
        #expect(range(.month, asOf, berlin)[0] == "2023-02-28T23:00:00Z")
        #expect(range(.last24Hours, asOf, berlin)[0] == "2023-03-25T10:00:00Z")
        #expect(range(.samePeriodLastYear, asOf, berlin)[1] == "2022-03-26T11:00:00Z")
    }

    @Test func namesAreThoseOfTheViews() {
        #expect(
            RollingWindow.allCases.map(\.rawValue) == [
                "last_24h", "last_7d", "last_28d", "day", "week", "month", "quarter",
                "year_to_date",
                "plan_to_date", "same_period_last_year",
            ])
    }
}

@Suite struct RollingBookTests {
    struct Cell: Hashable {
        var key: SeriesKey
        var division: Int32
        var hour: Int64
    }

    /// Every window at random instants of two years against a plain sum over all hours.
    @Test(arguments: [1, 2] as [UInt64])
    func equalsThePlainSum(seed: UInt64) throws {
        let zone = seed == 1 ? shanghai : berlin
        var generator = SeededGenerator(seed: seed)
        let keys = [
            SeriesKey(metric: "visitors"),
            SeriesKey(metric: "visitors", breakdown: "origin", member: "JP"),
        ]
        let begin = instant("2022-01-01T00:00:00Z").microseconds
        var cells: [Cell: BucketSum] = [:]
        var book = RollingBook(zone: zone)
        for round in 0..<40 {
            for _ in 0..<250 {
                let time = begin + Int64.random(in: 0..<730 * 86_400, using: &generator) * 1_000_000
                let hour = zone.startOfHour(at: Instant(microseconds: time))
                let divisions: [Int32] = [410_300, 410_311, 410_399, 410_400, 110_000]
                let cell = Cell(
                    key: keys.randomElement(using: &generator)!,
                    division: divisions.randomElement(using: &generator)!, hour: hour.microseconds)
                let more = BucketSum(
                    value: Int128(Int64.random(in: -9...Int64.max / 2, using: &generator)),
                    events: 1)
                cells[cell] = (cells[cell] ?? .zero) + more
                set(cell, hour, cells, &book)
            }
            let asOf = Instant(
                microseconds: begin + Int64.random(in: 0..<740 * 24, using: &generator)
                    * 1_800_000_000)
            try check(asOf, keys[round % 2], cells, &book)
        }
        #expect(book.members(metric: "visitors", breakdown: "origin") == ["JP"])
    }

    private func set(
        _ cell: Cell, _ hour: Instant, _ cells: [Cell: BucketSum], _ book: inout RollingBook
    ) {
        let date = book.zone.day(at: hour)
        let end = book.zone.start(of: date.adding(days: 1)).microseconds
        let start = book.zone.start(of: date).microseconds
        var total = BucketSum.zero
        for at in stride(from: start, to: end, by: 3_600_000_000) {
            total = total + (cells[Cell(key: cell.key, division: cell.division, hour: at)] ?? .zero)
        }
        book.set(cell.key, division: cell.division, day: date, to: total)
        if let sum = cells[cell] {
            book.set(cell.key, division: cell.division, hour: hour, to: sum)
        }
    }

    private func check(
        _ asOf: Instant, _ key: SeriesKey, _ cells: [Cell: BucketSum], _ book: inout RollingBook
    ) throws {
        let ranges = RollingWindow.allCases.map {
            $0.range(
                asOf: asOf, zone: book.zone, planStart: day("2022-03-05"),
                planEnd: day("2023-12-31"))
        }
        let edges = ranges.reduce(into: Set<CivilDate>()) { $0.formUnion(book.edgeDays(of: $1)) }
        book.release(allBut: edges)
        for date in edges where !book.holds(date) {
            book.hold(date)
            for (cell, sum) in cells {
                let hour = Instant(microseconds: cell.hour)
                guard book.zone.day(at: hour) == date else { continue }
                book.set(cell.key, division: cell.division, hour: hour, to: sum)
            }
        }
        for range in ranges {
            var expected = BucketSum.zero
            for (cell, sum) in cells where cell.key == key && cell.division / 100 == 4_103 {
                let hour = Instant(microseconds: cell.hour)
                if range.from <= hour && hour < range.until { expected = expected + sum }
            }
            #expect(book.sum(key, place: "4103", in: range) == expected)
        }
    }

    @Test func aCutDayThatIsNotHeldHasNoSum() {
        var book = RollingBook(zone: shanghai)
        let key = SeriesKey(metric: "visitors")
        book.set(key, division: 410_311, day: day("2023-06-30"), to: BucketSum(value: 5, events: 1))
        let start = shanghai.start(of: day("2023-06-30"))
        let noon = Instant(microseconds: start.microseconds + 12 * 3_600_000_000)
        let cut = HourRange(from: start, until: noon)
        #expect(book.sum(key, place: "4103", in: cut) == nil)
        book.hold(day("2023-06-30"))
        #expect(book.sum(key, place: "4103", in: cut) == .zero)
        let whole = HourRange(
            first: day("2023-06-30"), last: day("2023-06-30"),
            asOf: instant("2024-01-01T00:00:00Z"),
            zone: shanghai)
        #expect(book.sum(key, place: "4103", in: whole) == BucketSum(value: 5, events: 1))
        #expect(book.sum(key, place: "", in: whole) == BucketSum(value: 5, events: 1))
        #expect(book.sum(key, place: "4104", in: whole) == .zero)
        #expect(book.sum(SeriesKey(metric: "other"), place: "4103", in: whole) == .zero)
        book.removeAll(metric: "visitors")
        #expect(book.sum(key, place: "4103", in: whole) == .zero)
    }
}
