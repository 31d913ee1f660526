internal import Aggregates
internal import Contracts
internal import Ledger
internal import Status

extension ChangeRecomputation {
    /// What is seen of one stream's log up to a round.
    struct Desk {
        private let trace: StreamTrace
        private let cuts: [Int32: [Int64]]
        private let starts: Judgement.Positions
        /// By topic partition: how many parts of the log were seen.
        private var seen: [Int32: Int] = [:]
        private var sums: [StreamTrace.Watch: RunningSums<Instant>] = [:]
        private var book = MeasurementBook()
        /// What no round has seen yet, latest hour first.
        private var pending: [StreamTrace.News] = []
        private var places: [Slot: Int] = [:]
        private(set) var previous: Judgement.Round?

        private struct Slot: Hashable {
            var subject: String
            var hour: Instant
        }

        init(trace: StreamTrace, cuts: [Int32: [Int64]], starts: Judgement.Positions) {
            self.trace = trace
            self.cuts = cuts
            self.starts = starts
        }

        /// Everything up to the round's positions.
        mutating func see(_ round: Judgement.Round) {
            if let previous, previous.positions.generations != round.positions.generations,
                Set(previous.positions.generations) != Set(round.positions.generations)
            {
                // Figures of another generation are made from the log's start.
                (seen, sums, book) = ([:], [:], MeasurementBook())
                (pending, places) = ([], [:])
            }
            for index in round.positions.topicPartitions.indices {
                let (id, offset) = (
                    round.positions.topicPartitions[index], round.positions.offsets[index]
                )
                let start = starts.offset(
                    of: id, generation: round.positions.generations[index])
                let cuts = cuts[id] ?? []
                var part = seen[id] ?? 0
                while part < cuts.count, cuts[part] <= offset {
                    let isEvidence = start.map { cuts[part] > $0 } ?? true
                    for news in trace.news(of: id, part: part) { take(news, isEvidence) }
                    part += 1
                }
                seen[id] = part
            }
            guard !places.isEmpty else { return }
            pending.sort { $0.hour > $1.hour }
            places.removeAll(keepingCapacity: true)
        }

        private mutating func take(_ news: StreamTrace.News, _ isEvidence: Bool) {
            for (watch, sum) in news.sums {
                sums[watch, default: RunningSums()].add(sum, at: news.hour)
            }
            for reading in news.readings {
                book.add(
                    reading.reading, indicator: news.subject, division: reading.division)
            }
            guard isEvidence else { return }
            let slot = Slot(subject: news.subject, hour: news.hour)
            if let place = places[slot] {
                pending[place].kinds.formUnion(news.kinds)
                pending[place].readings += news.readings
                for (watch, sum) in news.sums {
                    pending[place].sums[watch] = (pending[place].sums[watch] ?? .zero) + sum
                }
            } else {
                places[slot] = pending.count
                pending.append(news)
            }
        }

        /// The target's value in its source's scale, the time of the latest figure behind it, and
        /// the end of the time that a published one speaks of.
        mutating func figure(
            of edition: Edition, _ yardstick: Yardstick, asOf: Instant
        ) -> (value: Int128?, lastInput: Instant?, coveredTo: Instant?) {
            let contract = yardstick.target
            guard let watch = edition.watch else {
                let known = edition.subject.flatMap {
                    book.value(
                        indicator: $0, target: contract, division: edition.division, asOf: asOf)
                }
                let end = known.map {
                    edition.zone.start(of: $0.coveredThrough.adding(days: 1))
                }
                return (known?.value, known?.lastInput, end)
            }
            let counted = CountedHours(contract, zone: edition.zone)
            let known = counted.value(asOf: asOf) { from, until in
                sums[watch]?.sum(from, until).map { ($0.value, sums[watch]?.last(from, until)) }
            }
            return (known?.value, known?.lastHour, nil)
        }

        /// Why its status may change: what came of it that bears on the target.
        func evidence(of edition: Edition, _ news: [Arrival]) -> ChangeCause.Evidence {
            guard let target = edition.target, let subject = edition.subject else { return [] }
            var evidence: ChangeCause.Evidence = []
            func note(_ arrival: Arrival, takesBack: Bool) {
                evidence.insert(takesBack ? .correction : arrival.wasOver ? .late : .live)
            }
            if edition.watch != nil {
                for arrival in news {
                    if arrival.kinds.contains(.addition) { note(arrival, takesBack: false) }
                    if arrival.kinds.contains(.takeBack) { note(arrival, takesBack: true) }
                }
                return evidence
            }
            for arrival in news {
                let bearing = book.readings(
                    indicator: subject, target: target, division: edition.division,
                    where: arrival.readings.contains)
                for (_, isRevision) in bearing { note(arrival, takesBack: isRevision) }
            }
            return evidence
        }

        /// What an evaluation at the instant is the first to see, of the hours that bear on the
        /// target.
        func news(of edition: Edition, asOf: Instant) -> [Arrival] {
            guard let subject = edition.subject else { return [] }
            let counted =
                edition.watch == nil
                ? nil : edition.target.map { CountedHours($0, zone: edition.zone) }
            var arrivals: [Arrival] = []
            for news in pending.reversed() {
                guard news.hour < asOf else { break }
                guard news.subject == subject, counted?.contains(news.hour) ?? true else {
                    continue
                }
                let sum = edition.watch.flatMap { news.sums[$0] }
                let readings = news.readings.filter { $0.division == edition.division }
                    .map(\.reading)
                // What came of one hour after different rounds stands side by side.
                if let last = arrivals.indices.last, arrivals[last].hour == news.hour {
                    arrivals[last].kinds.formUnion(news.kinds)
                    arrivals[last].readings += readings
                    if let sum { arrivals[last].sum = (arrivals[last].sum ?? .zero) + sum }
                    continue
                }
                let wasOver = previous.map { news.hour.adding(.hours(1)) <= $0.asOf } ?? false
                arrivals.append(
                    Arrival(
                        hour: news.hour, kinds: news.kinds, wasOver: wasOver, sum: sum,
                        readings: readings))
            }
            return arrivals
        }

        /// The round was judged: it saw what lies before its as-of.
        mutating func finish(_ round: Judgement.Round) {
            previous = round
            while let last = pending.last, last.hour < round.asOf { pending.removeLast() }
        }
    }
}
