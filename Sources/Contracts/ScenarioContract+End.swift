/// What a scenario says of a target's end, from its figures alone.
package struct ExpectedEnd: Sendable, Equatable {
    package enum Status: String, Sendable {
        case achieved, missed
        /// The figures cannot say: none is given, or it is out after the simulation's end.
        case undecided
    }

    package var status: Status
    /// The day after which the status holds to the end; nil where it is undecided.
    package var settled: CivilDate?

    package init(_ status: Status, settled: CivilDate?) {
        self.status = status
        self.settled = settled
    }
}

extension ScenarioContract {
    /// How the target ends in the year that the scenario tells.
    package func expectedEnd(of target: TargetContract, in plan: PlanContract) -> ExpectedEnd {
        let undecided = ExpectedEnd(.undecided, settled: nil)
        let lastDay = target.deadline.adding(days: target.rule.graceDays + 1)
        switch target.source {
        case .metric(_, let metric, _, let member):
            guard let course = metrics[metric], member == nil, target.kind == .total,
                target.windowStart == plan.periodStart, target.deadline == plan.periodEnd
            else { return undecided }
            let met = target.isMet(course.total, scale: target.scale)
            // What was late or taken back is put right in the weeks after the deadline.
            return ExpectedEnd(
                met ? .achieved : .missed,
                settled: plan.periodEnd.adding(days: ScenarioContract.daysAfter))
        case .indicator(_, let indicator):
            guard let series = indicators[indicator],
                let last = series.last(of: target, in: plan),
                last.published
                    <= plan.periodEnd.adding(
                        days: ScenarioContract.daysAfter - IndicatorSeries.deliveryDaysMax)
            else { return undecided }
            if target.isMet(last.figure, scale: ContractLimits.scaleMax) {
                let known = last.published.adding(days: IndicatorSeries.deliveryDaysMax)
                return ExpectedEnd(.achieved, settled: max(known, lastDay))
            }
            // While its grace lasts there is hope, and no figure that could end it.
            guard lastDay < plan.periodEnd.adding(days: ScenarioContract.daysAfter) else {
                return undecided
            }
            return ExpectedEnd(.missed, settled: lastDay)
        }
    }
}

extension RuleContract {
    fileprivate var graceDays: Int {
        Int((grace.components.seconds + 86_399) / 86_400)
    }
}

extension IndicatorSeries {
    /// A figure is delivered so long after its publication at most, lost feeds aside.
    package static let deliveryDaysMax = 4

    /// The figure by which the target ends, and the day on which it is out. Nil where there is none.
    func last(of target: TargetContract, in plan: PlanContract) -> (
        figure: Int64, published: CivilDate
    )? {
        switch figures {
        case .rounds(let rounds):
            guard let round = rounds.last(where: { $0.day <= target.deadline }) else {
                return (0, target.deadline.adding(days: delayDays))
            }
            return (round.reached, round.day.adding(days: delayDays))
        case .along(let end, _):
            return (end, target.deadline.adding(days: delayDays))
        case .values(let values):
            let ends = periodEnds(from: plan.periodStart, to: plan.periodEnd)
            let out = zip(ends, values).filter { $0 <= target.deadline && $1 != nil }
            guard let (day, value) = out.last, let value else { return nil }
            return (value, day.adding(days: delayDays))
        }
    }

    /// The last days of the periods that `values` gives figures of: months for `days`.
    package func periodEnds(from start: CivilDate, to end: CivilDate) -> [CivilDate] {
        let months =
            switch cadence {
            case .days, .months: 1
            case .quarters: 3
            case .years: 12
            }
        return IndicatorSeries.periodEnds(months: months, from: start, to: end)
    }

    /// Last days of the calendar's months, quarters or years that end within the span.
    package static func periodEnds(
        months: Int, from start: CivilDate, to end: CivilDate
    ) -> [CivilDate] {
        var ends: [CivilDate] = []
        var day = start
        while day <= end {
            let (year, month, _) = day.components
            guard
                let last = CivilDate(
                    year: year, month: month, day: CivilDate.days(inMonth: month, of: year))
            else { return ends }
            if last <= end, month % months == 0 { ends.append(last) }
            day = last.adding(days: 1)
        }
        return ends
    }
}

extension TargetContract {
    /// Whether a figure of 10^-scale units meets the goal.
    package func isMet(_ figure: Int64, scale: Int) -> Bool {
        let power = max(scale, self.scale)
        func lifted(_ figure: Int64, from scale: Int) -> Int128 {
            (scale..<power).reduce(Int128(figure)) { product, _ in product * 10 }
        }
        let value = lifted(figure, from: scale)
        let goal = lifted(self.value, from: self.scale)
        return switch bound {
        case .atLeast: value >= goal
        case .atMost: value <= goal
        case .about: (value - goal).magnitude <= lifted(tolerance, from: self.scale).magnitude
        case .range: value >= goal && value <= lifted(valueMax ?? self.value, from: self.scale)
        }
    }

    /// The goal in millionths of its unit; nil beyond 64 bits.
    package var goalMillionths: Int64? {
        let power = ContractLimits.scaleMax - scale
        guard power >= 0 else { return nil }
        return Int64(exactly: (0..<power).reduce(Int128(value)) { product, _ in product * 10 })
    }

    /// The steps in which an office gives the indicator's figures, in millionths: whole numbers for
    /// what is counted, five digits of a large sum, a decimal more than nothing for a rate.
    package var figureStep: Int64 {
        let goal = goalMillionths.map { $0.magnitude } ?? 0
        if ["percent", "percentage_points"].contains(unit) {
            var step: Int64 = 100_000
            while step > 1, goal % step.magnitude != 0 { step /= 10 }
            return step
        }
        var step: Int64 = 1_000_000
        while goal / step.magnitude >= 1_000_000 { step *= 10 }
        return step
    }

    /// A figure at that part (millionths) of the goal, in the office's steps: rounded so that what
    /// falls short of the goal does not reach it. Nil beyond 64 bits.
    package func figure(atPart part: Int64) -> Int64? {
        guard let goal = goalMillionths else { return nil }
        let step = Int128(figureStep)
        let exact = Int128(goal) * Int128(part)
        let (quotient, rest) = exact.quotientAndRemainder(dividingBy: step * 1_000_000)
        let up = rest > 0 && part >= 1_000_000
        return Int64(exactly: (up ? quotient + 1 : quotient) * step)
    }
}
