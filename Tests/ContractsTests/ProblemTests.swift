import Contracts
import Foundation
import Testing

/// What is told of files that are wrong: place, what, and what to write instead.
@Suite struct ProblemTests {
    /// Edits one file of a copy of Topics/ by replacing a text that stands in it once, and tells
    /// what was found.
    private func problems(_ file: String, replacing old: String, with new: String) throws
        -> [String]
    {
        let parts = try TopicsFolder.text(file).components(separatedBy: old)
        #expect(parts.count == 2, "`\(old)` stands \(parts.count - 1) times in \(file)")
        return try problems(file, parts.joined(separator: new))
    }

    /// Whether the file has a problem that reads so, `@` being the line of the edit.
    private func tells(_ told: [String], _ file: String, _ old: String, _ expected: String) throws
        -> Bool
    {
        let before = try #require(TopicsFolder.text(file).components(separatedBy: old).first)
        let line = before.components(separatedBy: "\n").count
        let text = expected.replacing("@", with: String(line))
        return told.contains { $0.hasPrefix(file) && $0.contains(text) }
    }

    private func problems(_ file: String, _ text: String) throws -> [String] {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-topics-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        try text.write(toFile: folder + "/" + file, atomically: false, encoding: .utf8)
        return CatalogueReport.read(folder).problems.map {
            $0.description.replacing(folder + "/", with: "")
        }
    }

    private static let tourism = "streams/tourism.arrivals.yaml"
    private static let measurements = "streams/sector.measurements.yaml"
    private static let plan = "plans/luoyang-2023.yaml"

    @Test(arguments: [
        (
            "partitions: 4", "partitons: 4",
            ":@:3: `topic` has no key `partitons`; did you mean `partitions`?"
        ),
        (
            "partitions: 4", "partitions: 0",
            ":@:15: `partitions` is `0`; write an integer from 1 to 1024"
        ),
        ("kind: events", "kind: event", ":@:7: `kind` is `event`; did you mean `events`?"),
        (
            "zone: Asia/Shanghai", "zone: Asia/Luoyang",
            ":@:7: `zone` is `Asia/Luoyang`, which the system's time zones do not have; write a "
                + "zone of the tz "
                + "database such as Asia/Shanghai"
        ),
        (
            "future_limit: 24 h", "future_limit: 1 day",
            ":@:17: `future_limit` is `1 day`; write a whole number and d, h, min or s, such as "
                + "3 d (3650 d at most)"
        ),
        (
            "    sum: spend", "    sum: spent",
            ":@:10: `sum` names the field `spent`, which the stream does not have; did you mean "
                + "`spend`?"
        ),
        (
            "    sum: spend", "    sum: origin",
            ":@:10: `origin` is no number; sum an integer or decimal field"
        ),
        (
            "    sum: spend", "    sum: spend\n    count: events",
            ":@:5: the metric `tourism.revenue` has both `sum` and `count`; write `sum: FIELD` "
                + "or `count: events`"
        ),
        (
            "where: { overnight: true }", "where: { overnight: yes }",
            ":@:25: `overnight` is a boolean; write true"
        ),
        (
            "where: { overnight: true }", "where: { visitors: 2 }",
            ":@:14: `visitors` cannot be a condition; use a boolean, word, slug or slugs field"
        ),
        (
            "breakdowns: [origin]", "breakdowns: [origins]",
            ":@:18: `breakdowns` names the field `origins`, which the stream does not have; did "
                + "you mean `origin`?"
        ),
        (
            "breakdowns: [origin]", "breakdowns: [spend]",
            ":@:18: `spend` cannot be a breakdown; use a word, slug, slugs or region field"
        ),
        (
            "breakdowns: [origin]", "breakdowns: [origin, origin]",
            ":@:26: `breakdowns` has `origin` twice; keep one of them"
        ),
        (
            "{ kind: decimal, scale: 2, min: 0 }", "{ kind: decimal, scale: 9 }",
            ":@:34: `scale` is `9`; write an integer from 0 to 6"
        ),
        (
            "{ kind: boolean }", "{ kind: boolean, min: 1 }",
            ":@:31: a field of kind `boolean` has no `min`; remove it"
        ),
        (
            "{ kind: boolean }", "{ kind: bool }",
            ":@:22: the field's kind is `bool`; use one of `boolean`, `decimal`"
        ),
        (
            "  division: { kind: division, required: true }",
            "  place: { kind: division, required: true }",
            ":16:1: the stream has no field `division`; add `division: { kind: division, "
                + "required: true }`"
        ),
        (
            "  overnight: { kind", "  previous: { kind",
            ":@:3: a field is named `previous`; rename it: corrections use that member"
        ),
        (
            "ignore: [headway.tick.v1]", "ignore: [tourism.arrival.v1]",
            ":@:11: `tourism.arrival.v1` is both read and ignored; remove it from `ignore`"
        ),
        (
            "  tourism.revenue:", "  Tourism revenue:",
            ":@:3: a metric's name is `Tourism revenue`; names are lower-case letters, digits, "
                + "`-` and `_`, in parts "
                + "joined by dots, 128 characters at most"
        ),
        (
            "  name: tourism.arrivals.v1", "  name: sector.measurements.v1",
            ":@:3: the topic `sector.measurements.v1` was given in "
                + "streams/sector.measurements.yaml:5 already; "
                + "give it its own name"
        ),
        (
            "  tourism.revenue:", "  employment.graduates:",
            ":@:3: the metric `employment.graduates` was given in "
                + "streams/employment.registrations.yaml:"
        ),
        (
            "zone: Asia/Shanghai", "zone:",
            ":@:6: `zone` is empty; give it a value, or leave the key out"
        ),
    ])
    func streams(old: String, new: String, expected: String) throws {
        let told = try problems(Self.tourism, replacing: old, with: new)
        #expect(try tells(told, Self.tourism, old, expected), "\(told)")
    }

