import Foundation
import Testing

/// The README's table of the local broker's APIs is the one that the broker goes by.
@Suite struct BrokerTableTests {
    private let repository = Repository()

    /// Name and versions by key; names with a capital, as Kafka writes them.
    private func offered() throws -> [Int: (name: String, versions: String)] {
        let lines = try repository.file("Sources/LocalBroker/Wire/API.swift").lines
        var keys: [String: Int] = [:]
        var offered: [Int: (name: String, versions: String)] = [:]
        for line in lines {
            if let match = line.firstMatch(of: /^    case (\w+) = (\d+)$/) {
                keys[String(match.1)] = Int(match.2)
            } else if let match = line.firstMatch(of: /^        case \.(\w+): \((\d+)\.\.\.(\d+), Broker/) {
                let name = String(match.1)
                let key = try #require(keys[name], "\(name) has no key")
                offered[key] = (name, match.2 == match.3 ? "\(match.2)" : "\(match.2)–\(match.3)")
            }
        }
        #expect(offered.count == keys.count)
        return offered
    }

    @Test func theReadmeHasTheTable() throws {
        let offered = try offered()
        #expect(offered.count > 20)
        let lines = try repository.file("README.md").lines
        let start = try #require(lines.firstIndex(of: "## The local broker"))
        var told: Set<Int> = []
        for line in lines[(start + 1)...].prefix(while: { !$0.hasPrefix("## ") }) {
            // As many APIs a line as there is room for: | key | name | versions | key | ...
            for match in line.matches(of: /\| (\d+) \| (\w+) \| ([0-9–]+) (?=\|)/) {
                let key = try #require(Int(match.1))
                let row = try #require(offered[key], "README.md: there is no API \(key)")
                let name = String(match.2)
                #expect(name.lowercased() == row.name.lowercased(), "README.md: API \(key)")
                #expect(name.first?.isUppercase == true)
                #expect(String(match.3) == row.versions, "README.md: versions of \(name)")
                #expect(told.insert(key).inserted, "README.md has API \(key) twice")
            }
        }
        let missing = Set(offered.keys).subtracting(told).sorted()
        #expect(missing.isEmpty, "README.md does not tell of the APIs \(missing)")
    }
}
