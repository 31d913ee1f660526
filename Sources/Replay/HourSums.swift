internal import Aggregates
internal import Contracts

/// One watch's sums by hour, with the sum of any span of hours in two searches. Running totals are
/// renewed from the earliest changed hour on when next asked for.
struct HourSums {
    private var hours: [Instant] = []
    private var sums: [BucketSum] = []
    /// Element i: the sum of the first i hours. Right up to `settled`, inclusive.
    private var totals: [BucketSum] = [.zero]
    private var settled = 0

    mutating func add(_ sum: BucketSum, at hour: Instant) {
        let place = place(of: hour)
        if place == hours.count || hours[place] != hour {
            hours.insert(hour, at: place)
            sums.insert(sum, at: place)
            totals.append(.zero)
        } else {
            sums[place] = sums[place] + sum
        }
        settled = min(settled, place)
    }

    /// The sum of the hours that begin in the span, and the latest that holds anything. Nil where
    /// none does.
    mutating func sum(from start: Instant, until end: Instant) -> (sum: BucketSum, last: Instant)? {
        let low = place(of: start)
        let high = max(low, place(of: end))
        guard high > low else { return nil }
        while settled < high {
            totals[settled + 1] = totals[settled] + sums[settled]
            settled += 1
        }
        return (totals[high] - totals[low], hours[high - 1])
    }

    /// The place of the first hour that is not before the given one.
    private func place(of hour: Instant) -> Int {
        var low = 0
        var high = hours.count
        while low < high {
            let middle = (low + high) / 2
            if hours[middle] < hour { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
