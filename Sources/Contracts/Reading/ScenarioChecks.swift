/// One entry of a scenario's `metrics` against its plan.
internal struct MetricCheck {
    let name: String
    let entry: ScenarioDraft.Named<ScenarioDraft.Metric>
    /// The year before: a part of the goal, or of the total where there is no goal.
    let base: ScenarioDraft.Named<Int64>?
    let plan: PlanContract
    let streams: KnownStreams
    /// Whether the scenario itself has the entry: what is inherited is told where it stands.
    let isOwn: Bool
    let problems: ProblemList

    private func refuse(_ mark: Mark, _ what: String, _ instead: String) {
        if isOwn { problems.error(mark, what, instead) }
    }

    func course() -> MetricCourse? {
        guard let (_, metric) = streams.metrics.first(where: { $0.metric.name == name }) else {
            if streams.isComplete {
                refuse(
                    entry.mark, "there is no metric `\(name)`",
                    Spelling.suggestion(for: name, among: streams.metrics.map(\.metric.name)))
            }
            return nil
        }
        let goal = plan.targets.first { target in
            if case .metric(_, name, _, nil) = target.source { return target.kind == .total }
            return false
        }?.value
        let months = IndicatorSeries.periodEnds(
            months: 1, from: plan.periodStart, to: plan.periodEnd
        ).count
        if let given = entry.value.months, given.count != months {
            refuse(
                entry.mark, "`\(name)` has \(given.count) weights in `months`",
                "write one for each month of the plan's period, \(months)")
            return nil
        }
        guard let total = total(goal, scale: metric.scale) else { return nil }
        let baseTotal = base.flatMap { scaled(goal ?? total, $0.value) }
        return MetricCourse(total: total, baseTotal: baseTotal, months: entry.value.months)
    }

    private func total(_ goal: Int64?, scale: Int) -> Int64? {
        if let total = entry.value.total {
            return MappingReader.figure(
                total.value, scale: scale, total.mark, "`total`", problems)
        }
        guard let end = entry.value.end else {
            refuse(
                entry.mark, "`\(name)` has neither `end` nor `total`",
                "write `end`, a part of the goal, or `total`")
            return nil
        }
        guard let goal else {
            refuse(
                entry.mark, "no target of `\(plan.id)` counts all of `\(name)`, so it has no goal",
                "write `total` in place of `end`")
            return nil
        }
        return scaled(goal, end)
    }

    /// Rounded up from the goal on, so that `end: 1` meets it.
    private func scaled(_ figure: Int64, _ part: Int64) -> Int64? {
        let (quotient, rest) = (Int128(figure) * Int128(part)).quotientAndRemainder(
            dividingBy: 1_000_000)
        let rounded = Int64(exactly: rest > 0 && part >= 1_000_000 ? quotient + 1 : quotient)
        if rounded == nil {
            refuse(entry.mark, "`\(name)` goes beyond 64 bits", "write a smaller part")
        }
        return rounded
    }
}

/// One entry of a scenario's `indicators` against its plan.
internal struct SeriesCheck {
    let name: String
    let entry: ScenarioDraft.Named<ScenarioDraft.Indicator>
    let plan: PlanContract
    /// Whether the scenario itself has the entry: what is inherited is told where it stands.
    let isOwn: Bool
    let problems: ProblemList

    private func refuse(_ what: String, _ instead: String) {
        if isOwn { problems.error(entry.mark, "`\(name)`: \(what)", instead) }
    }

