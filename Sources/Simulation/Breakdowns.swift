/// Who comes from where to what, and who hires in which trade: choices prepared for each month.
struct Breakdowns: Sendable {
    private let calendar: CityCalendar
    private let weather: Weather
    private let origins: [WeightedChoice]
    /// By span, division and weather.
    private let sites: [WeightedChoice]
    private let city: WeightedChoice
    private let rural: WeightedChoice
    private let graduates: WeightedChoice

    init(_ calendar: CityCalendar, weather: Weather) {
        self.calendar = calendar
        self.weather = weather
        origins = calendar.spans.map { span in
            WeightedChoice(
                Luoyang.origins.enumerated().map { place, origin in
                    origin.weight * Breakdowns.reach(place, span)
                })
        }
        sites = calendar.spans.flatMap { span in
            Luoyang.divisions.flatMap { division in
                [false, true].map { isWet in
                    WeightedChoice(
                        division.sites.map {
                            $0.weight * Breakdowns.season($0.kind, span.month, isWet: isWet)
                        })
                }
            }
        }
        city = WeightedChoice(Luoyang.industries.map(\.city))
        rural = WeightedChoice(Luoyang.industries.map(\.rural))
        graduates = WeightedChoice(Luoyang.industries.map(\.graduates))
    }

    /// In parts of 100: from afar in spring's bloom, in summer and around National Day; foreigners
    /// in 2023 as borders and flights opened again, late and step by step. Assumptions.
    private static func reach(_ origin: Int, _ span: CityCalendar.Span) -> Int {
        if origin < Luoyang.nearOrigins { return 100 }
        if origin < Luoyang.homeOrigins {
            return [92, 95, 98, 128, 118, 90, 152, 160, 96, 140, 84, 80][span.month - 1]
        }
        switch span.year {
        case ...2022: return 3
        case 2023: return [4, 8, 16, 30, 36, 40, 52, 64, 76, 88, 94, 100][span.month - 1]
        default: return 100
        }
    }

    private static func season(_ kind: Luoyang.Site.Kind, _ month: Int, isWet: Bool) -> Int {
        switch kind {
        case .indoor: isWet ? 240 : 100
        case .outdoor: isWet ? 60 : 100
        case .garden:
            [30, 40, 110, 600, 160, 60, 50, 50, 60, 80, 40, 30][month - 1] / (isWet ? 2 : 1)
        case .mountain:
            [60, 50, 70, 110, 110, 110, 150, 150, 100, 140, 60, 50][month - 1] / (isWet ? 3 : 1)
        }
    }

    func origin(span: Int, _ dice: inout Dice) -> Int { origins[span].pick(&dice) }

    /// An index into the division's sites.
    func site(division: Int, day: Int, _ dice: inout Dice) -> Int {
        let isWet = weather.isBad(Luoyang.divisions[division].landscape, day: day)
        let row = (calendar.spanOfDay[day] * Luoyang.divisions.count + division) * 2
        return sites[row + (isWet ? 1 : 0)].pick(&dice)
    }

    /// Visitors who stay the night, in parts of 100.
    static func nights(_ landscape: Luoyang.Landscape) -> Int {
        switch landscape {
        case .oldTown: 46
        case .city: 42
        case .plain: 32
        case .mountains: 62
        }
    }

    private static let employersPerDivision = 600

    /// Few employers hire many, most hire seldom.
    static func employer(_ division: Int, _ dice: inout Dice) -> Int {
        let draw = dice.below(1_024)
        return division * employersPerDivision + ((draw * draw * employersPerDivision) >> 20) + 1
    }

    /// An employer is of one trade, as long as it is there.
    func industry(ofEmployer employer: Int, _ division: Int) -> Int {
        let bits = Dice.mix(UInt64(employer) &* 0xE3_9107)
        switch Luoyang.divisions[division].landscape {
        case .oldTown, .city: return city.pick(bits: bits)
        case .plain, .mountains: return rural.pick(bits: bits)
        }
    }

    func industry(kind: Int, _ dice: inout Dice) -> Int {
        switch CityTruth.kinds[kind].metric {
        case .graduates: graduates.pick(&dice)
        case .ruralTransfer, .liftedTransfer, .returneeEntrepreneurs: rural.pick(&dice)
        default: city.pick(&dice)
        }
    }
}
