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

/// Sums of one key by day, and by hour for the days at which windows begin or end.
struct DailySeries {
    private var days = RunningSums<Int32>()
    private var hours: [Int32: [Hour]] = [:]

    private struct Hour {
        /// Microseconds since 1970.
        var start: Int64
        var sum: BucketSum
    }

    mutating func set(day: Int32, to sum: BucketSum) { days.set(day, to: sum) }

    mutating func sum(days range: Range<Int32>) -> BucketSum {
        days.sum(range.lowerBound, range.upperBound) ?? .zero
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
}
