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
    /// The holiday that it is a day of, and which (0 is the first).
    var holiday: Holiday?
    var dayOfHoliday = 0
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
        for holiday in Holiday.all where holiday.days.contains(number) {
            kind = .holiday
            self.holiday = holiday
            dayOfHoliday = Int(number - holiday.days.lowerBound)
        }
        if Holiday.makeUpWorkdays.contains(number) { kind = .workday }
    }

    /// The city's own festival: 1 April to 5 May, the customary dates, as the plan takes them too.
    /// Assumption: the report does not date it, and the fortieth was opened on 8 April 2023.
    var isPeonyFestival: Bool { month == 4 || (month == 5 && day <= 5) }

    /// Schools' summer holidays.
    var isSummerHoliday: Bool { month == 7 || month == 8 }
}

/// A public holiday with the weekend that it was joined to.
struct Holiday: Equatable {
    enum Occasion { case newYear, springFestival, qingming, labourDay, dragonBoat, midAutumn }

    var occasion: Occasion
    /// Day numbers.
    var days: Range<Int32>

    private init(_ occasion: Occasion, _ year: Int, _ month: Int, _ day: Int, days count: Int32) {
        self.occasion = occasion
        let first = Holiday.number(year, month, day)
        days = first..<first + count
    }

    /// The arrangements of the State Council General Office, 2021-10-25 for 2022 and 2022-12-08
    /// for 2023 (New Year 2023 begins on 31 December). Other years have their weekends only.
    static let all = [
        Holiday(.newYear, 2022, 1, 1, days: 3),
        Holiday(.springFestival, 2022, 1, 31, days: 7),
        Holiday(.qingming, 2022, 4, 3, days: 3),
        Holiday(.labourDay, 2022, 4, 30, days: 5),
        Holiday(.dragonBoat, 2022, 6, 3, days: 3),
        Holiday(.midAutumn, 2022, 9, 10, days: 3),
        // National Day; in 2023 Mid-Autumn falls into it, and both are one.
        Holiday(.midAutumn, 2022, 10, 1, days: 7),
        Holiday(.newYear, 2022, 12, 31, days: 3),
        Holiday(.springFestival, 2023, 1, 21, days: 7),
        Holiday(.qingming, 2023, 4, 5, days: 1),
        Holiday(.labourDay, 2023, 4, 29, days: 5),
        Holiday(.dragonBoat, 2023, 6, 22, days: 3),
        Holiday(.midAutumn, 2023, 9, 29, days: 8),
    ]

    /// Weekend days worked instead, from the same arrangements.
    static let makeUpWorkdays: Set<Int32> = Set(
        [
            (2022, 1, 29), (2022, 1, 30), (2022, 4, 2), (2022, 4, 24), (2022, 5, 7), (2022, 10, 8),
            (2022, 10, 9), (2023, 1, 28), (2023, 1, 29), (2023, 4, 23), (2023, 5, 6),
            (2023, 6, 25), (2023, 10, 7), (2023, 10, 8),
        ].map { number($0.0, $0.1, $0.2) })

    private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int32 {
        CivilDate(year: year, month: month, day: day)?.dayNumber ?? 0
    }
}
