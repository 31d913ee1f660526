import Contracts
import Foundation
import Testing

/// Warnings of what a planner gets wrong: each with its place, what, and what to write instead.
@Suite struct DoubtTests {
    /// One target of each sort, with nothing doubtful in it.
    private static let good = """
        plan: doubt-2023
        revision: 1
        title: { zh: 计划, en: Plan }
        zone: Asia/Shanghai
        period: { start: 2023-01-01, end: 2023-12-31 }
        division: 410300
        place: 4103
        defaults:
          streams:
            sector.measurements: { rule: { hold: 0 d, dwell: 0 d, stale_after: 120 d, grace: 45 d } }
        targets:
          - id: tourism.visitors
            name: { zh: 游客, en: Visitors }
            sector: tourism
            area: 1
            kind: total
            value: 1_000_000
            unit: visits
            metric: tourism.visitors
            where: { site: longmen }
          - id: economy.cost
            name: { zh: 费用, en: Cost }
            sector: economy
            area: 1
            kind: total
            bound: at_most
            value: 1_000_000
            unit: CNY
            indicator: economy.cost
            trajectory:
              profile: { 2023-06-30: 0.5, 2023-12-31: 1 }
          - id: economy.share
            name: { zh: 占比, en: Share }
            sector: economy
            area: 1
            kind: level
            bound: about
            value: 60
            tolerance: 2
            unit: percent
            indicator: economy.share
          - id: urban.opening
            name: { zh: 开工, en: Opening }
            sector: urban
            area: 1
            kind: milestone
            value: 7
            unit: schools
            deadline: 2023-08-31
            indicator: urban.opening
            trajectory:
              steps: { 2023-06-30: 0.5, 2023-08-31: 1 }
          - id: employment.trained
            name: { zh: 培训, en: Trained }
            sector: employment
            area: 1
            kind: total
            value: 10_500
            unit: persons
            indicator: employment.trained

        """

    private func told(_ text: String) throws -> [String] {
        let streams = try Catalogue.load(TopicsFolder.path).streams
        return CatalogueReport.readPlan(text: text, file: "p.yaml", streams: streams).problems.map(
            \.description)
    }

