import Aggregates
import Contracts
import Judge
import Ledger
import Status

/// A ledger in memory, for traces of the machine: events in the order of their offsets, seen as the
/// shell would see them.
struct ModelLedger {
    struct Event {
        var partition: Int
        var hour: Instant
        var visitors: Int64
        var isTakeBack = false
    }

    struct PartitionState {
        var watermark: Instant?
        var isHalted = false
        var isAtEnd = true
        var age: Duration = .seconds(60)
    }

    /// By partition, in the order of offsets.
    var events: [[Event]] = [[], []]
    var partitions = [PartitionState(), PartitionState()]
    var generation: Int32 = 1
    /// The stream's, in which hours and days begin.
    var zone = shanghai
    private var read: [Int] = [0, 0]

    private let series = SeriesKey(metric: "tourism.visitors")

    mutating func append(_ events: Event...) {
        for event in events { self.events[event.partition].append(event) }
    }

    /// Everything is to be read anew.
    mutating func rewind() { read = [0, 0] }

    /// A snapshot: one touch for each event that was not read yet, one commit an event.
    mutating func view() -> StreamView {
        var view = StreamView(partitions: [])
        for index in events.indices {
            let state = partitions[index]
            view.partitions.append(
                StreamView.Partition(
                    topicPartition: Int32(index + 1), topic: "tourism.arrivals.v1",
                    partition: Int32(index),
                    generation: generation, nextOffset: Int64(events[index].count),
                    watermark: state.watermark,
                    isHalted: state.isHalted, isAtEnd: state.isAtEnd,
                    isUnread: events[index].isEmpty,
                    age: state.age))
            for offset in read[index]..<events[index].count {
                let event = events[index][offset]
                view.touches.append(
                    StreamView.Touch(
                        topicPartition: Int32(index + 1), generation: generation,
                        nextOffset: Int64(offset + 1),
                        subject: "tourism.visitors", hour: event.hour,
                        kinds: event.isTakeBack ? 2 : 1))
                view.touchRows += 1
            }
            read[index] = events[index].count
        }
        return view
    }

    /// What the shell would read: days before the split, hours from it on, and no hour before it
    /// but those that the desk asks for.
    func figures(_ reload: StreamDesk.Reload, _ desk: StreamDesk) -> StreamDesk.Figures {
        var figures = StreamDesk.Figures()
        var hours: [Instant: BucketSum] = [:]
        var days: [CivilDate: BucketSum] = [:]
        for event in events.joined() {
            let sum = BucketSum(
                value: Int128(event.isTakeBack ? -event.visitors : event.visitors),
                events: event.isTakeBack ? -1 : 1)
            hours[event.hour, default: .zero] = hours[event.hour, default: .zero] + sum
            let date = zone.day(at: event.hour)
            days[date, default: .zero] = days[date, default: .zero] + sum
        }
        let wanted = reload.hours["tourism.visitors"] ?? []
        let wantedDays = Set(wanted.map { zone.day(at: $0) })
        let whole = Set(days.keys.filter { zone.start(of: $0) < reload.split })
        let asked = desk.cutDays(before: reload.split, days: [series: Array(whole)]).union(
            desk.comparedDays(before: reload.split).days)
        func isAsked(_ hour: Instant) -> Bool {
            guard reload.isWhole else { return wanted.contains(hour) }
            return hour >= reload.split || asked.contains(zone.day(at: hour))
        }
        for (hour, sum) in hours where isAsked(hour) {
            figures.hours.append(.init(series: series, time: hour, sum: sum))
        }
        let split = zone.day(at: reload.split)
        for (date, sum) in days where date < split && (reload.isWhole || wantedDays.contains(date))
        {
            figures.days.append(.init(series: series, time: date, sum: sum))
        }
        return figures
    }
}

extension JudgeMachine {
    /// One pass of the shell.
    mutating func pass(_ ledger: inout ModelLedger, now: Instant = at("2026-01-01")) -> [Judgement]
    {
        for (stream, reload) in observed(["tourism.arrivals": ledger.view()]) {
            guard let desk = desks.first else { continue }
            var figures = ledger.figures(reload, desk)
            figures.days.removeAll {
                ledger.zone.start(of: $0.time)
                    >= desk.split(of: $0.series, otherwise: reload.split)
            }
            loaded(figures, stream: stream, split: reload.split)
        }
        schedule(at: now)
        return judgeAll()
    }

    /// What the shell does when it is stopped.
    mutating func close() -> [Judgement] {
        scheduleClosing()
        return judgeAll()
    }

    private mutating func judgeAll() -> [Judgement] {
        var judgements: [Judgement] = []
        while let judgement = judge() {
            if !judgement.isEmpty { judgements.append(judgement) }
        }
        return judgements
    }
}

extension JudgeMachine.Restored {
    /// As the ledger would have it after these judgements.
    mutating func add(_ judgements: [Judgement]) {
        for judgement in judgements {
            sequence = judgement.sequence
            round = judgement.round
            for state in judgement.states {
                targets[state.target] = .init(machine: state.machine, sequence: state.sequence)
            }
            for round in judgement.rounds {
                streams[round.stream] = .init(asOf: round.asOf, positions: round.positions)
            }
        }
    }
}
