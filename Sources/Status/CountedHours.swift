package import Contracts

/// The hours of events that bear on a target: its window, and for growth the same span one year
/// before, day by day and hour by hour on the calendar and clock of the plan's zone.
package struct CountedHours: Sendable, Equatable {
    /// A sum over hours, and the latest of them that holds anything.
    package typealias Sum = (value: Int128, lastHour: Instant?)

    package let start: Instant
    package let end: Instant
    /// The year before's: nil for targets that look at their window alone.
    package let base: Range<Instant>?
    private let zone: Zone

    /// `zone`: the plan's.
    package init(_ target: TargetContract, zone: Zone) {
        self.zone = zone
        start = zone.start(of: target.windowStart)
        end = zone.start(of: target.deadline.adding(days: 1))
        if target.kind == .growth {
            let from = zone.start(of: target.windowStart.adding(years: -1))
            let until = zone.start(of: target.deadline.adding(days: 1).adding(years: -1))
            base = from..<max(from, until)
        } else {
            base = nil
        }
    }

    /// Decimals of a target's value: growth is computed in millionths of a percent.
    package static func scale(_ target: TargetContract, ofMetric scale: Int) -> Int {
        target.kind == .growth ? ContractLimits.scaleMax : scale
    }

    /// The first instant that is looked at.
    package var first: Instant { base?.lowerBound ?? start }

    package func contains(_ hour: Instant) -> Bool {
        (start <= hour && hour < end) || base.map { $0.contains(hour) } ?? false
    }

    /// What the target's value is made of as of an instant, and its latest hour: for growth the
    /// change against the year before, towards zero. Nil where nothing came in the window yet, and
    /// where there is nothing above zero to compare with.
    ///
    /// - sum: of the hours that begin from one instant on and before another; nil where nothing
    ///   ever came in them.
    package func value(asOf: Instant, _ sum: (Instant, Instant) -> Sum?) -> Sum? {
        guard asOf > start, let known = sum(start, min(asOf, end)) else { return nil }
        guard let base else { return known }
        let until = asOf >= end ? base.upperBound : min(zone.yearBefore(asOf), base.upperBound)
        guard let before = sum(base.lowerBound, until)?.value, before > 0 else { return nil }
        let gain = saturatedDifference(known.value, before)
        return (scaled(gain, by: 100_000_000, over: before), known.lastHour)
    }

    /// Where windows begin and end, as far as that is fixed.
    package var edges: [Instant] {
        [start, end] + (base.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }

    /// Where the year before's span ends for all instants from one on: every day of it.
    package func movingEdges(from asOf: Instant) -> ClosedRange<Instant>? {
        base.map { base in
            let from = min(zone.yearBefore(asOf), base.upperBound)
            return from...max(from, base.upperBound)
        }
    }
}
