import Foundation
import Testing

@testable import LocalBroker

/// Hostile and broken clients against a running broker: it closes their connections, and serves the
/// others within its memory. `HEADWAY_FUZZ_SECONDS` says for how long, `HEADWAY_FUZZ_SEED` which.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FuzzTests {
    private static func running() throws -> RunningBroker {
        let running = try RunningBroker {
            $0.limits.topicsMax = 20
            $0.limits.partitionsMax = 100
            $0.limits.inboundBytesMax = 20 << 20
        }
        try running.makeTopic()
        return running
    }

    /// The broker has made of the connection what it can: nothing comes from it any more.
    private func settled(_ client: RawClient, _ bytes: [UInt8]) throws {
        client.send(bytes)
        client.endSending()
        do {
            try client.drain()
        } catch {
            Issue.record("\(error): \(bytes)")
        }
    }

    private func expectService(_ running: RunningBroker) throws {
        let end = try running.endOffset()
        _ = try running.client().call(.produce, 3, ValidRequests.body(.produce, 3))
        #expect(try running.endOffset() == end + 1)
    }

    /// Each API, each version, cut at each length: with a size that says so, and one that does not.
    @Test func truncatedRequests() throws {
        let running = try Self.running()
        for (api, version) in ValidRequests.all {
            let whole = ValidRequests.whole(api, version)
            for count in 0..<(whole.count - 4) {
                var sized = WireWriter()
                sized.int32(Int32(count))
                try settled(try running.client(), sized.buffer + whole[4..<(4 + count)])
            }
            try settled(try running.client(), Array(whole.dropLast()))
        }
        try expectService(running)
    }

    @Test func anythingElse() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = Double(environment["HEADWAY_FUZZ_SECONDS"] ?? "") ?? 10
        let seed = UInt64(environment["HEADWAY_FUZZ_SEED"] ?? "") ?? .random(in: 0...UInt64.max)
        print("fuzzing for \(seconds) s with HEADWAY_FUZZ_SEED=\(seed)")
        var random = SplitMix(state: seed)
        let running = try Self.running()
        let before = residentBytes()
        var kept: [RawClient] = []
        var rounds = 0
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            rounds += 1
            let client = try running.client()
            switch Int.random(in: 0..<10, using: &random) {
            case 0: try settled(client, noise(&random))
            case 1:
                // A flood, of which not one answer is read before its end.
                let one = ValidRequests.all.randomElement(using: &random)
                let flood = one.map { ValidRequests.whole($0.api, $0.version) } ?? []
                for _ in 0..<50 { client.send(flood) }
                client.endSending()
                if Bool.random(using: &random) { try client.drain() }
            case 2:
                for byte in bent(&random).prefix(64) { client.send([byte]) }
            case 3:
                let whole = bent(&random)
                client.send(Array(whole.prefix(Int.random(in: 0...whole.count, using: &random))))
                kept.append(client)
                if kept.count > 100 { kept.remove(at: Int.random(in: 0..<100, using: &random)) }
            default: try settled(client, bent(&random))
            }
            if rounds % 200 == 0 { _ = try running.client().call(.apiVersions, 0) }
        }
        kept = []
        // The topic may have been deleted or filled by what was sent: the broker serves all the same.
        _ = try? running.client().call(.deleteTopics, 1, deletion)
        try running.makeTopic()
        try expectService(running)
        let grown = residentBytes() - before
        print("\(rounds) hostile connections; \(grown >> 20) MiB more")
        #expect(grown < 128 << 20)
    }

    private var deletion: [UInt8] {
        var writer = WireWriter()
        writer.array([ValidRequests.topic]) { $0.string($1) }
        writer.int32(1_000)
        return writer.buffer
    }

    private func noise(_ random: inout SplitMix) -> [UInt8] {
        let count = Int.random(in: 0...2_000, using: &random)
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        guard Bool.random(using: &random) else { return bytes }
        var sized = WireWriter()
        sized.int32(Int32(count))
        return sized.buffer + bytes
    }

    /// A valid request with flipped bytes, and lengths or counts that are huge, negative or off by one.
    private func bent(_ random: inout SplitMix) -> [UInt8] {
        guard let (api, version) = ValidRequests.all.randomElement(using: &random) else {
            return []
        }
        var bytes = ValidRequests.whole(api, version)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            // Sometimes the size itself.
            let first = Int.random(in: 0..<20, using: &random) == 0 ? 0 : 4
            let place = Int.random(in: first..<bytes.count, using: &random)
            let odd: [[UInt8]] = [
                [0xFF], [0x7F], [0x80], [0], [1], [0xFF, 0xFF], [0x7F, 0xFF], [0x80, 0x00],
                [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0],
                [0, 0xFF, 0, 0],
                [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0, 0, 0, 0, 0],
                [UInt8.random(in: 0...255, using: &random)],
            ]
            let change = odd.randomElement(using: &random) ?? []
            let end = min(bytes.count, place + change.count)
            bytes.replaceSubrange(place..<end, with: change.prefix(end - place))
        }
        return bytes
    }
}
