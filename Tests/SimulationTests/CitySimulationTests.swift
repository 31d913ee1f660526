import Contracts
import Testing

@testable import Simulation

@Suite struct CitySimulationTests {
    /// A changed value here means that seeds of old reports no longer give what they gave: change
    /// it only with a change of the scenario that says so.
    @Test func theFirstHundredThousandRecordsAreTheKnownOnes() {
        var simulation = CitySimulation(settings: settings(events: 100_000))
        var record = SimulatedRecord()
        var hash = RecordHash()
        for _ in 0..<100_000 {
            guard simulation.next(into: &record) else { break }
            hash.add(record)
        }
        #expect(simulation.position.records == 100_000)
        #expect(hash.value == 3_541_744_732_014_005_828)
    }

    @Test func anotherSeedIsAnotherCity() {
        var hashes: Set<UInt64> = []
        for seed: UInt64 in [1, 2, 3, 1] {
            var hash = RecordHash()
            for record in records(settings(events: 20_000, seed: seed), first: 2_000) {
                hash.add(record)
            }
            hashes.insert(hash.value)
        }
        #expect(hashes.count == 3)
    }

    @Test func recordsComeInOrderOfDeliveryAndNoEventBeforeItHappened() throws {
        let all = smallYear
        var last = Int64.min
        for record in all {
            #expect(record.timestampMilliseconds >= last)
            last = record.timestampMilliseconds
        }
        let simulation = CitySimulation(settings: settings(events: 30_000))
        let first = try #require(all.first)
        #expect(first.timestampMilliseconds * 1_000 == simulation.start.microseconds)
        #expect(last * 1_000 < simulation.end.microseconds)
    }

    @Test func eachPartitionHearsTheClockEachHourAndDailyInTheBaseYear() {
        let all = records(settings(events: 2_000))
        let ticks = all.filter { $0.kind == .tick }
        #expect(ticks.count == (365 + (365 + 60) * 24) * (4 + 4 + 4 + 1))
        #expect(ticks.allSatisfy { $0.partition != nil })
        #expect(all.allSatisfy { $0.kind == .tick || $0.partition == nil })
    }

    @Test(arguments: [0, 1, 777, 9_000, 59_999, 123_456])
    func resumedIsTheSameAsNeverStopped(_ stop: Int) {
        let rest = smallYear.dropFirst(stop).prefix(1_500)
        var skipped = CitySimulation(settings: settings(events: 30_000))
        skipped.skip(to: Int64(stop))
        var resumed = CitySimulation(settings: settings(events: 30_000))
        resumed.resume(at: skipped.position)
        var record = SimulatedRecord()
        var other = SimulatedRecord()
        for expected in rest {
            let both = (skipped.next(into: &record), resumed.next(into: &other))
            #expect(both.0 && both.1)
            var hashes = (RecordHash(), RecordHash(), RecordHash())
            hashes.0.add(expected)
            hashes.1.add(record)
            hashes.2.add(other)
            #expect(hashes.0.value == hashes.1.value && hashes.1.value == hashes.2.value)
        }
        #expect(skipped.position == resumed.position)
    }

    @Test func skippingBackAndBeyondTheEnd() {
        var simulation = CitySimulation(settings: settings(events: 2_000))
        let end = Int64(records(settings(events: 2_000)).count)
        var record = SimulatedRecord()
        simulation.skip(to: end + 5)
        #expect(simulation.position.records == end)
        let beyond = simulation.next(into: &record)
        simulation.skip(to: 3)
        #expect(simulation.position.records == 3)
        let fourth = simulation.next(into: &record)
        simulation.skip(to: end)
        let afterEnd = simulation.next(into: &record)
        #expect(!beyond && fourth && !afterEnd)
    }
}
