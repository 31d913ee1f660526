import Aggregates
import Contracts
import Events
import Testing

@Suite struct FoldTimeTests {
    private func rows(_ zone: Zone, _ times: [Int64]) -> (hours: HourRows, days: DayRows) {
        let contract = Streams.stream(
            [FieldContract(name: "division", kind: .division, required: true)],
            [Streams.metric("events", .count)], zone: zone)
        let fold = Fold(contract: contract)
        for time in times {
            let event = TestEvent(
                contract: contract, time: Instant(microseconds: time),
                figures: ["division": TestField(number: 410_311)])
            #expect(fold.add(event) == .folded)
        }
        let batch = fold.takeBatch()
        return (
            batch.hourRows(topicPartitions: [1], series: [1]),
            batch.dayRows(topicPartitions: [1], series: [1])
        )
    }

    /// An event every 20 minutes of one local day and of the quarter of an hour at both sides.
    private func everyTwentyMinutes(_ zone: Zone, _ iso: String) -> [Int64] {
        let start = zone.start(of: day(iso)).microseconds
        let end = zone.start(of: day(iso).adding(days: 1)).microseconds
        return Array(stride(from: start, to: end, by: 1_200_000_000)) + [start - 1, end]
    }

    @Test(arguments: [
        ("2023-03-26", 23), ("2023-10-29", 25), ("2023-06-30", 24), ("2023-12-31", 24),
    ])
    func daysOfBerlin(iso: String, hours: Int) {
        let rows = rows(berlin, everyTwentyMinutes(berlin, iso))
        let number = day(iso).dayNumber
        #expect(rows.hours.count == hours + 2)
        #expect(rows.days.days == [number - 1, number, number + 1])
        #expect(rows.days.events == [1, Int64(hours * 3), 1])
        #expect(rows.hours.events.dropFirst().dropLast().allSatisfy { $0 == 3 })
    }

    @Test func shanghaiHas24HoursAndBeginsAt16UTC() {
        let rows = rows(shanghai, everyTwentyMinutes(shanghai, "2023-03-26"))
        #expect(rows.hours.count == 26)
        #expect(rows.hours.hours[1] == instant("2023-03-25T16:00:00Z").microseconds)
        #expect(rows.days.events == [1, 72, 1])
    }

    @Test(arguments: ["Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"])
    func hoursOfUnevenZones(identifier: String) {
        let zone = Zone(identifier: identifier)!
        var times: [Int64] = []
        for iso in ["2023-04-02", "2023-10-01", "2023-03-12", "2023-11-05"] {
            times += everyTwentyMinutes(zone, iso)
        }
        let rows = rows(zone, times)
        let expected = Dictionary(grouping: times) {
            zone.startOfHour(at: Instant(microseconds: $0)).microseconds
        }.mapValues { Int64($0.count) }
        #expect(
            Dictionary(uniqueKeysWithValues: zip(rows.hours.hours, rows.hours.events)) == expected)
        let days = Dictionary(grouping: times) { zone.day(at: Instant(microseconds: $0)).dayNumber }
            .mapValues { Int64($0.count) }
        #expect(Dictionary(uniqueKeysWithValues: zip(rows.days.days, rows.days.events)) == days)
    }

    @Test func yearsFarAwayFit() {
        let times = ["2000-01-01T00:00:00Z", "2200-06-01T12:00:00Z", "9999-12-30T23:59:59Z"]
        let rows = rows(shanghai, times.map { instant($0).microseconds })
        #expect(rows.hours.count == 3)
        #expect(
            rows.days.days
                == [day("2000-01-01"), day("2200-06-01"), day("9999-12-31")].map(\.dayNumber))
    }
}

@Suite struct FoldMeasurementTests {
    private func reading(_ figures: Figures, at time: String) -> TestEvent {
        TestEvent(contract: Streams.measurements, time: instant(time), figures: figures)
    }

