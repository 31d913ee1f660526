import Contracts
import Foundation
import Testing

@Suite struct CatalogueTests {
    private func catalogue() throws -> Catalogue { try Catalogue.load(TopicsFolder.path) }

    @Test func theRepositorysOwnFilesAreInOrder() {
        let report = CatalogueReport.read(TopicsFolder.path)
        #expect(report.problems.map(\.description) == [])
        #expect(report.catalogue != nil)
    }

    @Test func streamsAreThoseOfTheWireContract() throws {
        let catalogue = try catalogue()
        for name in [
            "employment.registrations", "investment.disbursements", "sector.measurements",
            "tourism.arrivals",
        ] {
            let stream = try #require(catalogue.stream(named: name))
            #expect(stream.topic.name == stream.name + ".v1")
            #expect(stream.topic.partitions == (stream.kind == .events ? 4 : 1))
            #expect(stream.topic.settings["cleanup.policy"] == "delete")
            #expect(stream.topic.settings["retention.ms"] == "-1")
            #expect(stream.zone.identifier == "Asia/Shanghai")
            #expect(stream.ignorableTypes == ["headway.tick.v1"])
            #expect(stream.futureLimit == .seconds(86_400))
            #expect(stream.outOfOrder == .zero)
        }
        let tourism = try #require(catalogue.stream(named: "tourism.arrivals"))
        #expect(tourism.eventType == "tourism.arrival.v1")
        #expect(
            tourism.fields == [
                FieldContract(name: "division", kind: .division, required: true),
                FieldContract(
                    name: "visitors", kind: .integer(min: 1, max: 1_000_000), required: true),
                FieldContract(
                    name: "spend", kind: .decimal(scale: 2, min: 0, max: .max), required: false),
                FieldContract(name: "origin", kind: .region, required: false),
                FieldContract(name: "site", kind: .slug(maxLength: 64), required: false),
                FieldContract(name: "overnight", kind: .boolean, required: false),
            ])
        #expect(
            tourism.metrics == [
                MetricContract(
                    name: "tourism.visitors", measure: .sum("visitors"), filter: nil,
                    breakdowns: ["origin", "site"], scale: 0, unit: "visits"),
                MetricContract(
                    name: "tourism.overnight-visitors", measure: .sum("visitors"),
                    filter: .isTrue(field: "overnight"), breakdowns: ["origin"], scale: 0,
                    unit: "visits"),
                MetricContract(
                    name: "tourism.revenue", measure: .sum("spend"), filter: nil,
                    breakdowns: ["origin", "site"], scale: 2, unit: "CNY"),
            ])
        let measurements = try #require(catalogue.stream(ofTopic: "sector.measurements.v1"))
        #expect(measurements.kind == .measurements)
        #expect(
            measurements.field(named: "value")?.kind == .decimal(scale: 6, min: .min, max: .max))
        #expect(measurements.fieldIndex("period") == 2)
    }

    @Test func metricsAreThoseOfTheWireContract() throws {
        let catalogue = try catalogue()
        let city = catalogue.streams.filter { $0.zone.identifier == "Asia/Shanghai" }
        #expect(city.flatMap(\.metrics).count == 14)
        let jobs = try #require(catalogue.metric(named: "employment.lifted-population-transfer"))
        #expect(jobs.stream.name == "employment.registrations")
        #expect(jobs.metric.filter == .equals(field: "kind", value: "lifted_transfer"))
        #expect(jobs.metric.breakdowns == ["industry"])
        let money = try #require(
            catalogue.metric(named: "investment.industrial-key-projects-completed"))
        #expect(money.metric.measure == .sum("amount"))
        #expect(money.metric.filter == .equals(field: "programme", value: "industrial_key_project"))
        #expect(money.metric.scale == 2)
        #expect(catalogue.metric(named: "tourism.visits") == nil)
        #expect(
            catalogue.metric(named: "investment.disbursed")?.metric.breakdowns == [
                "fund", "programme",
            ])
    }

    @Test func outputsAreThoseOfTheWireContract() throws {
        let catalogue = try catalogue()
        let status = try #require(catalogue.output(.status)).topic
        #expect(status.name == "target.status.v1")
        #expect(status.settings["cleanup.policy"] == "compact")
        let changes = try #require(catalogue.output(.changes)).topic
        #expect(changes.name == "target.status-changes.v1")
        #expect(changes.settings["retention.ms"] == "-1")
        let dead = try #require(catalogue.output(.deadLetters)).topic
        #expect(dead.name == "headway.dead-letters.v1")
        #expect(dead.settings["retention.ms"] == String(30 * 86_400_000))
        #expect(catalogue.outputs.allSatisfy { $0.topic.partitions == 1 })
        #expect(catalogue.topics.count == catalogue.streams.count + 3)
    }

    /// Whatever the city's plan takes for granted, this one has otherwise.
    @Test func thePlanThatIsNotTheCitys() throws {
        let catalogue = try catalogue()
        let plan = try #require(catalogue.plan("westbrook-library-2023h1"))
        #expect(plan.zone.identifier == "America/New_York")
        #expect(plan.periodEnd.iso == "2023-06-30" && plan.place == "9001")
        #expect(plan.titleZh == plan.titleEn)
        #expect(plan.targets.allSatisfy { $0.nameZh == $0.nameEn })
        #expect((8...14).contains(plan.targets.count))
        let loans = try #require(catalogue.stream(named: "library.loans"))
        #expect(loans.zone == plan.zone && loans.topic.partitions == 2)
        // The clocks go forward on 12 March: its milestone ends an hour before the day's 24th.
        let change = try #require(CivilDate(iso: "2023-03-12"))
        #expect(plan.target("places.harbour-reading-room")?.deadline == change)
        #expect(plan.zone.start(of: change).rfc3339 == "2023-03-12T05:00:00Z")
        #expect(plan.zone.start(of: change.adding(days: 1)).rfc3339 == "2023-03-13T04:00:00Z")
    }

    @Test func theExampleRuleOfTheWireContract() throws {
        let plan = try #require(try catalogue().plan("luoyang-2023"))
        let visitors = try #require(plan.target("tourism.visitors"))
        #expect(
            visitors.rule
                == RuleContract(
                    atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000,
                    hold: .seconds(86_400),
                    dwell: .seconds(3 * 86_400), staleAfter: .seconds(2 * 86_400), grace: .zero))
        #expect(
            visitors.value == 100_000_000 && visitors.scale == 0 && visitors.slack == 100_000_000)
        let revenue = try #require(plan.target("tourism.revenue"))
        #expect(revenue.value == 9_000_000_000_000 && revenue.scale == 2)
        let festival = try #require(plan.target("investment.peony-festival-signings"))
        #expect(festival.windowStart.iso == "2023-04-01" && festival.deadline.iso == "2023-05-05")
        #expect(festival.rule.staleAfter == nil)
        #expect(plan.place == "4103" && plan.division == 410_300)
    }

    @Test func everyKindAndBoundIsThere() throws {
        for plan in try catalogue().plans {
            for kind in TargetContract.Kind.allCases {
                #expect(plan.targets.contains { $0.kind == kind }, "\(plan.id) \(kind)")
            }
            for bound in TargetContract.Bound.allCases {
                #expect(plan.targets.contains { $0.bound == bound }, "\(plan.id) \(bound)")
            }
        }
    }

    @Test func whatIsJudgedIsHashed() throws {
        let plan = try #require(try catalogue().plan("luoyang-2023"))
        #expect(Set(plan.targets.map(\.contentHash)).count == plan.targets.count)
        // One whose every key has something to lose.
        let index = try #require(plan.targets.firstIndex { $0.id == "tourism.visitors" })
        let target = plan.targets[index]
        let edits: [(inout TargetContract) -> Void] = [
            { $0.value += 1 }, { $0.valueMax = 5 }, { $0.valueMax = 0 }, { $0.tolerance = 1 },
            { $0.slack += 1 },
            { $0.scale = 1 }, { $0.bound = .about }, { $0.kind = .level },
            { $0.windowStart = $0.windowStart.adding(days: 1) },
            { $0.deadline = $0.deadline.adding(days: -1) },
            { $0.trajectory = .linear }, { $0.trajectory = .constant },
            { $0.trajectory = .steps([]) },
            { $0.trajectory = .profile([]) }, { $0.rule.hold += .seconds(1) },
            { $0.rule.dwell += .seconds(1) },
            { $0.rule.grace += .seconds(1) }, { $0.rule.staleAfter = nil },
            { $0.rule.staleAfter = .zero },
            { $0.rule.atRiskBelow += 1 }, { $0.rule.offTrackBelow += 1 },
            { $0.rule.recoverAbove += 1 },
            { $0.source = .indicator(stream: "tourism.arrivals", indicator: "tourism.visitors") },
            {
                $0.source = .metric(
                    stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: "origin",
                    member: "JP")
            },
        ]
        var hashes: Set<Int64> = [target.contentHash]
        for edit in edits {
            var edited = plan
            edit(&edited.targets[index])
            #expect(hashes.insert(edited.targets[index].contentHash).inserted)
            #expect(edited.contentHash != plan.contentHash)
        }
        var renamed = plan
        renamed.targets[index].nameEn = "Visits"
        renamed.targets[index].valueAsWritten = "1亿人次"
        renamed.targets[index].deadlineAsWritten = "年底前"
        renamed.targets[index].basis = .implied
        #expect(renamed.contentHash == plan.contentHash)
    }

    /// Stored beside what was judged: a new version must not see an edit where there is none.
    @Test func hashesAreForEver() throws {
        let start = try #require(CivilDate(iso: "2023-01-01"))
        let end = try #require(CivilDate(iso: "2023-12-31"))
        let target = TargetContract(
            id: "a.b", sector: "a", area: "1", nameZh: "甲", nameEn: "A", kind: .total,
            bound: .atLeast,
            value: 100, valueMax: nil, tolerance: 0, slack: 100, scale: 2, unit: "CNY",
            windowStart: start, deadline: end,
            source: .metric(stream: "s", metric: "m", breakdown: "site", member: "x"),
            trajectory: .profile([.init(day: end, shareMillionths: 1_000_000)]),
            rule: RuleContract(
                atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000,
                hold: .seconds(86_400), dwell: .zero, staleAfter: nil, grace: .zero))
        #expect(target.contentHash == 7_028_118_153_686_054_566)
    }
}
