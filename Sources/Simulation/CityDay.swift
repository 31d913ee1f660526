internal import Contracts

/// One day of the simulated calendar with what its rhythm depends on.
struct CityDay {
    /// Days since 1970-01-01.
    var number: Int32
    var year: Int
    var month: Int
    var day: Int
    /// 0 is Monday.
    var weekday: Int
    var kind: Kind
    /// 0 on the last day of its month.
    var daysLeftInMonth: Int

    /// Month * 100 + day.
    var key: Int { month * 100 + day }

    enum Kind { case workday, weekend, holiday }

    init(_ number: Int32) {
        self.number = number
        (year, month, day) = CivilDate(dayNumber: number).components
        weekday = (Int(number) + 3) % 7
        kind = weekday >= 5 ? .weekend : .workday
        daysLeftInMonth = CivilDate.days(inMonth: month, of: year) - day
        if year == 2023 {
            let key = key
            if Self.holidays2023.contains(where: { $0.contains(key) }) { kind = .holiday }
            if Self.makeUpWorkdays2023.contains(key) { kind = .workday }
        }
    }

    /// State Council General Office, 2022-12-08: arrangement of some holidays in 2023 (month * 100
    /// + day).
    private static let holidays2023 = [
        101...102, 121...127, 405...405, 429...430, 501...503, 622...624, 929...930, 1001...1006,
    ]
    private static let makeUpWorkdays2023 = [128, 129, 423, 506, 625, 1007, 1008]
}
