import Contracts
import Foundation
import Ledger
import Postgres

/// `headway status`: where the targets stand.
enum StatusList {
    static let command = Command(
        words: ["status"],
        summary: "Where the targets stand",
        discussion: """
            Targets by area, with a bar of value against goal and the trajectory's mark in it. One target named
            exactly (by id or name) has a page of its own. Figures are cut to what is read at a glance; exact
            ones are in json (one object a target, with the members that a status event's data has) and csv
            (a header, then one record a target: all columns of the view headway.target_status and more).
            Colour only on a terminal, and not with NO_COLOR or TERM=dumb; COLUMNS sets the width.
            """,
        positionals: [
            .init(
                name: "TARGET", required: false,
                help: "one target's id or name, or the beginning of several ids")
        ],
        options: StatusFilter.options + [
            .value(
                "division", "CODE,...",
                "what these divisions (codes or names) have of the event-fed targets; repeats"
            ).repeating(),
            .flag("watch", "show it again whenever something changed, until stopped"),
            .choice(
                "output", ["text", "json", "csv"], standard: "text",
                "what stdout gets: a page, one JSON object a line, or CSV"
            ).with(short: "o"),
            .value("plan", "PLAN", environment: "HEADWAY_PLAN", "one plan (default: all)"),
            Language.option, Connections.database, Connections.dataDirectory,
        ],
        examples: [
            .init(line: "headway status", what: "all targets"),
            .init(
                line: "headway status --lang zh --area 6,9 --watch",
                what: "two areas in Chinese, kept up to date"),
            .init(line: "headway status --status at_risk,off_track", what: "what needs a word"),
            .init(line: "headway status tourism.visitors", what: "everything about one target"),
            .init(
                line: "headway status --division 410311",
                what: "one division's part of the event-fed targets"),
            .init(line: "headway status -o csv", what: "for a spreadsheet"),
        ],
        run: run)

    /// What one showing works with.
    private struct Showing {
        var filter: StatusFilter
        var divisions: [String]
        var plan: String
        var form: String
        var language: Language
        var paint: Paint
        var width: Int
        var print: (String) -> Void
    }

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let isTerminal = Terminal.outputIsTerminal
        func showing() throws -> Showing {
            Showing(
                filter: StatusFilter(invocation),
                divisions: StatusFilter.words(invocation.list("division")),
                plan: invocation["plan"] ?? "", form: invocation["output"] ?? "text",
                language: try Language.chosen(invocation),
                paint: Paint(environment: invocation.environment, isTerminal: isTerminal),
                width: Columns.ofPage(
                    invocation.environment, terminal: isTerminal ? Terminal.outputColumns : nil),
                print: surroundings.print)
        }
        let first = try showing()
        var connection = try PostgresConnection(Connections.database(invocation, role: "status"))
        guard invocation.flag("watch") else {
            return try show(first, &connection) > 0 ? .success : .failure
        }
        let wake = try PostgresWake()
        surroundings.stop.whenRequested { wake.wake() }
        try connection.listen("headway_changes")
        while !surroundings.stop.isRequested {
            if first.form == "text" && isTerminal { Terminal.writeOutput("\u{1B}[H\u{1B}[2J") }
            _ = try show(try showing(), &connection)
            _ = try connection.waitForNotifications(timeout: .seconds(3_600), or: wake)
        }
        return .success
    }

    /// How much was shown.
    private static func show(
        _ showing: Showing, _ connection: inout PostgresConnection
    ) throws -> Int {
        let all = try TargetStanding.read(&connection, plan: showing.plan)
        guard !all.isEmpty else {
            if showing.form == "text" {
                showing.print(
                    showing.language.pick(zh: "还没有评估过的目标", en: "no target was judged yet"))
            } else if showing.form == "csv" {
                showing.print(CSVText.record(TargetStanding.columns) + "\r")
            }
            return 0
        }
        let chosen = try showing.filter.chosen(all)
        guard showing.divisions.isEmpty else {
            return try showDivisions(chosen, showing, &connection)
        }
        switch showing.form {
        case "json":
            try TargetStanding.published(chosen, &connection).forEach(showing.print)
        case "csv":
            // The carriage return before each line's own end makes it RFC 4180's.
            showing.print(CSVText.record(TargetStanding.columns) + "\r")
            chosen.forEach { showing.print(CSVText.record($0.cells) + "\r") }
        default:
            if chosen.isEmpty {
                showing.print(showing.language.pick(zh: "没有符合条件的目标", en: "no target fits"))
            } else if chosen.count == 1, isNamed(chosen[0], showing.filter.target) {
                try page(chosen[0], showing, &connection).forEach(showing.print)
            } else {
                StatusBoard(
                    language: showing.language, paint: showing.paint, width: showing.width
                ).lines(chosen).forEach(showing.print)
            }
        }
        return chosen.count
    }

    private static func isNamed(_ standing: TargetStanding, _ word: String) -> Bool {
        [standing.target, standing.name(.zh), standing.name(.en)].contains(word)
    }

    private static func showDivisions(
        _ standings: [TargetStanding], _ showing: Showing, _ connection: inout PostgresConnection
    ) throws -> Int {
        let all = try DivisionStanding.read(&connection, plan: showing.plan)
        let wanted = try DivisionBoard.chosen(showing.divisions, all).filter { row in
            standings.contains { $0.plan == row.plan && $0.target == row.target }
        }
        switch showing.form {
        case "json":
            for row in wanted {
                let members = zip(DivisionStanding.columns, row.cells).map { name, cell in
                    (name, JSONValue.optional(cell))
                }
                showing.print(JSONValue.object(members).compact)
            }
        case "csv":
            showing.print(CSVText.record(DivisionStanding.columns) + "\r")
            wanted.forEach { showing.print(CSVText.record($0.cells) + "\r") }
        default:
            DivisionBoard(language: showing.language, paint: showing.paint, width: showing.width)
                .lines(wanted, standings).forEach(showing.print)
        }
        return wanted.count
    }

    private static func page(
        _ standing: TargetStanding, _ showing: Showing, _ connection: inout PostgresConnection
    ) throws -> [String] {
        var page = TargetPage(
            language: showing.language, paint: showing.paint, width: showing.width,
            standing: standing)
        let instants = TargetPage.instants(
            standing, columns: TargetPage.chartColumns(showing.width))
        page.course = try TargetCourse.values(of: standing, at: instants, &connection)
        if standing["metric"] != nil {
            page.divisions = try DivisionStanding.read(
                &connection, plan: standing.plan, target: standing.target)
        }
        page.changes = try connection.query(
            """
            select data from ledger.status_change where plan = $1 and target = $2
            order by sequence desc limit 8
            """, [.text(standing.plan), .text(standing.target)]
        ).map { try ChangeLine(data: $0.text(0)) }
        return page.lines
    }
}
