package import Aggregates
package import Contracts

/// One series' sums over a place, as far back as any target looks: whole days before the split,
/// hours from it on. The split is the start of the day on which judging began, so every day before
/// it is over.
package struct SeriesSums: Sendable {
    package let split: Instant
    private var days: [CivilDate: BucketSum] = [:]
    /// The latest hour before the split that holds anything.
    private var lastBefore: Instant?
    private var starts: [Instant] = []
    private var sums: [BucketSum] = []
    /// Element i: the sum of all hours before the i-th.
    private var totals: [BucketSum] = [.zero]
    private var dayTotals: [Days: BucketSum] = [:]

    private struct Days: Hashable {
        var first: CivilDate
        var last: CivilDate
    }

    package init(split: Instant) { self.split = split }

    /// A whole day before the split: what is there now takes the place of what was.
    package mutating func set(day: CivilDate, to sum: BucketSum) {
        days[day] = sum
        dayTotals.removeAll(keepingCapacity: true)
    }

    /// Before the split an hour only tells that something is there: its sum is in its day's.
    package mutating func set(hour: Instant, to sum: BucketSum) {
        guard hour >= split else {
            lastBefore = max(lastBefore ?? hour, hour)
            return
        }
        let place = lowerBound(hour)
        if place < starts.count, starts[place] == hour {
            sums[place] = sum
        } else {
            starts.insert(hour, at: place)
            sums.insert(sum, at: place)
            totals.append(.zero)
        }
        for index in place..<sums.count { totals[index + 1] = totals[index] + sums[index] }
    }

    /// The sum of the window's hours that began before the instant, and the latest of them that
    /// holds anything. Nil where nothing ever came in the window.
    package mutating func value(
        first: CivilDate, last: CivilDate, start: Instant, end: Instant, asOf: Instant
    ) -> (value: Int128, lastHour: Instant?)? {
        let low = lowerBound(max(start, split))
        let high = max(low, lowerBound(min(end, asOf)))
        let before = start < split ? total(of: Days(first: first, last: last)) : nil
        guard before != nil || high > low else { return nil }
        let hours = totals[high] - totals[low]
        let earlier = lastBefore.flatMap { $0 >= start ? $0 : nil }
        return ((before ?? .zero).value &+ hours.value, high > low ? starts[high - 1] : earlier)
    }

    /// The days of the window before the split, or nil where none of them holds anything.
    private mutating func total(of window: Days) -> BucketSum? {
        if let total = dayTotals[window] { return total }
        let inside = days.filter { window.first <= $0.key && $0.key <= window.last }
        guard !inside.isEmpty else { return nil }
        let total = inside.values.reduce(.zero, +)
        dayTotals[window] = total
        return total
    }

    private func lowerBound(_ instant: Instant) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
