import Aggregates
import Contracts

/// The fold as one would write it without thinking of speed: dictionaries, strings, one metric
/// after another.
struct NaiveFold {
    struct HourCell: Hashable {
        var lane: Int
        var key: SeriesKey
        var division: Int32
        var hour: Int64
    }

    struct DayCell: Hashable {
        var lane: Int
        var key: SeriesKey
        var division: Int32
        var day: Int32
    }

    struct TouchedHour: Hashable {
        var lane: Int
        var metric: String
        var hour: Int64
    }

    let contract: StreamContract
    var hours: [HourCell: BucketSum] = [:]
    var days: [DayCell: BucketSum] = [:]
    var touches: [TouchedHour: Int16] = [:]

    init(_ contract: StreamContract) { self.contract = contract }

    mutating func add(_ event: TestEvent, lane: Int = 0) {
        if !event.isWithdrawal { add(event.figures, event.time, lane, sign: 1, kind: 1) }
        if let previous = event.previousFigures {
            add(previous, event.previousTime, lane, sign: -1, kind: 2)
        }
    }

    private mutating func add(
        _ figures: Figures, _ time: Instant, _ lane: Int, sign: Int64, kind: Int16
    ) {
        let hour = contract.zone.startOfHour(at: time).microseconds
        let day = contract.zone.day(at: time).dayNumber
        let division = Int32(figures["division"]!.number)
        for metric in contract.metrics {
            guard passes(metric.filter, figures) else { continue }
            var amount: Int64 = 1
            if case .sum(let name) = metric.measure {
                guard let field = figures[name] else { continue }
                amount = field.number
            }
            touches[TouchedHour(lane: lane, metric: metric.name, hour: hour), default: 0] |= kind
            var keys = [SeriesKey(metric: metric.name)]
            for breakdown in metric.breakdowns {
                for member in Set(members(breakdown, figures)) {
                    keys.append(
                        SeriesKey(metric: metric.name, breakdown: breakdown, member: member))
                }
            }
            let sum = BucketSum(value: Int128(amount) * Int128(sign), events: sign)
            for key in keys {
                let hourCell = HourCell(lane: lane, key: key, division: division, hour: hour)
                let dayCell = DayCell(lane: lane, key: key, division: division, day: day)
                hours[hourCell] = (hours[hourCell] ?? .zero) + sum
                days[dayCell] = (days[dayCell] ?? .zero) + sum
            }
        }
    }

    private func passes(_ filter: MetricContract.Filter?, _ figures: Figures) -> Bool {
        switch filter {
        case nil: true
        case .isTrue(let field): figures[field]?.number == 1
        case .equals(let field, let value): members(field, figures).contains(value)
        }
    }

    private func members(_ name: String, _ figures: Figures) -> [String] {
        guard let field = figures[name] else { return [] }
        switch contract.fields.first(where: { $0.name == name })!.kind {
        case .word(let words): return [words[Int(field.number)]]
        case .boolean: return [field.number == 1 ? "true" : "false"]
        default: return field.strings
        }
    }
}

/// A batch's rows, added up under the names that the naive fold uses.
struct FoldedRows {
    var hours: [NaiveFold.HourCell: BucketSum] = [:]
    var days: [NaiveFold.DayCell: BucketSum] = [:]
    var touches: [NaiveFold.TouchedHour: Int16] = [:]

    /// Ledger ids of lanes run against the lanes, and those of series against the local ones.
    mutating func add(_ batch: FoldBatch, lanes: Int = 4) {
        let keys = batch.series
        let ids = keys.indices.map { Int32(10_000 - $0 * 3) }
        let names = Dictionary(uniqueKeysWithValues: zip(ids, keys))
        let partitions = (0..<lanes).map { Int32(100 - $0) }
        let hourRows = batch.hourRows(topicPartitions: partitions, series: ids)
        for row in 0..<hourRows.count {
            let cell = NaiveFold.HourCell(
                lane: 100 - Int(hourRows.topicPartitions[row]), key: names[hourRows.series[row]]!,
                division: hourRows.divisions[row], hour: hourRows.hours[row])
            let sum = BucketSum(value: Int128(hourRows.values[row]), events: hourRows.events[row])
            hours[cell] = (hours[cell] ?? .zero) + sum
        }
        let dayRows = batch.dayRows(topicPartitions: partitions, series: ids)
        for row in 0..<dayRows.count {
            let cell = NaiveFold.DayCell(
                lane: 100 - Int(dayRows.topicPartitions[row]), key: names[dayRows.series[row]]!,
                division: dayRows.divisions[row], day: dayRows.days[row])
            let sum = BucketSum(value: Int128(dayRows.values[row]), events: dayRows.events[row])
            days[cell] = (days[cell] ?? .zero) + sum
        }
        for lane in 0..<lanes {
            for touch in batch.touches(lane: lane) {
                let hour = NaiveFold.TouchedHour(
                    lane: lane, metric: touch.subject, hour: touch.hour)
                touches[hour, default: 0] |= touch.kinds.rawValue
            }
        }
    }

    /// Without the cells that came to nothing.
    var hoursThatCount: [NaiveFold.HourCell: BucketSum] { hours.filter { $0.value != .zero } }
    var daysThatCount: [NaiveFold.DayCell: BucketSum] { days.filter { $0.value != .zero } }
}

extension NaiveFold {
    var hoursThatCount: [HourCell: BucketSum] { hours.filter { $0.value != .zero } }
    var daysThatCount: [DayCell: BucketSum] { days.filter { $0.value != .zero } }
}
