internal import Foundation

/// A time zone with its changes of offset laid out for fast look-up.
package struct Zone: Sendable, Equatable {
    /// For example `Asia/Shanghai`.
    package let identifier: String
    /// Instants (seconds) from which the offset of the same place holds; the first is the distant
    /// past.
    private let starts: [Int64]
    private let offsets: [Int32]

    /// Changes of offset are laid out from 1990 to 2100. Nil where the system knows no such zone.
    package init?(identifier: String) {
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        self.identifier = identifier
        let first = Date(timeIntervalSince1970: 631_152_000)
        let last = Date(timeIntervalSince1970: 4_102_444_800)
        var starts: [Int64] = [.min]
        var offsets = [Int32(zone.secondsFromGMT(for: first))]
        var at = first
        while let next = zone.nextDaylightSavingTimeTransition(after: at), next < last, next > at {
            starts.append(Int64(next.timeIntervalSince1970))
            offsets.append(Int32(zone.secondsFromGMT(for: next)))
            at = next
        }
        self.starts = starts
        self.offsets = offsets
    }

    /// Seconds to add to UTC.
    package func offset(at instant: Instant) -> Int32 {
        offsets[period(at: floorDivide(instant.microseconds, 1_000_000))]
    }

    /// The day that the zone's clocks show at the instant.
    package func day(at instant: Instant) -> CivilDate {
        let local = floorDivide(instant.microseconds, 1_000_000) + Int64(offset(at: instant))
        return CivilDate(dayNumber: Int32(truncatingIfNeeded: floorDivide(local, 86_400)))
    }

    /// The instant at which the zone's current hour began. Where a change of offset falls inside an
    /// hour (Lord Howe Island changes by half an hour), a new hour begins with it.
    package func startOfHour(at instant: Instant) -> Instant {
        let seconds = floorDivide(instant.microseconds, 1_000_000)
        let period = period(at: seconds)
        let offset = Int64(offsets[period])
        return Instant(
            seconds: max(floorDivide(seconds + offset, 3_600) * 3_600 - offset, starts[period]))
    }

    /// When each hour of the day begins, in order: 23 to 25 of them where the clocks change.
    package func hours(of day: CivilDate) -> [Instant] {
        let end = start(of: day.adding(days: 1))
        var hours: [Instant] = []
        var hour = start(of: day)
        while hour < end {
            hours.append(hour)
            hour = startOfHour(at: hour.adding(.hours(1)))
        }
        return hours
    }

    /// The first instant of the day in the zone: midnight, or the change of offset that skips it.
    package func start(of day: CivilDate) -> Instant {
        let midnight = Int64(day.dayNumber) * 86_400
        let after = period(at: midnight + 86_400)
        let before = period(at: midnight - 86_400)
        let early = midnight - Int64(offsets[before])
        guard before != after, early >= starts[after] else { return Instant(seconds: early) }
        return Instant(seconds: max(midnight - Int64(offsets[after]), starts[after]))
    }

    /// The same time of the same day one year before, as the zone's clocks show it: 28 February for
    /// the 29th. What the clocks skip there is the moment at which they skip it, and of what they
    /// show twice it is the first. The first instant of a day is that of the day.
    package func yearBefore(_ instant: Instant) -> Instant {
        let day = day(at: instant)
        let sameDay = day.adding(years: -1)
        if start(of: day) == instant { return start(of: sameDay) }
        let seconds = floorDivide(instant.microseconds, 1_000_000)
        let fraction = instant.microseconds - seconds * 1_000_000
        let days = Int64(day.dayNumber) - Int64(sameDay.dayNumber)
        let shown = seconds + Int64(offset(at: instant)) - days * 86_400
        let before = period(at: shown - 86_400)
        let after = period(at: shown + 86_400)
        let early = shown - Int64(offsets[before])
        guard before != after, early >= starts[after] else {
            return Instant(microseconds: early * 1_000_000 + fraction)
        }
        let late = shown - Int64(offsets[after])
        guard late >= starts[after] else { return Instant(seconds: starts[after]) }
        return Instant(microseconds: late * 1_000_000 + fraction)
    }

    /// Whether its hours begin when the other's do, on all days from one up to another.
    package func sharesHours(with other: Zone, from: CivilDate, to: CivilDate) -> Bool {
        let (first, last) = (start(of: from), start(of: to.adding(days: 1)))
        let changes = (starts + other.starts).filter {
            $0 > first.microseconds / 1_000_000 && $0 < last.microseconds / 1_000_000
        }
        return ([first] + changes.map(Instant.init(seconds:))).allSatisfy {
            (offset(at: $0) - other.offset(at: $0)) % 3_600 == 0
        }
    }

    private func period(at seconds: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= seconds { low = middle } else { high = middle }
        }
        return low
    }
}

/// Division that rounds towards minus infinity. The divisor is above zero.
package func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    let quotient = value / by
    return value % by < 0 ? quotient - 1 : quotient
}
