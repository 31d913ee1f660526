/// Days of heavy rain or snow, when who can stays indoors: drawn from the seed for the plain and
/// for the mountains, which share two days of three.
struct Weather: Sendable {
    private let plain: [Bool]
    private let mountains: [Bool]

    /// Bad days of a month on average, January to December: about three dozen a year, most in the
    /// weeks of July. Assumption, after the usual course of the year in western Henan.
    static let badDays = [1, 1, 2, 3, 3, 3, 8, 5, 5, 3, 2, 1]

    init(seed: UInt64, days: [CityDay]) {
        var plain: [Bool] = []
        var mountains: [Bool] = []
        for day in days {
            let bits = Dice.place(seed ^ 0x3EA7_4E25, Int(day.number), 0)
            let parts = Int64(Weather.badDays[day.month - 1]) * 1_000 / 30
            let own = (0..<2).map { Dice.part(bits >> UInt64(20 * $0), of: 1_000) }
            let isShared = bits >> 60 < 11
            plain.append(own[0] < parts)
            mountains.append((isShared ? own[0] : own[1]) < parts)
        }
        self.plain = plain
        self.mountains = mountains
    }

    func isBad(_ landscape: Luoyang.Landscape, day: Int) -> Bool {
        landscape == .mountains ? mountains[day] : plain[day]
    }
}
