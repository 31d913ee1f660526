/// What one kind of event carries on average in each month, so that the year's sum is the city's
/// figure whatever the number of events.
struct ValuePath: Sendable {
    /// In 1/1024 units, by month; entry 0 is unused.
    let means: [Int64]

    /// - Parameters:
    ///   - total: the year's sum, in whole units.
    ///   - share: events of the kind, in parts of 1,000 of the stream's.
    ///   - shape: how much more or less than the average an event of each month carries; any scale.
    init(total: Int64, share: Int, shape: [Int64], rhythm: Rhythm) {
        let events = max(1, Int128(rhythm.events) * Int128(share) / 1_000)
        var weights: Int128 = 0
        var shaped: Int128 = 0
        for month in 1...12 {
            weights += Int128(rhythm.monthWeights[month])
            shaped += Int128(rhythm.monthWeights[month]) * Int128(shape[month - 1])
        }
        means =
            [0]
            + shape.map { part in
                Int64(Int128(total) * 1_024 * Int128(part) * weights / (shaped * events))
            }
    }
}

/// What the scenario of the year makes of the city.
struct Scenario: Sendable {
    let visitors: ValuePath
    /// Fen a visitor, by month; entry 0 is unused.
    let spend: [Int64]
    /// By `employmentKinds`.
    let persons: [ValuePath]
    let majorProjects: ValuePath
    let keyProjects: ValuePath
    let otherProjects: ValuePath

    static let employmentKinds: [(word: StaticString, total: Int64, shape: [Int64])] = [
        ("urban_new_job", 88_300, [118, 112, 122, 118, 106, 96, 90, 92, 92, 104, 92, 90]),
        ("reemployment", 15_600, [160, 110, 104, 104, 104, 92, 90, 94, 84, 120, 86, 88]),
        (
            "hardship_placement", 6_200,
            [100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
        ),
        ("rural_transfer", 21_300, [85, 236, 228, 125, 100, 90, 58, 64, 56, 54, 48, 57]),
        ("lifted_transfer", 195_500, [85, 236, 227, 115, 95, 86, 54, 60, 52, 54, 48, 57]),
        ("returnee_entrepreneur", 8_300, [130, 120, 110, 100, 95, 90, 90, 90, 95, 95, 95, 95]),
        ("graduate", 38_000, [20, 25, 40, 60, 90, 240, 320, 160, 90, 60, 40, 30]),
        ("skills_training", 291_000, [60, 70, 100, 110, 110, 110, 90, 90, 110, 120, 120, 110]),
    ]
    static let personsPerYear: Int64 = employmentKinds.reduce(0) { $0 + $1.total }

    /// Parts of 1,000 of the investment events: major alone, key industrial alone, both, neither.
    static let programmeShares = [560, 180, 90, 170]

    init(tourism: Rhythm, employment: Rhythm, investment: Rhythm) {
        visitors = ValuePath(
            total: 103_900_000, share: 1_000,
            shape: [86, 84, 92, 104, 106, 98, 100, 104, 102, 102, 98, 96], rhythm: tourism)
        spend = [
            0, 84_500, 82_000, 81_000, 87_500, 86_000, 82_500, 83_500, 84_000, 82_500, 86_500,
            80_000, 79_000,
        ]
        let all = Scenario.personsPerYear
        persons = Scenario.employmentKinds.map { kind in
            // Each kind has events in proportion to its persons, so that all events are about as
            // large.
            ValuePath(total: all, share: 1_000, shape: kind.shape, rhythm: employment)
        }
        // An event of both programmes has a key project's amount (a third of their sum) and counts
        // in both.
        majorProjects = ValuePath(
            total: 249_500_000_000 * 100, share: 560,
            shape: [70, 72, 84, 92, 96, 100, 104, 106, 106, 110, 112, 118], rhythm: investment)
        keyProjects = ValuePath(
            total: 36_800_000_000 * 100, share: 180 + 90,
            shape: [106, 106, 104, 102, 100, 98, 98, 98, 98, 98, 96, 96], rhythm: investment)
        otherProjects = ValuePath(
            total: 21_000_000_000 * 100, share: 170,
            shape: [100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100], rhythm: investment)
    }
}
