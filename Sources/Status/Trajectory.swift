package import Contracts

/// What part of its goal a target should have reached at an instant. A day's share is reached when
/// the day ends in the plan's zone.
package struct Trajectory: Sendable, Equatable {
    /// A part of the whole, as an exact fraction between 0 and 1. The denominator is above zero.
    package struct Share: Sendable, Equatable {
        package var numerator: Int128
        package var denominator: Int128

        package static let none = Share(numerator: 0, denominator: 1)
        package static let whole = Share(numerator: 1, denominator: 1)

        package init(numerator: Int128, denominator: Int128) {
            self.numerator = numerator
            self.denominator = denominator
        }

        /// The share of a figure, towards zero.
        package func of(_ figure: Int128) -> Int128 {
            scaled(figure, by: numerator, over: denominator)
        }

        /// The whole of which the figure is this share, towards zero. Nil where the share is
        /// nothing.
        package func whole(from figure: Int128) -> Int128? {
            numerator == 0 ? nil : scaled(figure, by: denominator, over: numerator)
        }
    }

    private struct Point: Sendable, Equatable {
        var at: Instant
        var millionths: Int64
    }

    private enum Course: Sendable, Equatable {
        case constant
        case ramp([Point])
        case stairs([Point])
    }

    /// The first instant of the window's first day.
    package let start: Instant
    /// The first instant after the deadline's day.
    package let end: Instant
    private let course: Course

    package init(_ target: TargetContract, zone: Zone) {
        let start = zone.start(of: target.windowStart)
        let end = zone.start(of: target.deadline.adding(days: 1))
        func points(_ knots: [TrajectoryContract.Knot]) -> [Point] {
            knots.map { knot in
                let share = min(max(knot.shareMillionths, 0), 1_000_000)
                return Point(at: zone.start(of: knot.day.adding(days: 1)), millionths: share)
            }
        }
        self.start = start
        self.end = end
        switch target.trajectory {
        case .constant: self.course = .constant
        case .linear: self.course = .ramp([Point(at: end, millionths: 1_000_000)])
        case .profile(let knots): self.course = .ramp(points(knots))
        case .steps(let knots): self.course = .stairs(points(knots))
        }
    }

    /// The share that is expected at the instant: 0 before the window, the last share after the
    /// last day.
    package func share(at instant: Instant) -> Share {
        switch course {
        case .constant:
            return .whole
        case .stairs(let points):
            let reached = points.last { $0.at <= instant }?.millionths ?? 0
            return Share(numerator: Int128(reached), denominator: 1_000_000)
        case .ramp(let points):
            guard instant > start else { return .none }
            var from = Point(at: start, millionths: 0)
            for point in points {
                if instant < point.at { return Trajectory.between(from, point, at: instant) }
                from = point
            }
            return Share(numerator: Int128(from.millionths), denominator: 1_000_000)
        }
    }

    /// Even growth from one point to the next: exact, so that half a year of 365 days is 181/365
    /// and no more.
    private static func between(_ from: Point, _ to: Point, at instant: Instant) -> Share {
        let span = Int128(to.at.microseconds) - Int128(from.at.microseconds)
        guard span > 0 else {
            return Share(numerator: Int128(to.millionths), denominator: 1_000_000)
        }
        let passed = max(0, Int128(instant.microseconds) - Int128(from.at.microseconds))
        let rise = Int128(to.millionths - from.millionths)
        return Share(
            numerator: Int128(from.millionths) * span + rise * passed, denominator: span * 1_000_000
        )
    }
}
