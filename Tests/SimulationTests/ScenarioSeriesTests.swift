import Contracts
import Foundation
import Testing

@testable import Simulation

/// The series of the scenarios of Topics/scenarios.
@Suite struct ScenarioSeriesTests {
    static let names = ["bad-summer", "late-surge", "sensor-trouble", "steady"]

    private static let catalogue: Result<Catalogue, ContractProblems> = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        do throws(ContractProblems) {
            return .success(try Catalogue.load(root + "/Topics"))
        } catch {
            return .failure(error)
        }
    }()

    /// None where Topics/ has errors, which tests of its files tell.
    static func steady(_ seed: UInt64) -> [SimulatedIndicator] {
        guard case .success(let catalogue) = catalogue,
            let scenario = catalogue.scenario("steady"),
            let plan = catalogue.plan(scenario.plan)
        else { return [] }
        return SimulatedIndicator.indicators(of: plan, in: scenario, seed: seed)
    }

    private struct Year {
        var plan: PlanContract
        var scenario: ScenarioContract
        var indicators: [SimulatedIndicator]
        var readings: [Reading]

        init(_ name: String, seed: UInt64 = 1) throws {
            let catalogue = try ScenarioSeriesTests.catalogue.get()
            scenario = try #require(catalogue.scenario(name))
            plan = try #require(catalogue.plan(scenario.plan))
            indicators = SimulatedIndicator.indicators(of: plan, in: scenario, seed: seed)
            var settings = SimulationSettings(seed: seed, indicators: indicators)
            settings.shares = DisturbanceShares(scenario)
            let first = plan.periodStart.dayNumber
            let days = (0..<Int32(365 + settings.daysAfter)).map { CityDay(first + $0) }
            readings = Readings(settings, days: days).rows
        }

        /// The city's own, in order of delivery.
        func rows(_ indicator: Int) -> [Reading] {
            readings.filter { $0.indicator == indicator && $0.division == Luoyang.city }
        }

        /// What stands in the end: of each period, the highest revision.
        func standing(_ indicator: Int) -> [Reading] {
            var byEnd: [CivilDate: Reading] = [:]
            for row in rows(indicator) where row.end >= plan.periodStart {
                if let other = byEnd[row.end], other.revision >= row.revision { continue }
                byEnd[row.end] = row
            }
            return byEnd.values.sorted { $0.end < $1.end }
        }
    }

    @Test func fourYearsAreTold() throws {
        #expect(try Self.catalogue.get().scenarios.map(\.id) == Self.names)
    }

    @Test(arguments: names)
    func everyMeasuredTargetHasASeries(_ name: String) throws {
        let year = try Year(name)
        let measured = year.plan.targets.compactMap(\.indicator)
        #expect(year.indicators.map(\.id) == measured)
        #expect(measured.count == 173)
    }

    @Test(arguments: names)
    func eachSeriesEndsWhereItsScenarioSays(_ name: String) throws {
        let year = try Year(name)
        for (place, indicator) in year.indicators.enumerated() {
            let target = try #require(year.plan.targets.first { $0.indicator == indicator.id })
            let counted = year.standing(place).filter { $0.end <= target.deadline }
            let end = year.scenario.expectedEnd(of: target, in: year.plan)
            guard end.status != .undecided else { continue }
            let sum = counted.reduce(Int64(0)) { $0 + $1.value }
            let last = indicator.basis == .period ? sum : counted.last?.value ?? 0
            #expect(
                target.isMet(last, scale: 6) == (end.status == .achieved),
                "\(indicator.id) ends with \(last) and should be \(end.status)")
            if case .along(let figure, _) = year.scenario.indicators[indicator.id]?.figures {
                #expect(last == figure, "\(indicator.id)")
            }
        }
    }

    /// Neither as first told nor as revised; a benchmark alone may lower what was told.
    @Test(arguments: names)
    func sumsDoNotFall(_ name: String) throws {
        let year = try Year(name)
        for (place, indicator) in year.indicators.enumerated()
        where indicator.isSum && indicator.basis == .cumulative {
            let standing = year.standing(place)
            for (before, after) in zip(standing, standing.dropFirst()) {
                #expect(before.value <= after.value, "\(indicator.id) \(after.end.iso)")
            }
            let first = year.rows(place).filter { $0.revision == 0 && !$0.isCopy }
                .sorted { $0.end < $1.end }
            for (before, after) in zip(first, first.dropFirst())
            where indicator.benchmark == nil {
                #expect(before.value <= after.value, "\(indicator.id) \(after.end.iso)")
            }
        }
    }

    @Test(arguments: names)
    func figuresAreToldAfterTheirPeriod(_ name: String) throws {
        let year = try Year(name)
        var last: Int64 = 0
        for row in year.readings {
            #expect(row.published > Readings.morning(of: row.end))
            #expect(row.delivered >= row.published)
            #expect(row.delivered >= last)
            last = row.delivered
        }
    }

    @Test(arguments: names)
    func revisionsAreHigherAndLater(_ name: String) throws {
        let year = try Year(name)
        var revised = 0
        for place in year.indicators.indices {
            for row in year.rows(place) where row.revision > 0 {
                let first = try #require(
                    year.rows(place).first { $0.end == row.end && $0.revision == 0 })
                #expect(first.published < row.published)
                #expect(first.value != row.value || year.indicators[place].benchmark != nil)
                revised += 1
            }
        }
        #expect(revised > 50)
    }

    @Test func theSameSeedTellsTheSame() throws {
        let one = try Year("steady", seed: 7)
        #expect(try Year("steady", seed: 7).readings == one.readings)
        #expect(try Year("steady", seed: 8).readings != one.readings)
    }

    /// How a total stands against its trajectory at the end of a month, in percent.
    private func pace(_ year: Year, _ id: String, _ day: String) throws -> Int64 {
        let target = try #require(year.plan.target(id))
        let place = try #require(year.indicators.firstIndex { $0.id == id })
        let end = try #require(CivilDate(iso: day))
        let row = try #require(year.standing(place).last { $0.end <= end })
        let share = target.trajectory.share(
            atEndOf: row.end, from: target.windowStart, to: target.deadline)
        let goal = try #require(target.goalMillionths)
        return Int64(Int128(row.value) * 100_000_000 / (Int128(goal) * Int128(share)))
    }

    @Test func theYearsDifferAsTheyTell() throws {
        let steady = try Year("steady")
        let summer = try Year("bad-summer")
        let surge = try Year("late-surge")
        let trouble = try Year("sensor-trouble")
        #expect(try pace(steady, "urban.renewal-projects", "2023-09-30") >= 98)
        #expect(try pace(surge, "urban.renewal-projects", "2023-09-30") < 75)
        #expect(try pace(surge, "urban.renewal-projects", "2023-12-31") >= 100)
        #expect(try pace(surge, "industry.new-above-scale-enterprises", "2023-08-31") < 75)
        #expect(try pace(surge, "industry.new-above-scale-enterprises", "2023-12-31") >= 100)
        #expect(try pace(summer, "tourism.night-markets", "2023-05-31") >= 95)
        #expect(try pace(summer, "tourism.night-markets", "2023-12-31") == 79)
        #expect(try pace(summer, "urban.renewal-projects", "2023-06-30") >= 98)
        #expect(try pace(summer, "urban.renewal-projects", "2023-09-30") < 75)
        #expect(try pace(summer, "urban.renewal-projects", "2023-12-31") >= 100)
        // The same figures in the end, and weeks without any.
        for place in steady.indicators.indices {
            #expect(
                steady.standing(place).last?.value == trouble.standing(place).last?.value)
        }
        let cpi = try #require(trouble.indicators.firstIndex { $0.id == "economy.cpi-rise" })
        let from = Readings.morning(of: try #require(CivilDate(iso: "2023-04-05")))
        let to = Readings.morning(of: try #require(CivilDate(iso: "2023-07-21")))
        #expect(!trouble.rows(cpi).contains { $0.delivered >= from && $0.delivered < to })
        #expect(steady.rows(cpi).contains { $0.delivered >= from && $0.delivered < to })
        #expect(
            trouble.readings.count(where: \.isCopy) > steady.readings.count(where: \.isCopy) * 3)
    }

    /// A share that is followed at the plan's pace gives no alarm on its way.
    @Test func whatIsOnPlanStaysThere() throws {
        let year = try Year("steady")
        for (place, indicator) in year.indicators.enumerated() {
            guard let target = year.plan.targets.first(where: { $0.indicator == indicator.id }),
                case .along(let end, let course) = year.scenario.indicators[indicator.id]?.figures,
                course == .planned || course == .early, indicator.basis == .cumulative,
                target.isMet(end, scale: 6), let goal = target.goalMillionths
            else { continue }
            for row in year.rows(place) where row.end >= year.plan.periodStart {
                let share = target.trajectory.share(
                    atEndOf: row.end, from: target.windowStart, to: target.deadline)
                let expected = Int128(goal) * Int128(share) / 1_000_000
                #expect(
                    Int128(row.value) * 1_000_000
                        >= expected * Int128(target.rule.atRiskBelow),
                    "\(indicator.id) \(row.end.iso): \(row.value) of \(expected)")
            }
        }
    }
}
