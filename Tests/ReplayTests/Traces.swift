import Aggregates
import Contracts
import Ledger
import Replay
import Status

let shanghai = Zone(identifier: "Asia/Shanghai")!

/// Hours after a day's midnight in Shanghai.
func at(_ iso: String, _ hour: Int = 0) -> Instant {
    shanghai.start(of: CivilDate(iso: iso)!).adding(.hours(hour))
}

extension TargetContract {
    /// 3,650 visitors by the end of the year: ten a day.
    static func visitors(
        value: Int64 = 3_650, hold: Duration = .zero, dwell: Duration = .zero,
        staleAfter: Duration? = nil
    ) -> TargetContract {
        TargetContract(
            id: "tourism.visitors", sector: "tourism", area: "6", nameZh: "游客", nameEn: "Visitors",
            kind: .total, bound: .atLeast, value: value, valueMax: nil, tolerance: 0, slack: 1,
            scale: 0, unit: "visits", windowStart: CivilDate(iso: "2023-01-01")!,
            deadline: CivilDate(iso: "2023-12-31")!,
            source: .metric(
                stream: "tourism.arrivals", metric: "tourism.visitors", breakdown: nil, member: nil),
            trajectory: .linear,
            rule: RuleContract(
                atRiskBelow: 950_000, offTrackBelow: 850_000, recoverAbove: 970_000, hold: hold,
                dwell: dwell, staleAfter: staleAfter, grace: .zero))
    }

    static func growth() -> TargetContract {
        var target = visitors(value: 7)
        target.id = "economy.gdp-growth"
        target.kind = .growth
        target.unit = "percent"
        target.source = .indicator(stream: "sector.measurements", indicator: "economy.gdp-growth")
        target.trajectory = .constant
        return target
    }
}

/// A log of one partition, told by hand, with the rounds that saw it.
struct HandmadeLog {
    var target = TargetContract.visitors()
    var editions: [ChangeRecomputation.Edition] = []
    var starts: [String: Judgement.Positions] = [:]
    private(set) var rounds: [Judgement.Round] = []
    private var entries: [(offset: Int64, note: (inout StreamTrace, SecondFold.Lane) -> Void)] = []
    private var offset: Int64 = 0

    /// Figures of an hour; less than zero: taken back.
    mutating func event(_ hour: Instant, _ visitors: Int64, division: Int32 = 410_311) {
        let metric = "tourism.visitors"
        entries.append(
            (
                offset,
                { trace, lane in
                    trace.note(
                        metric, hour: hour, kinds: visitors < 0 ? .takeBack : .addition, in: lane)
                    trace.note(
                        SeriesKey(metric: metric), division: division, hour: hour,
                        sum: BucketSum(value: Int128(visitors), events: visitors < 0 ? -1 : 1),
                        in: lane)
                }
            ))
        offset += 1
    }

    mutating func reading(
        _ value: Int64, _ period: String, published: Instant, revision: Int64 = 0
    ) {
        let days = MeasurementPeriod(period)!
        let read = MeasurementBook.Reading(
            topicPartition: 7, recordOffset: offset, period: period, periodStart: days.start,
            periodEnd: days.end, basis: .cumulative, revision: revision, publishedAt: published,
            value: value)
        let indicator = "economy.gdp-growth"
        entries.append(
            (
                offset,
                { trace, lane in
                    trace.note(
                        indicator, hour: shanghai.startOfHour(at: published), kinds: .addition,
                        in: lane)
                    trace.note(read, of: indicator, division: 410_300, in: lane)
                }
            ))
        offset += 1
    }

    /// The judge looks at all there is, or at less.
    mutating func round(
        _ asOf: Instant, upTo: Int64? = nil, revision: Int = 1, generation: Int32 = 1
    ) {
        var positions = Judgement.Positions()
        positions.append(topicPartition: 7, generation: generation, offset: upTo ?? offset)
        rounds.append(
            Judgement.Round(
                round: Int64(rounds.count + 1), stream: target.source.stream, revision: revision,
                asOf: asOf, clock: asOf, watermark: asOf, positions: positions))
    }

    func run() -> ChangeRecomputation {
        let editions = editions.isEmpty ? [edition(since: 0, target)] : editions
        let cuts = ChangeRecomputation.cuts(rounds, starts: Array(starts.values))
        var watches: Set<StreamTrace.Watch> = []
        if case .metric(_, let metric, _, _) = target.source {
            watches = [
                .init(series: SeriesKey(metric: metric), divisions: divisions(of: "4103"))
            ]
        }
        var trace = StreamTrace(
            zone: shanghai, watches: watches, indicators: ["economy.gdp-growth"])
        for entry in entries {
            let part = (cuts[7] ?? []).filter { $0 <= entry.offset }.count
            entry.note(&trace, SecondFold.Lane(id: 7, part: part))
        }
        var recomputation = ChangeRecomputation(
            target: target.id, editions: editions, streams: [.tourism, .measurements],
            traces: [target.source.stream: trace], cuts: cuts, starts: starts)
        for round in rounds { recomputation.run(round) }
        return recomputation
    }

    func edition(
        since round: Int64, _ target: TargetContract?, revision: Int = 1
    ) -> ChangeRecomputation.Edition {
        .init(
            sinceRound: round, revision: revision, zone: shanghai, division: 410_300,
            place: "4103", target: target)
    }

    /// Round, statuses, cause and value of each change.
    func changes() -> [String] {
        run().changes.map { step in
            let value = step.assessment.value.map {
                Figure.format($0, scale: step.yardstick.scale)
            }
            let change = step.change.map { "\($0.from?.rawValue ?? "-") \($0.to.rawValue)" } ?? ""
            return "\(step.round.round) \(change) \(ChangeCause(step.evidence)) \(value ?? "-")"
        }
    }
}

extension StreamContract {
    static let tourism = stream(
        "tourism.arrivals", .events,
        [
            MetricContract(
                name: "tourism.visitors", measure: .sum("visitors"), filter: nil, breakdowns: [],
                scale: 0, unit: "visits")
        ])
    static let measurements = stream("sector.measurements", .measurements, [])

    private static func stream(_ name: String, _ kind: Kind, _ metrics: [MetricContract]) -> Self {
        StreamContract(
            name: name, kind: kind,
            topic: TopicContract(name: name + ".v1", partitions: 1, settings: [:]),
            zone: shanghai, eventType: "", ignorableTypes: [], futureLimit: .hours(24),
            outOfOrder: .zero, fields: [], metrics: metrics)
    }
}
