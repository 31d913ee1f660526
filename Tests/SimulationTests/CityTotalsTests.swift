import Contracts
import Foundation
import Testing

@testable import Simulation

@Suite struct CityTotalsTests {
    /// Disturbed or not, with few events or many: what is counted in the end is the truth, to the
    /// last person and the last fen.
    @Test(arguments: [2_000, 30_000, 100_000])
    func whatIsCountedIsTheTruthOfEachDivisionAndMonth(_ events: Int) throws {
        let settings = settings(events: events)
        let counted = try CountedCity(records(settings))
        let calendar = CityCalendar(settings)
        let expected = CountedCity.expected(settled(settings).truth, calendar)
        #expect(counted.sums.keys.allSatisfy { expected[$0] != nil })
        for (cell, value) in expected where counted.sums[cell] != value {
            Issue.record("\(cell): \(counted.sums[cell] ?? 0), not \(value)")
        }
    }

    @Test func theTruthIsTheScenarios() throws {
        let truth = settled().truth
        let calendar = CityCalendar(SimulationSettings())
        let sums = CountedCity.expected(truth, calendar)
        func year(_ metric: String, _ year: String) -> Int64 {
            sums.reduce(0) {
                $1.key.metric == metric && $1.key.month.hasPrefix(year) ? $0 + $1.value : $0
            }
        }
        #expect(year("visitors", "2023") == 105_700_000)
        #expect(year("spend", "2023") == 88_400_000_000_00)
        #expect(year("urban_new_job", "2023") == 92_700)
        #expect(year("skills_training", "2023") == 291_000)
        #expect(year("major_project", "2023") == 268_000_000_000_00)
        #expect(year("industrial_key_project", "2023") == 37_600_000_000_00)
        #expect(year("visitors", "2022") == 71_000_000)
        #expect(year("urban_new_job", "2022") == 87_400)
        #expect(year("major_project", "2022") == 244_000_000_000_00)
    }

    @Test func aResumedCityCountsTheSame() throws {
        let settings = settings(events: 20_000)
        let whole = try CountedCity(records(settings))
        var parts = try CountedCity()
        var simulation = CitySimulation(settings: settings)
        var record = SimulatedRecord()
        var place = SimulationPosition()
        // Stopped every 45,000 records and begun again from the place, by another simulation, a
        // thousand records before it: what is sent twice counts once.
        var isMore = true
        while isMore {
            simulation = CitySimulation(settings: settings)
            simulation.skip(to: max(0, place.records - 1_000))
            let end = place.records + 45_000
            while isMore, simulation.position.records < end {
                isMore = simulation.next(into: &record)
                if isMore { try parts.add(record) }
            }
            place = simulation.position
        }
        #expect(parts.sums == whole.sums)
    }

    /// A million events: each hour's, and each figure of every fifth cell.
    @Test func aMillionEventsAddUp() {
        let city = settled(settings(events: 1_000_000))
        let events = city.source.truth.all.reduce(0) { $0 + $1.counts.reduce(0, +) }
        #expect((1_100_000...1_101_000).contains(events))
        for (cells, hours) in zip(city.source.truth.all, city.cells) {
            expectEachOrdinalOnce(cells, hours, city.source.calendar, isEach: true)
            for cell in stride(from: 3, to: cells.totals.count, by: 5) {
                expectSum(of: cell, cells, city.source)
            }
        }
    }

    /// A hundred million are too many to draw here: the hours' counts are checked for all of them,
    /// the sums for some cells.
    @Test func aHundredMillionEventsAddUp() {
        let city = settled(settings(events: 100_000_000))
        let events = city.source.truth.all.reduce(0) { $0 + $1.counts.reduce(0, +) }
        #expect(events > 98_000_000 + 9_800_000 && events <= 110_000_000)
        for (cells, hours) in zip(city.source.truth.all, city.cells) {
            expectEachOrdinalOnce(cells, hours, city.source.calendar, isEach: false)
            let held = cells.counts.indices.filter { cells.counts[$0] > 0 }
            let smallest = held.min { cells.counts[$0] < cells.counts[$1] }
            for cell in [smallest, held.last, held.first].compactMap(\.self)
            where cells.counts[cell] < 600_000 {
                expectSum(of: cell, cells, city.source)
            }
            #expect(zip(cells.counts, cells.totals).allSatisfy { $0 <= $1 })
        }
        let few = settled(settings(events: 30_000))
        for (cells, others) in zip(city.source.truth.all, few.source.truth.all) {
            #expect(cells.totals == others.totals)
            #expect(cells.spends == others.spends)
        }
    }

    private func expectSum(of cell: Int, _ cells: StreamCells, _ source: EventSource) {
        let count = cells.counts[cell]
        guard count > 0 else {
            #expect(cells.totals[cell] == 0)
            return
        }
        let telescope = source.telescope(cells, cell: cell)
        var sum: Int64 = 0
        var spend: Int64 = 0
        var least = Int64.max
        for ordinal in 0..<UInt64(count) {
            let figures = telescope.figures(ordinal)
            sum += figures.figure
            spend += max(figures.spend, 0)
            least = min(least, figures.figure)
        }
        #expect(sum == cells.totals[cell])
        #expect(least >= 1)
        if !cells.spends.isEmpty { #expect(spend == cells.spends[cell]) }
    }

    /// The counts of all hours are the cells' counts, and the first and last place of each hour
    /// follow one another.
    private func expectEachOrdinalOnce(
        _ cells: StreamCells, _ hours: HourCells, _ calendar: CityCalendar, isEach: Bool
    ) {
        var hours = hours
        var sum: Int64 = 0
        var wrong = 0
        var next = [UInt64](repeating: 0, count: cells.counts.count)
        for hour in 0..<calendar.eventDays * 24 {
            let count = hours.count(hour: hour)
            sum += Int64(count)
            if isEach {
                for index in 0..<count {
                    let place = hours.place(hour: hour, index: index)
                    if place.ordinal != next[place.cell] { wrong += 1 }
                    next[place.cell] += 1
                }
            }
        }
        #expect(wrong == 0)
        #expect(sum == cells.counts.reduce(0, +))
        #expect(hours.count(hour: -1) == 0)
        #expect(hours.count(hour: calendar.eventDays * 24) == 0)
    }

    @Test func allotmentsAddUp() {
        #expect(Allotment.parts(of: 10, by: [1, 1, 1]) == [4, 3, 3])
        #expect(Allotment.parts(of: 7, by: [0, 5, 0, 2]) == [0, 5, 0, 2])
        #expect(Allotment.parts(of: 5, by: [0, 0]) == [0, 0])
        let parts = Allotment.parts(
            of: .max / 2, by: [Int64.max / 4, 3, Int64.max / 8, 1_000_000_007])
        #expect(parts.reduce(0, +) == .max / 2)
    }
}
