import Contracts
import Foundation
import Kafka
import LocalBroker
import Postgres

/// `headway doctor`: what is reachable, in which version, what is wrong with it, and what to do.
enum Doctor {
    static let command = Command(
        words: ["doctor"],
        summary: "What is reachable, what is misconfigured, what to do",
        discussion:
            "Looks and changes nothing. Exit 0 when everything needed is there, 1 when something is not.",
        options: Connections.all + [Folders.topics],
        examples: [
            .init(
                line: "headway doctor",
                what: "look at the servers of HEADWAY_BROKERS and HEADWAY_DATABASE_URL"),
            .init(line: "headway doctor -o json", what: "the same, one finding a line"),
        ],
        run: run)

    struct Finding: Sendable, Equatable {
        enum Grade: String, Sendable { case ok, warning, problem }

        var subject: String
        var grade: Grade
        var detail: String
        /// What to do about it; empty when nothing is.
        var advice = ""
    }

    static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws -> ExitStatus {
        var findings: [Finding] = []
        findings += tools(invocation.environment)
        findings += localBroker(invocation)
        findings += broker(invocation)
        findings += database(invocation)
        findings += Folders.findings(invocation)
        for finding in findings { report(finding, invocation.json, surroundings) }
        return findings.contains { $0.grade == .problem } ? .failure : .success
    }

    private static func report(_ finding: Finding, _ json: Bool, _ surroundings: Surroundings) {
        if json {
            surroundings.print(
                JSONValue.object([
                    ("subject", .text(finding.subject)), ("grade", .text(finding.grade.rawValue)),
                    ("detail", .text(finding.detail)), ("advice", .text(finding.advice)),
                ]).compact)
            return
        }
        let mark =
            finding.grade.rawValue + String(repeating: " ", count: 8 - finding.grade.rawValue.count)
        surroundings.print("\(mark) \(finding.subject): \(finding.detail)")
        if !finding.advice.isEmpty { surroundings.print("         -> \(finding.advice)") }
    }

    private static func tools(_ environment: [String: String]) -> [Finding] {
        var findings: [Finding] = []
        do {
            let installed = try PrivatePostgres.Installed.find(for: nil, environment)
            findings.append(
                Finding(
                    subject: "PostgreSQL programs", grade: .ok,
                    detail: "\(installed.version) in \(installed.folder)"))
        } catch {
            findings.append(
                Finding(
                    subject: "PostgreSQL programs", grade: .warning, detail: "not installed",
                    advice:
                        "apt-get install postgresql-15 (only `headway up` without HEADWAY_DATABASE_URL needs it)"
                ))
        }
        let home = environment["KAFKA_HOME"] ?? ""
        if home.isEmpty {
            findings.append(
                Finding(
                    subject: "Kafka programs", grade: .ok,
                    detail: "KAFKA_HOME is not set: `headway up` runs the local broker"))
        } else if !FileManager.default.fileExists(atPath: home + "/libs") {
            findings.append(
                Finding(
                    subject: "Kafka programs", grade: .problem,
                    detail: "KAFKA_HOME=\(home) has no folder libs/",
                    advice: "point KAFKA_HOME at the unpacked Kafka release"))
        } else {
            let hasJava =
                Programs.find("java", in: environment) != nil || environment["JAVA_HOME"] != nil
            findings.append(
                Finding(
                    subject: "Kafka programs", grade: hasJava ? .ok : .problem,
                    detail: hasJava ? home : "\(home), but no java",
                    advice: hasJava ? "" : "apt-get install openjdk-17-jre-headless"))
        }
        return findings
    }

