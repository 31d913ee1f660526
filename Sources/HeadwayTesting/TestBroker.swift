internal import Foundation
internal import Kafka
internal import LocalBroker

/// The broker of this process's tests that need the whole protocol, transactions included: the
/// cluster of `HEADWAY_BROKERS`, else Apache Kafka where it is found (`RealKafka`), else the local
/// broker, in this process. So there always is one.
package enum TestBroker {
    private static let own = Result { () throws -> LocalBroker in
        quietKafkaLog()
        let folder = NSTemporaryDirectory() + "headway-broker.\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try removeAtEnd(folder)
        var settings = BrokerSettings(dataDirectory: folder)
        settings.port = 0
        settings.retentionCheckMilliseconds = 1_000
        return try LocalBroker.start(settings) { print("broker: \($0)") }
    }

    /// `host:port,...`
    package static func brokers() throws -> String {
        RealKafka.isAvailable ? try RealKafka.shared().brokers : try own.get().bootstrap
    }

    /// A shell waits for the end of this process, however it comes, and takes the folder away.
    private static func removeAtEnd(_ folder: String) throws {
        let (process, lifeline) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "trap '' INT TERM HUP; cat >/dev/null; rm -rf \"$1\"", "sh", folder,
        ]
        process.standardInput = lifeline
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        _ = fcntl(dup(lifeline.fileHandleForWriting.fileDescriptor), F_SETFD, FD_CLOEXEC)
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
    }
}
