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
        text(
            change.sequence, change.target.id, change.change, change.cause,
            change.assessment.asOf, change.assessment.value)
    }

    private func text(
        _ sequence: Int64, _ target: String, _ change: StatusMachine.Change, _ cause: ChangeCause,
        _ asOf: Instant, _ value: Int128?
    ) -> String {
        "\(sequence) \(target) \(change.from?.rawValue ?? "-") \(change.to.rawValue) "
            + "\(cause.rawValue) \(asOf.rfc3339) \(String(describing: value))"
    }

    func replay(
        _ rounds: [Judgement.Round]
    ) -> (changes: [String], machines: [String: StatusMachine]) {
        var machines: [String: StatusMachine] = [:]
        var changes: [String] = []
        var before: Judgement.Round?
        var inForce: PlanContract?
        for round in rounds {
            guard let plan = editions.last(where: { $0.since <= round.round })?.plan else { break }
            let isEdited = inForce.map { $0 != plan } ?? false
            inForce = plan
            let seen = visible(to: round)
            let past = before.map(visible) ?? []
            for target in plan.targets {
                let spans = spans(target, zone: plan.zone, asOf: round.asOf)
                func counted(_ places: Set<Place>, _ span: Range<Instant>?) -> [ModelLedger.Event] {
                    places.map { events[$0.partition][$0.offset] }
                        .filter { span?.contains($0.hour) ?? false }
                }
                let own = standing(counted(seen, spans.own))
                let value = value(own, spans.isGrowth ? counted(seen, spans.base) : nil)
                let scale = spans.isGrowth ? 6 : 0
                let yardstick = Yardstick(target, zone: plan.zone, sourceScale: scale)
                let assessment = yardstick.assess(
                    value: value, lastInput: own.map(\.hour).max(), at: round.asOf)
                var machine = machines[target.id] ?? StatusMachine()
                let change = machine.judged(
                    assessment.verdict, at: round.asOf, rule: target.rule)
                machines[target.id] = machine
                guard let change else { continue }
                let news = seen.subtracting(past)
                let new = counted(news, spans.whole) + counted(news, spans.wholeBase)
                changes.append(
                    text(
                        Int64(changes.count + 1), target.id, change, cause(new, before, isEdited),
                        round.asOf, assessment.value))
            }
            before = round
        }
        return (changes, machines)
    }

    private struct Spans {
        var isGrowth: Bool
        /// Up to the instant.
        var own: Range<Instant>?
        var base: Range<Instant>?
        /// All that it will ever look at.
        var whole: Range<Instant>
        var wholeBase: Range<Instant>?
    }

    private func spans(_ target: TargetContract, zone: Zone, asOf: Instant) -> Spans {
        let start = zone.start(of: target.windowStart)
        let end = zone.start(of: target.deadline.adding(days: 1))
        func upTo(_ start: Instant, _ end: Instant) -> Range<Instant>? {
            start < end ? start..<end : nil
        }
        var spans = Spans(
            isGrowth: target.kind == .growth, own: upTo(start, min(asOf, end)), whole: start..<end)
        guard spans.isGrowth else { return spans }
        let first = zone.start(of: target.windowStart.adding(years: -1))
        let last = zone.start(of: target.deadline.adding(days: 1).adding(years: -1))
        spans.wholeBase = first..<last
        spans.base = upTo(first, min(last, zone.yearBefore(min(asOf, end))))
        return spans
    }

    /// Without the hours whose events were all taken back, with their value: they hold nothing.
    private func standing(_ events: [ModelLedger.Event]) -> [ModelLedger.Event] {
        Dictionary(grouping: events, by: \.hour).values.filter { hour in
            let takenBack = hour.filter(\.isTakeBack)
            let given = hour.filter { !$0.isTakeBack }
            return takenBack.count != given.count
                || takenBack.reduce(0) { $0 + $1.visitors } != given.reduce(0) { $0 + $1.visitors }
        }.flatMap(\.self)
    }

    private func value(_ own: [ModelLedger.Event], _ base: [ModelLedger.Event]?) -> Int128? {
        func sum(_ events: [ModelLedger.Event]) -> Int128 {
            events.reduce(0) { $0 + Int128($1.isTakeBack ? -$1.visitors : $1.visitors) }
        }
        guard !own.isEmpty else { return nil }
        guard let base else { return sum(own) }
        let before = sum(base)
        return before > 0 ? (sum(own) - before) * 100_000_000 / before : nil
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
