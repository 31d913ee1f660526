import Foundation
import Simulation

/// How far the simulated city was acknowledged by the broker: kept in the data directory. It may
/// lag behind; what is sent again is recognised by its identity.
struct CityPosition: Equatable {
    var seed: UInt64
    var eventsPerYear: Int
    var plan: String
    var scenario: String
    /// The simulation's first day, from which the place is counted.
    var start: String
    var place: SimulationPosition
    var isFinished: Bool

    private static let name = "/city"

    func isOfSameCity(as other: CityPosition) -> Bool {
        (seed, eventsPerYear, plan, scenario, start)
            == (other.seed, other.eventsPerYear, other.plan, other.scenario, other.start)
    }

    /// Of `up` and `simulate`: what made this city.
    var options: String {
        let told = scenario == "-" ? "" : " --scenario \(scenario)"
        return "--plan \(plan)\(told) --seed \(seed) --events \(eventsPerYear)"
    }

    static func read(_ dataPath: String) throws(ServerFailure) -> CityPosition? {
        guard let text = DataDirectory.text(of: dataPath + name) else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 9, let seed = UInt64(words[0]), let events = Int(words[1]),
            let hour = Int(words[5]), let index = Int(words[6]), let records = Int64(words[7])
        else {
            throw ServerFailure(
                "\(dataPath)\(name) cannot be read; remove it to send the city again from its start"
            )
        }
        return CityPosition(
            seed: seed, eventsPerYear: events, plan: String(words[2]),
            scenario: String(words[3]), start: String(words[4]),
            place: SimulationPosition(hour: hour, index: index, records: records),
            isFinished: words[8] == "finished")
    }

    func write(_ dataPath: String) throws(ServerFailure) {
        let end = isFinished ? "finished" : "running"
        try DataDirectory.replace(
            dataPath + CityPosition.name,
            with: "\(seed) \(eventsPerYear) \(plan) \(scenario) \(start) "
                + "\(place.hour) \(place.index) \(place.records) \(end)\n"
        )
    }
}
