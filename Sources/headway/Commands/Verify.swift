import Contracts
import Foundation
import Kafka
import Postgres
import Replay

/// `headway verify`: the guarantees, checked on a live system.
enum Verify {
    static let command = Command(
        words: ["verify"],
        summary: "Check the invariants on a live system",
        discussion: """
            Reads each stream's log again up to the ledger's positions, folds it a second time and compares counts,
            sums, readings and dead letters; then the change log and the published topics. Changes nothing.
            Exit 0 when all hold, 2 when one does not.
            """,
        options: [
            .value("stream", "STREAM", "only this stream; repeats").repeating(),
            .flag("outputs-only", "only the change log and the published topics"),
            Connections.brokers, Connections.kafka, Connections.database, Connections.dataDirectory,
            Folders.topics,
        ],
        examples: [
            .init(line: "headway verify", what: "everything"),
            .init(
                line: "headway verify --stream tourism.arrivals -o json",
                what: "one stream, one invariant a line"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let reader = try KafkaSettings.reader(brokers: Connections.brokers(invocation))
            .merging(Connections.properties(invocation))
        var database = try Connections.database(invocation, role: "verify")
        (database.statementTimeout, database.callTimeout) = (.seconds(600), .seconds(620))
        database.idleInTransactionTimeout = .seconds(600)
        var isWhole = true
        func report(_ findings: [InvariantFinding]) {
            for finding in findings {
                isWhole = isWhole && finding.ok
                show(finding, invocation, surroundings)
            }
        }
        if !invocation.flag("outputs-only") {
            for contract in try streams(invocation, catalogue) {
                report(try check(contract, reader, database, surroundings))
            }
        }
        var outputs = try OutputComparison(
            connection: try PostgresConnection(database), settings: reader, catalogue: catalogue)
        report(try outputs.findings())
        return isWhole ? .success : .differences
    }

    private static func streams(_ invocation: Invocation, _ catalogue: Catalogue) throws
        -> [StreamContract]
    {
        let names = invocation.list("stream")
        guard !names.isEmpty else { return catalogue.streams }
        return try names.map { name in
            guard let found = catalogue.stream(named: name) else {
                let hint = Spelling.hint(for: name, in: catalogue.streams.map(\.name))
                throw UsageFailure(
                    message: "there is no stream \(name)\(hint)", command: invocation.words)
            }
            return found
        }
    }

    private static func check(
        _ contract: StreamContract, _ reader: KafkaSettings, _ database: PostgresSettings,
        _ surroundings: Surroundings
    ) throws -> [InvariantFinding] {
        var connection = try PostgresConnection(database)
        let ledger = try LedgerFigures.read(contract.name, on: &connection)
        let total = ledger.positions.reduce(0) { $0 + $1.nextOffset }
        let progress = ProgressBar(label: contract.name, total: total, unit: "records")
        let fold = try SecondFold(contract: contract, extents: ledger.extents)
        let log = try fold.run(settings: reader) { passed in
            progress.update(done: min(passed, total))
            return !surroundings.stop.isRequested
        }
        progress.finish()
        return StreamComparison.findings(of: contract, ledger: ledger, log: log)
    }

    private static func show(
        _ finding: InvariantFinding, _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        guard invocation.json else {
            return surroundings.print(
                "\(finding.ok ? "ok    " : "DIFFERS") \(finding.invariant) (\(grouped(finding.checked))) \(finding.detail)"
            )
        }
        surroundings.print(
            JSONValue.object([
                ("invariant", .text(finding.invariant)), ("ok", .boolean(finding.ok)),
                ("checked", .integer(finding.checked)), ("detail", .text(finding.detail)),
            ]).compact)
    }
}
