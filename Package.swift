// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// C libraries of the distribution, each behind one system module.
let libraries: [(module: String, pkgConfig: String, package: String)] = [
    ("CRDKafka", "rdkafka", "librdkafka-dev"),
    ("CPostgres", "libpq", "libpq-dev"),
    ("CYAML", "yaml-0.1", "libyaml-dev"),
    ("CFingerprint", "libsodium", "libsodium-dev"),
]

/// What each target may import: dependencies point downwards only (checked by RepositoryTests).
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
    ("Replay", ["Kafka", "Ledger", "Postgres", "Events", "Aggregates", "Status", "Contracts"]),
    ("LocalBroker", ["CRecordCodec", "CEpoll"]),
    ("Simulation", ["Contracts"]),
    ("HeadwayTesting", ["CRDKafka", "Kafka", "Postgres", "Contracts", "LocalBroker"]),
]

func dependencies(_ names: [String]) -> [Target.Dependency] {
    names.map { .init(stringLiteral: $0) }
}

let systemTargets = libraries.map { library in
    Target.systemLibrary(
        name: library.module, pkgConfig: library.pkgConfig, providers: [.apt([library.package])])
}

let eventJSON = Target.target(
    name: "CEventJSON",
    cxxSettings: [
        // simdjson chooses its kernel at run time: no processor flags.
        .unsafeFlags(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-exceptions"])
    ],
    linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")])

/// Checksum and decompression of record batches, for the local broker.
let recordCodec = Target.target(
    name: "CRecordCodec",
    cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])],
    linkerSettings: ["isal", "lz4", "snappy", "zstd"].map { .linkedLibrary($0) })

/// Linux's event interface, of which Swift's Glibc module knows nothing; no library.
let epoll = Target.systemLibrary(name: "CEpoll")

let moduleTargets = modules.map { module in
    Target.target(
        name: module.name, dependencies: dependencies(module.uses),
        // The migrations travel in the program itself.
        resources: module.name == "Ledger" ? [.embedInCode("Migrations")] : [],
        swiftSettings: strict)
}

let program = Target.executableTarget(
    name: "headway",
    dependencies: dependencies(modules.map(\.name).filter { $0 != "HeadwayTesting" }),
    swiftSettings: strict)

/// One test target a module, and what a module's tests use.
let moduleTests = modules.filter { $0.name != "HeadwayTesting" }.map { module in
    Target.testTarget(
        name: "\(module.name)Tests",
        dependencies: dependencies(
            [module.name] + module.uses.filter { name in modules.contains { $0.name == name } }
                // Real clients against the local broker.
                + (module.name == "LocalBroker" ? ["Kafka"] : [])
                // What is recomputed was judged by the services.
                + (module.name == "Replay" ? ["Ingest", "Judge"] : []) + ["HeadwayTesting"]),
        // Data that tests read from where they stand.
        exclude: module.name == "Events" ? ["Corpus"] : [],
        swiftSettings: strict)
}

let otherTests = [
    Target.testTarget(
        name: "headwayTests",
        dependencies: dependencies(["headway", "Contracts", "Status", "Kafka", "Postgres", "Ledger", "LocalBroker", "HeadwayTesting"]),
        swiftSettings: strict),
    Target.testTarget(name: "RepositoryTests", swiftSettings: strict),
]

let package = Package(
    name: "headway",
    targets: systemTargets + [eventJSON, recordCodec, epoll] + moduleTargets + [program]
        + moduleTests + otherTests,
    cxxLanguageStandard: .cxx17)
