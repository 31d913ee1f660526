import Foundation

/// Apache Kafka as one KRaft node on loopback, its log under the data directory, stopped with us.
final class PrivateKafka: Sendable {
    let port: UInt16
    let bootstrap: String
    private let server: ChildProcess

    private init(port: UInt16, server: ChildProcess) {
        self.port = port
        bootstrap = "127.0.0.1:\(port)"
        self.server = server
    }

    /// Starts the node's process, giving its folder an identity first where it is new. Returns
    /// before it answers. Call on a thread that lives as long as the process: the server ends when
    /// that thread does.
    static func launch(
        under dataPath: String, kafkaHome: String, environment: [String: String]
    ) throws(ServerFailure) -> PrivateKafka {
        let folder = dataPath + "/kafka"
        try DataDirectory.make(folder, mode: 0o755)
        let libraries = DataDirectory.absolute(kafkaHome) + "/libs"
        guard FileManager.default.fileExists(atPath: libraries) else {
            throw ServerFailure("KAFKA_HOME is \(kafkaHome), which has no folder libs/")
        }
        let java = try javaProgram(environment)
        try endPredecessor(folder)
        let ports = try choosePorts(folder)
        let properties = folder + "/server.properties"
        try DataDirectory.replace(properties, with: settings(folder, ports))
        let log = try logSettings(folder)
        let heap = environment["HEADWAY_KAFKA_HEAP"] ?? "512m"
        // The first compiler alone: the second costs a third of the start's processor time.
        let server =
            [
                "-Xms128m", "-Xmx\(heap)", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData", "-Xshare:auto", "-Djava.net.preferIPv4Stack=true",
            ] + log + ["-cp", libraries + "/*", "kafka.Kafka", properties]
        try format(folder + "/log")
        let process = try ChildProcess(
            .init(
                program: java, arguments: server, environment: environment, directory: folder,
                logPath: folder + "/server.log"))
        try DataDirectory.replace(folder + "/pid", with: "\(process.pid)\n")
        return PrivateKafka(port: ports.broker, server: process)
    }

    /// Writes what `StorageTool format` would, without a Java machine of its own: the node's
    /// identity. Without a bootstrap file, Kafka 3.9 and 4 begin with their newest metadata
    /// version, as the tool does.
    private static func format(_ log: String) throws(ServerFailure) {
        let identity = log + "/meta.properties"
        guard !FileManager.default.fileExists(atPath: identity) else { return }
        try DataDirectory.make(log, mode: 0o755)
        try DataDirectory.replace(
            identity,
            with: "version=1\ncluster.id=\(newID())\nnode.id=1\ndirectory.id=\(newID())\n")
    }

    /// Returns when the node takes connections.
    func awaitReady(seconds: Double) throws(ServerFailure) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        // A port has nothing that tells of it: looked at every 20 ms, and the wait ends early when
        // the node dies.
        while Date() < deadline {
            if Ports.answers(port) { return }
            if let status = server.wait(seconds: 0.02) {
                throw ServerFailure(
                    "Kafka ended with \(status) at start: \(server.lastLines) (\(server.logPath))")
            }
        }
        throw ServerFailure(
            "Kafka does not answer on port \(port) after \(Int(seconds)) s; see \(server.logPath)")
    }

    func askToStop() { server.send(SIGTERM) }

    /// Kills it where it does not end in time.
    func awaitStopped(seconds: Double) { server.stop(SIGTERM, seconds: seconds) }

    func whenEnded(_ action: @escaping @Sendable (Int32) -> Void) { server.whenEnded(action) }

    private static func javaProgram(_ environment: [String: String]) throws(ServerFailure) -> String
    {
        if let home = environment["JAVA_HOME"], access(home + "/bin/java", X_OK) == 0 {
            return home + "/bin/java"
        }
        guard let java = Programs.find("java", in: environment) else {
            throw ServerFailure(
                "Kafka needs Java 17: install the package openjdk-17-jre-headless, or set JAVA_HOME"
            )
        }
        return java
    }

    private static func endPredecessor(_ folder: String) throws(ServerFailure) {
        guard let pid = DataDirectory.text(of: folder + "/pid").flatMap({ pid_t($0) }), pid > 1,
            Predecessor.isRunning(pid, mentioning: folder)
        else { return }
        guard Predecessor.end(pid, signal: SIGTERM, seconds: 10) else {
            throw ServerFailure("Kafka (process \(pid)) still runs on \(folder) and does not stop")
        }
    }

    private static func choosePorts(_ folder: String) throws(ServerFailure) -> (
        broker: UInt16, controller: UInt16
    ) {
        let remembered = (DataDirectory.text(of: folder + "/ports") ?? "").split(separator: " ")
            .compactMap { UInt16($0) }
        let broker = try Ports.free(preferred: remembered.first ?? 19_092)
        var controller = try Ports.free(preferred: remembered.count > 1 ? remembered[1] : 19_093)
        if controller == broker { controller = try Ports.free(preferred: nil) }
        try DataDirectory.replace(folder + "/ports", with: "\(broker) \(controller)\n")
        return (broker, controller)
    }

    private static func settings(_ folder: String, _ ports: (broker: UInt16, controller: UInt16))
        -> String
    {
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:\(ports.controller)
        listeners=PLAINTEXT://127.0.0.1:\(ports.broker),CONTROLLER://127.0.0.1:\(ports.controller)
        advertised.listeners=PLAINTEXT://127.0.0.1:\(ports.broker)
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=PLAINTEXT
        log.dirs=\(folder)/log
        auto.create.topics.enable=false
        num.partitions=4
        default.replication.factor=1
        min.insync.replicas=1
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=4
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=2
        group.initial.rebalance.delay.ms=0
        # Records of a simulated past carry its timestamps: retention would take them at its first look.
        log.initial.task.delay.ms=86400000
        log.retention.check.interval.ms=86400000

        """
    }

    /// Kafka 3 logs by log4j, Kafka 4 by log4j 2; both want a file.
    private static func logSettings(_ folder: String) throws(ServerFailure) -> [String] {
        try DataDirectory.replace(
            folder + "/log4j.properties",
            with: """
                log4j.rootLogger=WARN, out
                log4j.logger.kafka.server=INFO
                log4j.appender.out=org.apache.log4j.ConsoleAppender
                log4j.appender.out.layout=org.apache.log4j.PatternLayout
                log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n

                """)
        try DataDirectory.replace(
            folder + "/log4j2.properties",
            with: """
                rootLogger.level = warn
                rootLogger.appenderRefs = out
                rootLogger.appenderRef.out.ref = out
                appender.out.type = Console
                appender.out.name = out
                appender.out.layout.type = PatternLayout
                appender.out.layout.pattern = %d %p %m (%c)%n

                """)
        return [
            "-Dlog4j.configuration=file:\(folder)/log4j.properties",
            "-Dlog4j2.configurationFile=\(folder)/log4j2.properties",
        ]
    }

    /// Sixteen random bytes in URL-safe Base64, as Kafka writes its ids; like its own, none begins
    /// with a dash.
    private static func newID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[0] &= 0x3F
        return Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
