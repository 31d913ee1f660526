import Contracts
import Foundation
import Testing

@Suite struct DocumentTests {
    private func catalogue() throws -> Catalogue { try Catalogue.load(TopicsFolder.path) }

    /// `HEADWAY_WRITE_DOCUMENTS=1 swift test --filter DocumentTests` writes them anew.
    @Test func documentsAreUpToDate() throws {
        let writes = ProcessInfo.processInfo.environment["HEADWAY_WRITE_DOCUMENTS"] == "1"
        let documents = TopicDocuments.all(try catalogue())
        for (path, text) in documents {
            if writes {
                try text.write(
                    toFile: TopicsFolder.path + "/" + path, atomically: true, encoding: .utf8)
            }
            #expect(
                try TopicsFolder.text(path) == text,
                "\(path) is old: HEADWAY_WRITE_DOCUMENTS=1 writes it")
        }
        let schemas = try FileManager.default.contentsOfDirectory(
            atPath: TopicsFolder.path + "/schemas")
        #expect(
            Set(schemas.map { "schemas/" + $0 })
                == Set(documents.map(\.path).filter { $0.hasPrefix("schemas/") }))
    }

    /// Validates documents and examples with Python's jsonschema; what it prints is empty where all
    /// is well.
    @Test(.enabled(if: Python.hasValidator, "python3 with jsonschema and yaml is not installed"))
    func schemasSayWhatTheContractSays() throws {
        let json = TopicDocuments.asyncAPI(try catalogue()).compact
        let output = try Python.run(
            Python.checks,
            [TopicsFolder.path, TopicsFolder.shared + "/schemas/asyncapi-3.0.0.json"], input: json)
        #expect(output == "ok\n")
    }

    @Test func planLinesHaveTheReportsKeys() throws {
        let plan = try #require(try catalogue().plan("luoyang-2023"))
        let lines = plan.jsonLines.split(separator: "\n")
        #expect(lines.count == plan.targets.count)
        #expect(
            lines.first { $0.contains("\"id\":\"tourism.visitors\"") }
                == """
                {"id":"tourism.visitors","name_zh":"接待游客","name_en":"Visitors received","sector":"tourism",\
                "area":"6","kind":"total","bound":"at_least","value":100000000,"value_max":null,"unit":"visits",\
                "value_as_written":"超过1亿人次","basis":"stated","window_start":"2023-01-01",\
                "deadline":"2023-12-31","deadline_as_written":null,"stream":"tourism.arrivals"}
                """)
        #expect(lines.contains { $0.contains("\"value\":5,\"value_max\":10,\"unit\":\"brands\"") })
        #expect(lines.contains { $0.contains("\"value\":3.15,") })
        for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }

    @Test func tablesCountColumnsOfTheTerminal() throws {
        var table = TextTable([("NAME", .left), ("GOAL", .right)])
        table.add(["接待游客", "≥ 1"])
        table.add(["a", "≥ 1,000"])
        #expect(
            table.text == """
                NAME         GOAL
                接待游客      ≥ 1
                a         ≥ 1,000

                """)
        let plan = try #require(try catalogue().plan("luoyang-2023"))
        #expect(plan.table(.zh).contains("≥ 90,000,000,000 CNY"))
        #expect(plan.table(.zh).contains("6 ± 1 percent"))
        #expect(plan.table(.zh).contains("5 to 10 brands"))
        #expect(plan.table(.zh).contains("≤ 5.5 percent"))
    }

    @Test func jsonIsEscaped() {
        #expect(
            JSONValue.text("a\"b\\c\n\u{1}\u{7f}洛").compact == "\"a\\\"b\\\\c\\n\\u0001\\u007f洛\"")
        let value = JSONValue.object([
            .init("b", .list([.integer(1), .number("2.50"), .null, .boolean(true)])),
            .init("a", .object([JSONValue.Member]())),
        ])
        #expect(value.compact == "{\"b\":[1,2.50,null,true],\"a\":{}}")
        #expect(value.yaml() == "b:\n  - 1\n  - 2.50\n  - null\n  - true\na: {}")
        #expect(
            JSONValue.texts(["no", "1.0", "plain", "a b", "Null"]).yaml()
                == "- \"no\"\n- \"1.0\"\n- plain\n- \"a b\"\n- \"Null\"")
    }
}
