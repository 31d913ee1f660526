/// A calendar day without a zone: days since 1970-01-01 in the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Comparable, Sendable {
    package var dayNumber: Int32

    package init(dayNumber: Int32) { self.dayNumber = dayNumber }

    /// Nil where the calendar has no such day. Years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        self.dayNumber = CivilDate.dayNumber(year: year, month: month, day: day)
    }

    /// `2023-06-30`, exactly. Nil for anything else, and where the calendar has no such day.
    package init?(iso text: String) {
        var text = text
        guard let date = text.withUTF8({ CivilDate(iso: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = date
    }

    /// The bytes of `2023-06-30`, exactly.
    package init?(iso bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = decimal(bytes, 0, 4), let month = decimal(bytes, 5, 7),
            let day = decimal(bytes, 8, 10)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.dayNumber < right.dayNumber
    }

    /// Year, month 1 to 12, day 1 to 31.
    package var components: (year: Int, month: Int, day: Int) {
        // Years begin in March here, so that the leap day is the last: see Hinnant,
        // "chrono-compatible low-level date algorithms", civil_from_days.
        let shifted = Int(dayNumber) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// `2023-06-30`.
    package var iso: String {
        let (year, month, day) = components
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    package func adding(days: Int) -> CivilDate {
        CivilDate(dayNumber: dayNumber + Int32(clamping: days))
    }

    /// The same day of the year that lies `years` away; 29 February becomes 28 where there is none.
    package func adding(years: Int) -> CivilDate {
        let (year, month, day) = components
        let last = CivilDate.days(inMonth: month, of: year + years)
        return CivilDate(
            dayNumber: CivilDate.dayNumber(year: year + years, month: month, day: min(day, last)))
    }

    /// Days from the other date to this one.
    package func days(since other: CivilDate) -> Int { Int(dayNumber) - Int(other.dayNumber) }

    /// 28 to 31. Months are 1 to 12.
    package static func days(inMonth month: Int, of year: Int) -> Int {
        if month == 2 { return isLeap(year) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Hinnant's days_from_civil.
    private static func dayNumber(year: Int, month: Int, day: Int) -> Int32 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int32(truncatingIfNeeded: era * 146_097 + dayOfEra - 719_468)
    }
}

/// The digits from `start` up to `end`, or nil where one of them is none. At most 18 of them.
@inline(__always)
internal func decimal(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int? {
    var value = 0
    for index in start..<end {
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        value = value * 10 + Int(digit)
    }
    return value
}

/// At least `width` digits, zeros in front.
internal func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return digits.count >= width
        ? digits : String(repeating: "0", count: width - digits.count) + digits
}
