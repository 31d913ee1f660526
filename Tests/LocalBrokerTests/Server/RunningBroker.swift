import Foundation
import Synchronization

@testable import LocalBroker

/// A broker over a folder of its own that goes with the test.
final class RunningBroker: Sendable {
    let broker: LocalBroker
    let folder: String
    private let said = Lines()

    private final class Lines: Sendable { let all = Mutex<[String]>([]) }

    var lines: [String] { said.all.withLock { $0 } }
    var hooks: FaultHooks { broker.hooks }

    init(_ configure: (inout BrokerSettings) -> Void = { _ in }) throws {
        var template = Array("/tmp/local-broker-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var settings = BrokerSettings(dataDirectory: folder)
        settings.port = 0
        configure(&settings)
        let said = said
        broker = try LocalBroker.start(settings) { line in said.all.withLock { $0.append(line) } }
    }

    deinit {
        broker.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func client() throws -> RawClient { try RawClient(broker.port) }
}
