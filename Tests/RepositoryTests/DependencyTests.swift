import Foundation
import Testing

/// Dependencies point downwards only, and the table in Package.swift is the truth about them.
@Suite struct DependencyTests {
    private static let system = [
        "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch", "Testing",
        "PackageDescription",
    ]
    private static let services = ["Ingest", "Judge", "Relay", "Replay"]

    private let repository = Repository()

    /// Module by module what it may import, read from Package.swift.
    private func table() throws -> [String: [String]] {
        var table: [String: [String]] = [:]
        for line in try repository.file("Package.swift").lines {
            guard let match = line.firstMatch(of: /^    \("(\w+)", \[(.*)\]\),$/) else { continue }
            table[String(match.1)] = match.2.split(separator: ", ").map {
                $0.trimmingCharacters(in: ["\""])
            }
        }
        return table
    }

    private func imports(of target: String) throws -> [(file: String, module: String)] {
        try repository.files(in: ["Sources/\(target)"], suffixes: [".swift"]).flatMap { file in
            file.code.compactMap { line -> (file: String, module: String)? in
                guard line.contains("import ") else { return nil }
                let access = /^(?:@\w+ )?(?:(?:internal|package|private|fileprivate|public) )?/
                let rest = line.trimmingPrefix(access)
                guard
                    let match = rest.firstMatch(of: /^import (?:(?:struct|class|enum|func) )?(\w+)/)
                else { return nil }
                return (file.path, String(match.1))
            }
        }
    }

    @Test func everyImportIsDeclared() throws {
        let table = try table()
        try #require(table.count >= 10)
        for (target, uses) in table where repository.exists("Sources/\(target)") {
            for (file, module) in try imports(of: target)
            where module != target && !Self.system.contains(module) {
                #expect(
                    uses.contains(module),
                    "\(file) imports \(module), which Package.swift does not declare for \(target)")
            }
        }
    }

    @Test func dependenciesPointDownwards() throws {
        let order = [
            "Kafka", "Postgres", "Contracts", "Events", "Aggregates", "Status", "Ledger", "Ingest",
            "Judge", "Relay",
            "Replay", "LocalBroker", "Simulation", "HeadwayTesting",
        ]
        for (target, uses) in try table() {
            guard let own = order.firstIndex(of: target) else { continue }
            for module in uses {
                guard let other = order.firstIndex(of: module) else { continue }
                #expect(
                    other < own, "\(target) must not depend on \(module), which stands above it")
            }
        }
    }

    @Test func servicesDoNotKnowOneAnother() throws {
        let table = try table()
        for service in Self.services {
            let others = Self.services.filter { $0 != service }
            #expect(
                Set(table[service] ?? []).isDisjoint(with: others),
                "\(service) depends on another service")
        }
    }

    @Test(arguments: ["Aggregates", "Status", "Events", "Contracts", "Simulation"])
    func pureTargetsDoNoInputOrOutput(target: String) throws {
        for (file, module) in try imports(of: target) {
            #expect(
                !["Kafka", "CRDKafka", "Postgres", "CPostgres"].contains(module),
                "\(file) imports \(module)")
        }
    }

    @Test(arguments: [
        ("CRDKafka", "Kafka"), ("CPostgres", "Postgres"), ("CYAML", "Contracts"),
        ("CEventJSON", "Events"),
        ("CFingerprint", "Aggregates"), ("CRecordCodec", "LocalBroker"),
    ])
    func aCLibraryIsSpokenToInOneModule(library: String, owner: String) throws {
        // The fixtures reach behind the module to librdkafka's mock cluster.
        for (target, _) in try table() where target != owner && target != "HeadwayTesting" {
            for (file, module) in try imports(of: target) {
                #expect(module != library, "\(file) imports \(library); only \(owner) speaks to it")
            }
        }
    }

    @Test func thePackageResolvesNothing() throws {
        let manifest = try repository.file("Package.swift").lines.joined(separator: "\n")
        #expect(
            !manifest.contains(".package("), "an outside package would be fetched at build time")
    }
}
