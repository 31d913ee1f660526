internal import Contracts

/// The figures that a scenario's series takes for a target. Everything follows from the seed and the
/// names, so that no series depends on another.
struct SeriesCourse {
    let target: TargetContract
    let plan: PlanContract
    let series: IndicatorSeries
    private let seed: UInt64

    init(target: TargetContract, plan: PlanContract, series: IndicatorSeries, seed: UInt64) {
        self.target = target
        self.plan = plan
        self.series = series
        var letters: UInt64 = 0
        for byte in target.id.utf8 { letters = letters &* 131 &+ UInt64(byte) }
        self.seed = Dice.mix(seed ^ letters)
    }

    private var step: Int64 { target.figureStep }
    private var goal: Int64 { target.goalMillionths ?? 0 }

    /// So few that each one shows: rounded up on the way, and neither noisy nor revised.
    private var isSmall: Bool {
        let isCount = target.kind == .total || target.kind == .level
        let isRate = ["percent", "percentage_points"].contains(target.unit)
        return isCount && !isRate && goal.magnitude < 200 * step.magnitude
    }

    /// In the order of their periods.
    func figures() -> [SimulatedIndicator.Figure] {
        let ends = series.periodEnds(from: plan.periodStart, to: plan.periodEnd)
        switch series.figures {
        case .rounds(let rounds):
            return dated(rounds, reports: ends)
        case .values(let values):
            return published(ends, values)
        case .along(let end, let course):
            var values: [Int64?] = []
            var last: Int64 = 0
            for (place, day) in ends.enumerated() {
                var value =
                    day >= target.deadline || place == ends.count - 1
                    ? end : self.value(on: day, place, end: end, course)
                if target.kind == .total {
                    value = max(last, end > 0 ? min(value, end) : value)
                    last = value
                }
                values.append(value)
            }
            return published(ends, values)
        }
    }

    /// Figures of the years before: those that are out already come once more in the first weeks.
    func yearsBefore() -> [SimulatedIndicator.Figure] {
        let year = plan.periodStart.components.year
        let values = series.yearsBefore
        return values.enumerated().compactMap { place, value in
            let year = year - values.count + place
            guard let end = CivilDate(year: year, month: 12, day: 31) else { return nil }
            let out = max(
                end.adding(days: series.delayDays), plan.periodStart.adding(days: 9 + place))
            return SimulatedIndicator.Figure(
                period: period(endingOn: end), end: end, value: value, out: out,
                isRevisable: false)
        }
    }

    /// Skips what is published with the next one.
    private func published(
        _ ends: [CivilDate], _ values: [Int64?]
    ) -> [SimulatedIndicator.Figure] {
        if series.cadence == .days { return daily(ends, values) }
        return zip(ends, values).enumerated().compactMap { place, row in
            guard let value = row.1, !series.skipped.contains(place + 1) else { return nil }
            return figure(row.0, value, place, isLast: place == ends.count - 1)
        }
    }

    private func figure(
        _ end: CivilDate, _ value: Int64, _ place: Int, isLast: Bool
    ) -> SimulatedIndicator.Figure {
        var dice = Dice(seed, place, 1)
        // The last ones of a long delay come on their day, or they would be out after the year's
        // run.
        let late = (8...40).contains(series.delayDays) ? dice.below(3) : 0
        return SimulatedIndicator.Figure(
            period: period(endingOn: end), end: end, value: value,
            out: end.adding(days: series.delayDays + late),
            isRevisable: !isLast && !isSmall && series.cadence != .days)
    }

    /// Months spread evenly over their days, each out on its own.
    private func daily(
        _ ends: [CivilDate], _ values: [Int64?]
    ) -> [SimulatedIndicator.Figure] {
        var figures: [SimulatedIndicator.Figure] = []
        var before: Int64 = 0
        for (end, value) in zip(ends, values) {
            guard let value else { continue }
            let count = Int64(end.components.day)
            var told = before
            for place in 1...count {
                let exact = Int128(value - before) * Int128(place) / Int128(count)
                let sum = before + Int64(exact) / step * step
                let day = end.adding(days: Int(place - count))
                let reached = place == count ? value : sum
                figures.append(
                    SimulatedIndicator.Figure(
                        period: .day(day), end: day,
                        value: series.basis == .period ? reached - told : reached,
                        out: day.adding(days: series.delayDays), isRevisable: false))
                told = reached
            }
            before = value
        }
        return figures
    }

