/// Merges a scenario with those that it is based on, and checks it against its plan.
internal struct ScenarioMerge {
    let streams: KnownStreams
    let plans: [PlanContract]
    /// False where a plan's file has errors: a plan that is not found is then passed over.
    let plansAreComplete: Bool
    let drafts: [String: ScenarioDraft]

    /// Nil where it, or what it is based on, has errors. Problems go to the draft's own list.
    func read(_ own: ScenarioDraft) -> ScenarioContract? {
        let errors = own.problems.errorCount
        guard let merged = merged(own, []), let plan = plan(of: own) else { return nil }
        var scenario = ScenarioContract(
            id: own.id.value, plan: plan.id, titleZh: own.titleZh, titleEn: own.titleEn,
            metrics: [:], episodes: merged.episodes.map(\.value),
            disturbances: merged.disturbances, indicators: [:])
        for (name, entry) in merged.metrics.sorted(by: { $0.key < $1.key }) {
            let check = MetricCheck(
                name: name, entry: entry, base: merged.baseYear[name], plan: plan,
                streams: streams, isOwn: own.metrics[name] != nil, problems: own.problems)
            scenario.metrics[name] = check.course()
        }
        for name in own.baseYear.keys.sorted() where merged.metrics[name] == nil {
            own.problems.error(
                own.baseYear[name]?.mark ?? own.id.mark,
                "`base_year` names `\(name)`, which `metrics` does not have",
                Spelling.suggestion(for: name, among: merged.metrics.keys.sorted()))
        }
        for (name, entry) in merged.indicators.sorted(by: { $0.key < $1.key }) {
            let check = SeriesCheck(
                name: name, entry: entry, plan: plan, isOwn: own.indicators[name] != nil,
                problems: own.problems)
            scenario.indicators[name] = check.series()
        }
        for episode in own.episodes { check(episode, plan, own.problems) }
        // Those of the scenario that this one is based on are told there.
        if own.basedOn == nil { checkCompleteness(merged, plan) }
        return own.problems.errorCount == errors ? scenario : nil
    }

    /// Whether neither the scenario nor one that it is based on has errors. Call after all were
    /// read.
    func isSound(_ name: String) -> Bool {
        var passed: Set<String> = []
        var next: String? = name
        while let name = next, passed.insert(name).inserted {
            guard let draft = drafts[name], draft.problems.errorCount == 0 else { return false }
            next = draft.basedOn?.value
        }
        return true
    }

    private func plan(of own: ScenarioDraft) -> PlanContract? {
        if let plan = plans.first(where: { $0.id == own.plan.value }) { return plan }
        if plansAreComplete {
            own.problems.error(
                own.plan.mark, "there is no plan `\(own.plan.value)`",
                Spelling.suggestion(for: own.plan.value, among: plans.map(\.id)))
        }
        return nil
    }

    private func merged(_ draft: ScenarioDraft, _ above: [String]) -> ScenarioDraft? {
        guard let basedOn = draft.basedOn else { return draft }
        let chain = above + [draft.id.value]
        guard !chain.contains(basedOn.value) else {
            drafts[chain[0]]?.problems.error(
                drafts[chain[0]]?.basedOn?.mark ?? basedOn.mark,
                "the scenario is based on itself: "
                    + (chain + [basedOn.value]).joined(separator: " on "),
                "remove one `based_on`")
            return nil
        }
        guard let base = drafts[basedOn.value] else {
            draft.problems.error(
                basedOn.mark, "there is no scenario `\(basedOn.value)`",
                Spelling.suggestion(
                    for: basedOn.value, among: drafts.keys.filter { $0 != draft.id.value }.sorted())
            )
            return nil
        }
        guard base.plan.value == draft.plan.value else {
            draft.problems.error(
                basedOn.mark,
                "`\(base.id.value)` is a scenario of the plan `\(base.plan.value)`",
                "base it on one of `\(draft.plan.value)`")
            return nil
        }
        return merged(base, chain).map { draft.over($0) }
    }

    private func check(
        _ episode: ScenarioDraft.Named<Episode>, _ plan: PlanContract, _ problems: ProblemList
    ) {
        let value = episode.value
        for day in [value.from, value.to] where day < plan.periodStart || day > plan.periodEnd {
            problems.error(
                episode.mark, "the episode's \(day.iso) lies outside the plan's period",
                "write days from \(plan.periodStart.iso) to \(plan.periodEnd.iso)")
        }
        for division in value.divisions where !String(division).hasPrefix(plan.place) {
            problems.error(
                episode.mark, "the division \(division) is not of the plan's place",
                "write one that begins with \(plan.place)")
        }
        guard let stream = streams.streams.first(where: { $0.name == value.stream }) else {
            if streams.isComplete {
                problems.error(
                    episode.mark, "there is no stream `\(value.stream)`",
                    Spelling.suggestion(for: value.stream, among: streams.streams.map(\.name)))
            }
            return
        }
        if stream.kind == .measurements, case .factor = value.effect {
            problems.error(
                episode.mark, "the figures of `\(stream.name)` have no `factor`",
                "write them in `indicators`, or `silent: true`")
        }
        let known = plan.targets.compactMap(\.indicator)
        for name in value.indicators where !known.contains(name) {
            problems.error(
                episode.mark, "no target of `\(plan.id)` reads the indicator `\(name)`",
                Spelling.suggestion(for: name, among: known))
        }
        if stream.kind == .events, !value.indicators.isEmpty {
            problems.error(
                episode.mark, "the stream `\(stream.name)` has no indicators", "remove them")
        }
    }

    private func checkCompleteness(_ draft: ScenarioDraft, _ plan: PlanContract) {
        for target in plan.targets {
            let isThere =
                switch target.source {
                case .metric(_, let metric, _, _): draft.metrics[metric] != nil
                case .indicator(_, let indicator): draft.indicators[indicator] != nil
                }
            if !isThere {
                draft.problems.error(
                    draft.id.mark, "the target `\(target.id)` has no entry",
                    target.indicator == nil ? "add it to `metrics`" : "add it to `indicators`")
            }
        }
    }
}

extension TargetContract {
    /// Nil for one that is fed by a metric.
    package var indicator: String? {
        if case .indicator(_, let name) = source { name } else { nil }
    }
}
