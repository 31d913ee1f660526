import Contracts
import Judge
import Ledger
import Status

/// Reads the log, the plan and the rounds, and nothing else, and says what must have changed and
/// why: a second implementation of what `ledger.judge_round` promises, event by event and without
/// any sums kept.
struct RoundOracle {
    /// Plans, each with the first round that it could rest on.
    let editions: [(since: Int64, plan: PlanContract)]
    let events: [[ModelLedger.Event]]

    init(editions: [(since: Int64, plan: PlanContract)], events: [[ModelLedger.Event]]) {
        self.editions = editions
        self.events = events
    }

    init(plan: PlanContract, events: [[ModelLedger.Event]]) {
        self.init(editions: [(1, plan)], events: events)
    }

    func text(_ change: StatusChange) -> String {
        "\(change.sequence) \(change.change.from?.rawValue ?? "-") \(change.change.to.rawValue) "
            + "\(change.cause.rawValue) \(change.assessment.asOf.rfc3339) "
            + "\(String(describing: change.assessment.value))"
    }

    func replay(_ rounds: [Judgement.Round]) -> (changes: [String], machine: StatusMachine) {
        var machine = StatusMachine()
        var changes: [String] = []
        var before: Judgement.Round?
        var inForce: PlanContract?
        for round in rounds {
            guard let plan = editions.last(where: { $0.since <= round.round })?.plan else { break }
            let isEdited = inForce.map { $0 != plan } ?? false
            inForce = plan
            let target = plan.targets[0]
            let yardstick = Yardstick(target, zone: plan.zone, sourceScale: 0)
            let seen = visible(to: round)
            let past = before.map(visible) ?? []
            let new = seen.subtracting(past).map { events[$0.partition][$0.offset] }
            let counted = seen.map { events[$0.partition][$0.offset] }.filter {
                $0.hour >= yardstick.trajectory.start
            }
            let value = counted.reduce(Int128(0)) {
                $0 + Int128($1.isTakeBack ? -$1.visitors : $1.visitors)
            }
            let assessment = yardstick.assess(
                value: counted.isEmpty ? nil : value, lastInput: counted.map(\.hour).max(),
                at: round.asOf)
            if let change = machine.judged(assessment.verdict, at: round.asOf, rule: target.rule) {
                changes.append(
                    "\(changes.count + 1) \(change.from?.rawValue ?? "-") \(change.to.rawValue) "
                        + "\(cause(new, before, isEdited).rawValue) \(round.asOf.rfc3339) "
                        + "\(String(describing: assessment.value))")
            }
            before = round
        }
        return (changes, machine)
    }

    private struct Place: Hashable {
        var partition: Int
        var offset: Int
    }

    private func visible(to round: Judgement.Round) -> Set<Place> {
        var seen: Set<Place> = []
        for (index, topicPartition) in round.positions.topicPartitions.enumerated() {
            let partition = Int(topicPartition) - 1
            for offset in 0..<Int(round.positions.offsets[index])
            where events[partition][offset].hour < round.asOf {
                seen.insert(Place(partition: partition, offset: offset))
            }
        }
        return seen
    }

    private func cause(
        _ new: [ModelLedger.Event], _ before: Judgement.Round?, _ isEdited: Bool
    ) -> ChangeCause {
        if new.contains(where: \.isTakeBack) { return .correction }
        if new.isEmpty { return isEdited ? .plan : .clock }
        let isLate = new.allSatisfy { event in
            before.map { event.hour.adding(.hours(1)) <= $0.asOf } ?? false
        }
        return isLate ? .late : .live
    }
}
