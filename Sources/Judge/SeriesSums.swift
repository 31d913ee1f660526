package import Aggregates
package import Contracts

/// One series' sums over a place, as far back as any target looks. Before the split, which is the
/// start of the day on which judging began, whole days are kept, and single hours where a window
/// begins or ends inside a day; from the split on, hours. Days are the stream's, and every instant
/// that is asked for begins an hour of the stream or lies within one.
package struct SeriesSums: Sendable {
    package let split: Instant
    private let zone: Zone
    private var days = RunningSums<Int32>()
    private var hours = RunningSums<Instant>()

    package init(split: Instant, zone: Zone) {
        self.split = split
        self.zone = zone
    }

    /// A whole day before the split: what is there now takes the place of what was.
    package mutating func set(day: CivilDate, to sum: BucketSum) {
        days.set(day.dayNumber, to: sum)
    }

    package mutating func set(hour: Instant, to sum: BucketSum) { hours.set(hour, to: sum) }

    /// The sum of the hours that begin from one instant on and before another, and the latest of
    /// them that holds anything. Nil where nothing is in them.
    package mutating func value(
        from: Instant, until: Instant
    ) -> (value: Int128, lastHour: Instant?)? {
        guard from < until else { return nil }
        let firstDay = zone.day(at: from)
        let first = zone.start(of: firstDay) == from ? firstDay : firstDay.adding(days: 1)
        let last = zone.day(at: min(until, split))
        var total = BucketSum.zero
        var isAnything = false
        func add(_ part: BucketSum?) {
            guard let part else { return }
            total = total + part
            isAnything = true
        }
        if first < last {
            add(hours.sum(from, zone.start(of: first)))
            add(days.sum(first.dayNumber, last.dayNumber))
            add(hours.sum(zone.start(of: last), until))
        } else {
            add(hours.sum(from, until))
        }
        return isAnything ? (total.value, hours.last(from, until)) : nil
    }

    /// The latest day that begins before the instant and holds anything.
    package func lastDay(before instant: Instant) -> CivilDate? {
        let end = zone.day(at: instant)
        let isStart = zone.start(of: end) == instant
        return days.last(.min, isStart ? end.dayNumber : end.dayNumber + 1)
            .map(CivilDate.init(dayNumber:))
    }
}
