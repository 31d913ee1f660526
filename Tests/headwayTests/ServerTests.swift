import Foundation
import Kafka
import LocalBroker
import Postgres
import Testing

@testable import headway

/// A folder of its own for one test.
final class ScratchFolder: Sendable {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "headway-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: NSNumber(value: 0o755)])
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            print("\(path) was left behind: \(error)")
        }
    }
}

@Suite struct DataDirectoryTests {
    @Test func belongsToOneAtATime() throws {
        let folder = try ScratchFolder()
        let first = try DataDirectory(path: folder.path + "/d")
        #expect {
            try DataDirectory(path: folder.path + "/d")
        } throws: { error in
            let message = (error as? ServerFailure)?.message ?? ""
            return message.hasPrefix(
                "another `headway up` (process \(getpid())) uses \(first.path)")
        }
    }

    @Test func isFreeAgainAfterItsHolder() throws {
        let folder = try ScratchFolder()
        do { _ = try DataDirectory(path: folder.path) }
        #expect(try DataDirectory(path: folder.path).path == folder.path)
    }

    @Test func filesAreReplacedWhole() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/f"
        #expect(DataDirectory.text(of: path) == nil)
        try DataDirectory.replace(path, with: "one\n", mode: 0o600)
        try DataDirectory.replace(path, with: "two\n", mode: 0o600)
        #expect(DataDirectory.text(of: path) == "two")
        var entry = stat()
        #expect(stat(path, &entry) == 0)
        #expect(entry.st_mode & 0o777 == 0o600)
    }

    @Test func endpointsAreReadBack() throws {
        let folder = try ScratchFolder()
        let written = Endpoints(brokers: "a:1,b:2", database: "postgresql://u@h:1/d?passfile=/x=y")
        try written.write(to: folder.path)
        #expect(Endpoints.read(folder.path) == written)
        #expect(Endpoints.read("/nowhere") == nil)
    }
}

@Suite struct ChildProcessTests {
    private func launch(_ script: String, _ folder: ScratchFolder) -> ChildProcess.Launch {
        .init(
            program: "/bin/sh", arguments: ["-c", script], directory: folder.path,
            logPath: folder.path + "/log")
    }

    @Test func saysHowItEnded() throws {
        let folder = try ScratchFolder()
        #expect(try ChildProcess(launch("exit 7", folder)).wait(seconds: 10) == 7)
        #expect(try ChildProcess(launch("kill -9 $$", folder)).wait(seconds: 10) == 137)
        #expect {
            try ChildProcess.run(launch("pwd; echo no >&2; exit 3", folder), seconds: 10)
        } throws: { ($0 as? ServerFailure)?.message == "/bin/sh ended with 3: \(folder.path) / no" }
    }

    @Test func isStoppedAndAtLastKilled() throws {
        let folder = try ScratchFolder()
        let polite = try ChildProcess(launch("exec cat /dev/zero >/dev/null", folder))
        #expect(polite.stop(SIGTERM, seconds: 10))
        let deaf = try ChildProcess(
            launch("trap '' TERM; echo up; while :; do read x </dev/zero; done", folder))
        while DataDirectory.text(of: deaf.logPath) != "up" {}
        #expect(!deaf.stop(SIGTERM, seconds: 0.2))
        #expect(deaf.ended == 137)
    }

    @Test func startsWithSignalsUnblocked() throws {
        let folder = try ScratchFolder()
        let child = try ChildProcess(launch("grep -E '^Sig(Blk|Ign)' /proc/self/status", folder))
        #expect(child.wait(seconds: 10) == 0)
        let text = try #require(DataDirectory.text(of: child.logPath))
        for line in text.split(separator: "\n") {
            let mask = try #require(UInt64(line.split(separator: "\t").last ?? "", radix: 16))
            // The bits above are the threads library's own.
            #expect(mask & 0x7FFF_FFFF == 0, "\(line)")
        }
    }
}

@Suite struct PortTests {
    @Test func thePreferredOneWhereItIsFree() throws {
        let port = try Ports.free(preferred: nil)
        #expect(try Ports.free(preferred: port) == port)
        #expect(!Ports.answers(port))
    }
}

/// Own servers, for real: made, used, killed, started again on the same data.
@Suite(.serialized) struct PrivateServerTests {
    private let environment = ProcessInfo.processInfo.environment

