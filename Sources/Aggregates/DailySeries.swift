/// What a bucket, or many together, hold: a sum in the metric's units and a count of events.
package struct BucketSum: Hashable, Sendable {
    package var value: Int128
    package var events: Int64

    package init(value: Int128 = 0, events: Int64 = 0) {
        self.value = value
        self.events = events
    }

    package static let zero = BucketSum()

    package static func + (left: BucketSum, right: BucketSum) -> BucketSum {
        BucketSum(value: left.value &+ right.value, events: left.events &+ right.events)
    }

    package static func - (left: BucketSum, right: BucketSum) -> BucketSum {
        BucketSum(value: left.value &- right.value, events: left.events &- right.events)
    }
}

/// Sums of one key by day, and by hour for the days at which windows begin or end. Only days that
/// have something are kept, in order. A range of days costs two searches: running totals are kept,
/// and renewed from the earliest changed day on when next asked for.
struct DailySeries {
    private var days: [Int32] = []
    private var sums: [BucketSum] = []
    /// Element i: the sum of the first i days. Right up to `settled`, inclusive.
    private var totals: [BucketSum] = [.zero]
    private var settled = 0
    private var hours: [Int32: [Hour]] = [:]

    private struct Hour {
        /// Microseconds since 1970.
        var start: Int64
        var sum: BucketSum
    }

    mutating func set(day: Int32, to sum: BucketSum) {
        let place = place(of: day)
        if place == days.count || days[place] != day {
            days.insert(day, at: place)
            sums.insert(sum, at: place)
            totals.append(.zero)
        } else {
            sums[place] = sum
        }
        settled = min(settled, place)
    }

    mutating func sum(days range: Range<Int32>) -> BucketSum {
        let end = place(of: range.upperBound)
        while settled < end {
            totals[settled + 1] = totals[settled] + sums[settled]
            settled += 1
        }
        return totals[end] - totals[place(of: range.lowerBound)]
    }

    mutating func set(hour: Int64, of day: Int32, to sum: BucketSum) {
        var list = hours[day] ?? []
        let place = list.firstIndex { $0.start >= hour } ?? list.count
        if place < list.count, list[place].start == hour {
            list[place].sum = sum
        } else {
            list.insert(Hour(start: hour, sum: sum), at: place)
        }
        hours[day] = list
    }

    func sum(hoursOf day: Int32, from: Int64, until: Int64) -> BucketSum {
        (hours[day] ?? []).reduce(.zero) {
            from <= $1.start && $1.start < until ? $0 + $1.sum : $0
        }
    }

    mutating func releaseHours(of day: Int32) { hours.removeValue(forKey: day) }

    /// The place of the first day that is not before the given one.
    private func place(of day: Int32) -> Int {
        var low = 0
        var high = days.count
        while low < high {
            let middle = (low + high) / 2
            if days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
