package import Postgres

/// Finds the change that somebody means: by plan and number, by number, or by a target.
package enum ChangeLookup {
    /// What somebody wrote.
    package enum Name: Sendable, Equatable {
        case sequence(Int64, plan: String?)
        /// The latest change of a target.
        case target(String, plan: String?)

        /// `luoyang-2023/42`, `42`, `tourism.visitors`, or `luoyang-2023/tourism.visitors`.
        package init(_ text: String, plan: String?) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let (plan, word) =
                parts.count == 2 ? (String(parts[0]), String(parts[1])) : (plan, text)
            let isNumber = !word.isEmpty && word.utf8.allSatisfy { (0x30...0x39).contains($0) }
            if isNumber, let sequence = Int64(word) {
                self = .sequence(sequence, plan: plan)
            } else {
                self = .target(word, plan: plan)
            }
        }
    }

    /// What came of the search.
    package enum Outcome: Sendable, Equatable {
        case found(plan: String, sequence: Int64)
        /// No plan has changes.
        case nothingYet
        case unknownPlan(String, plans: [String])
        /// Several plans fit.
        case whichPlan([String])
        case unknownSequence(Int64, plan: String, last: Int64)
        case unknownTarget(String, targets: [String])
        /// The target was not judged yet.
        case unjudgedTarget(String, plan: String)
    }

    package static func find(
        _ name: Name, on connection: inout PostgresConnection
    ) throws(PostgresFailure) -> Outcome {
        let rows = try connection.query(
            "select plan, max(sequence) from ledger.status_change group by plan order by plan")
        let last = Dictionary(rows.map { ($0.text(0), $0.int8(1)) }, uniquingKeysWith: { $1 })
        let plans = last.keys.sorted()
        guard !plans.isEmpty else { return .nothingYet }
        switch name {
        case .sequence(let sequence, let plan):
            if let plan, last[plan] == nil { return .unknownPlan(plan, plans: plans) }
            if plan == nil, plans.count > 1 { return .whichPlan(plans) }
            let plan = plan ?? plans[0]
            guard (1...(last[plan] ?? 0)).contains(sequence) else {
                return .unknownSequence(sequence, plan: plan, last: last[plan] ?? 0)
            }
            return .found(plan: plan, sequence: sequence)
        case .target(let target, let plan):
            if let plan, last[plan] == nil { return .unknownPlan(plan, plans: plans) }
            return try latest(of: target, plan, &connection)
        }
    }

    private static func latest(
        of target: String, _ plan: String?, _ connection: inout PostgresConnection
    ) throws(PostgresFailure) -> Outcome {
        let rows = try connection.query(
            """
            select plan, max(sequence) from ledger.status_change
            where target = $1 and plan = coalesce($2, plan) group by plan order by plan
            """, [.text(target), .text(orNull: plan)])
        if rows.count > 1 { return .whichPlan(rows.map { $0.text(0) }) }
        if let row = rows.first { return .found(plan: row.text(0), sequence: row.int8(1)) }
        let known = try connection.query(
            "select plan, id from ledger.target where plan = coalesce($1, plan) order by plan, ordinal",
            [.text(orNull: plan)])
        if let unjudged = known.first(where: { $0.text(1) == target }) {
            return .unjudgedTarget(target, plan: unjudged.text(0))
        }
        return .unknownTarget(target, targets: known.map { $0.text(1) })
    }
}
