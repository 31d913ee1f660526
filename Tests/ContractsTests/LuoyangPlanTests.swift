import Contracts
import Foundation
import Testing

/// `Topics/plans/luoyang-2023.yaml` is the report's catalogue, whole, and reasoned target by target.
@Suite struct LuoyangPlanTests {
    private static let file = "plans/luoyang-2023.yaml"

    private func plan() throws -> PlanContract {
        try #require(try Catalogue.load(TopicsFolder.path).plan("luoyang-2023"))
    }

    /// One target as it stands in the file: the comment directly above it, and its lines.
    private struct Passage {
        var id: String
        var comment: [String]
        var lines: [String]
    }

    private func passages() throws -> [Passage] {
        var passages: [Passage] = []
        var comment: [String] = []
        for line in try TopicsFolder.text(Self.file).components(separatedBy: "\n") {
            if line.hasPrefix("  # ") {
                comment.append(String(line.dropFirst(4)))
            } else if line.hasPrefix("  - id: ") {
                passages.append(
                    Passage(id: String(line.dropFirst(8)), comment: comment, lines: [line]))
                comment = []
            } else {
                comment = []
                if line.hasPrefix("    "), !passages.isEmpty {
                    passages[passages.count - 1].lines.append(line)
                }
            }
        }
        return passages
    }

    private func counts(_ key: (TargetContract) -> String) throws -> [String: Int] {
        try plan().targets.reduce(into: [:]) { $0[key($1), default: 0] += 1 }
    }

