import Foundation
import Testing

/// Where the local broker differs from Apache Kafka on purpose. Everything else is a fault. The
/// README has these rows for users.
enum Difference: String, CaseIterable {
    case fetchSessions, pipelining, unsupportedVersions, silence, groupDelays, groupMembers
    case endingFirst, compression, compactedCodec, brokerSettings

    /// What Kafka does, what the local broker does, and why.
    var row: String {
        switch self {
        case .fetchSessions:
            "offers incremental fetch sessions | answers every fetch in full"
                + " | one node serves few partitions; sessions are optional for clients"
        case .pipelining:
            "looks at a connection's next request when the one before is answered"
                + " | looks at it while the one before waits for the disk; answers keep their order"
                + " | many requests share one flush"
        case .unsupportedVersions:
            "closes the connection on an unsupported version"
                + " | answers `UNSUPPORTED_VERSION`, then closes | a client learns why"
        case .silence:
            "never answers a subscription that it cannot read, or a Produce without records"
                + " | takes the one, refuses the other (`INVALID_RECORD`) | nothing may hang"
        case .groupDelays:
            "waits 3 s for more members of a new group, takes sessions from 6 s"
                + " | does not wait, takes sessions from 1 s | tests and laptops"
        case .groupMembers:
            "keeps groups' members over a restart's replay"
                + " | members join anew; committed offsets are durable"
                + " | a restart takes milliseconds"
        case .endingFirst:
            "answers `CONCURRENT_TRANSACTIONS` while an older transaction is ended"
                + " | answers InitProducerId when it has ended | one round trip"
        case .compression:
            "compresses anew by `compression.type`, flushes by `flush.*`, and so on"
                + " | checks and shows these settings; batches stay as they came | see `--fsync`"
        case .compactedCodec:
            "rewrites compacted batches in their codec"
                + " | uncompressed, where only a part of their records is left"
                + " | a client sees no difference"
        case .brokerSettings:
            "changes a broker's configuration at run time | shows it | it is the command line"
        }
    }

    func expected<T>(_ broker: BrokerUnderTest, kafka: T, local: T) -> T {
        broker == .local ? local : kafka
    }
}

@Suite struct DifferenceTests {
    @Test func theReadmeTellsThem() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let table = readme.components(separatedBy: "| Kafka | the local broker | why |\n").last
        let rows = (table ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            .dropFirst().prefix { $0.hasPrefix("|") }.map { $0.dropFirst(2).dropLast(2) }
        #expect(rows.map(String.init) == Difference.allCases.map(\.row))
    }
}
