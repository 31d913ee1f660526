import Contracts
import Foundation
import Testing

@testable import Simulation

@Suite struct DisturbanceTests {
    @Test func sharesAreAsStated() {
        let all = records(settings(events: 100_000))
        var counts: [SimulatedRecord.Kind: Int] = [:]
        var binary = 0
        var corrupt = 0
        let simulation = CitySimulation(settings: settings(events: 100_000))
        let start = simulation.periodStart.microseconds / 1_000
        for record in all where record.timestampMilliseconds >= start {
            counts[record.kind, default: 0] += 1
            if record.headers.contains(where: { $0.name == "ce_id" }) { binary += 1 }
            if case .corrupt = record.kind { corrupt += 1 }
        }
        expect(counts[.outOfOrder] ?? 0, about: 3_000)
        expect(counts[.late] ?? 0, about: 1_500)
        expect(counts[.duplicate] ?? 0, about: 1_000)
        expect(counts[.correction] ?? 0, about: 800)
        expect(counts[.withdrawal] ?? 0, about: 200)
        #expect(counts[.withdrawal] == counts[.doubled])
        expect(corrupt, about: 72)
        expect(counts[.tombstone] ?? 0, about: 10)
        expect(binary, about: 4_000)
        expect(counts[.plain] ?? 0, about: 94_500)
    }

    /// Within five standard deviations of a count.
    private func expect(
        _ count: Int, about expected: Int, _ location: SourceLocation = #_sourceLocation
    ) {
        let width = 5 * Int(Double(expected).squareRoot()) + 5
        #expect(
            abs(count - expected) <= width, "\(count), not \(expected)", sourceLocation: location)
    }

    @Test func everyReasonOfADeadLetterOccursInTheYear() {
        var seen: Set<String> = []
        var settings = settings(events: 20_000)
        settings.shares.corrupt = 1_000
        for record in records(settings) {
            if case .corrupt(let corruption) = record.kind { seen.insert(corruption.reason) }
        }
        #expect(seen == Set(Corruption.allCases.map(\.reason)))
    }

    @Test func withoutSharesNothingIsDisturbed() {
        var settings = settings(events: 20_000)
        settings.shares = .none
        let kinds = Set(records(settings).map(\.kind))
        #expect(kinds == [.plain, .tick, .reading, .story])
    }

    @Test func corruptRecordsAreWrongInTheStatedWay() throws {
        let day = CityDay(SimulationSettings.newYear2023.dayNumber)
        let writer = CorruptionWriter(
            events: EventWriter(
                days: [day], firstDay: day.number, projects: settled().source.projects))
        var record = SimulatedRecord()
        for stream in SimulatedStream.allCases {
            for corruption in Corruption.allCases {
                writer.write(
                    corruption, stream, time: 1_672_502_400_000, number: 12_345, into: &record)
                #expect((record.value.count > 262_144) == (corruption == .tooLarge))
                let isJSON: Bool
                do {
                    _ = try JSONSerialization.jsonObject(with: Data(record.value))
                    isJSON = true
                } catch {
                    isJSON = false
                }
                #expect(isJSON == (corruption != .badJSON), "\(stream) \(corruption)")
                #expect(record.headers.isEmpty == (corruption == .notCloudEvent))
            }
        }
    }

    /// The partition follows from the key, and identity is local to the partition.
    @Test func copiesAndCorrectionsCarryTheKeyOfTheEvent() throws {
        var keys: [String: [UInt8]] = [:]
        var repeated = 0
        for record in records(settings(events: 60_000)) {
            switch record.kind {
            case .tick, .tombstone, .corrupt: continue
            default: break
            }
            var event = try ReadEvent(record)
            if event.id.hasSuffix("-c") || event.id.hasSuffix("-w") { event.id.removeLast(2) }
            if record.stream == .measurements { event.id.removeLast(1) }
            let identity = event.source + " " + event.id
            if let key = keys[identity] {
                #expect(key == record.key)
                repeated += 1
            } else {
                keys[identity] = record.key
            }
        }
        #expect(repeated > 1_000)
    }
}

/// An event read with Foundation, sharing nothing with the writer.
struct ReadEvent {
    var id: String
    var source: String
    var time: String
    var data: [String: Any]

    init(_ record: SimulatedRecord) throws {
        let object = try JSONSerialization.jsonObject(with: Data(record.value))
        let members = try #require(object as? [String: Any])
        if let header = record.headers.first(where: { $0.name == "ce_id" }) {
            id = String(decoding: header.value, as: UTF8.self)
            source = try Self.header("ce_source", record)
            time = try Self.header("ce_time", record)
            data = members
        } else {
            id = try #require(members["id"] as? String)
            source = try #require(members["source"] as? String)
            time = try #require(members["time"] as? String)
            data = try #require(members["data"] as? [String: Any])
        }
    }

    private static func header(_ name: String, _ record: SimulatedRecord) throws -> String {
        String(
            decoding: try #require(record.headers.first { $0.name == name }).value, as: UTF8.self)
    }
}