    @Test func measurementStreamsHaveTheirFields() throws {
        let told = try problems(
            Self.measurements, replacing: "  value: { kind: decimal, scale: 6, required: true }",
            with: "  figure: { kind: decimal, scale: 6, required: true }")
        #expect(told.contains { $0.contains("the stream has no field `value`") })
        #expect(
            told.contains {
                $0.contains("a measurement's field `figure` would not be kept; remove it")
            })
        // Targets that are fed by it are not told that their stream is missing: its own file is.
        #expect(told.allSatisfy { $0.hasPrefix(Self.measurements) })
    }

    @Test(arguments: [
        (
            "metric: tourism.visitors", "metric: tourism.visitor",
            "there is no metric `tourism.visitor`; did you mean `tourism.visitors`?"
        ),
        (
            "metric: tourism.visitors", "metric: tourism.visitors\n    where: { site: Longmen }",
            "`Longmen` is no slug; write lower-case letters, digits, `-` and `_`"
        ),
        (
            "metric: tourism.visitors", "metric: tourism.visitors\n    where: { orign: JP }",
            "`tourism.visitors` is not broken down by `orign`; did you mean `origin`?"
        ),
        (
            "metric: tourism.visitors", "metric: tourism.visitors\n    where: { origin: Japan }",
            "`Japan` is no ISO 3166 code; write one such as JP or CN-41"
        ),
        (
            "metric: tourism.visitors",
            "metric: tourism.visitors\n    stream: employment.registrations",
            "`tourism.visitors` is a metric of `tourism.arrivals`; write that, or leave `stream` "
                + "out"
        ),
        (
            "metric: tourism.visitors", "metric: tourism.visitors\n    indicator: tourism.visitors",
            "the target has both `metric` and `indicator`; write `metric: NAME` for events or "
                + "`indicator: NAME` for measurements"
        ),
        (
            "unit: visits", "unit: persons",
            "`unit` is `persons`, but `tourism.visitors` is counted in `visits`; write `unit: "
                + "visits` and the figures "
                + "in it"
        ),
        (
            "indicator: economy.gdp-growth", "indicator: gdp",
            "the indicator is `gdp`; write parts joined by a dot, such as economy.gdp-growth; "
                + "events name it so"
        ),
        (
            "value: 100_000_000", "value: 1e8",
            ":@:12: `value` is `1e8`; write digits with a point for decimals, such as 3.15 or "
                + "100_000_000"
        ),
        (
            "value: 100_000_000", "value: 100000000.5",
            ":@:12: `value` is `100000000.5`; write a whole number"
        ),
        ("value: 100_000_000", "value: 0", "a total of 0; write a figure above 0"),
        (
            "value: 100_000_000", "value: 9223372036854775808",
            "is `9223372036854775808`, beyond 64 bits; use a figure below 9223372036854775807"
        ),
        ("value: 5.5\n", "value: 5.1234567\n", "`value` is `5.1234567`; use 6 decimals at most"),
        ("    slack: 15\n", "", "the goal is 0, so a shortfall has no scale; add `slack:`"),
        ("    slack: 15\n", "    slack: 0\n", "`slack` is not above 0; write a figure above 0"),
        (
            "value_max: 10\n", "value_max: 5\n",
            "`value_max` is not above `value`; write the upper end"
        ),
        ("    value_max: 10\n", "", "the target has no `value_max`; add `value_max: ...`"),
        ("    tolerance: 1.5\n", "", "the target has no `tolerance`; add `tolerance: ...`"),
        (
            "value: 100_000_000", "value: 100_000_000\n    tolerance: 5",
            "a target that is `at_least` has no `tolerance`; remove it, or write `bound: about`"
        ),
        (
            "deadline: 2023-08-31", "deadline: 2024-06-30",
            "`deadline` is 2024-06-30, outside the plan's period; write a day from 2023-01-01 to "
                + "2023-12-31"
        ),
        (
            "deadline: 2023-08-31", "deadline: 30.6.2023",
            "`deadline` is `30.6.2023`; write a day of the calendar as 2023-06-30"
        ),
        (
            "window_start: 2023-04-01", "window_start: 2023-05-06",
            "the deadline 2023-05-05 comes before the first day 2023-05-06; exchange them"
        ),
        (
            "window_start: 2023-04-01", "window_start: 2023-04-20",
            "the trajectory begins on 2023-04-14, before the target's first day 2023-04-20"
        ),
        (
            "steps: { 2023-04-14: 0.6, 2023-05-05: 1 }",
            "steps: { 2023-04-14: 0.6, 2023-05-04: 1 }",
            "the trajectory ends on 2023-05-04, the target on 2023-05-05; end the trajectory "
                + "with `2023-05-05: 1`"
        ),
        (
            "steps: { 2023-04-14: 0.6, 2023-05-05: 1 }",
            "steps: { 2023-04-14: 0.6, 2023-05-05: 0.9 }",
            "the last share is 0.9; end with 1 on the deadline"
        ),
        (
            "2023-04-28: 0.325 ", "2023-04-28: 0.125 ",
            ":@:19: the share falls to 0.125 on 2023-04-28; write at least 0.185; what is "
                + "reached stays"
        ),
        (
            "2023-04-28: 0.325 ", "2023-04-28: 1.325 ",
            ":@:19: the share of 2023-04-28 is 1.325; write a share from 0 to 1"
        ),
        (
            "2023-04-28: 0.325 ", "2023-04-31: 0.325 ",
            ":@:7: a day is `2023-04-31`; write a day of the calendar"
        ),
        (
            "2023-04-28: 0.325 ", "2023-03-28: 0.325 ",
            ":@:7: 2023-03-28 comes after 2023-03-31; write the days in their order"
        ),
        (
            "rule: { at_risk_below: 0.97, off_track_below: 0.9, recover_above: 0.99 }",
            "rule: { at_risk_below: 0.9, off_track_below: 0.9, recover_above: 0.99 }",
            "the rule has off_track_below 0.9, at_risk_below 0.9, recover_above 0.99; keep "
                + "off_track_below < "
                + "at_risk_below <= recover_above"
        ),
        (
            "rule: { at_risk_below: 0.97, off_track_below: 0.9, recover_above: 0.99 }",
            "rule: { at_risk: 0.9 }",
            "`rule` has no key `at_risk`; use one of `at_risk_below`, `off_track_below`, "
                + "`recover_above`"
        ),
        (
            "rule: { at_risk_below: 0.97, off_track_below: 0.9, recover_above: 0.99 }",
            "rule: { at_risk_below: 95 }",
            "`at_risk_below` is 95; write a pace above 0 and up to 2; 1 is exactly on the "
                + "trajectory"
        ),
        (
            "trajectory: linear\n\n", "trajectory: tourism-seson\n\n",
            "the trajectory is `tourism-seson`; did you mean `tourism-season`?"
        ),
        (
            "  - id: employment.reemployment", "  - id: tourism.revenue",
            "the target `tourism.revenue` was given on line "
        ),
        (
            "    kind: delta", "    kind: gain",
            "`kind` is `gain`; use one of `total`, `level`, `growth`, `delta`, `milestone`"
        ),
        (
            "    tourism.arrivals: { rule", "    tourism.arrival: { rule",
            "there is no stream `tourism.arrival`; did you mean `tourism.arrivals`?"
        ),
        (
            "period: { start: 2023-01-01, end: 2023-12-31 }",
            "period: { start: 2023-01-01, end: 2022-12-31 }",
            ":@:35: the period goes from 2023-01-01 to 2022-12-31; end it after it starts, "
                + "within ten years"
        ),
        ("place: 4103 ", "place: 4101 ", "the plan's division 410300 does not begin with 4101"),
        (
            "revision: 1", "revision: 0",
            ":@:11: `revision` is `0`; write an integer from 1 to 2147483647"
        ),
        ("plan: luoyang-2023", "plan: Luoyang 2023", "the plan's name is `Luoyang 2023`"),
    ])
    func plans(old: String, new: String, expected: String) throws {
        let told = try problems(Self.plan, replacing: old, with: new)
        #expect(try tells(told, Self.plan, old, expected), "\(told)")
    }

    @Test func allProblemsOfAFileAreToldInItsOrder() throws {
        let text = try TopicsFolder.text(Self.plan)
            .replacing("revision: 1", with: "revison: 1").replacing(
                "unit: visits", with: "unit: heads"
            )
            .replacing("metric: tourism.revenue", with: "metric: tourism.revenu")
        let told = try problems(Self.plan, text)
        try #require(told.count == 4)
        #expect(told[0].contains("the plan has no `revision`"))
        #expect(told[1].contains("no key `revison`; did you mean `revision`?"))
        #expect(told[2].contains("`unit` is `heads`"))
        #expect(told[3].contains("did you mean `tourism.revenue`?"))
    }

    @Test func aFloodOfProblemsIsCutOff() throws {
        let told = try problems(Self.plan, (0..<500).map { "key-\($0): 1\n" }.joined())
        #expect(told.count == 51)
        #expect(told.last?.contains("more problems; mend those above first") == true)
    }

    @Test(arguments: [
        (
            "    tolerance: 1.5\n", "    tolerance: 0\n",
            "only the exact figure would be met; write a `tolerance` above 0"
        ),
        (
            "    tourism.arrivals: { rule: { stale_after: 2 d,",
            "    tourism.arrivals: { rule: { stale_after: 1 d,",
            "it would have no data before a worse status is taken: `stale_after` is P1D, `hold` P1D"
        ),
        (
            "stale_after: 75 d, grace: 45 d", "stale_after: 3 d, grace: 45 d",
            "`stale_after` is P3D, but figures come by the month or quarter"
        ),
        (
            "stale_after: 75 d, grace: 45 d", "stale_after: 75 d, grace: 0 d",
            "it is fed by figures, and the last comes after the deadline; write `grace`"
        ),
        (
            "recover_above: 0.97\n", "recover_above: 0.95\n",
            "`recover_above` equals `at_risk_below`"
        ),
        ("at_risk_below: 0.95 ", "at_risk_below: 1.01 ", "the rule has off_track_below"),
        (
            "farmland-safe-use\n    trajectory: constant",
            "farmland-safe-use\n    trajectory: linear",
            "a level would be expected to begin at 0"
        ),
        ("total: { trajectory: linear,", "total: { trajectory: constant,", ""),
        (
            "hold: 7 d, dwell: 14 d", "hold: 180 d, dwell: 185 d",
            "fill its whole window; shorten them: the window has P365D"
        ),
    ])
    func doubts(old: String, new: String, expected: String) throws {
        let told = try problems(Self.plan, replacing: old, with: new)
        if expected.isEmpty {
            #expect(told == [])
        } else {
            #expect(told.contains { $0.contains(expected) }, "\(told)")
        }
    }

    @Test func warningsLetTheCatalogueThrough() throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-topics-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        let text = try TopicsFolder.text(Self.plan).replacing(
            "tolerance: 1.5\n", with: "tolerance: 0\n")
        try text.write(toFile: folder + "/" + Self.plan, atomically: false, encoding: .utf8)
        let report = CatalogueReport.read(folder)
        #expect(report.warnings.count == 1 && report.errors.isEmpty && report.catalogue != nil)
        #expect(try Catalogue.load(folder).plans.count == 2)
    }

    @Test func foldersAndFilesThatAreNotThere() throws {
        let told = CatalogueReport.read("/nowhere/Topics").problems.map(\.description)
        #expect(told.count == 6)
        #expect(
            told.first?.hasPrefix("/nowhere/Topics/streams:1:1: the folder cannot be read: ")
                == true)
        #expect(throws: ContractProblems.self) { try Catalogue.load("/nowhere/Topics") }
        let plan = CatalogueReport.readPlan("/nowhere/plan.yaml", streams: [])
        #expect(plan.plan == nil && plan.problems.count == 1)
    }

    @Test func outputsOfEachRoleOnce() throws {
        let file = "outputs/target.status.yaml"
        let told = try problems(file, replacing: "role: status", with: "role: status_changes")
        #expect(
            told.contains {
                $0.hasPrefix(
                    "outputs:1:1: no output has the role `status`; add a file with `role: status`")
            }, "\(told)")
        #expect(
            told.contains {
                $0.contains(
                    "the output `status_changes` was given in outputs/target.status-changes.yaml")
            })
        let parts = try problems(file, replacing: "partitions: 1", with: "partitions: 2")
        #expect(
            parts.contains { $0.contains("an output has 2 partitions; write `partitions: 1`") },
            "\(parts)")
    }
}
