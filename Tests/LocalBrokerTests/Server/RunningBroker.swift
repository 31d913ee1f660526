import Foundation
import Synchronization
import Testing

@testable import LocalBroker

/// A broker over a folder of its own that goes with the test.
final class RunningBroker: Sendable {
    /// Kept by all brokers that were started over it.
    private final class Folder: Sendable {
        let path: String

        init() {
            var template = Array("/tmp/local-broker-XXXXXX".utf8CString)
            path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private final class Lines: Sendable { let all = Mutex<[String]>([]) }

    let broker: LocalBroker
    private let folder: Folder
    private let said = Lines()

    var lines: [String] { said.all.withLock { $0 } }
    var hooks: FaultHooks { broker.hooks }

    convenience init(_ configure: (inout BrokerSettings) -> Void = { _ in }) throws {
        try self.init(Folder(), configure)
    }

    private init(_ folder: Folder, _ configure: (inout BrokerSettings) -> Void) throws {
        self.folder = folder
        var settings = BrokerSettings(dataDirectory: folder.path)
        settings.port = 0
        configure(&settings)
        let said = said
        broker = try LocalBroker.start(settings) { line in said.all.withLock { $0.append(line) } }
    }

    deinit { broker.stop() }

    /// Another broker over the same folder; this one must have been stopped.
    func restarted(_ configure: (inout BrokerSettings) -> Void = { _ in }) throws -> RunningBroker {
        try RunningBroker(folder, configure)
    }

    /// Where a checkpoint is to be written there is a folder in its way.
    func breakCheckpoints() throws {
        let topics = folder.path + "/topics"
        for topic in try FileManager.default.contentsOfDirectory(atPath: topics) {
            try FileManager.default.createDirectory(
                atPath: "\(topics)/\(topic)/0/checkpoint.new", withIntermediateDirectories: true)
        }
    }

    func client() throws -> RawClient { try RawClient(broker.port) }

    /// The topic of `ValidRequests`, with one partition.
    func makeTopic() throws {
        let body = try client().call(.createTopics, 2, ValidRequests.body(.createTopics, 2))
        try #require(body.dropFirst(11).starts(with: [0, 0]), "\(body)")
    }

    /// Of that topic's partition, as ListOffsets says.
    func endOffset() throws -> Int64 {
        let body = try client().call(.listOffsets, 1, ValidRequests.body(.listOffsets, 1))
        return body.suffix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}

/// Of this process, the brokers that it runs among it.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
}

extension ValidRequests {
    /// A fetch at the log's end that waits for longer than a test does.
    static func longPoll() -> [UInt8] {
        var body = body(.fetch, 4)
        body.replaceSubrange(4..<8, with: [0, 0, 0xEA, 0x60])
        return body
    }
}

/// Sends on a thread of its own what may not fit into the socket's buffers.
final class Sender {
    private let done: Wakeup

    init(_ client: RawClient, _ bytes: [UInt8]) throws {
        let done = try Wakeup()
        self.done = done
        try startThread {
            client.send(bytes)
            done.signal()
        }
    }

    func wait() -> Bool { done.wait(milliseconds: 10_000) }
}
