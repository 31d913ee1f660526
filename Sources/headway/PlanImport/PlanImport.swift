import Contracts
import Foundation

/// `headway plan import`: a plan's file from a planning office's table.
enum PlanImport {
    static let command = Command(
        words: ["plan", "import"],
        summary: "Make a plan's file from a table (CSV)",
        discussion: """
            Columns are known by their headers, in any order: the keys of `plan show -o json` and what people call them,
            such as 指标, 目标值, 单位, 截止日期. A row needs a name, a figure and an id (or a sector and an English name).
            Figures are read as they are written: 9万人以上, 1.05万套, 2600亿元, 5.5%以内, 3—5条, 增长6%左右, at least 1.2 million.
            Days too: 2023-06-30, 6月底前, 上半年, 30 June 2023. What the plan's head needs comes from options, else from
            columns (plan, title, zone, period_start, period_end, division, place).
            Every problem is told with row and column, and nothing is written while there is one. What was made passes
            `headway plan check`; its comments say what was taken for granted.
            """,
        positionals: [
            .init(
                name: "FILE", required: true,
                help: "CSV with a header, UTF-8; - is the standard input")
        ],
        options: [
            .value("to", "FILE", "where to write the plan (default: the standard output)"),
            .flag("force", "write over a file that is there"),
            .value("plan", "ID", "the plan's id, such as harbour-2024"),
            .value("title", "TEXT", "its title (default: its id)"),
            .value("zone", "ZONE", "whose midnights end its days, such as Asia/Shanghai"),
            .value("from", "DAY", "its first day"),
            .value("until", "DAY", "its last day"),
            .value("division", "CODE", "whose published figures are read: six digits"),
            .value(
                "place", "DIGITS",
                "what the divisions begin with whose events count (default: those of --division)"),
            Folders.topics,
        ],
        examples: [
            .init(
                line:
                    "headway plan import 目标.csv --plan luoyang-2024 --zone Asia/Shanghai --from 2024-01-01 --until 2024-12-31 --division 410300",
                what: "look at the plan first"),
            .init(
                line: "headway plan import targets.csv --to Topics/plans/harbour-2024.yaml",
                what: "the table has the columns of the head too"),
        ],
        run: run)

    /// Rows are many, wrong rows mostly wrong alike.
    private static let shownMax = 100

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let path = invocation.positionals[0]
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let content = try read(path)
        let name = path == "-" ? "standard input" : URL(fileURLWithPath: path).lastPathComponent
        if let to = invocation["to"], !invocation.flag("force"),
            FileManager.default.fileExists(atPath: to)
        {
            throw CommandFailure("\(to) is there already: take another name, or give --force")
        }
        do {
            let made = try make(content, name: name, invocation, catalogue)
            for header in made.passedOver {
                Terminal.writeError("\(name): column `\(header)` says nothing to us, passed over\n")
            }
            for doubt in made.doubts { Terminal.writeError("\(name): warning: \(doubt)\n") }
            return try write(made, invocation, surroundings)
        } catch let failure as PlanTableProblems {
            for problem in failure.problems.prefix(shownMax) {
                Terminal.writeError("\(name): \(problem)\n")
            }
            let count = failure.problems.count
            throw CommandFailure(
                "\(count) \(count == 1 ? "problem" : "problems")"
                    + (count > shownMax ? ", of which \(shownMax) are shown" : "")
                    + ": nothing was written")
        }
    }

    private static func read(_ path: String) throws -> Data {
        do {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandFailure("\(path) cannot be read")
        }
    }

    /// A plan that the reader of plans takes.
    struct Made: Sendable {
        var text: String
        var plan: PlanContract
        var passedOver: [String]
        var doubts: [PlanTableProblem]
    }

    /// Throws `PlanTableProblems` with all that is wrong.
    static func make(
        _ content: Data, name: String, _ invocation: Invocation, _ catalogue: Catalogue
    ) throws -> Made {
        let table = try content.withUnsafeBytes { try PlanTable($0) }
        let head = try PlanHead(invocation, table)
        var reader = TargetDraftReader(table: table, head: head, catalogue: catalogue)
        let drafts = reader.drafts()
        let writer = PlanWriter(head: head, drafts: drafts, catalogue: catalogue, file: name)
        let report = CatalogueReport.readPlan(
            text: writer.text, file: name, streams: catalogue.streams)
        let checked = report.problems.map { ($0.severity, told($0, writer, table)) }
        // While rows are missing, what is said of the rest still holds.
        var problems = reader.problems
        if !drafts.isEmpty { problems += checked.filter { $0.0 == .error }.map(\.1) }
        problems.sort { ($0.row, $0.column ?? "") < ($1.row, $1.column ?? "") }
        guard problems.isEmpty, let plan = report.plan else {
            throw PlanTableProblems(problems: problems)
        }
        return Made(
            text: writer.text, plan: plan, passedOver: table.passedOver,
            doubts: checked.filter { $0.0 == .warning }.map(\.1))
    }

    /// What was found in a line of the plan's file, by the cell that the line comes from.
    private static func told(
        _ problem: ContractProblem, _ writer: PlanWriter, _ table: PlanTable
    ) -> PlanTableProblem {
        let index = problem.mark.line - 1
        let line = writer.lines.indices.contains(index) ? writer.lines[index] : nil
        return PlanTableProblem(
            row: line?.row ?? 1, column: line?.column.map { table.title($0) },
            what: problem.what, instead: problem.instead)
    }

    private static func write(
        _ made: Made, _ invocation: Invocation, _ surroundings: Surroundings
    ) throws -> ExitStatus {
        guard let to = invocation["to"] else {
            // Printing ends the last line.
            surroundings.print(String(made.text.dropLast()))
            return .success
        }
        do {
            try Data(made.text.utf8).write(
                to: URL(fileURLWithPath: to),
                options: invocation.flag("force") ? [.atomic] : [.withoutOverwriting])
        } catch {
            throw CommandFailure("\(to) cannot be written: \(error.localizedDescription)")
        }
        let targets = made.plan.targets.count
        if invocation.json {
            surroundings.print(
                JSONValue.object([
                    ("plan", .text(made.plan.id)), ("file", .text(to)),
                    ("targets", .integer(targets)), ("warnings", .integer(made.doubts.count)),
                ]).compact)
        } else {
            surroundings.print(
                "\(to): \(made.plan.id), \(targets) targets. Now read its comments, then `headway plan check`."
            )
        }
        return .success
    }
}
