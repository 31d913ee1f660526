package import Contracts
package import Ledger
package import Postgres

/// Facts of the judge's life, in the order in which they happen, on the judge's thread. Metrics and
/// logs come from here; tests wait for them.
package protocol JudgeObserver: Sendable {
    /// Another holds the lease.
    func judgeStandsBy()
    func judgeTookLease(term: Int64)
    /// Another term was taken while this one worked. What it was writing did not happen.
    func judgeLostLease(term: Int64)
    /// A plan was edited, or is judged for the first time: written and in force.
    func judgeTookUp(_ edit: PlanDifference)
    /// The ledger has a later revision of the plan than was declared, and that stays in force.
    func judgeKeptPlan(_ plan: String, revision: Int, instead declared: Int)
    /// Written and committed.
    func judged(_ judgement: Judgement)
    /// Everything that could be judged is. How far, by plan and stream.
    func judgeCameToRest(_ judgedTo: [String: [String: Instant]])
    /// Rolling values and figures that were written.
    func judgeRefreshed(rolling: Int, figures: Int)
    func judgeDisconnected(_ failure: PostgresFailure, retryIn: Duration)
}

extension JudgeObserver {
    package func judgeStandsBy() {}
    package func judgeTookLease(term: Int64) {}
    package func judgeLostLease(term: Int64) {}
    package func judgeTookUp(_ edit: PlanDifference) {}
    package func judgeKeptPlan(_ plan: String, revision: Int, instead declared: Int) {}
    package func judged(_ judgement: Judgement) {}
    package func judgeCameToRest(_ judgedTo: [String: [String: Instant]]) {}
    package func judgeRefreshed(rolling: Int, figures: Int) {}
    package func judgeDisconnected(_ failure: PostgresFailure, retryIn: Duration) {}
}

/// Sees nothing.
package struct UnobservedJudge: JudgeObserver {
    package init() {}
}
