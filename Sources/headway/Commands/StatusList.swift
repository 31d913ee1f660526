import Contracts
import Foundation
import Postgres

/// `headway status`: where the targets stand.
enum StatusList {
    static let command = Command(
        words: ["status"],
        summary: "Where the targets stand",
        discussion:
            "With -o json one object a target, with the members that a status event's data has.",
        positionals: [
            .init(
                name: "TARGET", required: false,
                help: "one target's id, or the beginning of several")
        ],
        options: [
            .flag("watch", "show it again whenever something changed, until stopped"),
            .value("plan", "PLAN", environment: "HEADWAY_PLAN", "one plan (default: all)"),
            Connections.database, Connections.dataDirectory,
        ],
        examples: [
            .init(line: "headway status", what: "all targets"),
            .init(
                line: "headway status tourism. --watch", what: "those of a sector, kept up to date"),
            .init(line: "headway status -o json", what: "one object a target"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        var connection = try PostgresConnection(Connections.database(invocation, role: "status"))
        let wanted = invocation.positionals.first ?? ""
        guard invocation.flag("watch") else {
            return try show(wanted, &connection, invocation, surroundings) > 0 ? .success : .failure
        }
        let wake = try PostgresWake()
        surroundings.stop.whenRequested { wake.wake() }
        try connection.listen("headway_changes")
        while !surroundings.stop.isRequested {
            if !invocation.json && Terminal.outputIsTerminal {
                Terminal.writeOutput("\u{1B}[H\u{1B}[2J")
            }
            _ = try show(wanted, &connection, invocation, surroundings)
            _ = try connection.waitForNotifications(timeout: .seconds(3_600), or: wake)
        }
        return .success
    }

    /// The count of targets that were shown.
    private static func show(
        _ wanted: String, _ connection: inout PostgresConnection, _ invocation: Invocation,
        _ surroundings: Surroundings
    ) throws -> Int {
        let rows = try connection.query(
            invocation.json ? jsonQuery : tableQuery,
            [.text(wanted), .text(invocation["plan"] ?? "")])
        if invocation.json {
            for row in rows { surroundings.print(row.text(0)) }
            return rows.count
        }
        var table = TextTable([
            ("target", .left), ("name", .left), ("status", .left), ("value", .right),
            ("expected", .right), ("goal", .right), ("pace", .right), ("as of", .left),
            ("since", .left),
        ])
        for row in rows {
            var cells = (0..<9).map { row.isNull($0) ? "-" : row.text($0) }
            cells[1] = TextTable.cut(cells[1], to: 26)
            table.add(cells)
        }
        if rows.isEmpty {
            surroundings.print(
                wanted.isEmpty
                    ? "no target was judged yet" : "no judged target begins with \(wanted)")
        } else {
            surroundings.print(table.text + summary(rows.map { $0.text(2) }))
        }
        return rows.count
    }

    private static func summary(_ statuses: [String]) -> String {
        var counts: [String: Int] = [:]
        for status in statuses { counts[status, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private static let tableQuery = """
        select t.id, t.name_zh, s.status, trim_scale(s.value)::text, trim_scale(s.expected)::text,
            trim_scale(t.value::numeric / 10::numeric ^ t.scale)::text
                || coalesce('..' || trim_scale(t.value_max::numeric / 10::numeric ^ t.scale)::text, ''),
            trim_scale(s.pace::numeric / 1000000)::text,
            to_char(s.as_of at time zone p.zone, 'YYYY-MM-DD HH24:MI'),
            to_char(s.since at time zone p.zone, 'YYYY-MM-DD HH24:MI')
        from ledger.target_state s
        join ledger.target t on t.plan = s.plan and t.id = s.target
        join ledger.plan p on p.id = s.plan
        where starts_with(t.id, $1) and ($2 = '' or s.plan = $2)
        order by s.plan, t.ordinal
        """

    /// The published data of the target's latest change, with the figures of now.
    private static let jsonQuery = """
        select json_build_object('plan', s.plan, 'revision', s.revision, 'target', s.target, 'sequence', s.sequence,
            'from', d.j->'from', 'to', d.j->'to', 'cause', d.j->'cause',
            'asOf', to_char(s.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'watermark', d.j->'watermark',
            'value', trim_scale(s.value)::text, 'expected', trim_scale(s.expected)::text,
            'pace', trim_scale(s.pace::numeric / 1000000)::text, 'projected', trim_scale(s.projected)::text,
            'goal', d.j->'goal', 'rule', d.j->'rule', 'positions', d.j->'positions',
            'previousSequence', d.j->'previousSequence')::text
        from ledger.target_state s
        join ledger.target t on t.plan = s.plan and t.id = s.target
        join ledger.status_change c on c.plan = s.plan and c.sequence = s.sequence
        cross join lateral (select c.data::jsonb as j) d
        where starts_with(t.id, $1) and ($2 = '' or s.plan = $2)
        order by s.plan, t.ordinal
        """
}