    @Test func readingsBecomeRows() {
        let fold = Fold(contract: Streams.measurements)
        let full: Figures = [
            "indicator": TestField(strings: ["economy.gdp-growth"]),
            "division": TestField(number: 410_300), "period": TestField(strings: ["2023-Q1"]),
            "value": TestField(number: 7_000_000), "unit": TestField(strings: ["percent"]),
            "basis": TestField(number: 1), "revision": TestField(number: 2),
        ]
        var bare = full
        for name in ["unit", "basis", "revision"] { bare[name] = nil }
        #expect(fold.add(reading(full, at: "2023-04-18T02:10:00Z"), lane: 1, offset: 40) == .folded)
        #expect(fold.add(reading(bare, at: "2023-04-18T02:50:00Z"), lane: 1, offset: 41) == .folded)
        let batch = fold.takeBatch()
        #expect(batch.measurements.count == 2)
        let row = batch.measurements[0]
        #expect(row.indicator == "economy.gdp-growth" && row.period == "2023-Q1" && row.lane == 1)
        #expect(row.recordOffset == 40 && row.revision == 2 && row.basis == .period)
        #expect(row.periodStart == day("2023-01-01").dayNumber)
        #expect(row.periodEnd == day("2023-03-31").dayNumber)
        #expect(row.value == 7_000_000 && row.unit == "percent" && row.division == 410_300)
        #expect(batch.measurements[1].basis == .cumulative && batch.measurements[1].unit == nil)
        #expect(batch.measurements[1].revision == 0)
        let hour = instant("2023-04-18T02:00:00Z").microseconds
        #expect(
            batch.touches(lane: 1) == [
                Touch(subject: "economy.gdp-growth", hour: hour, kinds: .addition)
            ])
        #expect(batch.touches(lane: 0).isEmpty)
        #expect(batch.approximateBytes > 0 && !batch.isEmpty)
        fold.recycle(batch)
        #expect(batch.isEmpty && batch.touches(lane: 1).isEmpty)
    }

    @Test(arguments: [
        ("2023", "2023-01-01", "2023-12-31"), ("2023-Q4", "2023-10-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2023-03-05", "2023-03-05", "2023-03-05"),
    ])
    func periods(text: String, first: String, last: String) {
        #expect(MeasurementPeriod(text)?.start == day(first))
        #expect(MeasurementPeriod(text)?.end == day(last))
    }

    @Test(arguments: [
        "", "23", "2023-", "2023-Q0", "2023-Q5", "2023-13", "2023-02-30", "2023-1-1", "20x3",
    ])
    func noPeriods(text: String) {
        #expect(MeasurementPeriod(text) == nil)
    }
}

@Suite struct FoldDecoderTests {
    @Test func foldsWhatTheDecoderReads() {
        let contract = Streams.tourism()
        let decoder = EventDecoder(contract: contract)
        let fold = Fold(contract: contract)
        let text = """
            {"specversion":"1.0","id":"7","source":"/hotels","type":"test.v1",\
            "time":"2023-07-01T01:30:00+08:00","data":{"division":"410311","visitors":3,\
            "spend":"4254.50","origin":"CN-41","overnight":true,\
            "previous":{"time":"2023-06-30T23:59:59+08:00","division":"410311","visitors":2,\
            "origin":"JP"}}}
            """
        let outcome = Array(text.utf8).withUnsafeBytes { bytes in
            decoder.decode(
                RawRecord(
                    value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0),
                    timestampMilliseconds: 1_688_200_000_000))
        }
        #expect(outcome == .event)
        #expect(fold.add(decoder, lane: 2, offset: 5) == .folded)
        var rows = FoldedRows()
        rows.add(fold.takeBatch())
        let first = day("2023-06-30").dayNumber
        func sum(_ key: SeriesKey, _ day: Int32) -> BucketSum? {
            rows.days[NaiveFold.DayCell(lane: 2, key: key, division: 410_311, day: day)]
        }
        #expect(sum(SeriesKey(metric: "visitors"), first) == BucketSum(value: -2, events: -1))
        #expect(sum(SeriesKey(metric: "visitors"), first + 1) == BucketSum(value: 3, events: 1))
        let japan = SeriesKey(metric: "visitors", breakdown: "origin", member: "JP")
        let henan = SeriesKey(metric: "overnight-visitors", breakdown: "origin", member: "CN-41")
        #expect(sum(japan, first) == BucketSum(value: -2, events: -1))
        #expect(sum(henan, first + 1) == BucketSum(value: 3, events: 1))
        #expect(
            sum(SeriesKey(metric: "revenue"), first + 1) == BucketSum(value: 425_450, events: 1))
        #expect(sum(SeriesKey(metric: "revenue"), first) == nil)
    }
}
