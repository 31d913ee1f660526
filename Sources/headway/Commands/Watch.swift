import Contracts
import Postgres

/// `headway watch`: the change log as it grows.
enum Watch {
    static let command = Command(
        words: ["watch"],
        summary: "Tail the changes of status",
        discussion:
            "Reads the ledger's change log, which the status topics carry word for word (as -o json has it). Ends with Ctrl-C.",
        options: [
            .value("plan", "PLAN", environment: "HEADWAY_PLAN", "one plan (default: all)"),
            .value(
                "from", "SEQUENCE", "begin with this sequence number (default: the next change)"),
            .value("count", "N", "end after so many changes"),
            Language.option, Connections.database, Connections.dataDirectory,
        ],
        examples: [
            .init(line: "headway watch", what: "changes from now on"),
            .init(line: "headway watch --lang zh --from 1", what: "all of them, in Chinese"),
            .init(line: "headway watch --from 1 -o json", what: "all of them, as published"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let from = try invocation.integer("from", in: 1...Int.max)
        let language = try Language.chosen(invocation)
        let paint = Paint(
            environment: invocation.environment, isTerminal: Terminal.outputIsTerminal)
        var zones: [String: Zone] = [:]
        var left = try invocation.integer("count", in: 1...Int.max) ?? Int.max
        var connection = try PostgresConnection(Connections.database(invocation, role: "watch"))
        let wake = try PostgresWake()
        surroundings.stop.whenRequested { wake.wake() }
        // Listened to before the first read, so that no change falls between the two.
        try connection.listen("headway_changes")
        var seen = try starts(from, &connection)
        while !surroundings.stop.isRequested {
            let rows = try connection.query(
                """
                select c.plan, c.sequence, c.data, coalesce(t.name_zh, c.target),
                    coalesce(t.name_en, c.target), p.zone
                from ledger.status_change c
                join ledger.plan p on p.id = c.plan
                left join ledger.target t on t.plan = c.plan and t.id = c.target
                where c.sequence > coalesce((select u.s from unnest($1::text[], $2::int8[]) as u (p, s)
                        where u.p = c.plan), 0)
                    and ($3 = '' or c.plan = $3)
                order by c.plan, c.sequence limit 500
                """,
                [
                    .texts(seen.map(\.key)), .int8s(seen.map(\.value)),
                    .text(invocation["plan"] ?? ""),
                ])
            for row in rows {
                seen[row.text(0)] = row.int8(1)
                if invocation.json {
                    surroundings.print(row.text(2))
                } else {
                    let identifier = row.text(5)
                    let zone = zones[identifier] ?? Zone(identifier: identifier)
                    zones[identifier] = zone
                    let name = language.pick(zh: row.text(3), en: row.text(4))
                    surroundings.print(
                        try ChangeLine(data: row.text(2)).text(
                            name: name, zone: zone, language, paint))
                }
                left -= 1
                if left == 0 { return .success }
            }
            if rows.isEmpty {
                _ = try connection.waitForNotifications(timeout: .seconds(3_600), or: wake)
            }
        }
        return .success
    }

    /// By plan, the last sequence number that is not shown.
    private static func starts(_ from: Int?, _ connection: inout PostgresConnection) throws
        -> [String: Int64]
    {
        var seen: [String: Int64] = [:]
        for row in try connection.query("select id, last_sequence from ledger.plan") {
            seen[row.text(0)] = from.map { Int64($0) - 1 } ?? row.int8(1)
        }
        return seen
    }
}
