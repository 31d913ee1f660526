import Contracts
import Foundation
import Testing

@Suite struct ScenarioTests {
    private static let steady = "scenarios/steady.yaml"
    private static let summer = "scenarios/bad-summer.yaml"

    private func report(_ file: String, _ text: String) throws -> (CatalogueReport, String) {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-topics-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        try text.write(toFile: folder + "/" + file, atomically: false, encoding: .utf8)
        return (CatalogueReport.read(folder), folder + "/")
    }

    private func problems(_ file: String, _ text: String) throws -> [String] {
        let (report, folder) = try report(file, text)
        return report.problems.map { $0.description.replacing(folder, with: "") }
    }

    /// Replaces what stands once in a file, and tells what was found in all files.
    private func problems(_ file: String, _ old: String, _ new: String) throws -> [String] {
        let parts = try TopicsFolder.text(file).components(separatedBy: old)
        #expect(parts.count == 2, "`\(old)` stands \(parts.count - 1) times in \(file)")
        return try problems(file, parts.joined(separator: new))
    }

    @Test(arguments: [
        ("scenario: steady", "scenario: Steady", "`scenario` is `Steady`; write lower-case"),
        (
            "plan: luoyang-2023", "plan: luoyang-2032",
            ":4:7: there is no plan `luoyang-2032`; did you mean `luoyang-2023`?"
        ),
        (
            "tourism.visitors: { end: 1.057 }", "tourism.visitor: { end: 1.057 }",
            "there is no metric `tourism.visitor`; did you mean `tourism.visitors`?"
        ),
        (
            "tourism.visitors: { end: 1.057 }", "tourism.visitors: { end: 1.057, total: 5 }",
            "`tourism.visitors` has both `end` and `total`; write `end`, a part of the goal, or "
                + "`total`"
        ),
        (
            "tourism.visitors: { end: 1.057 }", "tourism.visitors: { end: 1, months: [1, 2, 3] }",
            "`tourism.visitors` has 3 weights in `months`; write one for each month of the plan's "
                + "period, 12"
        ),
        (
            "employment.graduates: { total: 38_000 }", "employment.graduates: { end: 1 }",
            "no target of `luoyang-2023` counts all of `employment.graduates`, so it has no goal"
        ),
        (
            "  tourism.revenue: { end: 0.9822 }", "",
            "the target `tourism.revenue` has no entry; add it to `metrics`"
        ),
        (
            "  tourism.revenue: 0.631", "  tourism.revenues: 0.631",
            "`base_year` names `tourism.revenues`, which `metrics` does not have; did you mean "
                + "`tourism.revenue`?"
        ),
        (
            "late: 0.015,", "later: 0.015,",
            "`disturbances` has no key `later`; did you mean `late`?"
        ),
        (
            "late: 0.015,", "late: 0.7,", "`late` is 0.7; write a part from 0 to 0.5"
        ),
        (
            "economy.gdp-growth: { cadence: quarters,", "economy.gdp-grow: { cadence: quarters,",
            "`economy.gdp-grow`: no target of `luoyang-2023` reads this indicator; did you mean "
                + "`economy.gdp-growth`?"
        ),
        (
            "economy.gdp-growth: { cadence: quarters,", "economy.gdp-growth: { cadence: weeks,",
            "`cadence` is `weeks`; use one of `days`, `months`, `quarters`, `years`"
        ),
        (
            "economy.gdp-growth: { cadence: quarters,", "economy.gdp-growth: { cadence: months,",
            "`economy.gdp-growth`: 4 values for 12 periods; write one for each of them, `none` "
                + "where none is published"
        ),
        (
            "values: [6.1, 6.6, 6.4, 6.7]", "values: [6.1, 6.6, 6.4, 6.7], end: 1",
            "`economy.gdp-growth` has `values` and `end`; write one of them"
        ),
        (
            "values: [6.1, 6.6, 6.4, 6.7]", "end: 1, course: slow",
            "`course` is `slow`; use one of `early`, `planned`, `late`, `dips`, `stalls`"
        ),
        (
            "{ cadence: months, delay: 10 d, end: 1.034 }", "{ end: 1.034 }",
            "`economy.new-market-entities`: nothing says how often and how late it is published"
        ),
        (
            "{ cadence: months, delay: 10 d, end: 1.034 }", "{ cadence: months, delay: 10 d }",
            "`economy.new-market-entities`: nothing says how it ends"
        ),
        (
            "{ cadence: months, delay: 10 d, end: 1.034 }",
            "{ cadence: months, delay: 10 d, end: 1.034, course: stalls }",
            "warning: `economy.new-market-entities`: it stalls, yet reaches its goal"
        ),
        (
            "delay: 18 d, skip: [1], end: 0.915", "delay: 18 d, skip: [13], end: 0.915",
            "`skip` names period 13 of 12"
        ),
        (
            "done: 2023-04-14", "done: 2024-04-14",
            "2024-04-14 lies outside the plan's period; write a day from 2023-01-01 to "
                + "2023-12-31, or `never`"
        ),
        (
            "done: 2023-04-14", "end: 1",
            "a milestone has no course; write `done: DAY`, `done: never` or `rounds`"
        ),
        (
            "rounds: { 2023-11-20: 1, 2023-12-20: 2 }", "rounds: { 2023-11-20: 2, 2023-12-20: 1 }",
            "the round of 2023-12-20 does not go beyond that of 2023-11-20"
        ),
    ])
    func steadyTells(_ old: String, _ new: String, _ expected: String) throws {
        let told = try problems(Self.steady, old, new)
        #expect(told.contains { $0.hasPrefix(Self.steady) && $0.contains(expected) }, "\(told)")
    }

