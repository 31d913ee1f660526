import Foundation
import Simulation

/// How far the simulated city was acknowledged by the broker: kept in the data directory. It may
/// lag behind; what is sent again is recognised by its identity.
struct CityPosition: Equatable {
    var seed: UInt64
    var eventsPerYear: Int
    var plan: String
    var place: SimulationPosition
    var isFinished: Bool

    private static let name = "/city"

    static func read(_ dataPath: String) throws(ServerFailure) -> CityPosition? {
        guard let text = DataDirectory.text(of: dataPath + name) else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 7, let seed = UInt64(words[0]), let events = Int(words[1]),
            let hour = Int(words[3]),
            let index = Int(words[4]), let records = Int64(words[5])
        else {
            throw ServerFailure(
                "\(dataPath)\(name) cannot be read; remove it to send the city again from its start"
            )
        }
        return CityPosition(
            seed: seed, eventsPerYear: events, plan: String(words[2]),
            place: SimulationPosition(hour: hour, index: index, records: records),
            isFinished: words[6] == "finished")
    }

    func write(_ dataPath: String) throws(ServerFailure) {
        let end = isFinished ? "finished" : "running"
        try DataDirectory.replace(
            dataPath + CityPosition.name,
            with:
                "\(seed) \(eventsPerYear) \(plan) \(place.hour) \(place.index) \(place.records) \(end)\n"
        )
    }
}
