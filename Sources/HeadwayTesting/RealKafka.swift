internal import Foundation
internal import Glibc
internal import Kafka
internal import Synchronization

/// Apache Kafka for the tests of this process: one node a version on loopback, started when it is
/// first asked for.
///
/// `HEADWAY_BROKERS` names a cluster that already runs; else the jars of `KAFKA_HOME`, or of the
/// newest folder under `../shared/kafka` beside the checkout, are started with Java. A node ends
/// with the process, however that ends: a shell holds the other end of a pipe and cleans up when it
/// closes.
package final class RealKafka: Sendable {
    package enum Failure: Error { case didNotStart(String) }

    private static let nodes = Mutex<[String: Result<RealKafka, any Error>]>([:])

    package static func shared() throws -> RealKafka {
        if let brokers = ProcessInfo.processInfo.environment["HEADWAY_BROKERS"] {
            return RealKafka(brokers: brokers)
        }
        guard let home else { throw Failure.didNotStart(skipReason) }
        return try node(home)
    }

    /// The folders under `../shared/kafka`, oldest first.
    package static let versions: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/libs") }
        } catch {
            return []
        }
    }()

    /// A node of one of `versions`.
    package static func version(_ version: String) throws -> RealKafka {
        try node("\(folder)/\(version)")
    }

    private static func node(_ home: String) throws -> RealKafka {
        try nodes.withLock { nodes in
            if let node = nodes[home] { return node }
            let node = Result { try RealKafka(home: home) }
            nodes[home] = node
            return node
        }.get()
    }

    /// For `.enabled(if:)`, with `skipReason` as its comment.
    package static var isAvailable: Bool {
        ProcessInfo.processInfo.environment["HEADWAY_BROKERS"] != nil || home != nil
    }

    package static let skipReason = "needs HEADWAY_BROKERS, KAFKA_HOME or ../shared/kafka"

    /// `host:port,...`
    package let brokers: String
    private let lifeline: Int32

    private init(brokers: String) {
        quietKafkaLog()
        (self.brokers, lifeline) = (brokers, -1)
    }

    private init(home: String) throws {
        quietKafkaLog()
        let (port, controller) = (try freeLoopbackPort(), try freeLoopbackPort())
        let (process, toShell, fromShell) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", "\(home)/libs/*", "\(port)", "\(controller)"]
        process.standardInput = toShell
        process.standardOutput = fromShell
        process.standardError = FileHandle.nullDevice
        lifeline = dup(toShell.fileHandleForWriting.fileDescriptor)
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        _ = fcntl(toShell.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
        try toShell.fileHandleForWriting.close()
        var heard = ""
        while !heard.hasSuffix("\n") {
            let more = fromShell.fileHandleForReading.availableData
            if more.isEmpty { throw Failure.didNotStart(heard) }
            heard += String(decoding: more, as: UTF8.self)
        }
        guard heard.hasPrefix("started") else { throw Failure.didNotStart(heard) }
        brokers = "127.0.0.1:\(port)"
    }

    private static var home: String? {
        if let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty { return home }
        return versions.last.map { "\(folder)/\($0)" }
    }

    private static var folder: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().appendingPathComponent("shared/kafka").path
    }

    private static let script = """
        trap '' INT TERM HUP
        java=${JAVA_HOME:+$JAVA_HOME/bin/}java
        folder=$(mktemp -d /tmp/headway-kafka.XXXXXX) || exit 1
        cat >"$folder/server.properties" <<P
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:$3
        listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
        advertised.listeners=PLAINTEXT://127.0.0.1:$2
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=PLAINTEXT
        log.dirs=$folder/data
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=4
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=4
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        log.retention.check.interval.ms=1000
        log.initial.task.delay.ms=500
        log.cleaner.backoff.ms=500
        log.cleaner.dedupe.buffer.size=4194304
        transaction.abort.timed.out.transaction.cleanup.interval.ms=500
        P
        cd "$folder"
        options="-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true"
        "$java" $options -cp "$1" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk \
            -c server.properties >format.log 2>&1 || {
            tail -3 format.log | tr '\\n' ' '; echo; rm -rf "$folder"; exit 1
        }
        "$java" $options -cp "$1" kafka.Kafka server.properties >server.log 2>&1 </dev/null &
        pid=$!
        echo "started $pid"
        cat >/dev/null
        kill -KILL $pid
        wait $pid
        rm -rf "$folder"
        """
}

/// A port of loopback that nobody listens on.
package func freeLoopbackPort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
    }
    guard bound else { throw RealKafka.Failure.didNotStart("no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