    /// What was reached on which day, and until all of it is, reports of where it stands.
    private func dated(
        _ rounds: [IndicatorSeries.Round], reports: [CivilDate]
    ) -> [SimulatedIndicator.Figure] {
        var figures = rounds.map { round in
            SimulatedIndicator.Figure(
                period: .day(round.day), end: round.day, value: round.reached,
                out: round.day.adding(days: series.delayDays), isRevisable: false)
        }
        guard target.kind != .level else { return figures }
        for (place, end) in reports.enumerated() where end < target.deadline {
            let reached = rounds.last { $0.day <= end }
            let isTold = reached.map { $0.day == end || $0.reached >= goal } ?? false
            if !isTold {
                figures.append(figure(end, reached?.reached ?? 0, place, isLast: true))
            }
        }
        return figures.sorted { ($0.end.dayNumber, $0.value) < ($1.end.dayNumber, $1.value) }
    }

    private func period(endingOn end: CivilDate) -> SimulatedIndicator.Period {
        let (year, month, _) = end.components
        return switch series.cadence {
        case .days: .day(end)
        case .months: .month(year, month)
        case .quarters: .quarter(year, (month + 2) / 3)
        case .years: .year(year)
        }
    }
}

extension SeriesCourse {
    private static let whole: Int64 = 1_000_000

    private func share(_ day: CivilDate) -> Int64 {
        target.trajectory.share(atEndOf: day, from: target.windowStart, to: target.deadline)
    }

    /// A figure on the way to the end, in the office's steps.
    private func value(
        on day: CivilDate, _ place: Int, end: Int64, _ course: IndicatorSeries.Course
    ) -> Int64 {
        guard goal != 0 else { return end }
        let passed = elapsed(day)
        var part = Int64(
            clamping: part(
                of: Int64(clamping: Int128(end) * 1_000_000 / Int128(goal)), on: day, course))
        if !isSmall {
            // Less of it towards the end, where the scenario's figure stands.
            var dice = Dice(seed, place, 2)
            let draw = Int64(dice.below(2_001)) - 1_000
            part +=
                part * series.noise / Self.whole * draw / 1_000 * (Self.whole - passed)
                / Self.whole
        }
        var exact = Int128(goal) * Int128(part) / Int128(Self.whole)
        if isSmall, course == .planned || course == .early {
            // A scheme of ten that should have reached 1.4 has begun its second.
            exact += Int128(step) * 95 / 100
        } else {
            exact += Int128(step) / 2
        }
        let rounded = Int64(clamping: exact / Int128(step) * Int128(step))
        let isShare = target.kind == .level && target.unit == "percent"
        return isShare ? min(rounded, 100_000_000) : rounded
    }

    /// How much of the target's window is over by the end of the day, in millionths.
    private func elapsed(_ day: CivilDate) -> Int64 {
        let length = Int64(target.deadline.days(since: target.windowStart) + 1)
        let passed = Int64(day.days(since: target.windowStart) + 1)
        return min(max(passed, 0), length) * Self.whole / length
    }

    /// The part of the goal on a day of a series that ends at the part `end`.
    private func part(
        of end: Int64, on day: CivilDate, _ course: IndicatorSeries.Course
    ) -> Int64 {
        let whole = Self.whole
        let share = share(day)
        let passed = elapsed(day)
        let isLevel = target.trajectory == .constant
        func times(_ left: Int64, _ right: Int64) -> Int64 {
            Int64(clamping: Int128(left) * Int128(right) / Int128(whole))
        }
        switch course {
        case .planned:
            return times(share, end)
        case .early:
            if isLevel { return times(end, whole + (whole - passed) / 20) }
            let ahead = min(day.adding(days: 30), target.deadline)
            return times(self.share(ahead), end)
        case .late, .dips:
            var gap = passed <= 750_000 ? whole : (whole - passed) * 4
            if course == .dips { gap = min(gap, max(passed - 500_000, 0) * 5) }
            if isLevel { return times(end, whole - times(gap, 180_000)) }
            let start = firstShare
            let behind = start + times(share - start, whole - times(gap, 340_000))
            return times(behind, end)
        case .stalls:
            if isLevel {
                let fallen = min(max(passed - 450_000, 0) * 5 / 2, whole)
                return whole + times(end - whole, fallen)
            }
            let turn = self.share(turningDay)
            if share <= turn || turn >= whole { return min(share, max(end, turn)) }
            guard end > turn else { return turn }
            let rest = Int128(share - turn) * Int128(end - turn) / Int128(whole - turn)
            return turn + Int64(rest)
        }
    }

    /// Where a stock begins that is not built from nothing.
    private var firstShare: Int64 {
        guard target.kind == .level, case .profile(let knots) = target.trajectory else { return 0 }
        return knots.first?.shareMillionths ?? 0
    }

    /// Half of the window is over.
    private var turningDay: CivilDate {
        let length = target.deadline.days(since: target.windowStart)
        return target.windowStart.adding(days: length / 2)
    }
}
