// swift-tools-version: 6.2
import Foundation
import PackageDescription

let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What each target may import: dependencies point downwards only (checked by RepositoryTests). SwiftPM keeps what it
/// made of this file: after adding a folder, build once with `--manifest-cache none`.
let modules: [(name: String, uses: [String])] = [
    ("Kafka", ["CRDKafka"]),
    ("Postgres", ["CPostgres"]),
    ("Contracts", ["CYAML"]),
    ("Events", ["CEventJSON", "Contracts"]),
    ("Aggregates", ["CFingerprint", "Contracts", "Events"]),
    ("Status", ["Contracts"]),
    ("Ledger", ["Postgres", "Aggregates", "Status", "Contracts"]),
    ("Ingest", ["Kafka", "Ledger", "Postgres", "Events", "Aggregates", "Contracts"]),
    ("Judge", ["Ledger", "Postgres", "Status", "Aggregates", "Contracts"]),
    ("Relay", ["Kafka", "Ledger", "Postgres", "Contracts"]),
    ("Replay", ["Kafka", "Ledger", "Postgres", "Events", "Aggregates", "Contracts"]),
    ("Simulation", ["Contracts"]),
    ("HeadwayTesting", ["CRDKafka", "Kafka", "Postgres", "Contracts"]),
]

var targets: [Target] = []
for (name, pkgConfig, package) in [
    ("CRDKafka", "rdkafka", "librdkafka-dev"), ("CPostgres", "libpq", "libpq-dev"),
    ("CYAML", "yaml-0.1", "libyaml-dev"), ("CFingerprint", "libsodium", "libsodium-dev"),
] where exists("Sources/\(name)/module.modulemap") {
    targets.append(.systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])]))
}
if exists("Sources/CEventJSON/EventJSON.cpp") {
    targets.append(
        .target(
            name: "CEventJSON",
            cxxSettings: [
                // simdjson chooses its kernel at run time: no processor flags.
                .unsafeFlags(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-exceptions"])
            ],
            linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]))
}
for (name, uses) in modules where exists("Sources/\(name)") {
    targets.append(
        .target(name: name, dependencies: uses.filter { exists("Sources/\($0)") }.map { .init(stringLiteral: $0) },
            // The migrations travel in the program itself.
            resources: name == "Ledger" ? [.embedInCode("Migrations")] : [],
            swiftSettings: strict))
}
if exists("Sources/headway") {
    let uses = modules.map(\.name).filter { exists("Sources/\($0)") && $0 != "HeadwayTesting" }
    targets.append(
        .executableTarget(
            name: "headway", dependencies: uses.map { .init(stringLiteral: $0) }, swiftSettings: strict))
}
for name in [
    "Kafka", "Postgres", "Contracts", "Events", "Aggregates", "Status", "Ledger", "Ingest", "Judge", "Relay",
    "Replay", "Simulation", "headway", "Fault", "Repository",
] where exists("Tests/\(name)Tests") {
    let own = modules.contains { $0.name == name } ? [name] : []
    var uses = own + (modules.first { $0.name == name }?.uses.filter { !$0.hasPrefix("C") || $0 == "Contracts" } ?? [])
    if name == "headway" { uses = ["headway", "Contracts", "Kafka", "Postgres"] }
    if exists("Sources/HeadwayTesting") && name != "Repository" { uses.append("HeadwayTesting") }
    targets.append(
        .testTarget(
            name: "\(name)Tests", dependencies: uses.map { .init(stringLiteral: $0) },
            // Data that tests read from where they stand.
            exclude: ["Corpus"].filter { exists("Tests/\(name)Tests/\($0)") }, swiftSettings: strict))
}

let package = Package(name: "headway", targets: targets, cxxLanguageStandard: .cxx17)
