import Contracts
import Foundation

/// `--scenario NAME`: which year the simulated city lives, as Topics/scenarios declares it.
enum Scenarios {
    static let option = Option.value(
        "scenario", "NAME", environment: "HEADWAY_SCENARIO", standard: "steady",
        "the simulated year, a file of Topics/scenarios: how each target ends")

    static let expectations = Option.flag(
        "expectations",
        "instead: tell how each target ends in the scenario, one JSON object a line")

    struct Choice {
        var plan: PlanContract
        /// Nil where a plan was asked for that no scenario tells of: its figures stay out.
        var scenario: ScenarioContract?
    }

    /// The scenario and its plan; a plan that is asked for takes a scenario of its own where the
    /// standard one is another plan's. Throws where they do not go together, or where there is no
    /// such scenario.
    static func choice(_ invocation: Invocation, in catalogue: Catalogue) throws -> Choice {
        let name = try invocation.required("scenario")
        let isAskedFor = invocation.resolved["scenario"]?.origin != .standard
        if let asked = invocation["plan"] {
            let plan = try Plans.plan(asked, in: catalogue)
            let own = catalogue.scenarios.filter { $0.plan == plan.id }
            if let scenario = own.first(where: { $0.id == name }) {
                return Choice(plan: plan, scenario: scenario)
            }
            guard isAskedFor else { return Choice(plan: plan, scenario: own.first) }
            let scenario = try scenario(name, invocation, catalogue)
            throw UsageFailure(
                message:
                    "the scenario \(name) tells of the plan \(scenario.plan), not of \(plan.id)",
                command: invocation.words)
        }
        if !isAskedFor, catalogue.scenario(name) == nil, try !isDeclared(name, invocation) {
            return Choice(plan: try Plans.simulated(nil, in: catalogue), scenario: nil)
        }
        let scenario = try scenario(name, invocation, catalogue)
        return Choice(plan: try Plans.plan(scenario.plan, in: catalogue), scenario: scenario)
    }

    private static func file(_ name: String, _ invocation: Invocation) throws -> String {
        try Folders.topicsPath(invocation) + "/scenarios/\(name).yaml"
    }

    private static func isDeclared(_ name: String, _ invocation: Invocation) throws -> Bool {
        FileManager.default.fileExists(atPath: try file(name, invocation))
    }

    /// Throws what is wrong with its file where that is why it is not in the catalogue.
    private static func scenario(
        _ name: String, _ invocation: Invocation, _ catalogue: Catalogue
    ) throws -> ScenarioContract {
        if let scenario = catalogue.scenario(name) { return scenario }
        if try isDeclared(name, invocation) {
            let report = CatalogueReport.read(try Folders.topicsPath(invocation))
            let errors = report.errors.map(\.description).joined(separator: "\n")
            throw CommandFailure("the scenario \(name) cannot be simulated:\n\(errors)")
        }
        let names = catalogue.scenarios.map(\.id)
        let hint = Spelling.hint(for: name, in: names)
        throw UsageFailure(
            message: "there is no scenario \(name)\(hint) (\(names.joined(separator: ", ")))",
            command: invocation.words)
    }

    /// How each target of the plan ends, in the order of the plan.
    static func expectationLines(_ choice: Choice) -> [String] {
        choice.plan.targets.map { target in
            let end = choice.scenario?.expectedEnd(of: target, in: choice.plan)
            return JSONValue.object([
                ("plan", .text(choice.plan.id)),
                ("scenario", choice.scenario.map { .text($0.id) } ?? .null),
                ("target", .text(target.id)),
                ("expected", .text((end?.status ?? .undecided).rawValue)),
                ("settled", end?.settled.map { .text($0.iso) } ?? .null),
            ]).compact
        }
    }
}
