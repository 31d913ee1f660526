/// How many events of a stream a day has in a division, against its other days. All figures are
/// assumptions but the calendar's; in parts of 100 where nothing else is said.
struct DayWeight: Sendable {
    let stream: SimulatedStream
    let seed: UInt64
    let weather: Weather

    /// `place` is the day's in the calendar. From 0 to `most`.
    func weight(_ day: CityDay, place: Int, division: Int) -> Int64 {
        let exact =
            switch stream {
            case .tourism: visits(day, place, division)
            case .employment: registrations(day) * 100
            case .investment, .measurements: payments(day) * 100
            }
        // No two weeks of a place are alike.
        let bits = Dice.place(
            seed ^ (0xDA11_0C1D &+ UInt64(stream.rawValue)), Int(day.number), division)
        let noise = 92 + Dice.part(bits, of: 17)
        return min(max(exact * noise / 100, 1), DayWeight.most)
    }

    /// Products with a month's hours and events stay within 63 bits: see `Rhythm`.
    static let most: Int64 = 1 << 18

    private func visits(_ day: CityDay, _ place: Int, _ division: Int) -> Int64 {
        let landscape = Luoyang.divisions[division].landscape
        var weight = DayWeight.season(landscape, day)
        weight = weight * DayWeight.visitKind(day) / 10
        if day.isPeonyFestival {
            // In full bloom from about 8 to 25 April.
            let bloom: Int64 = (408...425).contains(day.key) ? 205 : 150
            weight = weight * (landscape == .mountains ? 100 : bloom) / 100
        }
        if DayWeight.lanternFairs.contains(where: { $0.contains(day.year * 10_000 + day.key) }) {
            weight = weight * 145 / 100
        }
        weight = weight * DayWeight.revival(day) / 100
        if weather.isBad(landscape, day: place) {
            weight = weight * DayWeight.inBadWeather(landscape) / 100
        }
        return weight
    }

    /// Runs straight from the middle of one month to that of the next, so that no first of a month
    /// is a step.
    private static func season(_ landscape: Luoyang.Landscape, _ day: CityDay) -> Int64 {
        let months: [Int64] =
            switch landscape {
            case .oldTown, .city: [64, 62, 80, 112, 98, 84, 108, 110, 88, 98, 66, 56]
            case .plain: [58, 56, 76, 108, 100, 88, 104, 104, 88, 98, 62, 52]
            // Cool in summer, coloured in autumn, shut by ice in much of winter.
            case .mountains: [42, 42, 58, 104, 108, 104, 158, 162, 96, 122, 54, 42]
            }
        let here = day.month - 1
        let length = Int64(day.day + day.daysLeftInMonth)
        let fromMiddle = Int64(day.day) * 2 - length
        let next = months[(here + (fromMiddle < 0 ? 11 : 1)) % 12]
        let away = abs(fromMiddle)
        return (months[here] * (2 * length - away) + next * away) * 10 / (2 * length)
    }

    /// In parts of 100, whatever the landscape.
    private static func visitKind(_ day: CityDay) -> Int64 {
        if let holiday = day.holiday {
            let course: [Int64] =
                switch holiday.occasion {
                case .newYear: [190, 220, 160]
                // New Year's Eve is spent at home, and the first day with the family.
                case .springFestival: [150, 310, 450, 520, 520, 450, 340]
                case .qingming: [240, 260, 200]
                case .labourDay: [390, 470, 460, 400, 270]
                case .dragonBoat: [240, 250, 190]
                case .midAutumn: [300, 370, 460, 470, 460, 410, 330, 230]
                }
            return course[min(day.dayOfHoliday, course.count - 1)]
        }
        if day.kind == .weekend { return day.isSummerHoliday ? 155 : 170 }
        return day.isSummerHoliday ? 120 : day.weekday == 4 ? 108 : 100
    }

    /// From the end of the Spring Festival's holiday to the Lantern Festival, its fifteenth day
    /// (15 February 2022, 5 February 2023): lantern fairs in the old town, shows in the villages.
    private static let lanternFairs = [20_220_207...20_220_215, 20_230_128...20_230_205]

    /// In 2022 the city was closed for weeks; the first days of 2023 came after the wave of
    /// December. Assumption: no daily figures are given.
    private static func revival(_ day: CityDay) -> Int64 {
        switch day.year {
        case 2022: [70, 82, 66, 50, 62, 100, 112, 106, 92, 66, 36, 42][day.month - 1]
        case 2023 where day.key <= 114: 62 + Int64(day.key - 101) * 2
        default: 100
        }
    }

    private static func inBadWeather(_ landscape: Luoyang.Landscape) -> Int64 {
        switch landscape {
        case .oldTown: 64
        case .city: 66
        case .plain: 60
        case .mountains: 42
        }
    }

    /// Counters open on workdays, and most come at the beginning of the week.
    private func registrations(_ day: CityDay) -> Int64 {
        switch day.kind {
        case .workday: [116, 108, 100, 96, 88, 90, 90][day.weekday]
        case .weekend: 12
        case .holiday: 4
        }
    }

    /// Books are closed at the ends of months, and more of quarters.
    private func payments(_ day: CityDay) -> Int64 {
        let closing: Int64 =
            day.daysLeftInMonth < 4
            ? (day.month % 3 == 0 ? 24 : 18) : day.daysLeftInMonth < 8 ? 12 : 10
        return closing * (day.kind == .workday ? 10 : day.kind == .weekend ? 1 : 0)
    }
}
