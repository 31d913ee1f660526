import Contracts

/// What a plan's file says before its targets: from the options, else from columns that say the
/// same in every row.
struct PlanHead: Sendable, Equatable {
    var id: String
    var title: String
    var zone: String
    var period: ClosedRange<CivilDate>
    var division: String
    var place: String

    /// What an option and a column are both called by.
    private static let parts: [(option: String, column: PlanColumn, example: String)] = [
        ("plan", .plan, "harbour-2024"), ("zone", .zone, "Asia/Shanghai"),
        ("from", .periodStart, "2024-01-01"), ("until", .periodEnd, "2024-12-31"),
        ("division", .division, "410300"), ("title", .title, "\"Harbour plan 2024\""),
        ("place", .place, "4103"),
    ]

    /// Throws `UsageFailure` for what no option and no column says, `PlanTableProblems` for columns
    /// that say different things.
    init(_ invocation: Invocation, _ table: PlanTable) throws {
        var said: [String: String] = [:]
        var problems: [PlanTableProblem] = []
        for (option, column, _) in PlanHead.parts {
            if let given = invocation[option] {
                said[option] = given
                continue
            }
            for row in table.rows {
                guard let text = table.text(column, row) else { continue }
                let first = said[option] ?? text
                said[option] = first
                if first != text {
                    problems.append(
                        PlanTableProblem(
                            row: row.number, column: table.title(column),
                            what: "it says `\(text.prefix(40))`, a row above `\(first.prefix(40))`",
                            instead:
                                "a file is one plan: write the same in each row, or give --\(option)"
                        ))
                    break
                }
            }
        }
        guard problems.isEmpty else { throw PlanTableProblems(problems: problems) }
        let missing = PlanHead.parts.filter {
            said[$0.option] == nil && !["title", "place"].contains($0.option)
        }
        guard missing.isEmpty else {
            throw UsageFailure(
                message: "the table does not say "
                    + missing.map { "--\($0.option) (such as \($0.example))" }
                    .joined(separator: ", "),
                command: invocation.words)
        }
        let id = said["plan"] ?? ""
        self.id = id
        title = said["title"] ?? id
        zone = said["zone"] ?? ""
        let start = try PlanHead.day("from", said, invocation)
        let end = try PlanHead.day("until", said, invocation)
        guard start <= end else {
            throw UsageFailure(
                message: "the plan goes from \(start.iso) until \(end.iso): exchange them",
                command: invocation.words)
        }
        period = start...end
        division = said["division"] ?? ""
        place = said["place"] ?? PlanHead.place(of: division)
    }

    private static func day(
        _ option: String, _ said: [String: String], _ invocation: Invocation
    ) throws -> CivilDate {
        let text = said[option] ?? ""
        guard let day = CivilDate(iso: text) else {
            throw UsageFailure(
                message: "--\(option) takes a day as 2024-01-31, not \(text)",
                command: invocation.words)
        }
        return day
    }

    /// 410300 is a city, of which the divisions begin with 4103; 410000 a province.
    private static func place(of division: String) -> String {
        var place = division
        while place.count > 2, place.hasSuffix("00") { place.removeLast(2) }
        return place
    }
}