    @Test(arguments: [
        (
            "based_on: steady", "based_on: stady",
            "there is no scenario `stady`; did you mean `steady`?"
        ),
        (
            "based_on: steady", "based_on: bad-summer",
            "the scenario is based on itself: bad-summer on bad-summer; remove one `based_on`"
        ),
        (
            "to: 2023-07-26", "to: 2024-07-26",
            "the episode's 2024-07-26 lies outside the plan's period"
        ),
        (
            "from: 2023-07-27, to: 2023-08-06", "from: 2023-08-27, to: 2023-08-06",
            "the episode goes from 2023-08-27 to 2023-08-06; exchange them"
        ),
        (
            "divisions: [410324, 410325]", "divisions: [410324, 430325]",
            "the division 430325 is not of the plan's place; write one that begins with 4103"
        ),
        (
            "to: 2023-07-26, factor: 0.7", "to: 2023-07-26",
            "the episode has neither `factor` and `silent`"
        ),
        (
            "- { stream: investment.disbursements, from", "- { stream: investments, from",
            "there is no stream `investments`"
        ),
        (
            "- { stream: investment.disbursements, from", "- { stream: sector.measurements, from",
            "the figures of `sector.measurements` have no `factor`"
        ),
    ])
    func summerTells(_ old: String, _ new: String, _ expected: String) throws {
        let told = try problems(Self.summer, old, new)
        #expect(told.contains { $0.hasPrefix(Self.summer) && $0.contains(expected) }, "\(told)")
    }