    /// The log that `up` keeps here, where it does.
    private static func localBroker(_ invocation: Invocation) -> [Finding] {
        let folder = LocalBrokerFolder(under: Connections.dataPath(invocation))
        guard folder.exists else { return [] }
        let megabytes = folder.bytes / 1_000_000
        let port = DataDirectory.text(of: folder.path + "/port").flatMap { UInt16($0) }
        let state = port.map(Ports.answers) == true ? "runs on port \(port ?? 0)" : "does not run"
        return [
            Finding(
                subject: "local broker", grade: .ok,
                detail: "\(state), \(megabytes) MB in \(folder.path)")
        ]
    }

    private static func broker(_ invocation: Invocation) -> [Finding] {
        do {
            let brokers = try Connections.brokers(invocation)
            let properties = try Connections.properties(invocation)
            let admin = try KafkaAdmin(
                settings: KafkaSettings.admin(brokers: brokers).merging(properties))
            let topics = try admin.topics(timeout: .seconds(5))
            let own = topics.keys.filter { !$0.hasPrefix("__") }.count
            let isLocal = admin.clusterID(timeout: .seconds(5)) == LocalBroker.clusterID
            let kind = isLocal ? "the local broker (one node, no copies)" : "a Kafka cluster"
            return [
                Finding(
                    subject: "broker", grade: .ok,
                    detail: "\(kind) answers at \(brokers), \(own) topics")
            ]
        } catch let nothing as CommandFailure {
            return [Finding(subject: "broker", grade: .problem, detail: nothing.message)]
        } catch {
            return [
                Finding(
                    subject: "broker", grade: .problem, detail: "\(error)",
                    advice:
                        "check HEADWAY_BROKERS and that the cluster runs and can be reached from here"
                )
            ]
        }
    }

    private static func database(_ invocation: Invocation) -> [Finding] {
        do {
            let settings = try Connections.database(invocation, role: "doctor")
            var connection = try PostgresConnection(settings)
            let rows = try connection.query(
                """
                select current_setting('server_version_num')::int4, current_setting('server_version'),
                    current_setting('fsync'), current_setting('synchronous_commit'),
                    current_setting('max_connections')::int4,
                    exists (select from pg_namespace where nspname = 'ledger'), pg_is_in_recovery()
                """)
            guard let row = rows.first else { return [] }
            return judge(
                where: settings.describe(), number: row.int4(0), version: row.text(1),
                fsync: row.text(2),
                synchronous: row.text(3), connections: row.int4(4), hasLedger: row.bool(5),
                isStandby: row.bool(6))
        } catch let nothing as CommandFailure {
            return [Finding(subject: "database", grade: .problem, detail: nothing.message)]
        } catch {
            return [
                Finding(
                    subject: "database", grade: .problem, detail: "\(error)",
                    advice:
                        "check HEADWAY_DATABASE_URL and that the server runs and can be reached from here"
                )
            ]
        }
    }

    /// What is to be said about a database that answers.
    static func judge(
        where place: String, number: Int32, version: String, fsync: String, synchronous: String,
        connections: Int32, hasLedger: Bool, isStandby: Bool
    ) -> [Finding] {
        var findings = [
            Finding(subject: "database", grade: .ok, detail: "PostgreSQL \(version) at \(place)")
        ]
        func add(_ grade: Finding.Grade, _ detail: String, _ advice: String) {
            findings.append(
                Finding(subject: "database", grade: grade, detail: detail, advice: advice))
        }
        if number < 150_000 {
            add(.problem, "PostgreSQL \(version) is too old", "use PostgreSQL 15 or later")
        }
        if isStandby {
            add(.problem, "the server is a standby and takes no writes", "connect to the primary")
        }
        if fsync != "on" {
            add(.problem, "fsync is \(fsync)", "set fsync = on: a crash may lose what was counted")
        }
        if synchronous == "off" {
            add(
                .problem, "synchronous_commit is off",
                "set it to on: a crash may lose committed batches")
        }
        if connections < 20 {
            add(.warning, "max_connections is \(connections)", "allow at least 20")
        }
        if !hasLedger { add(.warning, "the ledger is not there yet", "run `headway migrate`") }
        return findings
    }
}
