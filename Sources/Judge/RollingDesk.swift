package import Aggregates
package import Contracts
package import Ledger

/// The rolling values of one stream's metrics for one plan: totals of the plan's place and of each
/// division seen in it, and the place's members of each breakdown. Pure: touches and sums go in,
/// changed rows come out.
package struct RollingDesk: Sendable {
    /// What must be read before rows can be made.
    package struct Need: Sendable, Equatable {
        package var generation: Int32
        package var topicPartitions: [Int32]
        /// All days from this one on, as after a start.
        package var from: CivilDate?
        package var days: [CivilDate] = []
        package var hours: [Instant] = []
    }

    private struct Place: Hashable {
        var series: SeriesKey
        var place: String
        var window: RollingWindow
    }

    package let stream: StreamContract
    package let plan: PlanContract
    private var book: RollingBook
    private var view = StreamView(partitions: [])
    private var generation: Int32?
    private var isLoaded = false
    private var touchedDays: Set<CivilDate> = []
    private var touchedHours: Set<Instant> = []
    private var keys: Set<SeriesKey> = []
    private var places: Set<String> = []
    private var written: [Place: BucketSum] = [:]
    private var asOf: Instant?
    private let scales: [String: Int]

    package init(_ stream: StreamContract, plan: PlanContract) {
        self.stream = stream
        self.plan = plan
        self.book = RollingBook(zone: stream.zone)
        self.places = [plan.place]
        self.keys = Set(stream.metrics.map { SeriesKey(metric: $0.name) })
        self.scales = Dictionary(
            stream.metrics.map { ($0.name, $0.scale) }, uniquingKeysWith: { first, _ in first })
    }

    package mutating func observed(_ view: StreamView) {
        self.view = view
        guard let live = view.partitions.first?.generation else { return }
        if live != generation {
            generation = live
            isLoaded = false
            book = RollingBook(zone: stream.zone)
        }
        for touch in view.touches where touch.generation == live {
            touchedHours.insert(touch.hour)
            touchedDays.insert(stream.zone.day(at: touch.hour))
        }
    }

    /// What to read for values as of an instant. Nil where the rows are up to date.
    ///
    /// While much lies beyond the instant, values are those of its day's start, for which no hours
    /// are needed.
    package mutating func need(asOf judgedTo: Instant) -> (need: Need, asOf: Instant)? {
        guard let generation else { return nil }
        let ahead = view.partitions.compactMap(\.watermark).max() ?? judgedTo
        let isBehind = judgedTo.adding(.days(1)) < ahead
        let asOf = isBehind ? stream.zone.start(of: stream.zone.day(at: judgedTo)) : judgedTo
        guard asOf != self.asOf || !isLoaded || !touchedHours.isEmpty else { return nil }
        var need = Need(
            generation: generation, topicPartitions: view.partitions.map(\.topicPartition))
        let edges = Set(ranges(asOf).values.flatMap(book.edgeDays))
        let begun = edges.filter { !book.holds($0) || !isLoaded }
        book.release(allBut: edges)
        for day in begun {
            book.hold(day)
            var hour = stream.zone.start(of: day)
            let end = stream.zone.start(of: day.adding(days: 1))
            while hour < end {
                need.hours.append(hour)
                hour = hour.adding(.hours(1))
            }
        }
        if isLoaded {
            need.days = touchedDays.sorted()
            need.hours += touchedHours.filter { hour in
                let day = stream.zone.day(at: hour)
                return edges.contains(day) && !begun.contains(day)
            }
        } else {
            let year = min(stream.zone.day(at: asOf), plan.periodStart).components.year
            need.from = CivilDate(year: year - 1, month: 1, day: 1) ?? plan.periodStart
        }
        return (need, asOf)
    }

    private func ranges(_ asOf: Instant) -> [RollingWindow: HourRange] {
        Dictionary(
            RollingWindow.allCases.map { window in
                let range = window.range(
                    asOf: asOf, zone: stream.zone, planStart: plan.periodStart,
                    planEnd: plan.periodEnd)
                return (window, range)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// A sum that was read; division 0 stands for the whole place.
    package mutating func set(
        _ series: SeriesKey, division: Int32, day: CivilDate, to sum: BucketSum
    ) {
        note(series, division)
        book.set(series, division: division == 0 ? plan.division : division, day: day, to: sum)
    }

    package mutating func set(
        _ series: SeriesKey, division: Int32, hour: Instant, to sum: BucketSum
    ) {
        note(series, division)
        book.set(series, division: division == 0 ? plan.division : division, hour: hour, to: sum)
    }

    private mutating func note(_ series: SeriesKey, _ division: Int32) {
        keys.insert(series)
        if division != 0 { places.insert(String(division)) }
    }

    /// Everything needed was read: rows that are others than those written last.
    package mutating func rows(asOf: Instant) -> [RollingStatements.Row] {
        isLoaded = true
        self.asOf = asOf
        touchedDays.removeAll(keepingCapacity: true)
        touchedHours.removeAll(keepingCapacity: true)
        var rows: [RollingStatements.Row] = []
        for (window, range) in ranges(asOf) {
            for series in keys {
                for place in series.breakdown.isEmpty ? places : [plan.place] {
                    guard let sum = book.sum(series, place: place, in: range) else { continue }
                    let key = Place(series: series, place: place, window: window)
                    guard written[key] != sum else { continue }
                    written[key] = sum
                    rows.append(
                        RollingStatements.Row(
                            series: series, place: place, window: window, asOf: asOf, sum: sum,
                            scale: scales[series.metric] ?? 0))
                }
            }
        }
        return rows
    }
}
