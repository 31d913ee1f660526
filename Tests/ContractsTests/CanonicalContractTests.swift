import Contracts
import Testing

/// What the ledger keeps of a target's contract is all that it was judged by.
@Suite struct CanonicalContractTests {
    private func read(_ target: TargetContract) -> TargetContract? {
        TargetContract(
            id: target.id, canonicalText: target.canonicalText, sector: target.sector,
            area: target.area, nameZh: target.nameZh, nameEn: target.nameEn)
    }

    /// Without the words that are for people alone.
    private func judged(_ target: TargetContract) -> TargetContract {
        var target = target
        (target.valueAsWritten, target.deadlineAsWritten) = (nil, nil)
        target.basis = .stated
        return target
    }

    @Test func everyTargetOfTheRepositoryComesBack() throws {
        let plans = try Catalogue.load(TopicsFolder.path).plans
        #expect(!plans.isEmpty)
        for target in plans.flatMap(\.targets) {
            #expect(read(target) == judged(target), "\(target.canonicalText)")
        }
    }

    @Test func whatNoPlanOfOursHasComesBack() throws {
        let plan = try #require(try Catalogue.load(TopicsFolder.path).plans.first)
        var target = try #require(plan.targets.first)
        target.unit = "; 10% of 吨 \u{7f}"
        target.bound = .range
        (target.value, target.valueMax, target.tolerance) = (.min, .max, 7)
        (target.slack, target.scale) = (.max, 6)
        target.source = .metric(
            stream: "s", metric: "m", breakdown: "programme", member: "a b;c%25")
        target.rule.staleAfter = .seconds(90_061)
        target.rule.warnBefore = .days(30)
        (target.rule.hold, target.rule.dwell, target.rule.grace) = (.zero, .seconds(59), .days(400))
        for trajectory in [
            TrajectoryContract.linear, .constant,
            .steps([.init(day: target.windowStart, shareMillionths: 0)]),
            .profile([
                .init(day: target.windowStart, shareMillionths: 1),
                .init(day: target.deadline, shareMillionths: 1_000_000),
            ]),
        ] {
            target.trajectory = trajectory
            #expect(read(target) == judged(target), "\(target.canonicalText)")
        }
    }

    @Test func whatIsDamagedIsNoContract() throws {
        let plan = try #require(try Catalogue.load(TopicsFolder.path).plans.first)
        let text = try #require(plan.targets.first).canonicalText
        #expect(TargetContract(id: "t", canonicalText: "") == nil)
        for (index, term) in text.split(separator: "; ").enumerated() {
            for damaged in [term + " more", term.prefix { $0 != " " } + " ?", "other 1"] {
                var terms = text.split(separator: "; ").map(String.init)
                terms[index] = String(damaged)
                let read = TargetContract(id: "t", canonicalText: terms.joined(separator: "; "))
                #expect(read?.canonicalText != text, "\(damaged)")
            }
            let twice = text + "; " + term
            #expect(TargetContract(id: "t", canonicalText: twice) == nil)
        }
    }

    @Test func durations() {
        for seconds in [0, 1, 59, 60, 3_600, 86_400, 90_061, 86_460, 315_360_000] {
            let duration = Duration.seconds(seconds)
            #expect(Duration(iso8601: duration.iso8601) == duration)
        }
        for text in ["", "P", "PT", "P1", "1D", "P1DT", "PT1D", "P1H", "PT1S1M", "P-1D", "P1D "] {
            #expect(Duration(iso8601: text) == nil, "\(text)")
        }
        #expect(Duration(iso8601: "P99999999999999999999D") == nil)
        #expect(Duration(iso8601: "P999999999999999999D") == nil)
    }
}
