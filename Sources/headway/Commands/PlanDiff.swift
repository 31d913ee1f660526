import Contracts
import Foundation
import Ledger
import Postgres

/// `headway plan diff`: what an edit changes of what is in force.
enum PlanDiff {
    static let command = Command(
        words: ["plan", "diff"],
        summary: "What an edit of a plan changes of what is in force",
        discussion: """
            Compares plans under Topics/, or a file elsewhere, with what the judge judges by now. Nothing is changed: the
            judge takes up an edit when it is saved under Topics/plans. Names, sectors and areas are not compared, because
            nothing is judged by them. With -o json one object a difference: plan, target (null where it is the plan's
            own), change (added, removed, edited), term, before, after.

            Exit 0 where nothing differs, 2 where something does, 1 where a file has mistakes.
            """,
        positionals: [
            .init(
                name: "PLAN|FILE", required: false,
                help:
                    "a plan's id, or a file that is not under Topics/plans yet (default: all plans)"
            )
        ],
        options: [Folders.topics, Connections.database, Connections.dataDirectory],
        examples: [
            .init(line: "headway plan diff", what: "is anything declared that is not in force?"),
            .init(
                line: "headway plan diff drafts/luoyang-2023.yaml",
                what: "what a draft would change, before it is saved under Topics/plans"),
        ],
        run: run)

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
        let plans = try plans(invocation, catalogue, surroundings)
        var connection = try PostgresConnection(
            Connections.database(invocation, role: "plan"))
        var isDifferent = false
        for plan in plans {
            let inForce = try inForce(plan.id, &connection)
            isDifferent = tell(plan, inForce, invocation, surroundings) || isDifferent
        }
        return isDifferent ? .differences : .success
    }

    private static func plans(
        _ invocation: Invocation, _ catalogue: Catalogue, _ surroundings: Surroundings
    ) throws -> [PlanContract] {
        guard let given = invocation.positionals.first else { return catalogue.plans }
        guard given.contains("/") || given.hasSuffix(".yaml") || given.hasSuffix(".yml") else {
            return [try Plans.plan(given, in: catalogue)]
        }
        let (plan, problems) = CatalogueReport.readPlan(given, streams: catalogue.streams)
        for problem in problems { Terminal.writeError("\(problem)\n") }
        guard let plan else { throw CommandFailure("\(given) has mistakes: mend them first") }
        return [plan]
    }

    /// Nil where nothing was ever judged by the plan.
    private static func inForce(
        _ plan: String, _ connection: inout PostgresConnection
    ) throws -> PlanContract? {
        let rows = try connection.inTransaction(isolation: .repeatableRead, readOnly: true) {
            (connection) throws(PostgresFailure) in
            try connection.pipeline(PlanInForce.read(plan))
        }
        return PlanInForce(plan, rows)?.plan
    }

    /// True where something differs.
    private static func tell(
        _ plan: PlanContract, _ inForce: PlanContract?, _ invocation: Invocation,
        _ surroundings: Surroundings
    ) -> Bool {
        var nothing = plan
        nothing.targets = []
        let difference = PlanDifference(from: inForce ?? nothing, to: plan)
        if invocation.json {
            for line in lines(difference) { surroundings.print(line) }
            return !difference.isEmpty
        }
        if difference.isEmpty {
            surroundings.print(
                "\(plan.id): nothing differs from revision \(plan.revision) in force")
            return false
        }
        let from = inForce.map { "revision \($0.revision) in force" } ?? "nothing in force"
        surroundings.print("\(plan.id): revision \(plan.revision) differs from \(from)")
        for edit in difference.edits { surroundings.print("  ~ \(text(edit))") }
        for id in difference.removed { surroundings.print("  - \(id)") }
        for id in difference.added {
            let goal = plan.target(id)?.goalText ?? ""
            surroundings.print("  + \(id): \(goal)")
        }
        for target in difference.edited {
            surroundings.print("  ~ \(target.id)")
            for edit in target.edits { surroundings.print("      \(text(edit))") }
        }
        if let inForce, inForce.revision > plan.revision {
            surroundings.print(
                "  the judge would not take it up: its revision must be above \(inForce.revision)")
        }
        return true
    }

    private static func text(_ edit: PlanDifference.Edit) -> String {
        "\(edit.term): \(edit.before ?? "none") -> \(edit.after ?? "none")"
    }

    private static func lines(_ difference: PlanDifference) -> [String] {
        func line(
            _ target: String?, _ change: String, _ edit: PlanDifference.Edit? = nil
        ) -> String {
            func text(_ word: String?) -> JSONValue { word.map { .text($0) } ?? .null }
            return JSONValue.object([
                ("plan", .text(difference.plan)), ("target", text(target)),
                ("change", .text(change)), ("term", text(edit?.term)),
                ("before", text(edit?.before)), ("after", text(edit?.after)),
            ]).compact
        }
        return difference.edits.map { line(nil, "edited", $0) }
            + difference.removed.map { line($0, "removed") }
            + difference.added.map { line($0, "added") }
            + difference.edited.flatMap { target in
                target.edits.map { line(target.id, "edited", $0) }
            }
    }
}
