import Contracts
import Testing

@Suite struct ScalarTests {
    @Test func everyDayOfThreeCenturiesReadsBack() throws {
        let first = try #require(CivilDate(year: 1900, month: 1, day: 1))
        let last = try #require(CivilDate(year: 2199, month: 12, day: 31))
        #expect(first.dayNumber == -25_567)
        var expected = (year: 1900, month: 1, day: 1)
        var wrong: [Int32] = []
        for number in first.dayNumber...last.dayNumber {
            let date = CivilDate(dayNumber: number)
            if date.components != expected || CivilDate(iso: date.iso) != date {
                wrong.append(number)
            }
            expected.day += 1
            if expected.day > CivilDate.days(inMonth: expected.month, of: expected.year) {
                expected = (expected.year, expected.month + 1, 1)
            }
            if expected.month > 12 { expected = (expected.year + 1, 1, 1) }
        }
        #expect(wrong.isEmpty)
        #expect(expected == (2200, 1, 1))
    }

    @Test(arguments: [
        "2023-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "1900-02-29", "2023-6-30",
        "2023-06-30 ",
        "+023-06-30", "0000-01-01", "2023/06/30", "", "２０２３-06-30",
    ])
    func noSuchDay(text: String) { #expect(CivilDate(iso: text) == nil) }

    @Test func leapDaysAndYears() throws {
        let leap = try #require(CivilDate(iso: "2024-02-29"))
        #expect(leap.adding(years: -1).iso == "2023-02-28")
        #expect(leap.adding(years: 4).iso == "2028-02-29")
        #expect(leap.adding(days: 1).iso == "2024-03-01")
        #expect(leap.adding(days: 366).days(since: leap) == 366)
        #expect(CivilDate(year: 2000, month: 2, day: 29)?.iso == "2000-02-29")
    }

    @Test(
        arguments: [
            ("2023-06-30T16:00:00Z", 1_688_140_800_000_000, "2023-06-30T16:00:00Z"),
            ("2023-07-01T00:00:00+08:00", 1_688_140_800_000_000, "2023-06-30T16:00:00Z"),
            ("2023-06-30t16:00:00z", 1_688_140_800_000_000, "2023-06-30T16:00:00Z"),
            ("2023-06-30T12:29:59.5-03:30", 1_688_140_799_500_000, "2023-06-30T15:59:59.500Z"),
            (
                "2023-06-30T16:00:00.000001999Z", 1_688_140_800_000_001,
                "2023-06-30T16:00:00.000001Z"
            ),
            ("2023-06-30T16:00:00.120-00:00", 1_688_140_800_120_000, "2023-06-30T16:00:00.120Z"),
            ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000, "2000-02-29T00:00:00Z"),
        ] as [(String, Int64, String)])
    func rfc3339(text: String, microseconds: Int64, formatted: String) throws {
        let instant = try #require(Instant(rfc3339: text))
        #expect(instant.microseconds == microseconds)
        #expect(instant.rfc3339 == formatted)
        #expect(Instant(rfc3339: formatted) == instant)
    }

    @Test(arguments: [
        "2023-06-30T16:00Z", "2023-06-30T16:00:00", "2023-06-30 16:00:00Z", "2023-06-30T24:00:00Z",
        "2023-06-30T16:60:00Z", "2023-06-30T23:59:60Z", "2023-02-30T16:00:00Z",
        "2023-06-30T16:00:00.Z",
        "2023-06-30T16:00:00.1234567890Z", "2023-06-30T16:00:00+8:00", "2023-06-30T16:00:00+0800",
        "2023-06-30T16:00:00+24:00", "2023-06-30T16:00:00+08:60", "2023-06-30T16:00:00Zx",
        "2023-06-30T16:00:00,5Z", " 2023-06-30T16:00:00Z", "2023-06-30T1６:00:00Z",
        "20230630T160000Z", "now",
    ])
    func notRFC3339(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test(
        arguments: [
            ("4254.50", 2, .value(425_450)), ("4254.5", 2, .value(425_450)), ("0", 0, .value(0)),
            ("-0.7", 6, .value(-700_000)), ("0.000001", 6, .value(1)), ("3", 2, .value(300)),
            ("9223372036854775807", 0, .value(.max)), ("-9223372036854775808", 0, .value(.min)),
            ("92233720368547758.07", 2, .value(.max)), ("92233720368547758.08", 2, .overflow),
            ("9223372036854775808", 0, .overflow), ("1", 19, .overflow),
            ("4254.505", 2, .tooPrecise), ("3.0", 0, .tooPrecise), ("4254.500", 2, .tooPrecise),
            ("", 2, .malformed), ("-", 2, .malformed), (".5", 2, .malformed), ("5.", 2, .malformed),
            ("1e3", 2, .malformed), ("+1", 2, .malformed), ("1 ", 2, .malformed),
            ("1,000", 2, .malformed),
            ("007", 2, .malformed), ("0x1", 2, .malformed), ("--1", 2, .malformed),
            ("1.5.5", 2, .malformed),
            ("１", 0, .malformed), ("NaN", 0, .malformed),
        ] as [(String, Int, Figure.Reading)])
    func figures(text: String, scale: Int, reading: Figure.Reading) {
        #expect(Figure.read(text, scale: scale) == reading)
        if case .value(let value) = reading {
            #expect(Figure.parse(text, scale: scale) == value)
            #expect(Figure.parse(Figure.format(value, scale: scale), scale: scale) == value)
        } else {
            #expect(Figure.parse(text, scale: scale) == nil)
        }
    }

    @Test(
        arguments: [
            (43_120_455, 0, "43120455"), (425_450, 2, "4254.5"), (425_400, 2, "4254"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"), (0, 6, "0"), (-700_000, 6, "-0.7"), (1, 6, "0.000001"),
            (869_600, 6, "0.8696"),
        ] as [(Int64, Int, String)])
    func formats(value: Int64, scale: Int, text: String) {
        #expect(Figure.format(value, scale: scale) == text)
    }

    @Test func formatsBeyondInt64() {
        #expect(Figure.format(Int128(Int64.max) * 100, scale: 2) == "9223372036854775807")
        #expect(Figure.format(Int128.min, scale: 0) == "-170141183460469231731687303715884105728")
    }

    @Test(arguments: [
        ("3 d", "P3D"), ("24h", "P1D"), ("36 h", "P1DT12H"), ("90 min", "PT1H30M"), ("0 h", "PT0S"),
        ("45 s", "PT45S"), ("3650 d", "P3650D"),
    ])
    func durations(text: String, iso: String) throws {
        #expect(try #require(Duration(topicText: text)).iso8601 == iso)
    }

    @Test(arguments: [
        "", "3", "d", "3 m", "3.5 d", "-3 d", "3 days", "3651 d", "9999999999 s", "٣ d",
    ])
    func noDuration(text: String) { #expect(Duration(topicText: text) == nil) }

    @Test func instantsSaturate() {
        #expect(Instant(microseconds: .max - 1).adding(.seconds(1)) == Instant(microseconds: .max))
        #expect(Instant(microseconds: .min + 1).adding(.seconds(-1)) == Instant(microseconds: .min))
        #expect(Instant(seconds: 1).adding(.milliseconds(-1)).microseconds == 999_000)
    }
}
