@testable import Simulation

/// FNV-1a over everything of a record that reaches the wire, lengths included.
struct RecordHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ record: SimulatedRecord) {
        add(UInt64(record.stream.rawValue))
        add(UInt64(bitPattern: record.timestampMilliseconds))
        add(UInt64(bitPattern: Int64(record.partition ?? -1)))
        add(record.key)
        if record.isTombstone { add(.max) } else { add(record.value) }
        for header in record.headers {
            add(Array(header.name.utf8))
            add(header.value)
        }
    }

    private mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            value = (value ^ (number >> UInt64(shift) & 0xFF)) &* 0x100_0000_01B3
        }
    }
}

/// With the series of the scenario `steady`.
func settings(events: Int, seed: UInt64 = 1) -> SimulationSettings {
    SimulationSettings(
        seed: seed, eventsPerYear: events, indicators: ScenarioSeriesTests.steady(seed))
}

func settled(_ settings: SimulationSettings = SimulationSettings()) -> CityTruth.Settled {
    CityTruth.Settled(settings, CityCalendar(settings))
}

/// A year of 30,000 events.
let smallYear = records(settings(events: 30_000))

/// All records of a simulation, or its first ones.
func records(_ settings: SimulationSettings, first: Int = .max) -> [SimulatedRecord] {
    var simulation = CitySimulation(settings: settings)
    var all: [SimulatedRecord] = []
    var record = SimulatedRecord()
    while all.count < first, simulation.next(into: &record) { all.append(record) }
    return all
}
