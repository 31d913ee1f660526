import Contracts

/// A day as people write it, within a plan's period: `2023-06-30`, `2023年6月30日`, `6月底前`, `上半年`,
/// `30 June 2023`, `end of June`. A month stands for its last day.
enum WrittenDay {
    struct Failure: Error, Sendable, Equatable {
        var what: String
        var instead: String
    }

    static func read(
        _ text: String, in period: ClosedRange<CivilDate>
    ) throws(Failure) -> CivilDate {
        let plain = text.lowercased().replacing(/\s*(前|之前|以前)$/, with: "")
        if let day = CivilDate(iso: plain) { return day }
        if let match = plain.wholeMatch(of: /([0-9]{4})[\/.年\-]([0-9]{1,2})[\/.月\-]([0-9]{1,2})日?/)
        {
            return try day(Int(match.1), Int(match.2), Int(match.3), text)
        }
        if plain.wholeMatch(of: /[0-9]{1,2}[\/.\-][0-9]{1,2}[\/.\-][0-9]{2,4}/) != nil {
            throw Failure(
                what: "`\(text.prefix(40))` may be read in two ways",
                instead: "write the year first, as 2023-06-30")
        }
        if plain.wholeMatch(of: /[0-9]{5}(\.[0-9]+)?/) != nil {
            throw Failure(
                what: "`\(text.prefix(40))` is a spreadsheet's number of a day",
                instead: "give its cells the format of a date, or write 2023-06-30")
        }
        if let match = plain.wholeMatch(
            of: /(?:([0-9]{4})年)?([0-9]{1,2})月(?:([0-9]{1,2})日|底|末|份|内)?/)
        {
            guard let month = Int(match.2) else { throw unknown(text, period) }
            let dayOfMonth = match.3.flatMap { Int($0) }
            return try monthly(match.1.flatMap { Int($0) }, month, dayOfMonth, text, period)
        }
        if let found = try english(plain, text, period) { return found }
        if let found = try parts(plain, text, period) { return found }
        throw unknown(text, period)
    }

    /// Half-years, quarters, the year.
    private static func parts(
        _ plain: String, _ text: String, _ period: ClosedRange<CivilDate>
    ) throws(Failure) -> CivilDate? {
        let months: [(words: [String], month: Int)] = [
            (["一季度", "第一季度", "q1"], 3), (["上半年", "二季度", "第二季度", "q2", "h1"], 6),
            (["三季度", "第三季度", "q3"], 9),
            (["四季度", "第四季度", "下半年", "q4", "h2"], 12),
        ]
        if ["年底", "年末", "年内", "全年", "年度", "年", "end of year", "year end", "year-end"]
            .contains(plain)
        {
            return period.upperBound
        }
        for (words, month) in months where words.contains(plain) {
            return try monthly(nil, month, nil, text, period)
        }
        if let match = plain.wholeMatch(of: /([0-9]{4})年?(底|末)?/) {
            return try monthly(Int(match.1), 12, nil, text, period)
        }
        if let match = plain.wholeMatch(of: /([0-9]{4})[ -]?(q|h)([1-4])/), let part = Int(match.3)
        {
            guard match.2 == "q" || part <= 2 else { throw unknown(text, period) }
            return try monthly(Int(match.1), part * (match.2 == "q" ? 3 : 6), nil, text, period)
        }
        return nil
    }

    private static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
    ]

    private static func english(
        _ plain: String, _ text: String, _ period: ClosedRange<CivilDate>
    ) throws(Failure) -> CivilDate? {
        let words = plain.replacing(#/^by /#, with: "").replacing(#/^(the )?end of /#, with: "")
            .replacing(",", with: " ").split(separator: " ")
        func month(_ word: Substring) -> Int? {
            guard word.count >= 3 else { return nil }
            let bare = word.hasSuffix(".") ? word.dropLast() : word
            return monthNames.firstIndex { $0.hasPrefix(bare) }.map { $0 + 1 }
        }
        guard let at = words.firstIndex(where: { month($0) != nil }), let found = month(words[at])
        else { return nil }
        let numbers = words.indices.filter { $0 != at }.map { Int(words[$0]) }
        guard words.count <= 3, !numbers.contains(nil) else { return nil }
        let year = numbers.compactMap { $0 }.first { $0 > 31 }
        let days = numbers.compactMap { $0 }.filter { $0 <= 31 }
        guard days.count <= 1, days.count + (year == nil ? 0 : 1) == numbers.count else {
            return nil
        }
        return try monthly(year, found, days.first, text, period)
    }

    /// The month's last day where none is given; the year is the period's where it has one such
    /// month.
    private static func monthly(
        _ year: Int?, _ month: Int, _ dayOfMonth: Int?, _ text: String,
        _ period: ClosedRange<CivilDate>
    ) throws(Failure) -> CivilDate {
        guard (1...12).contains(month) else { throw unknown(text, period) }
        var year = year
        if year == nil {
            let years = (period.lowerBound.components.year...period.upperBound.components.year)
                .filter { year in
                    guard
                        let first = CivilDate(year: year, month: month, day: 1),
                        let last = CivilDate(
                            year: year, month: month,
                            day: CivilDate.days(inMonth: month, of: year))
                    else { return false }
                    return first <= period.upperBound && last >= period.lowerBound
                }
            guard years.count == 1 else {
                throw Failure(
                    what: years.isEmpty
                        ? "`\(text.prefix(40))` lies outside the plan's period"
                        : "`\(text.prefix(40))` comes in \(years.count) years of the plan",
                    instead: "write the year with it, as 2023-06-30")
            }
            year = years.first
        }
        guard let year, year > 0 else { throw unknown(text, period) }
        return try day(
            year, month, dayOfMonth ?? CivilDate.days(inMonth: month, of: year), text)
    }

    private static func day(
        _ year: Int?, _ month: Int?, _ day: Int?, _ text: String
    ) throws(Failure) -> CivilDate {
        guard let year, let month, let day,
            let found = CivilDate(year: year, month: month, day: day)
        else {
            throw Failure(
                what: "the calendar has no day `\(text.prefix(40))`",
                instead: "write one as 2023-06-30")
        }
        return found
    }

    private static func unknown(_ text: String, _ period: ClosedRange<CivilDate>) -> Failure {
        Failure(
            what: "`\(text.prefix(40))` is no day",
            instead: "write one from \(period.lowerBound.iso) to \(period.upperBound.iso), "
                + "as 2023-06-30")
    }
}
