/// One file of `Topics/scenarios` as it is written, before it is merged with what it is based on.
internal struct ScenarioDraft {
    struct Named<Value> {
        var value: Value
        var mark: Mark
    }

    struct Metric {
        var end: Int64?
        /// The metric's decimals are known with its stream.
        var total: Named<String>?
        var months: [Int64]?

        mutating func overlay(_ other: Metric) {
            if other.end != nil || other.total != nil {
                end = other.end
                total = other.total
            }
            months = other.months ?? months
        }
    }

    struct Indicator {
        enum Outcome {
            case values([Int64?])
            case end(Int64)
            case endsAt(Int64)
            case done(CivilDate)
            case never
            case rounds([IndicatorSeries.Round])
        }

        var cadence: IndicatorSeries.Cadence?
        var delay: Duration?
        var basis: IndicatorSeries.Basis?
        var outcome: Outcome?
        var course: IndicatorSeries.Course?
        var skipped: [Int64]?
        var yearsBefore: [Int64]?
        var byDivision: Bool?
        var noise: Int64?
        var benchmark: IndicatorSeries.Benchmark?

        mutating func overlay(_ other: Indicator) {
            cadence = other.cadence ?? cadence
            delay = other.delay ?? delay
            basis = other.basis ?? basis
            if other.outcome != nil {
                outcome = other.outcome
                course = nil
            }
            course = other.course ?? course
            skipped = other.skipped ?? skipped
            yearsBefore = other.yearsBefore ?? yearsBefore
            byDivision = other.byDivision ?? byDivision
            noise = other.noise ?? noise
            benchmark = other.benchmark ?? benchmark
        }
    }

    var id: Named<String>
    var plan: Named<String>
    var titleZh: String
    var titleEn: String
    var basedOn: Named<String>?
    var metrics: [String: Named<Metric>] = [:]
    var baseYear: [String: Named<Int64>] = [:]
    var episodes: [Named<Episode>] = []
    var disturbances: [ScenarioContract.Disturbance: Int64] = [:]
    var indicators: [String: Named<Indicator>] = [:]
    let problems: ProblemList

    /// This one's entries over those of the one that it is based on, key by key.
    func over(_ other: ScenarioDraft) -> ScenarioDraft {
        var merged = self
        merged.metrics = other.metrics
        for (name, entry) in metrics {
            var value = other.metrics[name]?.value ?? Metric()
            value.overlay(entry.value)
            merged.metrics[name] = Named(value: value, mark: entry.mark)
        }
        merged.indicators = other.indicators
        for (name, entry) in indicators {
            var value = other.indicators[name]?.value ?? Indicator()
            value.overlay(entry.value)
            merged.indicators[name] = Named(value: value, mark: entry.mark)
        }
        merged.baseYear = other.baseYear.merging(baseYear) { _, own in own }
        merged.episodes = other.episodes + episodes
        merged.disturbances = other.disturbances.merging(disturbances) { _, own in own }
        return merged
    }
}
