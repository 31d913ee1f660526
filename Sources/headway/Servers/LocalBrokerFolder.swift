import Foundation
import LocalBroker

/// Where `up` keeps the local broker's log: the folder `broker` of its data directory.
struct LocalBrokerFolder: Sendable {
    let path: String

    init(under dataPath: String) { path = dataPath + "/broker" }

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Bytes of its files; 0 where there is none.
    var bytes: Int64 {
        guard let walk = FileManager.default.enumerator(atPath: path) else { return 0 }
        var sum: Int64 = 0
        for case let name as String in walk {
            var facts = stat()
            if lstat(path + "/" + name, &facts) == 0 { sum += Int64(facts.st_blocks) * 512 }
        }
        return sum
    }

    /// Starts a broker on it, at the port of last time where that is free.
    func start(_ log: Log) throws -> LocalBroker {
        try DataDirectory.make(path, mode: 0o755)
        let remembered = DataDirectory.text(of: path + "/port").flatMap { UInt16($0) }
        var settings = BrokerSettings(dataDirectory: path)
        settings.port = try Ports.free(preferred: remembered ?? 19_092)
        // Records of a simulated past carry its timestamps: retention would take them at its first
        // look.
        settings.retentionCheckMilliseconds = 86_400_000
        let broker = try LocalBroker.start(settings) { log.warning("broker", [.detail: $0]) }
        try DataDirectory.replace(path + "/port", with: "\(broker.port)\n")
        return broker
    }
}