    @Test func theGoodOneIsSilent() throws { #expect(try told(Self.good) == []) }

    /// `@` stands for the line of the edit.
    @Test(arguments: [
        (
            "    deadline: 2023-08-31\n    indicator: urban.opening\n    trajectory:\n      steps: { 2023-06-30: 0.5, 2023-08-31: 1 }\n",
            "    indicator: urban.opening\n",
            "warning: `urban.opening`: the milestone has no date of its own, so it is due on the plan's last day; write `deadline: 2023-12-31`"
        ),
        (
            "profile: { 2023-06-30: 0.5, 2023-12-31: 1 }",
            "profile: { 2023-06-30: 0.5, 2023-12-31: 0.9 }",
            "the last share is 0.9; end with 1 on the deadline: `2023-12-31: 1`"
        ),
        (
            "profile: { 2023-06-30: 0.5, 2023-12-31: 1 }",
            "profile: { 2023-06-30: 0.5, 2023-11-30: 1 }",
            "the trajectory ends on 2023-11-30, the target on 2023-12-31; end the trajectory with `2023-12-31: 1`"
        ),
        (
            "profile: { 2023-06-30: 0.5, 2023-12-31: 1 }",
            "profile: { 2022-12-30: 0.1, 2023-12-31: 1 }",
            "the trajectory begins on 2022-12-30, before the target's first day 2023-01-01"
        ),
        (
            "profile: { 2023-06-30: 0.5, 2023-12-31: 1 }",
            "profile: { 2023-09-30: 0.3, 2023-12-31: 1 }",
            "warning: `economy.cost`: an `at_most` total that is back-loaded: half-way, more than 0.2"
        ),
        (
            "      profile: { 2023-06-30: 0.5, 2023-12-31: 1 }",
            "      steps: { 2023-09-30: 0.6, 2023-12-31: 1 }",
            "an `at_most` total that is back-loaded: half-way, more than 0 of it would be too much"
        ),
        (
            "    tolerance: 2\n", "", "the target has no `tolerance`; add `tolerance: ...`"
        ),
        (
            "    tolerance: 2\n", "    tolerance: 61\n",
            ":@:5: warning: `economy.share`: with a tolerance of 61 even 0 would be met"
        ),
        (
            "    value: 60\n", "    value: 6000\n",
            ":@:5: warning: `economy.share`: 6000 percent looks like another unit"
        ),
        (
            "    value: 60\n", "    value: 120\n",
            ":@:5: warning: `economy.share`: a share of 120 percent is more than all; write up to 100"
        ),
        (
            "    value: 1_000_000\n    unit: CNY", "    value: 2600\n    unit: CNY",
            ":@:5: warning: `economy.cost`: 2600 CNY in all looks as if it were in 万元 or 亿元"
        ),
        (
            "    value: 1_000_000\n    unit: CNY", "    value: 100\n    unit: 万元",
            "warning: `economy.cost`: the unit `万元` has a magnitude, `万`; write the figure in base units"
        ),
        (
            "    value: 10_500\n", "    value: 1.05\n",
            ":@:5: warning: `employment.trained`: 1.05 persons are no whole number: in 万, perhaps"
        ),
        (
            "    name: { zh: 培训, en: Trained }", "    name: { zh: 培训 }",
            "warning: `employment.trained` has no name in `en`, others have; write `name:"
        ),
        (
            "    indicator: employment.trained", "    indicator: employment.traned",
            ":@:5: warning: `employment.trained`: `employment.traned` is not quite the target's id, and nothing would feed it"
        ),
        (
            "    indicator: employment.trained", "    indicator: employment.graduates",
            ":@:5: warning: `employment.trained`: events already feed a metric `employment.graduates`"
        ),
        (
            "    unit: visits\n    metric: tourism.visitors\n    where: { site: longmen }",
            "    unit: CNY\n    metric: investment.major-projects-completed\n    where: { programme: industrial_key_project }",
            "is not broken down by `programme`"
        ),
        (
            "    where: { site: longmen }", "    where: { site: longmen }\n    rule: { hold: 400 d }",
            ":@:5: warning: `tourism.visitors`: no worse status would ever be taken: `hold` is P400D; shorten it: the window has P365D"
        ),
        (
            "    where: { site: longmen }", "    where: { site: longmen }\n    rule: { dwell: 400 d }",
            "warning: `tourism.visitors`: its first status would be its last: `dwell` is P400D"
        ),
        (
            "    where: { site: longmen }",
            "    where: { site: longmen }\n    rule: { hold: 200 d, dwell: 170 d }",
            "`hold` and `dwell` (P200D, P170D) fill its whole window"
        ),
        (
            "    deadline: 2023-08-31\n", "    deadline: 2023-08-31\n    rule: { hold: 62 d }\n",
            "warning: `urban.opening`: what is missed on 2023-06-30 would not show before the deadline: `hold` is P62D, and P62D are left"
        ),
        (
            "    where: { site: longmen }",
            "    where: { site: longmen }\n    rule: { at_risk_below: 0.8, off_track_below: 0.9 }",
            "keep off_track_below < at_risk_below <= recover_above"
        ),
        (
            "  - id: employment.trained\n    name: { zh: 培训, en: Trained }",
            "  - id: employment.cost\n    name: { zh: 培训, en: Trained }\n    bound: at_most",
            ""
        ),
        (
            "    value: 10_500\n    unit: persons\n    indicator: employment.trained",
            "    bound: at_most\n    value: 10_500\n    unit: persons\n    indicator: economy.cost",
            "warning: `employment.trained` promises the same of the same figures as `economy.cost`; keep one"
        ),
        (
            "    deadline: 2023-08-31\n", "    deadline: 2024-08-31\n",
            "`deadline` is 2024-08-31, outside the plan's period; write a day from 2023-01-01 to 2023-12-31"
        ),
        (
            "stale_after: 120 d", "stale_after: 3 d",
            "`stale_after` is P3D, but figures come by the month or quarter"
        ),
    ])
    func isToldWithItsPlace(old: String, new: String, expected: String) throws {
        let parts = Self.good.components(separatedBy: old)
        #expect(parts.count == 2, "`\(old)` stands \(parts.count - 1) times")
        let found = try told(parts.joined(separator: new))
        guard !expected.isEmpty else {
            #expect(found == [])
            return
        }
        let line = parts[0].components(separatedBy: "\n").count
        // The line of the edit's last key, where the edit has several.
        let last = line + new.components(separatedBy: "\n").dropLast(new.hasSuffix("\n") ? 1 : 0).count - 1
        #expect(
            found.contains { text in
                [line, last].contains { text.contains(expected.replacing("@", with: "\($0)")) }
            }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("p.yaml:") })
    }

    /// One language is a choice; a name that lacks one which the others have is not.
    @Test func aPlanInOneLanguageIsSilent() throws {
        let text = Self.good.replacing(#/zh: [^ ]+, /#, with: "")
        #expect(try told(text) == [])
        let mixed = text.replacing("{ en: Trained }", with: "{ zh: 培训, en: Trained }")
        #expect(try told(mixed) == [])
        let none = text.replacing("{ en: Trained }", with: "{}")
        #expect(try told(none).contains { $0.contains("`name` has neither `zh` nor `en`; write one of them") })
    }
}
