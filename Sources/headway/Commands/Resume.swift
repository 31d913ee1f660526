import Foundation
import Ledger
import Postgres

/// `headway resume`: an operator's word that something halted goes on, written to the ledger's audit.
enum Resume {
    private static let execute = Option.flag(
        "execute", "do it; without, only show what would be done")

    static let partition = Command(
        words: ["resume", "partition"],
        summary: "Let a halted partition of a stream's topic go on",
        discussion: """
            A partition halts rather than skip or guess: records are gone, the topic is another one, a batch cannot be
            read, or half of the records were dead letters. Without --at it goes on where it stands; with --at it
            goes on at that offset, and what lies before is given up. It never goes back: what is counted would be
            counted twice. Running services pick it up by themselves.
            """,
        positionals: [
            .init(name: "TOPIC", required: true, help: "for example tourism.arrivals.v1"),
            .init(name: "PARTITION", required: true, help: "its number"),
        ],
        options: [
            .value("at", "OFFSET", "the offset of the next record to read"), execute,
            Connections.database,
            Connections.dataDirectory,
        ],
        examples: [
            .init(
                line: "headway resume partition tourism.arrivals.v1 2",
                what: "what is wrong, and what would be done"),
            .init(
                line: "headway resume partition tourism.arrivals.v1 2 --at 48100 --execute",
                what: "go on behind records that are gone"),
        ],
        run: runPartition)

    static let relay = Command(
        words: ["resume", "relay"],
        summary: "Let the halted relay go on behind its marks",
        discussion: """
            The relay halts where its marks in the ledger and the tail of the output topics contradict each other: a
            database was restored, or a topic was recreated or truncated. After this, it goes on behind its marks,
            whatever the topics hold. It also halts where the broker refuses a record for good: mend what the
            reason says first; it then tries again. Running relays pick it up by themselves.
            """,
        options: [execute, Connections.database, Connections.dataDirectory],
        examples: [.init(line: "headway resume relay --execute", what: "go on behind the marks")],
        run: runRelay)

    private static func runPartition(
        _ invocation: Invocation, _ surroundings: Surroundings
    ) throws -> ExitStatus {
        let topic = invocation.positionals[0]
        guard let number = Int32(invocation.positionals[1]), number >= 0 else {
            throw UsageFailure(
                message: "PARTITION is a number, not \(invocation.positionals[1])",
                command: invocation.words)
        }
        let offset = try invocation.integer("at", in: 0...Int.max).map(Int64.init)
        var connection = try PostgresConnection(Connections.database(invocation, role: "resume"))
        let found = try LedgerPosition.all(&connection).first {
            $0.topic == topic && $0.partition == number
        }
        guard let position = found else {
            throw CommandFailure("nothing was ever read from partition \(number) of topic \(topic)")
        }
        guard position.state != .running else {
            throw CommandFailure("partition \(number) of topic \(topic) is not halted")
        }
        surroundings.print(
            "\(topic)/\(number) is \(position.state.rawValue): \(position.stateDetail)")
        let next = offset ?? position.nextOffset
        guard next >= position.nextOffset else {
            throw CommandFailure(
                "\(topic)/\(number) is counted up to offset \(position.nextOffset) and cannot go on before it: "
                    + "going back is a replay into a new generation")
        }
        guard invocation.flag("execute") else {
            surroundings.print(
                "would go on at offset \(next) (now \(position.nextOffset)); add --execute to do it"
            )
            return .success
        }
        try LedgerPosition.resume(
            &connection, topic: topic, partition: number, at: offset, who: NSUserName())
        surroundings.print("goes on at offset \(next)")
        return .success
    }

    private static func runRelay(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        var connection = try PostgresConnection(Connections.database(invocation, role: "resume"))
        let row = try connection.query("select state, state_detail from ledger.relay_state")[0]
        guard row.text(0) != "running" else { throw CommandFailure("the relay is not halted") }
        surroundings.print("the relay is \(row.text(0)): \(row.text(1))")
        guard invocation.flag("execute") else {
            surroundings.print("would go on behind its marks; add --execute to do it")
            return .success
        }
        guard try RelayMarks.trustMarks(&connection, who: NSUserName()) else {
            throw CommandFailure("the relay is not halted any more")
        }
        surroundings.print("goes on; running relays have been told")
        return .success
    }
}