    func series() -> IndicatorSeries? {
        let draft = entry.value
        let known = plan.targets.compactMap(\.indicator)
        guard let target = plan.targets.first(where: { $0.indicator == name }) else {
            refuse(
                "no target of `\(plan.id)` reads this indicator",
                Spelling.suggestion(for: name, among: known))
            return nil
        }
        guard let outcome = draft.outcome else {
            refuse("nothing says how it ends", "add `values`, `end`, `ends_at`, `done` or `rounds`")
            return nil
        }
        let figures = figures(outcome, target)
        var isDated = false
        if case .rounds = figures { isDated = true }
        let cadence = draft.cadence ?? (isDated ? .quarters : nil)
        let delay = draft.delay ?? (isDated ? .days(1) : nil)
        guard let cadence, let delay else {
            refuse(
                "nothing says how often and how late it is published",
                "add `cadence: months` and `delay: 12 d`, for example")
            return nil
        }
        let ends = IndicatorSeries.periodEnds(
            months: cadence == .quarters ? 3 : cadence == .years ? 12 : 1,
            from: plan.periodStart, to: plan.periodEnd)
        if case .values(let values) = figures, values.count != ends.count {
            refuse(
                "\(values.count) values for \(ends.count) periods",
                "write one for each of them, `none` where none is published")
            return nil
        }
        let skipped = draft.skipped ?? []
        for number in skipped where !(1...Int64(max(1, ends.count))).contains(number) {
            refuse(
                "`skip` names period \(number) of \(ends.count)",
                "number the periods from 1, in their order")
        }
        guard let figures else { return nil }
        if isOwn, case .along(let end, .stalls) = figures,
            target.isMet(end, scale: ContractLimits.scaleMax)
        {
            problems.warning(
                entry.mark, "`\(name)`: it stalls, yet reaches its goal", "lower its end")
        }
        return IndicatorSeries(
            cadence: cadence, delayDays: Int(delay.components.seconds / 86_400),
            basis: draft.basis ?? .cumulative, figures: figures,
            skipped: Set(skipped.map { Int($0) }), yearsBefore: draft.yearsBefore ?? [],
            byDivision: draft.byDivision ?? false, noise: draft.noise ?? 4_000,
            benchmark: draft.benchmark)
    }

    /// Nil where the outcome does not fit the target; that is told.
    private func figures(
        _ outcome: ScenarioDraft.Indicator.Outcome, _ target: TargetContract
    ) -> IndicatorSeries.Figures? {
        let course = entry.value.course
        switch outcome {
        case .values(let values):
            guard course == nil else {
                refuse("`values` follow no `course`", "remove it")
                return nil
            }
            return .values(values)
        case .end(let part):
            guard let end = target.figure(atPart: part), target.value > 0 else {
                refuse("its goal is 0, of which there is no part", "write `values`")
                return nil
            }
            return along(end, course ?? .planned, target)
        case .endsAt(let end):
            return along(end, course ?? .planned, target)
        case .done(let day):
            guard target.kind == .milestone, let goal = target.goalMillionths else {
                refuse("a \(target.kind.rawValue) is not done on a day", "write `end` or `rounds`")
                return nil
            }
            return rounds([.init(day: day, reached: goal)])
        case .never:
            return rounds([])
        case .rounds(let list):
            guard [.milestone, .total, .level].contains(target.kind) else {
                refuse("a \(target.kind.rawValue) has no rounds", "write `values` or `end`")
                return nil
            }
            return rounds(list)
        }
    }

    private func along(
        _ end: Int64, _ course: IndicatorSeries.Course, _ target: TargetContract
    ) -> IndicatorSeries.Figures? {
        guard target.kind != .milestone else {
            refuse("a milestone has no course", "write `done: DAY`, `done: never` or `rounds`")
            return nil
        }
        guard target.bound != .atMost || course == .planned, target.value > 0 else {
            refuse("a ceiling, or a goal of 0, has no course", "write `values`")
            return nil
        }
        return .along(end: end, course)
    }

    private func rounds(_ list: [IndicatorSeries.Round]) -> IndicatorSeries.Figures? {
        for round in list where round.day < plan.periodStart || round.day > plan.periodEnd {
            refuse(
                "\(round.day.iso) lies outside the plan's period",
                "write a day from \(plan.periodStart.iso) to \(plan.periodEnd.iso), or `never`")
            return nil
        }
        return .rounds(list)
    }
}
