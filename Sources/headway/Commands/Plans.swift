import Contracts
import Foundation
import Simulation

/// `headway plan check` and `plan show`: plans as Topics/plans declares them.
enum Plans {
    static let check = Command(
        words: ["plan", "check"],
        summary: "Validate the plans, and the streams and outputs that they rest on",
        discussion:
            "Every problem is told with file, line and column. Exit 0 when there is none, 1 otherwise.",
        positionals: [
            .init(name: "PLAN", required: false, help: "a plan's id (default: all of them)")
        ],
        options: [Folders.topics],
        examples: [
            .init(line: "headway plan check", what: "everything under Topics/"),
            .init(
                line: "headway plan check luoyang-2023 --topics-dir /etc/headway/Topics",
                what: "one plan elsewhere"),
        ],
        run: runCheck)

    static let show = Command(
        words: ["plan", "show"],
        summary: "List a plan's targets",
        discussion:
            "With -o json one object a target: id, name_zh, name_en, sector, area, kind, bound, value, ...",
        positionals: [
            .init(name: "PLAN", required: false, help: "a plan's id (default: all of them)")
        ],
        options: [Folders.topics],
        examples: [
            .init(line: "headway plan show luoyang-2023", what: "a table of its targets"),
            .init(line: "headway plan show -o json | head -1", what: "for scripts"),
        ],
        run: { invocation, surroundings in
            let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
            for plan in try chosen(invocation, catalogue) {
                let lines = invocation.json ? plan.jsonLines : plan.table
                // Printing ends the last line.
                surroundings.print(String(lines.dropLast()))
            }
            return .success
        })

    /// Tells what is wrong, and what is doubtful: that alone is no failure.
    private static func runCheck(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let report = CatalogueReport.read(try Folders.topicsPath(invocation))
        for problem in report.problems { surroundings.print("\(problem)") }
        guard let catalogue = report.catalogue else {
            let count = report.errors.count
            throw CommandFailure(
                "\(count) \(count == 1 ? "problem" : "problems"): mend Topics/ and check again")
        }
        for plan in try chosen(invocation, catalogue) {
            let streams = Set(plan.targets.map(\.source.stream)).count
            if invocation.json {
                surroundings.print(
                    JSONValue.object([
                        ("plan", .text(plan.id)), ("revision", .integer(plan.revision)),
                        ("ok", .boolean(true)), ("targets", .integer(plan.targets.count)),
                        ("streams", .integer(streams)),
                        ("warnings", .integer(report.warnings.count)),
                    ]).compact)
            } else {
                surroundings.print(
                    "\(plan.id) revision \(plan.revision): \(plan.targets.count) targets on \(streams) streams, "
                        + (report.warnings.isEmpty
                            ? "no problem" : "\(report.warnings.count) warnings"))
            }
        }
        return .success
    }

    private static func chosen(_ invocation: Invocation, _ catalogue: Catalogue) throws
        -> [PlanContract]
    {
        guard let id = invocation.positionals.first else { return catalogue.plans }
        return [try plan(id, in: catalogue)]
    }

    /// The plan that the simulated city is measured by: that of the id, else the one of the city's
    /// own division.
    static func simulated(_ id: String?, in catalogue: Catalogue) throws -> PlanContract {
        let own = catalogue.plans.filter { $0.division == SimulationSettings.division }
        return id == nil && own.count == 1 ? own[0] : try plan(id, in: catalogue)
    }

    /// The plan of that id, or the only one. Throws with the names that there are.
    static func plan(_ id: String?, in catalogue: Catalogue) throws -> PlanContract {
        let names = catalogue.plans.map(\.id)
        guard let id else {
            if catalogue.plans.count == 1 { return catalogue.plans[0] }
            throw UsageFailure(
                message: "which plan? --plan is one of \(names.joined(separator: ", "))")
        }
        guard let plan = catalogue.plan(id) else {
            throw UsageFailure(
                message:
                    "there is no plan \(id)\(Spelling.hint(for: id, in: names)) (\(names.joined(separator: ", ")))"
            )
        }
        return plan
    }
}
