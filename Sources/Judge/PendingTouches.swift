package import Contracts
package import Status

/// What came to a stream's watched subjects and was not yet seen by a round of it: by subject and
/// hour.
package struct PendingTouches: Sendable {
    private var kinds: [Key: Int16] = [:]
    /// The same keys, latest hour first, so that those that were seen are taken off the end.
    private var order: [Key] = []
    private var isSorted = true

    private struct Key: Hashable {
        var subject: String
        var hour: Instant
    }

    package init() {}

    package mutating func add(_ subject: String, hour: Instant, kinds: Int16) {
        let key = Key(subject: subject, hour: hour)
        if let known = self.kinds[key] {
            self.kinds[key] = known | kinds
            return
        }
        self.kinds[key] = kinds
        if let last = order.last, last.hour < hour { isSorted = false }
        order.append(key)
    }

    /// What a round at `asOf` sees of the subject that the round before, at `before`, did not.
    package func evidence(
        _ subject: String, asOf: Instant, after before: Instant?
    ) -> ChangeCause.Evidence {
        var evidence: ChangeCause.Evidence = []
        for (key, kinds) in kinds where key.subject == subject && key.hour < asOf {
            if kinds & 2 != 0 { evidence.insert(.correction) }
            if kinds & 1 != 0 {
                let wasOver = before.map { key.hour.adding(.hours(1)) <= $0 } ?? false
                evidence.insert(wasOver ? .late : .live)
            }
        }
        return evidence
    }

    /// A round at the instant was written: it saw everything before.
    package mutating func forget(before asOf: Instant) {
        if !isSorted { order.sort { $0.hour > $1.hour } }
        isSorted = true
        while let last = order.last, last.hour < asOf {
            kinds[last] = nil
            order.removeLast()
        }
    }

    package mutating func removeAll() {
        kinds.removeAll()
        order.removeAll()
        isSorted = true
    }

    /// Ends of the hours in which something changed, after one instant and up to another.
    package func hourEnds(after: Instant, upTo: Instant) -> Set<Instant> {
        var ends: Set<Instant> = []
        for key in order {
            let end = key.hour.adding(.hours(1))
            if end > after && end <= upTo { ends.insert(end) }
        }
        return ends
    }
}
