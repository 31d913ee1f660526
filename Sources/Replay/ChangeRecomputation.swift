package import Aggregates
package import Contracts
package import Ledger
package import Status

/// One target's statuses as they follow from the log, the plan and the rounds of the judge: what
/// the judge does for all targets out of the ledger's aggregates, done again for one without them.
/// Pure: `Sources/Ledger/Migrations/m002_judgement.sql` has the rules above `judge_round`.
package struct ChangeRecomputation {
    /// What a target was judged by from a round on.
    package struct Edition: Sendable, Equatable {
        package var sinceRound: Int64
        package var revision: Int
        package var zone: Zone
        package var division: Int32
        package var place: String
        /// Nil where the plan did not have the target.
        package var target: TargetContract?

        package init(
            sinceRound: Int64, revision: Int, zone: Zone, division: Int32, place: String,
            target: TargetContract?
        ) {
            self.sinceRound = sinceRound
            self.revision = revision
            self.zone = zone
            self.division = division
            self.place = place
            self.target = target
        }

        /// Whether an edit lies between the two.
        func isSame(as other: Edition) -> Bool {
            revision == other.revision && zone.identifier == other.zone.identifier
                && division == other.division && place == other.place
                && target?.canonicalText == other.target?.canonicalText
        }

        /// The sum it is judged by; nil where that is an indicator, or nothing.
        var watch: StreamTrace.Watch? {
            guard case .metric(_, let metric, let breakdown, let member) = target?.source else {
                return nil
            }
            let series = SeriesKey(
                metric: metric, breakdown: breakdown ?? "", member: member ?? "")
            return StreamTrace.Watch(series: series, divisions: divisions(of: place))
        }

        /// What touches name it by.
        var subject: String? {
            switch target?.source {
            case .metric(_, let metric, _, _): metric
            case .indicator(_, let indicator): indicator
            case nil: nil
            }
        }
    }

    /// The target's evaluation at one round.
    package struct Step: Sendable, Equatable {
        package var round: Judgement.Round
        package var yardstick: Yardstick
        package var zone: Zone
        package var assessment: Assessment
        /// What arrivals' sums are of; nil for published figures.
        package var metric: MetricContract?
        /// Event time of the latest figure behind the value.
        package var lastInput: Instant?
        /// The end of the time that a published figure speaks of.
        package var coveredTo: Instant?
        package var before: StatusMachine
        package var after: StatusMachine
        package var change: StatusMachine.Change?
        package var evidence: ChangeCause.Evidence
        package var news: [Arrival]
        /// As-of of the stream's round before; nil for its first.
        package var previousAsOf: Instant?
        /// Terms that an edit of the plan since then has changed.
        package var edits: [Edit]
    }

    /// A term of a contract that was edited; nil where it was not there.
    package struct Edit: Sendable, Equatable {
        package var term: String
        package var before: String?
        package var after: String?
    }

    /// What this round saw of the target's metric or indicator, and the stream's round before did
    /// not: one hour's.
    package struct Arrival: Sendable, Equatable {
        package var hour: Instant
        package var kinds: Touch.Kinds
        /// The hour had ended when the round before judged.
        package var wasOver: Bool
        /// In the target's own series and place; nil where nothing was there.
        package var sum: BucketSum?
        package var readings: [MeasurementBook.Reading]
    }

    /// Decimals of a reading.
    private static let readingScale = 6

    private let target: String
    private let editions: [Edition]
    private let streams: [String: StreamContract]
    private var desks: [String: Desk] = [:]
    private var machine = StatusMachine()
    private var edition = 0
    private var yardsticks: [Int: Yardstick] = [:]

    /// The steps that changed its status, in order.
    package private(set) var changes: [Step] = []
    /// The last evaluation.
    package private(set) var last: Step?

    /// - editions: by `sinceRound`; those before the first round of all included.
    /// - traces: by stream, told apart at the `cuts` of the rounds that will be run.
    /// - starts: by stream, the offsets before which nothing is evidence.
    package init(
        target: String, editions: [Edition], streams: [StreamContract],
        traces: [String: StreamTrace], cuts: [Int32: [Int64]],
        starts: [String: Judgement.Positions] = [:]
    ) {
        self.target = target
        self.editions = editions
        self.streams = Dictionary(streams.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for (stream, trace) in traces {
            desks[stream] = Desk(
                trace: trace, cuts: cuts, starts: starts[stream] ?? Judgement.Positions())
        }
    }

    /// The offsets at which a log must be told apart, by topic partition.
    package static func cuts(
        _ rounds: [Judgement.Round], starts: [Judgement.Positions] = []
    ) -> [Int32: [Int64]] {
        var offsets: [Int32: Set<Int64>] = [:]
        for round in rounds {
            for (id, offset) in zip(round.positions.topicPartitions, round.positions.offsets) {
                offsets[id, default: []].insert(offset)
            }
        }
        for start in starts {
            for (id, offset) in zip(start.topicPartitions, start.offsets) {
                offsets[id]?.insert(offset)
            }
        }
        return offsets.mapValues { $0.sorted() }
    }

    /// Runs the next round of any stream of the plan, in the order of their numbers.
    package mutating func run(_ round: Judgement.Round) {
        // Taken out, so that it is changed in place.
        guard var desk = desks.removeValue(forKey: round.stream) else { return }
        desk.see(round)
        while edition + 1 < editions.count, editions[edition + 1].sinceRound <= round.round {
            edition += 1
            // Promised no more: what it was is forgotten.
            if editions[edition].target == nil { machine = StatusMachine() }
        }
        if let contract = editions[edition].target, contract.source.stream == round.stream {
            judge(contract, round, &desk)
        }
        desk.finish(round)
        desks[round.stream] = desk
    }

    private mutating func judge(
        _ contract: TargetContract, _ round: Judgement.Round, _ desk: inout Desk
    ) {
        guard let yardstick = yardstick(contract, of: round.stream) else { return }
        let inForce = editions[edition]
        let (value, lastInput, coveredTo) = desk.figure(of: inForce, yardstick, asOf: round.asOf)
        let lifted = value.map { yardstick.lift($0, fromScale: sourceScale(contract)) }
        let assessment = yardstick.assess(
            value: lifted, lastInput: lastInput, coveredTo: coveredTo, at: round.asOf)
        let before = machine
        let change = machine.judged(assessment.verdict, at: round.asOf, rule: contract.rule)
        let news = desk.news(of: inForce, asOf: round.asOf)
        let step = Step(
            round: round, yardstick: yardstick, zone: inForce.zone, assessment: assessment,
            metric: metric(contract), lastInput: lastInput, coveredTo: coveredTo,
            before: before,
            after: machine, change: change,
            evidence: evidence(news, round, desk), news: news,
            previousAsOf: desk.previous?.asOf, edits: edits(round, desk))
        last = step
        if change != nil { changes.append(step) }
    }

    private func evidence(
        _ news: [Arrival], _ round: Judgement.Round, _ desk: Desk
    ) -> ChangeCause.Evidence {
        var evidence = desk.evidence(of: editions[edition], news)
        guard let previous = desk.previous else { return evidence }
        if previous.positions.generations.contains(where: {
            !round.positions.generations.contains($0)
        }) {
            evidence.insert(.replay)
        }
        let isEdited =
            previous.revision != round.revision
            || !held(at: previous).isSame(as: editions[edition])
        if isEdited && evidence.isEmpty { evidence.insert(.plan) }
        return evidence
    }

    private func held(at round: Judgement.Round) -> Edition {
        editions.last { $0.sinceRound <= round.round } ?? editions[0]
    }

    private func edits(_ round: Judgement.Round, _ desk: Desk) -> [Edit] {
        guard let previous = desk.previous else { return [] }
        func terms(_ edition: Edition, _ revision: Int) -> [(name: String, text: String)] {
            [
                ("revision", String(revision)), ("zone", edition.zone.identifier),
                ("division", String(edition.division)), ("place", edition.place),
            ] + (edition.target?.terms.map { ($0.name, $0.text) } ?? [])
        }
        let before = terms(held(at: previous), previous.revision)
        let after = terms(editions[edition], round.revision)
        var edits: [Edit] = []
        for term in after {
            let held = before.first { $0.name == term.name }?.text
            if held != term.text {
                edits.append(.init(term: term.name, before: held, after: term.text))
            }
        }
        for term in before where !after.contains(where: { $0.name == term.name }) {
            edits.append(.init(term: term.name, before: term.text, after: nil))
        }
        return edits
    }

    private mutating func yardstick(_ contract: TargetContract, of stream: String) -> Yardstick? {
        if let known = yardsticks[edition] { return known }
        guard streams[stream] != nil else { return nil }
        let yardstick = Yardstick(
            contract, zone: editions[edition].zone, sourceScale: sourceScale(contract))
        yardsticks[edition] = yardstick
        return yardstick
    }

    private func metric(_ contract: TargetContract) -> MetricContract? {
        guard case .metric(let stream, let metric, _, _) = contract.source else { return nil }
        return streams[stream]?.metric(named: metric)
    }

    private func sourceScale(_ contract: TargetContract) -> Int {
        guard case .metric = contract.source else { return Self.readingScale }
        return CountedHours.scale(contract, ofMetric: metric(contract)?.scale ?? 0)
    }
}
