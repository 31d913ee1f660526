import Contracts
import Foundation

/// `headway plan check`: what is wrong with Topics/, and what is allowed but hardly meant.
enum PlanCheck {
    static let command = Command(
        words: ["plan", "check"],
        summary: "Validate the plans, and the streams and outputs that they rest on",
        discussion: """
            Every problem is told with file, line and column, and with what to write instead: errors, and warnings of what is
            allowed but hardly meant. Exit 0 when there is no error, 1 otherwise; with --strict 2 when there are warnings.
            """,
        positionals: [
            .init(
                name: "PLAN", required: false,
                help: "a plan's id, or the file of one (default: all of Topics/)")
        ],
        options: [
            .flag("strict", "exit 2 when there are warnings"), Folders.topics,
        ],
        examples: [
            .init(line: "headway plan check", what: "everything under Topics/"),
            .init(
                line: "headway plan check drafts/harbour-2024.yaml --strict",
                what: "a file that is not there yet, warnings counted"),
            .init(
                line: "headway plan check luoyang-2023 --topics-dir /etc/headway/Topics",
                what: "one plan elsewhere"),
        ],
        run: run)

    private struct Found {
        var plans: [PlanContract]
        var problems: [ContractProblem]
        /// By plan.
        var warnings: [String: Int]
    }

    private static func run(_ invocation: Invocation, _ surroundings: Surroundings) throws
        -> ExitStatus
    {
        let found = try find(invocation)
        for problem in found.problems { tell(problem, invocation, surroundings) }
        let errors = found.problems.count { $0.severity == .error }
        guard errors == 0 else {
            throw CommandFailure(
                "\(errors) \(errors == 1 ? "problem" : "problems"): mend \(errors == 1 ? "it" : "them") and check again"
            )
        }
        for plan in found.plans {
            tell(plan, warnings: found.warnings[plan.id] ?? 0, invocation, surroundings)
        }
        return invocation.flag("strict") && !found.problems.isEmpty ? .differences : .success
    }

    private static func find(_ invocation: Invocation) throws -> Found {
        let folder = try Folders.topicsPath(invocation)
        let name = invocation.positionals.first
        if let name, name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let streams = try Catalogue.load(folder).streams
            let (plan, problems) = CatalogueReport.readPlan(name, streams: streams)
            let warnings = plan.map { [$0.id: problems.count] } ?? [:]
            return Found(plans: plan.map { [$0] } ?? [], problems: problems, warnings: warnings)
        }
        let report = CatalogueReport.read(folder)
        let warnings = report.planFiles.mapValues { file in
            report.warnings.count { $0.file == file }
        }
        guard let catalogue = report.catalogue, report.errors.isEmpty else {
            return Found(plans: [], problems: report.problems, warnings: warnings)
        }
        guard let name else {
            return Found(plans: catalogue.plans, problems: report.problems, warnings: warnings)
        }
        let plan = try Plans.plan(name, in: catalogue)
        let others = Set(report.planFiles.values).subtracting([report.planFiles[plan.id] ?? ""])
        return Found(
            plans: [plan], problems: report.problems.filter { !others.contains($0.file) },
            warnings: warnings)
    }

    private static func tell(
        _ problem: ContractProblem, _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        guard invocation.json else { return surroundings.print("\(problem)") }
        surroundings.print(
            JSONValue.object([
                ("severity", .text(problem.severity.rawValue)), ("file", .text(problem.file)),
                ("line", .integer(problem.mark.line)), ("column", .integer(problem.mark.column)),
                ("what", .text(problem.what)), ("instead", .text(problem.instead)),
            ]).compact)
    }

    private static func tell(
        _ plan: PlanContract, warnings: Int, _ invocation: Invocation, _ surroundings: Surroundings
    ) {
        let streams = Set(plan.targets.map(\.source.stream)).count
        guard invocation.json else {
            let count =
                warnings == 0
                ? "no problem" : "\(warnings) \(warnings == 1 ? "warning" : "warnings")"
            return surroundings.print(
                "\(plan.id) revision \(plan.revision): \(plan.targets.count) targets on \(streams) streams, \(count)"
            )
        }
        surroundings.print(
            JSONValue.object([
                ("plan", .text(plan.id)), ("revision", .integer(plan.revision)),
                ("ok", .boolean(true)), ("targets", .integer(plan.targets.count)),
                ("streams", .integer(streams)), ("warnings", .integer(warnings)),
            ]).compact)
    }
}
