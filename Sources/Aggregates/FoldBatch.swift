internal import Contracts

/// What a fold collected since the last commit: sums by (lane, hour, series, division), touches,
/// readings. Day sums are derived from the hour sums, so that the two grains cannot disagree.
///
/// Unchecked Sendable: a batch has one user at a time. The thread that folds fills it, hands it
/// over by `Fold.takeBatch`, and does not touch it until it comes back by `Fold.recycle`.
package final class FoldBatch: @unchecked Sendable {
    /// Packed key of a cell: slot 20 bits, series 24 bits, division 20 bits. Slot 0 is not used.
    static let seriesShift: UInt64 = 20
    static let slotShift: UInt64 = 44
    static let divisionMask: UInt64 = 1 << 20 - 1
    static let seriesMask: UInt64 = 1 << 24 - 1
    static let slotsMax = 1 << 20
    static let seriesMax = 1 << 24
    /// Of a cell: its place in the table and one row of each grain.
    private static let bytesPerCell = 100
    private static let bytesPerReading = 160

    let plan: FoldPlan
    let cells = CellTable()
    let members: [MemberTable]
    /// Per metric: the sum of all magnitudes folded. While it fits Int64, no cell of either grain
    /// overflows.
    let loads: Column<UInt64>
    /// Per slot and metric: kinds of touches.
    let touchKinds = Column<UInt8>()
    private let slotLanes = Column<Int32>()
    private let slotHours = Column<Int64>()
    private let slotDays = Column<Int32>()
    private var slots: [UInt64: Int] = [:]
    /// By breakdown and member: local series, or -1. A row of `memberRoom` places for each
    /// breakdown.
    private let seriesOfMember = Column<Int32>()
    private var memberRoom = 64
    /// By local series; the first ones are the totals of the metrics.
    private let seriesBreakdown = Column<Int32>()
    private let seriesMember = Column<Int32>()
    private let sort = RowSort()
    /// Readings of a measurement stream, in the order of their records.
    package internal(set) var measurements: [MeasurementRow] = []
    private var indicatorTouches: [IndicatorHour: UInt8] = [:]

    private struct IndicatorHour: Hashable {
        var lane: Int
        var indicator: String
        var hour: Int64
    }

    init(plan: FoldPlan) {
        self.plan = plan
        members = plan.memberFields.map { _ in MemberTable() }
        loads = Column<UInt64>(capacity: max(1, plan.metrics.count))
        reset()
    }

    /// Nothing was folded since the last commit.
    package var isEmpty: Bool { cells.count == 0 && measurements.isEmpty }

    /// Cells of the hour grain. There are at most as many of the day grain.
    package var cellCount: Int { cells.count }

    /// About how much memory the batch and its rows take, in bytes.
    package var approximateBytes: Int {
        cells.count * FoldBatch.bytesPerCell + measurements.count * FoldBatch.bytesPerReading
            + members.reduce(0) { $0 + $1.byteCount }
    }

    /// The batch's series by their local number, in the order of first use.
    package var series: [SeriesKey] {
        (0..<seriesBreakdown.count).map { local in
            let breakdown = Int(seriesBreakdown[local])
            if breakdown < 0 { return SeriesKey(metric: plan.metricNames[local]) }
            let shape = plan.breakdowns[breakdown]
            let field = plan.memberFields[shape.memberField]
            let member = Int(seriesMember[local])
            return SeriesKey(
                metric: plan.metricNames[shape.metric], breakdown: shape.name,
                member: field.words?[member] ?? members[shape.memberField].text(member))
        }
    }

    /// Rows of the hour grain. `topicPartitions` gives the ledger's id by lane, `series` by local
    /// series. Cells that came to nothing (0 in 0 events) have no row.
    package func hourRows(topicPartitions: [Int32], series ids: [Int32]) -> HourRows {
        let slotRanks = ranks(ofSlots: topicPartitions) { self.slotHours[$0] }
        let (bits, ranked) = prepare(slotRanks: slotRanks.ranks, count: slotRanks.count, ids)
        var rows = HourRows()
        rows.reserve(ranked)
        sort.forEachSorted(bits: bits) { _, place in
            let cell = cells[place]
            let slot = Int(cell.key >> FoldBatch.slotShift)
            rows.topicPartitions.append(topicPartitions[Int(slotLanes[slot])])
            rows.hours.append(slotHours[slot])
            rows.series.append(ids[Int(cell.key >> FoldBatch.seriesShift & FoldBatch.seriesMask)])
            rows.divisions.append(Int32(cell.key & FoldBatch.divisionMask))
            rows.values.append(cell.value)
            rows.events.append(cell.events)
        }
        return rows
    }

    /// Rows of the day grain, likewise.
    package func dayRows(topicPartitions: [Int32], series ids: [Int32]) -> DayRows {
        let slotRanks = ranks(ofSlots: topicPartitions) { Int64(self.slotDays[$0]) }
        let (bits, ranked) = prepare(slotRanks: slotRanks.ranks, count: slotRanks.count, ids)
        var rows = DayRows()
        rows.reserve(ranked)
        var last: UInt64?
        sort.forEachSorted(bits: bits) { key, place in
            let cell = cells[place]
            if key == last {
                rows.values[rows.count - 1] &+= cell.value
                rows.events[rows.count - 1] &+= cell.events
                return
            }
            rows.dropLastIfNothing()
            last = key
            let slot = Int(cell.key >> FoldBatch.slotShift)
            rows.topicPartitions.append(topicPartitions[Int(slotLanes[slot])])
            rows.days.append(slotDays[slot])
            rows.series.append(ids[Int(cell.key >> FoldBatch.seriesShift & FoldBatch.seriesMask)])
            rows.divisions.append(Int32(cell.key & FoldBatch.divisionMask))
            rows.values.append(cell.value)
            rows.events.append(cell.events)
        }
        rows.dropLastIfNothing()
        return rows
    }

    /// What the batch changed in the lane's partition, ordered by hour and subject.
    package func touches(lane: Int) -> [Touch] {
        var touches: [Touch] = []
        let metrics = plan.metricNames.count
        for slot in 1..<slotLanes.count where Int(slotLanes[slot]) == lane {
            for metric in 0..<metrics where touchKinds[slot * metrics + metric] != 0 {
                let kinds = Touch.Kinds(rawValue: Int16(touchKinds[slot * metrics + metric]))
                touches.append(
                    Touch(subject: plan.metricNames[metric], hour: slotHours[slot], kinds: kinds))
            }
        }
        for (at, kinds) in indicatorTouches where at.lane == lane {
            let kinds = Touch.Kinds(rawValue: Int16(kinds))
            touches.append(Touch(subject: at.indicator, hour: at.hour, kinds: kinds))
        }
        return touches.sorted { ($0.hour, $0.subject) < ($1.hour, $1.subject) }
    }

    /// Empties the batch and keeps its memory.
    func reset() {
        cells.removeAll()
        members.forEach { $0.removeAll() }
        seriesOfMember.removeAll()
        seriesOfMember.append(repeating: -1, count: plan.breakdowns.count * memberRoom)
        seriesBreakdown.removeAll()
        seriesMember.removeAll()
        for _ in plan.metricNames {
            seriesBreakdown.append(-1)
            seriesMember.append(-1)
        }
        loads.removeAll()
        loads.append(repeating: 0, count: plan.metrics.count)
        slots.removeAll(keepingCapacity: true)
        slotLanes.removeAll()
        slotHours.removeAll()
        slotDays.removeAll()
        touchKinds.removeAll()
        appendSlot(lane: -1, hour: 0, day: 0)
        measurements.removeAll(keepingCapacity: true)
        indicatorTouches.removeAll(keepingCapacity: true)
    }

    // MARK: Filling, by the fold

    var slotCount: Int { slotLanes.count }
    var seriesCount: Int { seriesBreakdown.count }

    /// The number of the lane's hour in this batch.
    func slot(lane: Int, hour: Instant, day: CivilDate) -> Int {
        let key =
            UInt64(truncatingIfNeeded: lane) << 44
            ^ UInt64(bitPattern: floorDivide(hour.microseconds, 1_000_000))
        if let known = slots[key] { return known }
        let slot = appendSlot(lane: lane, hour: hour.microseconds, day: day.dayNumber)
        slots[key] = slot
        return slot
    }

    /// The local number of one member's series.
    @inline(__always)
    func series(breakdown: Int, member: Int) -> Int {
        if member < memberRoom {
            let known = seriesOfMember[breakdown &* memberRoom &+ member]
            if known >= 0 { return Int(known) }
        }
        return addSeries(breakdown: breakdown, member: member)
    }

    func touch(indicator: String, lane: Int, hour: Int64, kinds: Touch.Kinds) {
        let at = IndicatorHour(lane: lane, indicator: indicator, hour: hour)
        indicatorTouches[at, default: 0] |= UInt8(truncatingIfNeeded: kinds.rawValue)
    }

    @discardableResult
    private func appendSlot(lane: Int, hour: Int64, day: Int32) -> Int {
        slotLanes.append(Int32(truncatingIfNeeded: lane))
        slotHours.append(hour)
        slotDays.append(day)
        touchKinds.append(repeating: 0, count: plan.metrics.count)
        return slotLanes.count - 1
    }

    @inline(never)
    private func addSeries(breakdown: Int, member: Int) -> Int {
        if member >= memberRoom { widen(to: member + 1) }
        let local = seriesBreakdown.count
        seriesBreakdown.append(Int32(truncatingIfNeeded: breakdown))
        seriesMember.append(Int32(truncatingIfNeeded: member))
        seriesOfMember[breakdown * memberRoom + member] = Int32(truncatingIfNeeded: local)
        return local
    }

    private func widen(to members: Int) {
        while memberRoom < members { memberRoom *= 2 }
        seriesOfMember.removeAll()
        seriesOfMember.append(repeating: -1, count: plan.breakdowns.count * memberRoom)
        for local in plan.metrics.count..<seriesBreakdown.count {
            let place = Int(seriesBreakdown[local]) * memberRoom + Int(seriesMember[local])
            seriesOfMember[place] = Int32(truncatingIfNeeded: local)
        }
    }

    // MARK: Rows

    /// Numbers slots in the order of (topic partition, time); slots of the same pair share a
    /// number.
    private func ranks(
        ofSlots topicPartitions: [Int32], time: (Int) -> Int64
    ) -> (ranks: [UInt64], count: Int) {
        let keys = (1..<slotLanes.count).map { slot in
            (topicPartitions[Int(slotLanes[slot])], time(slot), slot)
        }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        var ranks = [UInt64](repeating: 0, count: slotLanes.count)
        var rank = 0
        for (index, key) in keys.enumerated() {
            if index > 0, (keys[index - 1].0, keys[index - 1].1) != (key.0, key.1) { rank += 1 }
            ranks[key.2] = UInt64(rank)
        }
        return (ranks, rank + 1)
    }

    /// Fills the sort with one order-preserving key a cell; returns the bits of a key and the
    /// cells.
    private func prepare(
        slotRanks: [UInt64], count slotRankCount: Int, _ ids: [Int32]
    ) -> (bits: Int, cells: Int) {
        var seriesRanks = [UInt64](repeating: 0, count: seriesBreakdown.count)
        for (rank, local) in (0..<seriesBreakdown.count).sorted(by: { ids[$0] < ids[$1] })
            .enumerated()
        {
            seriesRanks[local] = UInt64(rank)
        }
        let seriesBits = UInt64(Int.bitWidth - seriesBreakdown.count.leadingZeroBitCount)
        let slotBits = Int.bitWidth - slotRankCount.leadingZeroBitCount
        sort.removeAll()
        for place in 0..<cells.count {
            let cell = cells[place]
            if cell.value == 0 && cell.events == 0 { continue }
            let slot = slotRanks[Int(cell.key >> FoldBatch.slotShift)]
            let series = seriesRanks[Int(cell.key >> FoldBatch.seriesShift & FoldBatch.seriesMask)]
            let upper = (slot << seriesBits | series) << FoldBatch.seriesShift
            sort.append(upper | cell.key & FoldBatch.divisionMask, place: place)
        }
        return (slotBits + Int(seriesBits) + Int(FoldBatch.seriesShift), cells.count)
    }
}
