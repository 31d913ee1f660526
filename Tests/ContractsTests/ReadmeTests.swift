import Contracts
import Foundation
import Testing

/// The examples of Topics/README.md are files that could be used.
@Suite struct ReadmeTests {
    @Test func examplesAreInOrder() throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-topics-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        let parts = try TopicsFolder.text("README.md").components(separatedBy: "```yaml file=")
            .dropFirst()
        #expect(parts.count == 3)
        for part in parts {
            let end = try #require(part.range(of: "\n```"))
            let lines = part[..<end.lowerBound].split(separator: "\n", maxSplits: 1)
            try (lines[1] + "\n").write(
                toFile: folder + "/" + lines[0], atomically: false, encoding: .utf8)
        }
        let report = CatalogueReport.read(folder)
        #expect(report.problems.map(\.description) == [])
        let plan = try #require(report.catalogue?.plan("reading-2023"))
        #expect(plan.targets.count == 3)
        let scenario = try #require(report.catalogue?.scenario("wet-books"))
        #expect(scenario.expectedEnd(of: plan.targets[0], in: plan).status == .missed)
        #expect(scenario.expectedEnd(of: plan.targets[2], in: plan).status == .achieved)
        #expect(
            plan.targets[1].source
                == .metric(
                    stream: "culture.loans", metric: "culture.loans", breakdown: "branch",
                    member: "main"))
        #expect(plan.targets[2].rule.grace == .seconds(45 * 86_400))
        #expect(plan.targets[2].trajectory == .constant)
        #expect(
            report.catalogue?.metric(named: "culture.visits-to-the-desk")?.metric.measure == .count)
    }
}
