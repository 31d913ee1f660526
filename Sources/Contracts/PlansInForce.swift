/// One file of `Topics/plans` as it was read.
package struct PlanFile: Sendable, Equatable {
    package var path: String
    /// Nil where it has errors.
    package var plan: PlanContract?
    /// Errors and warnings.
    package var problems: [ContractProblem]

    package init(path: String, plan: PlanContract?, problems: [ContractProblem]) {
        self.path = path
        self.plan = plan
        self.problems = problems
    }
}

/// Which plans are judged while their files are edited: what is read again goes in, what holds from
/// now on and what is to be told come out. An edit that cannot be read leaves its plan as it was, and
/// so does the end of a file. Pure.
package struct PlansInForce: Sendable {
    /// What a reading led to.
    package struct Outcome: Sendable, Equatable {
        /// Other plans are to be judged than before.
        package var isChanged = false
        /// Not told before.
        package var problems: [ContractProblem] = []
        /// Plans whose file is gone, or declares another now. Told once.
        package var orphaned: [String] = []
        /// Everything could be read again after problems were told.
        package var isMended = false

        package init(
            isChanged: Bool = false, problems: [ContractProblem] = [], orphaned: [String] = [],
            isMended: Bool = false
        ) {
            self.isChanged = isChanged
            self.problems = problems
            self.orphaned = orphaned
            self.isMended = isMended
        }
    }

    package private(set) var plans: [PlanContract]
    private var paths: [String: String] = [:]
    private var told: Set<ContractProblem> = []
    private var orphans: Set<String> = []

    package init(_ plans: [PlanContract]) { self.plans = plans }

    package mutating func read(_ files: [PlanFile], _ problems: [ContractProblem] = []) -> Outcome {
        var outcome = Outcome()
        var errors = problems + files.flatMap(\.problems).filter { $0.severity == .error }
        var declared: [String: [PlanFile]] = [:]
        for file in files {
            if let plan = file.plan { declared[plan.id, default: []].append(file) }
        }
        var next = plans
        for file in files {
            guard let plan = file.plan, let rivals = declared[plan.id] else { continue }
            guard rivals.count == 1 else {
                if let first = rivals.first, first.path != file.path {
                    errors.append(PlansInForce.twice(plan.id, first.path, file.path))
                }
                continue
            }
            paths[plan.id] = file.path
            if let index = next.firstIndex(where: { $0.id == plan.id }) {
                next[index] = plan
            } else {
                next.append(plan)
            }
        }
        outcome.isChanged = next != plans
        plans = next
        outcome.orphaned = takeOrphans(files, declared)
        outcome.problems = errors.filter { !told.contains($0) }
        outcome.isMended = errors.isEmpty && !told.isEmpty
        told = Set(errors)
        return outcome
    }

    /// Plans that no file declares, where none that is wrong may be theirs.
    private mutating func takeOrphans(
        _ files: [PlanFile], _ declared: [String: [PlanFile]]
    ) -> [String] {
        let unread = Set(files.filter { $0.plan == nil }.map(\.path))
        let missing = plans.map(\.id).filter { id in
            guard declared[id] == nil else { return false }
            return paths[id].map { !unread.contains($0) } ?? unread.isEmpty
        }
        defer { orphans = Set(missing) }
        return missing.filter { !orphans.contains($0) }
    }

    private static func twice(_ id: String, _ first: String, _ second: String) -> ContractProblem {
        ContractProblem(
            file: second, mark: Mark(line: 1, column: 1),
            what: "the plan `\(id)` was given in \(first) already", instead: "give it its own name")
    }
}