    /// The servers end with the thread that starts them, so all of a test runs on one thread.
    private func onOneThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) throws -> R {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var result: Result<R, any Error>?
        let thread = Thread {
            result = Result { try body() }
            done.signal()
        }
        thread.start()
        done.wait()
        return try result!.get()
    }

    @Test func postgresGoesOnAfterKill() throws {
        let folder = try ScratchFolder()
        let environment = environment
        try onOneThread {
            let first = try PrivatePostgres.start(under: folder.path, environment: environment)
            do {
                var connection = try PostgresConnection(
                    PostgresSettings(url: first.url, applicationName: "t"))
                _ = try connection.query("create table public.kept (x int4)")
                let row = try #require(
                    try connection.query(
                        "select current_setting('fsync'), current_setting('listen_addresses')"
                    ).first)
                #expect(row.text(0) == "on")
                #expect(row.text(1) == "127.0.0.1")
            }
            let pid = try #require(
                DataDirectory.text(of: folder.path + "/postgres/cluster/postmaster.pid")?.split(
                    separator: "\n"
                ).first
                    .flatMap { pid_t($0) })
            kill(pid, SIGKILL)
            first.awaitStopped(seconds: 5)
            let second = try PrivatePostgres.start(under: folder.path, environment: environment)
            #expect(second.port == first.port)
            var connection = try PostgresConnection(
                PostgresSettings(url: second.url, applicationName: "t"))
            #expect(
                try connection.query("select to_regclass('public.kept') is not null").first?.bool(0)
                    == true)
            second.askToStop()
            second.awaitStopped(seconds: 10)
        }
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["KAFKA_HOME"] != nil, "KAFKA_HOME is not set"))
    func kafkaGoesOnAfterKill() throws {
        let folder = try ScratchFolder()
        let environment = environment
        let home = try #require(environment["KAFKA_HOME"])
        try onOneThread {
            let first = try PrivateKafka.launch(
                under: folder.path, kafkaHome: home, environment: environment)
            try first.awaitReady(seconds: 60)
            do {
                let admin = try KafkaAdmin(settings: .admin(brokers: first.bootstrap))
                let made = try admin.create(
                    [KafkaTopicOrder(name: "kept", partitions: 3)], timeout: .seconds(30))
                #expect(made == ["kept": nil])
            }
            let pid = try #require(
                DataDirectory.text(of: folder.path + "/kafka/pid").flatMap { pid_t($0) })
            kill(pid, SIGKILL)
            first.awaitStopped(seconds: 5)
            let second = try PrivateKafka.launch(
                under: folder.path, kafkaHome: home, environment: environment)
            try second.awaitReady(seconds: 60)
            #expect(second.port == first.port)
            let admin = try KafkaAdmin(settings: .admin(brokers: second.bootstrap))
            #expect(try admin.partitions(of: "kept", timeout: .seconds(30)) == 3)
            second.askToStop()
            second.awaitStopped(seconds: 10)
        }
    }
}

@Suite struct LocalBrokerServerTests {
    private var quiet: Log { Log(form: .text, least: .error) }

    /// Same port, same topics, whatever came between.
    @Test func goesOnWhereItWas() throws {
        let folder = try ScratchFolder()
        let first = try OwnBroker.launch(
            under: folder.path, kafkaHome: nil, environment: [:], log: quiet)
        do {
            let admin = try KafkaAdmin(settings: .admin(brokers: first.bootstrap))
            let made = try admin.create(
                [KafkaTopicOrder(name: "kept", partitions: 3)], timeout: .seconds(30))
            #expect(made == ["kept": nil])
            #expect(admin.clusterID(timeout: .seconds(30)) == LocalBroker.clusterID)
        }
        first.awaitStopped()
        let second = try OwnBroker.launch(
            under: folder.path, kafkaHome: nil, environment: [:], log: quiet)
        #expect(second.bootstrap == first.bootstrap)
        let admin = try KafkaAdmin(settings: .admin(brokers: second.bootstrap))
        #expect(try admin.partitions(of: "kept", timeout: .seconds(30)) == 3)
        second.awaitStopped()
    }

    /// Two kinds of broker never take one another's log for empty.
    @Test func theOtherKindOfLogIsRefused() throws {
        let folder = try ScratchFolder()
        try DataDirectory.make(folder.path + "/kafka", mode: 0o755)
        #expect(throws: ServerFailure.self) {
            _ = try OwnBroker.launch(
                under: folder.path, kafkaHome: nil, environment: [:], log: quiet)
        }
        let other = try ScratchFolder()
        try DataDirectory.make(other.path + "/broker", mode: 0o755)
        #expect(throws: ServerFailure.self) {
            _ = try OwnBroker.launch(
                under: other.path, kafkaHome: "/nowhere", environment: [:], log: quiet)
        }
    }
}

@Suite struct DoctorTests {
    @Test func saysWhatIsWrongWithADatabase() {
        func details(
            number: Int32 = 150_018, fsync: String = "on", synchronous: String = "on",
            connections: Int32 = 100,
            hasLedger: Bool = true, isStandby: Bool = false
        ) -> [String] {
            Doctor.judge(
                where: "x", number: number, version: "15.18", fsync: fsync,
                synchronous: synchronous,
                connections: connections, hasLedger: hasLedger, isStandby: isStandby
            ).dropFirst().map { "\($0.grade) \($0.detail)" }
        }
        #expect(details() == [])
        #expect(details(number: 140_000) == ["problem PostgreSQL 15.18 is too old"])
        #expect(details(fsync: "off") == ["problem fsync is off"])
        #expect(details(synchronous: "off") == ["problem synchronous_commit is off"])
        #expect(details(synchronous: "local") == [])
        #expect(details(connections: 5) == ["warning max_connections is 5"])
        #expect(details(hasLedger: false) == ["warning the ledger is not there yet"])
        #expect(details(isStandby: true) == ["problem the server is a standby and takes no writes"])
    }
}
