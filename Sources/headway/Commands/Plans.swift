import Contracts
import Foundation
import Simulation

/// `headway plan show`: plans as Topics/plans declares them.
enum Plans {
    static let show = Command(
        words: ["plan", "show"],
        summary: "List a plan's targets",
        discussion:
            "With -o json one object a target: id, name_zh, name_en, sector, area, kind, bound, value, ...",
        positionals: [
            .init(name: "PLAN", required: false, help: "a plan's id (default: all of them)")
        ],
        options: [Language.option, Folders.topics],
        examples: [
            .init(line: "headway plan show luoyang-2023", what: "a table of its targets"),
            .init(line: "headway plan show -o json | head -1", what: "for scripts"),
        ],
        run: { invocation, surroundings in
            let catalogue = try Catalogue.load(Folders.topicsPath(invocation))
            for plan in try chosen(invocation, catalogue) {
                let lines =
                    invocation.json ? plan.jsonLines : plan.table(try Language.chosen(invocation))
                // Printing ends the last line.
                surroundings.print(String(lines.dropLast()))
            }
            return .success
        })

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
