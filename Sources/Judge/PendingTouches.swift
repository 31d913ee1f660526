package import Contracts

/// What came to a stream's watched subjects and was not yet seen by a round of it: by subject and
/// hour.
package struct PendingTouches: Sendable {
    /// 1 additions, 2 corrections or withdrawals, 3 both.
    private var kinds: [String: [Instant: Int16]] = [:]
    /// The same keys, latest hour first, so that those that were seen are taken off the end.
    private var order: [Key] = []
    private var isSorted = true

    private struct Key {
        var subject: String
        var hour: Instant
    }

    package init() {}

    package mutating func add(_ subject: String, hour: Instant, kinds: Int16) {
        if let known = self.kinds[subject]?[hour] {
            self.kinds[subject]?[hour] = known | kinds
            return
        }
        self.kinds[subject, default: [:]][hour] = kinds
        if let last = order.last, last.hour < hour { isSorted = false }
        order.append(Key(subject: subject, hour: hour))
    }

    /// What a round at `asOf` sees of the subject, by hour.
    package func of(_ subject: String, before asOf: Instant) -> [Instant: Int16] {
        (kinds[subject] ?? [:]).filter { $0.key < asOf }
    }

    /// A round at the instant was written: it saw everything before.
    package mutating func forget(before asOf: Instant) {
        if !isSorted { order.sort { $0.hour > $1.hour } }
        isSorted = true
        while let last = order.last, last.hour < asOf {
            kinds[last.subject]?[last.hour] = nil
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
