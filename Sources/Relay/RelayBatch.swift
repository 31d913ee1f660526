internal import Contracts
package import Kafka
package import Ledger

/// What one Kafka transaction publishes: stretches of shards, and the records they make.
package struct RelayBatch: Equatable, Sendable {
    package var ranges: [RelayRange]
    /// In the order in which they are produced; within a place that is their order in the topic.
    package var records: [RelayRecord]

    package struct Limits: Sendable, Equatable {
        /// Small enough for a transaction to last well under a second.
        package var records = 1_000
        package var bytes = 1_000_000
        package init() {}

        /// For a batch whose extent is known.
        static var unlimited: Limits {
            var limits = Limits()
            limits.records = .max
            limits.bytes = .max
            return limits
        }
    }

    /// Takes rows in order until a limit is reached, always at least one. Nil when there are none.
    /// Throws when a plan's sequence has a gap: the log of changes is gap-free, or something is
    /// badly wrong.
    package static func assemble(
        _ rows: RelayRows, after marks: [RelayShard: Int64], outputs: RelayOutputs,
        limits: Limits
    ) throws(RelayContradiction) -> RelayBatch? {
        var batch = RelayBatch(ranges: [], records: [])
        var latest: [String: Int] = [:]
        var states: [RelayRecord] = []
        var bytes = 0
        var taken = 0
        for change in rows.changes {
            let shard = RelayShard.changes(plan: change.plan)
            let record = RelayEvent.record(
                change, type: RelayEvent.changedType, to: outputs.changes)
            guard taken == 0 || taken < limits.records && bytes + 2 * record.bytes <= limits.bytes
            else { break }
            let before = batch.reached(shard, marks)
            guard change.sequence == before + 1 else {
                throw RelayContradiction(
                    "change \(change.sequence) of plan \(change.plan) follows \(before): "
                        + "the change log has a gap")
            }
            batch.extend(shard, to: change.sequence, marks)
            batch.records.append(record)
            let state = RelayEvent.record(change, type: RelayEvent.statusType, to: outputs.status)
            let name = "\(change.plan)/\(change.target)"
            if let index = latest[name] {
                states[index] = state
            } else {
                latest[name] = states.count
                states.append(state)
            }
            bytes += 2 * record.bytes
            taken += 1
        }
        for letter in rows.deadLetters {
            let shard = RelayShard.deadLetters(
                topic: letter.topic, partition: letter.partition, generation: letter.generation)
            let record = RelayEvent.record(
                letter, to: outputs.deadLetters, bytesMax: outputs.deadLetterBytesMax)
            guard taken == 0 || taken < limits.records && bytes + record.bytes <= limits.bytes
            else { break }
            batch.extend(shard, to: letter.offset, marks)
            taken += 1
            if letter.isRepeated { continue }
            batch.records.append(record)
            bytes += record.bytes
        }
        batch.records += states
        return batch.ranges.isEmpty ? nil : batch
    }

    /// The marks once it is published.
    package var marks: [RelayShard: Int64] {
        var marks: [RelayShard: Int64] = [:]
        for range in ranges { marks[range.shard] = range.toInclusive }
        return marks
    }

    /// The marks before it.
    static func starts(_ ranges: [RelayRange]) -> [RelayShard: Int64] {
        var marks: [RelayShard: Int64] = [:]
        for range in ranges { marks[range.shard] = range.fromExclusive }
        return marks
    }

    /// What each place will hold beyond its end.
    package var digests: [TopicPartition: [UInt64]] {
        records.reduce(into: [:]) { $0[$1.place, default: []].append($1.digest) }
    }

    func publishedFact(outputs: RelayOutputs) -> RelayFact {
        let changes = records.filter { $0.place.topic == outputs.changes.name }
        let oldest = changes.compactMap(\.timestampMilliseconds).min()
        return .published(
            changes: changes.count,
            deadLetters: records.count { $0.place.topic == outputs.deadLetters.name },
            decided: oldest.map { Instant(microseconds: $0 * 1_000) }, marks: marks)
    }

    private func reached(_ shard: RelayShard, _ marks: [RelayShard: Int64]) -> Int64 {
        ranges.last { $0.shard == shard }?.toInclusive ?? marks[shard] ?? shard.unpublished
    }

    private mutating func extend(
        _ shard: RelayShard, to end: Int64, _ marks: [RelayShard: Int64]
    ) {
        if let index = ranges.lastIndex(where: { $0.shard == shard }) {
            ranges[index].toInclusive = end
        } else {
            ranges.append(
                RelayRange(
                    shard: shard, fromExclusive: marks[shard] ?? shard.unpublished,
                    toInclusive: end))
        }
    }
}

extension RelayOutputs {
    /// Leaves room for the headers that say why.
    package var deadLetterBytesMax: Int64 {
        max(1_000, min(deadLetters.recordBytesMax, 16_000_000) - 65_536)
    }
}

/// The topics, the marks and the change log cannot all be right. `reason` is one sentence for an
/// operator.
package struct RelayContradiction: Error, Equatable, Sendable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
}