    @Test func countsAreTheReports() throws {
        #expect(try plan().targets.count == 182)
        #expect(
            try counts(\.area) == [
                "headline": 20, "1": 20, "2": 12, "3": 21, "4": 19, "5": 28, "6": 11, "7": 14,
                "8": 13, "9": 24,
            ])
        #expect(
            try counts(\.sector) == [
                "rural": 27, "livelihood": 18, "economy": 17, "industry": 17, "environment": 15,
                "innovation": 14, "urban": 14, "employment": 10, "housing": 9, "investment": 8,
                "opening-up": 8, "tourism": 8, "digital": 6, "transport": 6, "culture": 5,
            ])
        #expect(
            try counts(\.kind.rawValue) == [
                "total": 83, "level": 41, "milestone": 39, "growth": 18, "delta": 1,
            ])
        #expect(
            try counts(\.bound.rawValue) == [
                "at_least": 171, "at_most": 5, "about": 4, "range": 2,
            ])
        #expect(
            try counts(\.source.stream) == [
                "sector.measurements": 173, "employment.registrations": 5,
                "investment.disbursements": 2, "tourism.arrivals": 2,
            ])
        #expect(try counts(\.basis.rawValue) == ["stated": 126, "implied": 56])
    }

    /// Next year's planner will ask why: each target answers for itself.
    @Test func everyTargetHasAReasonOfItsOwn() throws {
        let passages = try passages()
        #expect(try passages.map(\.id) == plan().targets.map(\.id))
        var owners: [String: String] = [:]
        for passage in passages {
            let reason = passage.comment.joined(separator: " ")
            #expect(reason.count >= 40, "\(passage.id) says no more than `\(reason)`")
            #expect(passage.comment.count <= 3, "\(passage.id) says too much")
            #expect(owners[reason] == nil, "\(passage.id) repeats \(owners[reason] ?? "")")
            owners[reason] = passage.id
        }
    }

    /// The defaults fit milestones alone; all else says what it should have reached by when.
    @Test func everyTargetHasAThoughtThroughTrajectory() throws {
        let plan = try plan()
        for (target, passage) in zip(plan.targets, try passages()) {
            let isExplicit = passage.lines.contains { $0.hasPrefix("    trajectory:") }
            if target.kind == .milestone, !isExplicit {
                #expect(
                    target.trajectory
                        == .steps([.init(day: target.deadline, shareMillionths: 1_000_000)]),
                    "\(target.id)")
                continue
            }
            #expect(isExplicit, "\(target.id) takes its kind's trajectory")
            switch target.trajectory {
            case .linear: #expect(target.kind == .total, "\(target.id)")
            case .constant: #expect(target.kind != .total, "\(target.id)")
            case .profile(let knots), .steps(let knots):
                let days = [target.windowStart] + knots.map(\.day)
                #expect(days.allSatisfy { (target.windowStart...target.deadline).contains($0) })
                #expect(knots.last?.day == target.deadline, "\(target.id)")
                #expect(knots.last?.shareMillionths == 1_000_000, "\(target.id)")
            }
        }
    }

    /// Promises with two edges are judged at the edge, whatever the side: pace 1 is the edge.
    @Test func twoEdgesAreJudgedAtTheEdge() throws {
        for target in try plan().targets where [.about, .range].contains(target.bound) {
            #expect((990_000...1_000_000).contains(target.rule.atRiskBelow), "\(target.id)")
            #expect(
                target.rule.recoverAbove <= 1_000_000, "\(target.id) never recovers at its edge")
            switch target.bound {
            case .about: #expect(target.tolerance > 0, "\(target.id)")
            default: #expect(try #require(target.valueMax) > target.value, "\(target.id)")
            }
        }
    }

    /// A figure that comes after the deadline is waited for; events come at once.
    @Test func graceIsThatOfTheFeed() throws {
        for target in try plan().targets {
            switch target.source {
            case .metric:
                #expect(target.rule.grace == .zero, "\(target.id)")
                #expect(target.rule.staleAfter != nil, "\(target.id)")
            case .indicator:
                #expect(target.rule.grace > .zero, "\(target.id)")
            }
        }
    }

    /// What can be hurried is asked about in time; a verdict that others give after the year is not.
    @Test func milestonesWarnUnlessTheyAreVerdicts() throws {
        let milestones = try plan().targets.filter { $0.kind == .milestone }
        let silent = milestones.filter { $0.rule.warnBefore == nil }
        #expect(
            silent.map(\.id) == [
                "environment.pollution-control-assigned-target",
                "environment.energy-saving-assigned-target",
                "economy.main-indicators-first-tier", "environment.green-mines-standing",
            ])
        #expect(silent.allSatisfy { $0.rule.grace >= .days(60) })
        for target in milestones {
            guard let warning = target.rule.warnBefore else { continue }
            #expect((.days(14)...(.days(120))).contains(warning), "\(target.id)")
        }
    }

    /// Figures, names and words are the report's, in the order of its text.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: TopicsFolder.shared + "/catalogue"),
            "needs ../shared/catalogue beside the repository"))
    func planEqualsTheReportsCatalogue() throws {
        struct Report: Decodable {
            struct Target: Decodable {
                var id, sector, area, name_zh, name_en, kind, bound, unit, deadline, stream: String
                var value_as_written, basis: String
                var value: Decimal
                var value_max: Decimal?
                var window_start, deadline_as_written: String?
            }
            var targets: [Target]
        }
        let file = TopicsFolder.shared + "/catalogue/luoyang-2023.json"
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        let plan = try plan()
        #expect(plan.targets.map(\.id) == report.targets.map(\.id))
        for (target, written) in zip(plan.targets, report.targets) {
            func figure(_ value: Int64) -> Decimal? {
                Decimal(string: Figure.format(value, scale: target.scale))
            }
            #expect(target.sector == written.sector, "\(target.id)")
            #expect(target.area == written.area, "\(target.id)")
            #expect(target.nameZh == written.name_zh)
            #expect(target.nameEn == written.name_en)
            #expect(target.kind.rawValue == written.kind, "\(target.id)")
            #expect(target.bound.rawValue == written.bound, "\(target.id)")
            #expect(target.unit == written.unit, "\(target.id)")
            #expect(target.windowStart.iso == written.window_start ?? "2023-01-01")
            #expect(target.deadline.iso == written.deadline, "\(target.id)")
            #expect(target.source.stream == written.stream, "\(target.id)")
            #expect(figure(target.value) == written.value, "\(target.id)")
            #expect(target.valueMax.flatMap(figure) == written.value_max, "\(target.id)")
            #expect(target.valueAsWritten == written.value_as_written, "\(target.id)")
            #expect(target.deadlineAsWritten == written.deadline_as_written, "\(target.id)")
            #expect(target.basis.rawValue == written.basis, "\(target.id)")
            switch target.source {
            case .metric(_, let name, let breakdown, _):
                #expect(name == target.id && breakdown == nil)
            case .indicator(_, let name): #expect(name == target.id)
            }
        }
    }
}
