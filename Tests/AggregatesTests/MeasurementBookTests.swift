import Aggregates
import Contracts
import Testing

@Suite struct MeasurementBookTests {
    private func target(_ kind: TargetContract.Kind, from: String = "2023-01-01") -> TargetContract
    {
        TargetContract(
            id: "t", sector: "s", area: "a", nameZh: "", nameEn: "", kind: kind, bound: .atLeast,
            value: 1, valueMax: nil, tolerance: 0, slack: 1, scale: 6, unit: "u",
            windowStart: day(from), deadline: day("2023-12-31"),
            source: .indicator(stream: "sector.measurements", indicator: "t"), trajectory: .linear,
            rule: RuleContract(
                atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000, hold: .zero,
                dwell: .zero, staleAfter: nil, grace: .zero))
    }

    /// (period, value, published, basis, revision), in the order of their records.
    private func book(
        _ readings: [(String, Int64, String, MeasurementRow.Basis, Int64)],
        division: Int32 = 410_300
    ) throws -> MeasurementBook {
        var book = MeasurementBook()
        for (offset, reading) in readings.enumerated() {
            let period = try #require(MeasurementPeriod(reading.0))
            book.add(
                MeasurementBook.Reading(
                    topicPartition: 1, recordOffset: Int64(offset), period: reading.0,
                    periodStart: period.start, periodEnd: period.end, basis: reading.3,
                    revision: reading.4, publishedAt: instant(reading.2 + "T00:00:00Z"),
                    value: reading.1),
                indicator: "t", division: division)
        }
        return book
    }

    private func value(
        _ book: MeasurementBook, _ target: TargetContract, _ asOf: String = "2024-06-01"
    ) -> Int128? {
        book.value(
            indicator: "t", target: target, division: 410_300, asOf: instant(asOf + "T00:00:00Z"))?
            .value
    }

    @Test func aFigureIsKnownOnlyOnceItIsOut() throws {
        let book = try book([("2023-Q1", 70, "2023-04-18", .cumulative, 0)])
        #expect(value(book, target(.growth), "2023-04-17") == nil)
        #expect(value(book, target(.growth), "2023-04-18") == nil)
        #expect(value(book, target(.growth), "2023-04-19") == 70)
    }

    @Test func revisionsCountFromTheirPublication() throws {
        let book = try book([
            ("2023-Q1", 70, "2023-04-18", .cumulative, 0),
            ("2023-Q1", 72, "2023-06-01", .cumulative, 1),
            // An older revision that arrives later, and a second printing of the newest.
            ("2023-Q1", 10, "2023-06-05", .cumulative, 0),
            ("2023-Q1", 73, "2023-06-09", .cumulative, 1),
        ])
        for kind in TargetContract.Kind.allCases {
            #expect(value(book, target(kind), "2023-05-01") == 70)
            #expect(value(book, target(kind), "2023-06-02") == 72)
            #expect(value(book, target(kind), "2023-06-06") == 72)
            #expect(value(book, target(kind)) == 73)
        }
    }

    @Test func aTotalIsCumulativePlusThePeriodsAfterIt() throws {
        let book = try book([
            ("2023-01", 5, "2023-02-10", .period, 0), ("2023-02", 7, "2023-03-10", .period, 0),
            ("2023-Q1", 20, "2023-04-10", .cumulative, 0), ("2023-04", 4, "2023-05-10", .period, 0),
            ("2023-05", 6, "2023-06-10", .period, 0),
        ])
        #expect(value(book, target(.total), "2023-03-01") == 5)
        #expect(value(book, target(.total), "2023-04-01") == 12)
        #expect(value(book, target(.total), "2023-05-01") == 20)
        #expect(value(book, target(.total)) == 30)
        #expect(value(book, target(.level)) == 6)
    }

    @Test func aPeriodThatBeganBeforeTheCumulativeEndIsNotAddedToIt() throws {
        let book = try book([
            ("2023-02", 20, "2023-03-10", .cumulative, 0), ("2023-Q1", 30, "2023-04-10", .period, 0),
            ("2023-03", 9, "2023-04-11", .period, 0),
        ])
        #expect(value(book, target(.total)) == 29)
    }

    @Test func theLaterPeriodEndTellsNotTheLaterArrival() throws {
        let book = try book([
            ("2023-Q2", 50, "2023-07-18", .cumulative, 0),
            ("2023-Q1", 20, "2023-07-20", .cumulative, 3),
        ])
        for kind in TargetContract.Kind.allCases { #expect(value(book, target(kind)) == 50) }
    }

    @Test func samePeriodEndLaterArrivalTells() throws {
        let book = try book([
            ("2023-Q2", 50, "2023-07-18", .cumulative, 0),
            ("2023-06", 51, "2023-07-18", .cumulative, 0),
        ])
        #expect(value(book, target(.total)) == 51)
    }

    @Test func periodsOutsideTheTargetsWindowDoNotCount() throws {
        let book = try book([
            ("2022", 90, "2023-01-20", .cumulative, 0),
            ("2023-Q1", 20, "2023-04-10", .cumulative, 0),
            ("2024", 99, "2024-02-01", .cumulative, 0),
        ])
        #expect(value(book, target(.total), "2023-02-01") == nil)
        #expect(value(book, target(.level), "2023-02-01") == 90)
        #expect(value(book, target(.total)) == 20)
        #expect(value(book, target(.level)) == 20)
    }

    @Test func otherDivisionsAndIndicatorsDoNotCount() throws {
        let book = try book([("2023", 90, "2023-01-20", .cumulative, 0)], division: 410_311)
        #expect(value(book, target(.level)) == nil)
    }

    @Test func theLastInputIsTheLatestPublication() throws {
        var book = try book([
            ("2023-Q1", 70, "2023-04-18", .cumulative, 1),
            ("2023-Q1", 1, "2023-05-18", .cumulative, 0),
        ])
        let asOf = instant("2023-06-01T00:00:00Z")
        let measured = book.value(
            indicator: "t", target: target(.level), division: 410_300, asOf: asOf)
        #expect(measured?.value == 70)
        #expect(measured?.lastInput == instant("2023-05-18T00:00:00Z"))
        book.replace([], indicator: "t", division: 410_300)
        #expect(value(book, target(.level)) == nil)
    }

    @Test func aReadingThatComesTwiceCountsOnce() throws {
        var book = try book([("2023-01", 5, "2023-02-10", .period, 0)])
        let january = MeasurementBook.Reading(
            topicPartition: 1, recordOffset: 0, period: "2023-01", periodStart: day("2023-01-01"),
            periodEnd: day("2023-01-31"), basis: .period, revision: 0,
            publishedAt: instant("2023-02-10T00:00:00Z"), value: 5)
        book.add(january, indicator: "t", division: 410_300)
        #expect(value(book, target(.total)) == 5)
    }
}
