import Contracts
import Foundation
import Testing

@testable import Simulation

/// Adds up the year as a reader would: each identity once, corrections plus new and minus previous.
struct YearSums {
    var sums: [String: Double] = [:]
    private var seen: Set<String> = []

    mutating func add(_ record: SimulatedRecord) throws {
        switch record.kind {
        case .tick, .tombstone, .corrupt: return
        default: break
        }
        guard record.stream != .measurements else { return }
        let event = try ReadEvent(record)
        guard seen.insert(event.source + " " + event.id).inserted else { return }
        if event.data["withdrawn"] as? Bool != true { add(event.data, 1) }
        if let previous = event.data["previous"] as? [String: Any] { add(previous, -1) }
    }

    private mutating func add(_ data: [String: Any], _ sign: Double) {
        if let visitors = data["visitors"] as? Int {
            sums["visitors", default: 0] += sign * Double(visitors)
        }
        if let spend = data["spend"] as? String {
            sums["spend", default: 0] += sign * (Double(spend) ?? .nan)
        }
        if let kind = data["kind"] as? String, let persons = data["persons"] as? Int {
            sums[kind, default: 0] += sign * Double(persons)
        }
        guard let amount = data["amount"] else { return }
        let yuan = (amount as? String).flatMap(Double.init) ?? (amount as? Double) ?? .nan
        let programmes =
            (data["programme"] as? [String]) ?? [data["programme"] as? String].compactMap(\.self)
        for programme in programmes { sums[programme, default: 0] += sign * yuan }
    }
}

@Suite struct CityTotalsTests {
    /// The plan's figures are 100 million visits, CNY 90 billion, 90,000 jobs, 260 billion and so
    /// on: some are met and some missed, whatever the number of events.
    /// The fewer events there are, the more one of them weighs: the bounds are wider.
    @Test(arguments: [(15_000, 3.0), (60_000, 1.2)])
    func totalsDoNotDependOnTheNumberOfEvents(_ events: Int, _ width: Double) throws {
        var year = YearSums()
        for record in records(settings(events: events)) { try year.add(record) }
        func near(_ name: String, _ expected: Double, _ percent: Double) {
            let value = year.sums[name] ?? 0
            let off = abs(value / expected - 1) * 100
            #expect(off < percent * width, "\(name) is \(value), not \(expected)")
        }
        near("visitors", 105_400_000, 3)
        near("spend", 88_400_000_000, 3)
        near("urban_new_job", 92_700, 5)
        near("reemployment", 16_400, 12)
        near("rural_transfer", 21_400, 10)
        near("lifted_transfer", 211_000, 4)
        near("returnee_entrepreneur", 8_900, 12)
        near("skills_training", 291_000, 4)
        near("major_project", 268_000_000_000, 5)
        near("industrial_key_project", 37_600_000_000, 8)
    }

    @Test func manyEventsKeepTheTotalsPossible() {
        let days = (0..<365).map { CityDay(SimulationSettings.newYear2023.dayNumber + $0) }
        let rhythm = Rhythm(.tourism, days: days, events: 70_000_000)
        #expect((0..<365 * 24).reduce(0) { $0 + rhythm.count(hour: $1) } == 70_000_000)
        #expect(rhythm.count(hour: -1) == 0)
        #expect(rhythm.count(hour: 365 * 24) == 0)
        let few = ValuePath(
            total: 105_000_000, share: 1_000, shape: Array(repeating: 100, count: 12),
            rhythm: rhythm)
        #expect(few.means[6] == 1_536)
    }

    @Test func holidaysAreThoseOf2023() {
        func kind(_ key: Int) -> CityDay.Kind? {
            (0..<365).map { CityDay(SimulationSettings.newYear2023.dayNumber + $0) }.first {
                $0.key == key
            }?.kind
        }
        #expect(kind(102) == .holiday)
        #expect(kind(103) == .workday)
        #expect(kind(122) == .holiday)
        #expect(kind(128) == .workday)
        #expect(kind(405) == .holiday)
        #expect(kind(423) == .workday)
        #expect(kind(1_001) == .holiday)
        #expect(kind(1_007) == .workday)
        #expect(kind(1_014) == .weekend)
        let days = (0..<365).map { CityDay(SimulationSettings.newYear2023.dayNumber + $0) }
        #expect(days.filter { $0.kind == .holiday }.count == 26)
        #expect(days[0].weekday == 6)
        #expect(days[58].daysLeftInMonth == 0)
    }
}