    @Test func aCircleIsTold() throws {
        let text = try TopicsFolder.text(Self.steady).replacing(
            "plan: luoyang-2023", with: "plan: luoyang-2023\nbased_on: bad-summer")
        let told = try problems(Self.steady, text)
        #expect(
            told.contains { $0.contains("steady on bad-summer on steady; remove one `based_on`") })
    }

    /// What is judged does not depend on what is simulated.
    @Test func aWrongScenarioHarmsNoPlan() throws {
        let text = try TopicsFolder.text(Self.steady).replacing("end: 1.057", with: "end: some")
        let (report, _) = try report(Self.steady, text)
        #expect(!report.errors.isEmpty)
        let catalogue = try #require(report.catalogue)
        #expect(catalogue.plan("luoyang-2023") != nil)
        // Those that are based on it are left out with it.
        #expect(catalogue.scenarios == [])
    }

    @Test func entriesAreMergedKeyByKey() throws {
        let catalogue = try Catalogue.load(TopicsFolder.path)
        let steady = try #require(catalogue.scenario("steady"))
        let summer = try #require(catalogue.scenario("bad-summer"))
        #expect(steady.metrics["tourism.visitors"]?.total == 105_700_000)
        #expect(steady.metrics["tourism.visitors"]?.baseTotal == 71_000_000)
        #expect(summer.metrics["tourism.visitors"]?.total == 91_000_000)
        #expect(summer.metrics["tourism.visitors"]?.baseTotal == 71_000_000)
        #expect(summer.metrics["tourism.visitors"]?.months?.count == 12)
        // Money is in fen.
        #expect(steady.metrics["tourism.revenue"]?.total == 8_839_800_000_000)
        #expect(steady.metrics["employment.graduates"]?.total == 38_000)
        let markets = try #require(summer.indicators["tourism.night-markets"])
        #expect(markets.cadence == .months)
        #expect(markets.delayDays == 10)
        #expect(markets.figures == .along(end: 19_000_000, .stalls))
        #expect(
            steady.indicators["tourism.night-markets"]?.figures
                == .along(end: 26_000_000, .early))
        #expect(summer.disturbances == steady.disturbances)
        #expect(summer.episodes.count == steady.episodes.count + 4)
    }

    @Test func endsFollowFromTheFile() throws {
        let catalogue = try Catalogue.load(TopicsFolder.path)
        let plan = try #require(catalogue.plan("luoyang-2023"))
        let steady = try #require(catalogue.scenario("steady"))
        func end(_ id: String) throws -> String {
            let end = steady.expectedEnd(of: try #require(plan.target(id)), in: plan)
            return end.status.rawValue + " " + (end.settled?.iso ?? "-")
        }
        #expect(try end("economy.gdp-growth") == "missed 2024-02-15")
        #expect(try end("economy.budget-revenue-growth") == "achieved 2024-02-15")
        #expect(try end("environment.pm25") == "missed 2024-02-15")
        #expect(try end("innovation.rd-intensity") == "undecided -")
        #expect(try end("tourism.rural-brands") == "achieved 2024-02-15")
        #expect(try end("tourism.tianjie-luonan-section") == "missed 2023-04-15")
        #expect(try end("tourism.visitors") == "achieved 2024-02-29")
        #expect(try end("tourism.revenue") == "missed 2024-02-29")
        #expect(try end("livelihood.county-hospitals-grade-three") == "undecided -")
    }

    /// Ends just off a goal stay on their side of it, however offices round.
    @Test(arguments: [
        (Int64(7_000_000), "percent", Int64(999_000), Int64(6_900_000)),
        (7_000_000, "percent", 1_000_001, 7_100_000),
        (3_150_000, "percent", 1_000_000, 3_150_000),
        (20_000_000, "projects", 970_000, 19_000_000),
        (20_000_000, "projects", 1_001_000, 21_000_000),
        (260_000_000, "enterprises", 915_000, 237_000_000),
        (12_000_000_000_000_000, "CNY", 1_000_001, 12_000_100_000_000_000),
    ])
    func figuresKeepToTheirSide(_ goal: Int64, _ unit: String, _ part: Int64, _ figure: Int64)
        throws
    {
        let catalogue = try Catalogue.load(TopicsFolder.path)
        var target = try #require(
            catalogue.plan("luoyang-2023")?.target("economy.gdp-growth"))
        target.value = goal
        target.unit = unit
        #expect(target.figure(atPart: part) == figure)
    }
}
