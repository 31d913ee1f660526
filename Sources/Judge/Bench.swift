internal import Aggregates
internal import Contracts
internal import Ledger
internal import Postgres
internal import Status

/// What the holder of the lease keeps in memory between two snapshots. Rebuilt from the ledger with
/// each term.
struct Bench {
    var machines: [JudgeMachine]
    var rolling: [RollingDesk]
    /// Plans whose rows are not written yet: the next transaction does.
    var unwritten: [PlanContract]
    /// What they have other than was in force, by plan.
    var edits: [String: PlanDifference] = [:]
    /// Of the desk that it was loaded from.
    let replaced: Int
    /// Ids of series that exist.
    var series: [SeriesKey: Int32] = [:]
    /// How far touches were read, by topic partition.
    var read: [Int32: (generation: Int32, offset: Int64)] = [:]
    /// The last snapshot, by stream.
    var views: [String: StreamView] = [:]
    let streams: [String]

    /// Everything seen of each stream, less what a plan has still to judge: its touches can go.
    func forgettable(_ stream: String) -> PostgresStatement? {
        let desks = machines.flatMap(\.desks).filter { $0.contract.name == stream }
        let recorded = desks.compactMap(\.recorded)
        guard let first = recorded.first, recorded.count == desks.count else { return nil }
        var seen = first.positions
        for other in recorded.dropFirst() {
            for index in seen.offsets.indices {
                let offset = other.positions.offset(
                    of: seen.topicPartitions[index], generation: seen.generations[index])
                seen.offsets[index] = min(seen.offsets[index], offset ?? -1)
            }
        }
        let asOf = recorded.map(\.asOf).min() ?? first.asOf
        return Judgement.forget(seen, before: asOf)
    }

    /// How far each stream of each plan is judged.
    var judgedTo: [String: [String: Instant]] {
        var all: [String: [String: Instant]] = [:]
        for machine in machines {
            for desk in machine.desks {
                all[machine.plan.id, default: [:]][desk.contract.name] = desk.judgedTo
            }
        }
        return all
    }
}

extension BucketSum {
    /// A sum as the ledger answers it: a decimal text, because it may exceed 64 bits.
    init(_ text: String, events: Int64) {
        self.init(value: Int128(text) ?? 0, events: events)
    }
}
