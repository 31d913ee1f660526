package import Contracts

/// The days that a reading speaks of.
package struct MeasurementPeriod: Hashable, Sendable {
    package var start: CivilDate
    /// The last day, inclusive.
    package var end: CivilDate

    /// "2023", "2023-Q1", "2023-03" or "2023-03-05"; nil for anything else, and for days that do
    /// not exist.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count >= 4, let year = MeasurementPeriod.number(text[0..<4]), year >= 1 else {
            return nil
        }
        if text.count == 4 {
            self.init(year: year, firstMonth: 1, lastMonth: 12)
            return
        }
        guard text.count >= 7, text[4] == UInt8(ascii: "-") else { return nil }
        if text[5] == UInt8(ascii: "Q") {
            guard text.count == 7, (UInt8(ascii: "1")...UInt8(ascii: "4")).contains(text[6]) else {
                return nil
            }
            let quarter = Int(text[6] - UInt8(ascii: "0"))
            self.init(year: year, firstMonth: quarter * 3 - 2, lastMonth: quarter * 3)
            return
        }
        guard let month = MeasurementPeriod.number(text[5..<7]), (1...12).contains(month) else {
            return nil
        }
        if text.count == 7 {
            self.init(year: year, firstMonth: month, lastMonth: month)
            return
        }
        guard let day = CivilDate(iso: text) else { return nil }
        self.init(start: day, end: day)
    }

    package init?(_ text: String) {
        guard let period = Array(text.utf8).withUnsafeBytes({ MeasurementPeriod($0) }) else {
            return nil
        }
        self = period
    }

    private init?(year: Int, firstMonth: Int, lastMonth: Int) {
        guard let start = CivilDate(year: year, month: firstMonth, day: 1),
            let end = CivilDate(
                year: year, month: lastMonth, day: CivilDate.days(inMonth: lastMonth, of: year))
        else { return nil }
        self.init(start: start, end: end)
    }

    private init(start: CivilDate, end: CivilDate) {
        self.start = start
        self.end = end
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        var value = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
