internal import Aggregates
package import Contracts
package import Kafka
package import Ledger
internal import Status

/// Recomputes a recorded change from the log: reads the topics that its target is judged by up to
/// the change's positions, and runs the target through the rounds.
package struct ChangeReplay {
    /// What came of it.
    package enum Outcome: Sendable, Equatable {
        /// To the byte.
        case same
        case differs([ChangeDifference])
        /// It cannot be recomputed, and why.
        case impossible(String)
    }

    package struct Result: Sendable {
        package var outcome: Outcome
        /// The target's evaluation at the change's round, where there was one.
        package var step: ChangeRecomputation.Step?
        /// Its change before, as recomputed.
        package var previous: ChangeRecomputation.Step?
        /// The published JSON as it follows from the log.
        package var data: String?
        /// What became of the records that were read.
        package var counts = OutcomeCounts()

        init(_ outcome: Outcome) { self.outcome = outcome }
    }

    private let recorded: RecordedChange
    private let streams: [StreamContract]
    private let settings: KafkaSettings

    /// `streams` as Topics/ declares them; `settings` of a reader.
    package init(
        _ recorded: RecordedChange, streams: [StreamContract], settings: KafkaSettings
    ) {
        self.recorded = recorded
        self.streams = streams
        self.settings = settings
    }

    /// The count of records that it has to read.
    package var total: Int64 {
        cuts.values.reduce(0) { $0 + ($1.last ?? 0) }
    }

    private var editions: [ChangeRecomputation.Edition] { recorded.editions }

    private var cuts: [Int32: [Int64]] {
        ChangeRecomputation.cuts(recorded.rounds, starts: Array(recorded.starts.values))
    }

    /// `progress` gets the count of records passed and says whether to go on. Throws
    /// `SecondFoldFailure` or `KafkaFailure` where the log cannot be read.
    package func run(progress: (Int64) -> Bool) throws -> Result {
        guard recorded.rounds.last?.round == recorded.round else {
            return Result(
                .impossible("the ledger has no round \(recorded.round), by which it was judged"))
        }
        guard editions.contains(where: { $0.target != nil }) else {
            return Result(
                .impossible(
                    "the ledger has no contract of \(recorded.target): the judge writes it down when it starts"
                ))
        }
        var counts = OutcomeCounts()
        var traces: [String: StreamTrace] = [:]
        let cuts = cuts
        var passed: Int64 = 0
        for name in Set(recorded.rounds.map(\.stream)).sorted() {
            guard let contract = streams.first(where: { $0.name == name }) else {
                return Result(.impossible("Topics/ declares no stream \(name) any more"))
            }
            let before = passed
            let read = try trace(of: contract, cuts) { count in
                passed = before + count
                return progress(passed)
            }
            switch read {
            case .failure(let objection): return Result(.impossible(objection.text))
            case .success(let (trace, outcomes)):
                traces[name] = trace
                for each in outcomes {
                    counts.folded += each.folded
                    counts.duplicate += each.duplicate
                    counts.deadLetter += each.deadLetter
                    counts.skipped += each.skipped
                }
            }
        }
        var recomputation = ChangeRecomputation(
            target: recorded.target, editions: editions, streams: streams, traces: traces,
            cuts: cuts, starts: recorded.starts)
        for round in recorded.rounds { recomputation.run(round) }
        var result = compare(recomputation)
        result.counts = counts
        return result
    }

    // MARK: Reading

    private struct Objection: Error { var text: String }

    private func trace(
        of contract: StreamContract, _ cuts: [Int32: [Int64]], progress: (Int64) -> Bool
    ) throws -> Swift.Result<(StreamTrace, [OutcomeCounts]), Objection> {
        let partitions = recorded.partitions.filter { $0.stream == contract.name }
        // A topic that the stream has no more is not looked for.
        let extents = partitions.filter { $0.topic == contract.topic.name }.map { partition in
            var extent = SecondFold.Extent(
                id: partition.id, partition: partition.partition,
                nextOffset: cuts[partition.id]?.last ?? 0, putAside: partition.putAside)
            extent.passedOver = partition.passedOver
            extent.cuts = cuts[partition.id] ?? []
            return extent
        }
        if let other = partitions.first(where: { $0.topic != contract.topic.name }) {
            return .failure(
                Objection(text: "the stream \(contract.name) is not in \(other.topic) any more"))
        }
        let marks = Dictionary(
            partitions.compactMap { partition in partition.last.map { (partition.partition, $0) } },
            uniquingKeysWith: { $1 })
        let check = LogCheck(topic: contract.topic.name, key: recorded.key, settings: settings)
        if let objection = try check.objection(extents, marks: marks) {
            return .failure(Objection(text: objection))
        }
        let watches = Set(editions.compactMap(\.watch))
        let indicators = Set(editions.filter { $0.watch == nil }.compactMap(\.subject))
        var trace = StreamTrace(zone: contract.zone, watches: watches, indicators: indicators)
        let fold = try SecondFold(contract: slimmed(contract, watches), extents: extents)
        let figures = try fold.run(settings: settings, progress: progress) { batch, lanes in
            trace.add(batch, lanes: lanes)
        }
        return .success((trace, Array(figures.counts.values)))
    }

    /// Without the breakdowns that nobody asks for. The metrics stay: what does not fit one of them
    /// is a dead letter.
    private func slimmed(
        _ contract: StreamContract, _ watches: Set<StreamTrace.Watch>
    ) -> StreamContract {
        var slim = contract
        for index in slim.metrics.indices {
            let name = slim.metrics[index].name
            let wanted = Set(watches.map(\.series).filter { $0.metric == name }.map(\.breakdown))
            slim.metrics[index].breakdowns.removeAll { !wanted.contains($0) }
        }
        return slim
    }

    // MARK: Comparing

    private func compare(_ recomputation: ChangeRecomputation) -> Result {
        guard let step = recomputation.last, step.round.round == recorded.round else {
            return Result(
                .differs([
                    ChangeDifference(
                        member: "round", recorded: String(recorded.round), recomputed: nil)
                ]))
        }
        let earlier = recomputation.changes.filter { $0.round.round < recorded.round }
        var differences = history(earlier)
        let data = json(step, earlier)
        differences += ChangeComparison.differences(recorded: recorded.data, recomputed: data)
        var result = Result(differences.isEmpty ? .same : .differs(differences))
        result.step = step
        result.previous = earlier.last
        result.data = data
        return result
    }

    /// Earlier changes of the target: by their rounds, where those are not the same.
    private func history(_ earlier: [ChangeRecomputation.Step]) -> [ChangeDifference] {
        let recordedRounds = recorded.history.filter { $0.round < recorded.round }.map(\.round)
        let recomputedRounds = earlier.map(\.round.round)
        guard recordedRounds != recomputedRounds else { return [] }
        let rounds = Set(recordedRounds).symmetricDifference(recomputedRounds).sorted()
        return rounds.map { round in
            let entry = recorded.history.first { $0.round == round }
            let step = earlier.first { $0.round.round == round }
            return ChangeDifference(
                member: "change at round \(round)",
                recorded: entry.map { "number \($0.sequence)" },
                recomputed: step?.change.map {
                    "\($0.from?.rawValue ?? "new") to \($0.to.rawValue)"
                })
        }
    }

    /// The change's `data` as it follows from the step. Its own number is what it is known by;
    /// where nothing changed at its round, `to` is the status that stays.
    private func json(
        _ step: ChangeRecomputation.Step, _ earlier: [ChangeRecomputation.Step]
    ) -> String {
        let names = Dictionary(
            recorded.partitions.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let seen = step.round.positions
        let positions = seen.topicPartitions.indices.compactMap { index in
            names[seen.topicPartitions[index]].map {
                StatusChange.Position(
                    topic: $0.topic, partition: $0.partition, offset: seen.offsets[index],
                    generation: seen.generations[index])
            }
        }
        let previous = earlier.last.flatMap { step in
            recorded.history.last { $0.round == step.round.round }?.sequence
        }
        let change =
            step.change
            ?? StatusMachine.Change(
                from: step.before.status, to: step.after.status ?? .pending)
        return StatusChange(
            plan: recorded.plan, revision: step.round.revision, sequence: recorded.sequence,
            previousSequence: previous, change: change, cause: ChangeCause(step.evidence),
            watermark: step.round.watermark, assessment: step.assessment,
            yardstick: step.yardstick, positions: positions
        ).json
    }
}
