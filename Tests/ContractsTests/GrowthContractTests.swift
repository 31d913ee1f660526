import Contracts
import Foundation
import Testing

/// Growth of a metric, and plans whose zone is another than their stream's.
@Suite struct GrowthContractTests {
    private static let target = """
        targets:
          - id: tourism.growth
            name: { zh: 游客增长, en: Growth of visitors }
            sector: tourism
            area: 6
            kind: growth
            value: 8.5
            unit: percent
            metric: tourism.visitors

        """

    private func report(_ edits: (String, String)...) throws -> CatalogueReport {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-growth-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        // Scenarios are of the plan as it is.
        try FileManager.default.removeItem(atPath: folder + "/scenarios")
        var text = try TopicsFolder.text("plans/luoyang-2023.yaml")
        let parts = text.components(separatedBy: "\ntargets:\n")
        #expect(parts.count == 2)
        text = parts[0] + "\n" + Self.target
        for (old, new) in edits { text = text.replacingOccurrences(of: old, with: new) }
        try text.write(
            toFile: folder + "/plans/luoyang-2023.yaml", atomically: false, encoding: .utf8)
        return CatalogueReport.read(folder)
    }

    @Test(arguments: ["Asia/Shanghai", "America/New_York"])
    func growthOfAMetricIsInMillionthsOfAPercent(zone: String) throws {
        let report = try report(("zone: Asia/Shanghai", "zone: " + zone))
        let target = try #require(report.catalogue?.plan("luoyang-2023")?.targets.first)
        #expect(target.kind == .growth && target.scale == 6 && target.value == 8_500_000)
        #expect(target.trajectory == .constant && target.projectionMethod == .latestFigure)
        #expect(
            TargetContract(id: target.id, canonicalText: target.canonicalText)?.value == 8_500_000)
    }

    @Test func whatCannotBeExactIsRefused() throws {
        let rows = [
            ("unit: percent", "unit: visits", "but growth is counted in percent"),
            ("kind: growth", "kind: level", "a metric sums events, which is no level"),
            (
                "zone: Asia/Shanghai", "zone: Asia/Kolkata",
                "is kept by hours of Asia/Shanghai, which do not begin with those of the plan's"
            ),
        ]
        for (old, new, expected) in rows {
            let told = try report((old, new)).problems.map(\.description)
            #expect(told.contains { $0.contains(expected) }, "\(told)")
        }
    }
}
