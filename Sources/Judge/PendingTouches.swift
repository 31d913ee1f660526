package import Contracts
package import Status

/// What came to a stream's watched subjects and was not yet seen by a round of it: by subject and hour.
package struct PendingTouches: Sendable, Equatable {
    private var hours: [String: [Instant: Int16]] = [:]

    package init() {}

    package mutating func add(_ subject: String, hour: Instant, kinds: Int16) {
        hours[subject, default: [:]][hour, default: 0] |= kinds
    }

    /// What a round at `asOf` sees of the subject that the round before, at `before`, did not.
    package func evidence(
        _ subject: String, asOf: Instant, after before: Instant?
    ) -> ChangeCause.Evidence {
        var evidence: ChangeCause.Evidence = []
        for (hour, kinds) in hours[subject] ?? [:] where hour < asOf {
            if kinds & 2 != 0 { evidence.insert(.correction) }
            if kinds & 1 != 0 {
                let wasOver = before.map { hour.adding(.hours(1)) <= $0 } ?? false
                evidence.insert(wasOver ? .late : .live)
            }
        }
        return evidence
    }

    /// A round at the instant was written: it saw everything before.
    package mutating func forget(before asOf: Instant) {
        for (subject, kinds) in hours {
            let later = kinds.filter { $0.key >= asOf }
            if later.count < kinds.count { hours[subject] = later.isEmpty ? nil : later }
        }
    }

    package mutating func removeAll() { hours.removeAll() }

    /// Ends of the hours in which something changed, after one instant and up to another.
    package func hourEnds(after: Instant, upTo: Instant) -> Set<Instant> {
        var ends: Set<Instant> = []
        for kinds in hours.values {
            for hour in kinds.keys {
                let end = hour.adding(.hours(1))
                if end > after && end <= upTo { ends.insert(end) }
            }
        }
        return ends
    }
}
