import Contracts
import Foundation
import Testing

/// Names of areas and divisions, and the language that picks one of the two.
@Suite struct PlanNamesTests {
    @Test func luoyangNamesItsAreasAndDivisions() throws {
        let catalogue = try Catalogue.load(TopicsFolder.path)
        let plan = try #require(catalogue.plan("luoyang-2023"))
        #expect(plan.areas.map(\.key) == ["headline"] + (1...10).map(String.init))
        let named = Set(plan.areas.map(\.key))
        #expect(plan.targets.filter { !named.contains($0.area) }.map(\.id) == [])
        #expect(plan.divisions.count == 15)
        #expect(plan.divisions.first == NamedKey(key: "410302", zh: "老城区", en: "Laocheng District"))
        #expect(plan.divisions.allSatisfy { $0.key.hasPrefix(plan.place) })
    }

    @Test(arguments: [
        ("410302: { zh", "41030: { zh", "a key of `divisions` is `41030`; write the six digits"),
        ("410302: { zh", "110302: { zh", "begins with the plan's place, 4103"),
        ("zh: 老城区, en", "zhh: 老城区, en", "has no key `zhh`; did you mean `zh`?"),
        (
            "10: { zh: 安全与治理, en: Safety and governance }", "10: safety",
            "write a mapping, `key: value` on each line"
        ),
    ])
    func whatIsWrongIsTold(old: String, new: String, expected: String) throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/headway-names-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: TopicsFolder.path, toPath: folder)
        let parts = try TopicsFolder.text("plans/luoyang-2023.yaml").components(separatedBy: old)
        #expect(parts.count == 2, "\(old)")
        try parts.joined(separator: new).write(
            toFile: folder + "/plans/luoyang-2023.yaml", atomically: false, encoding: .utf8)
        let told = CatalogueReport.read(folder).problems.map(\.description)
        #expect(told.contains { $0.contains(expected) }, "\(told)")
    }

    @Test func aLocaleIsChineseOrReadInEnglish() {
        #expect(Language(locale: "zh_CN.UTF-8") == .zh)
        #expect(Language(locale: "ZH") == .zh)
        #expect(Language(locale: "C.UTF-8") == .en)
        #expect(Language(locale: "") == .en)
        #expect(Language.zh.pick(zh: "甲", en: "a") == "甲")
    }
}
