package import Kafka
package import Ledger

/// What a relay finds at the tail of one output partition when it starts.
package struct RelayTail: Equatable, Sendable {
    package var place: TopicPartition
    /// First offset that is still there, and the one after the last committed record.
    package var marks: Watermarks
    /// Records before the intent's end (or before the very end, where there is no intent): the last
    /// ones, in order.
    package var before: [RelayTrace]
    /// Digests of all records behind the intent's end, in order.
    package var after: [UInt64]

    package init(
        place: TopicPartition, marks: Watermarks, before: [RelayTrace] = [], after: [UInt64] = []
    ) {
        self.place = place
        self.marks = marks
        self.before = before
        self.after = after
    }
}

/// Which row of the ledger a published record came from.
package enum RelayTrace: Equatable, Sendable {
    case change(plan: String, sequence: Int64)
    case deadLetter(topic: String, partition: Int32, offset: Int64)
    /// A record that no relay wrote.
    case foreign
}

/// Where to go on after a start, from the ledger's marks and the topics' tails together: neither
/// alone can be trusted. A transaction may have been committed without its mark; a topic may have
/// been truncated, made anew or written by others; the database may have been restored from a copy.
package enum RelayResume: Equatable, Sendable {
    /// Nothing was under way.
    case proceed
    /// The batch is in the topics: mark it, then go on.
    case markPublished
    /// The batch is not in the topics: send it.
    case sendAgain
    case halt(String)

    /// - Parameters:
    ///   - expected: what the intent makes from the ledger's rows; nil when they are not all there.
    package static func decide(
        condition: RelayCondition, expected: RelayBatch?, outputs: RelayOutputs,
        tails: [RelayTail]
    ) -> RelayResume {
        if condition.marksAreTrusted { return .proceed }
        for tail in tails {
            if let reason = contradiction(tail, condition, outputs) { return .halt(reason) }
        }
        guard let intent = condition.intent else { return .proceed }
        for range in intent.ranges {
            let mark = condition.marks[range.shard] ?? range.shard.unpublished
            guard mark == range.fromExclusive else {
                return .halt(
                    "shard \(range.shard.key) is marked at \(mark), but the batch under way "
                        + "began after \(range.fromExclusive)")
            }
        }
        guard let expected, expected.ranges == intent.ranges else {
            return .halt(
                "the ledger no longer holds the batch that was under way: "
                    + "was it restored from a copy?")
        }
        if tails.allSatisfy(\.after.isEmpty) {
            return expected.records.isEmpty ? .markPublished : .sendAgain
        }
        let digests = expected.digests
        for tail in tails where tail.after != digests[tail.place] ?? [] {
            let found = tail.after.count
            let wanted = digests[tail.place]?.count ?? 0
            return .halt(
                found == wanted
                    ? "\(tail.place) holds other records than the batch that was under way"
                    : "\(tail.place) holds \(found) records of the batch that was under way, "
                        + "and should hold \(wanted)")
        }
        return .markPublished
    }

    /// What one tail says against the ledger before the batch under way is looked at.
    private static func contradiction(
        _ tail: RelayTail, _ condition: RelayCondition, _ outputs: RelayOutputs
    ) -> String? {
        if let end = condition.intent?.ends["\(tail.place)"] {
            if tail.marks.high < end {
                return "\(tail.place) ends at \(tail.marks.high), before \(end) where it ended "
                    + "already: it was truncated or made anew"
            }
            if tail.marks.low > end {
                return "\(tail.place) begins at \(tail.marks.low), behind \(end): records of the "
                    + "batch that was under way may have been deleted"
            }
        }
        if tail.place.topic == outputs.changes.name {
            return contradictingChanges(tail, condition, outputs)
        }
        if tail.place.topic == outputs.deadLetters.name {
            return contradictingDeadLetters(tail, condition)
        }
        return nil
    }

    private static func contradictingChanges(
        _ tail: RelayTail, _ condition: RelayCondition, _ outputs: RelayOutputs
    ) -> String? {
        var last: [String: Int64] = [:]
        for trace in tail.before {
            guard case .change(let plan, let sequence) = trace else {
                return "\(tail.place) holds a record that no relay wrote"
            }
            last[plan] = sequence
        }
        for (plan, sequence) in last.sorted(by: { $0.key < $1.key }) {
            let mark = condition.marks[.changes(plan: plan)] ?? 0
            if sequence > mark {
                return
                    "\(tail.place) holds change \(sequence) of plan \(plan), but only \(mark) is "
                    + "marked: was the database restored from a copy?"
            }
            // With one partition the last record is the last change; with several, another may hold
            // it.
            if sequence < mark && outputs.changes.partitions == 1 {
                return "\(tail.place) ends with change \(sequence) of plan \(plan), but \(mark) is "
                    + "marked as published: was the topic truncated?"
            }
        }
        let published = condition.marks.contains { shard, mark in
            if case .changes = shard { mark > 0 } else { false }
        }
        if last.isEmpty, published, outputs.changes.partitions == 1 {
            return "\(tail.place) is empty, but changes are marked as published: was it made anew?"
        }
        return nil
    }

    private static func contradictingDeadLetters(
        _ tail: RelayTail, _ condition: RelayCondition
    ) -> String? {
        // The topic forgets after some time, so only a record beyond every mark is a contradiction.
        for trace in tail.before {
            guard case .deadLetter(let topic, let partition, let offset) = trace else {
                return "\(tail.place) holds a record that no relay wrote"
            }
            let isMarked = condition.marks.contains { shard, mark in
                guard case .deadLetters(topic, partition, _) = shard else { return false }
                return mark >= offset
            }
            if !isMarked {
                return
                    "\(tail.place) holds the dead letter \(topic)/\(partition)/\(offset), which is "
                    + "not marked: was the database restored from a copy?"
            }
        }
        return nil
    }
}
