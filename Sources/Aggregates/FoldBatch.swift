internal import Contracts

/// What a fold collected since the last commit: sums by (lane, hour, series, division), touches,
/// readings. Day sums are derived from the hour sums, so that the two grains cannot disagree.
///
/// Unchecked Sendable: a batch has one user at a time. The thread that folds fills it, hands it
/// over by `Fold.takeBatch`, and does not touch it until it comes back by `Fold.recycle`.
package final class FoldBatch: @unchecked Sendable {
    /// Packed key of a cell: slot 20 bits, group 24 bits, division 20 bits. Slot 0 is not used. A
    /// slot is an hour of a lane; a group is a cluster of metrics and a member.
    static let groupShift: UInt64 = 20
    static let slotShift: UInt64 = 44
    static let divisionMask: UInt64 = 1 << 20 - 1
    static let groupMask: UInt64 = 1 << 24 - 1
    static let slotsMax = 1 << 20
    static let groupsMax = 1 << 24
    /// Of a cell: its place in the table, and up to three rows of each grain with their sorting.
    private static let bytesPerCell = 320
    private static let bytesPerReading = 160

    let plan: FoldPlan
    let cells = CellTable()
    let members: [MemberTable]
    /// Per metric: the sum of all magnitudes folded. While it fits Int64, no sum of either grain
    /// overflows.
    let loads: Column<UInt64>
    /// Per slot and metric: kinds of touches.
    let touchKinds = Column<UInt8>()
    let slotLanes = Column<Int32>()
    let slotHours = Column<Int64>()
    let slotDays = Column<Int32>()
    private var slots: [UInt64: Int] = [:]
    /// By cluster and member: the group, or -1. A row of `memberRoom` places for each cluster.
    private let groupOfMember = Column<Int32>()
    private var memberRoom = 64
    /// By group; the first ones are the clusters of totals.
    let groupClusters = Column<Int32>()
    let groupMembers = Column<Int32>()
    let sort = RowSort()
    /// Numbers of the series that have a sum, once asked for. Until the batch is emptied nothing is
    /// folded any more.
    var sealed: SeriesNumbers?
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

    /// Cells of the hour grain. Each makes up to three rows; the day grain has at most as many.
    package var cellCount: Int { cells.count }

    /// About how much memory the batch and its rows take, in bytes.
    package var approximateBytes: Int {
        cells.count * FoldBatch.bytesPerCell + measurements.count * FoldBatch.bytesPerReading
            + members.reduce(0) { $0 + $1.byteCount }
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

    /// What the batch changed, lane by lane, in no order.
    package func forEachTouch(_ body: (_ lane: Int, Touch) -> Void) {
        let metrics = plan.metricNames.count
        for slot in 1..<slotLanes.count {
            for metric in 0..<metrics where touchKinds[slot * metrics + metric] != 0 {
                let kinds = Touch.Kinds(rawValue: Int16(touchKinds[slot * metrics + metric]))
                body(
                    Int(slotLanes[slot]),
                    Touch(subject: plan.metricNames[metric], hour: slotHours[slot], kinds: kinds))
            }
        }
        for (at, kinds) in indicatorTouches {
            let kinds = Touch.Kinds(rawValue: Int16(kinds))
            body(at.lane, Touch(subject: at.indicator, hour: at.hour, kinds: kinds))
        }
    }

    /// Empties the batch and keeps its memory.
    func reset() {
        sealed = nil
        cells.removeAll()
        members.forEach { $0.removeAll() }
        groupOfMember.removeAll()
        groupOfMember.append(repeating: -1, count: plan.clusters.count * memberRoom)
        groupClusters.removeAll()
        groupMembers.removeAll()
        for cluster in 0..<plan.totalClusters {
            groupClusters.append(Int32(truncatingIfNeeded: cluster))
            groupMembers.append(-1)
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
    var groupCount: Int { groupClusters.count }

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

    /// The number of a cluster's cell for one member.
    @inline(__always)
    func group(cluster: Int, member: Int) -> Int {
        if member < memberRoom {
            let known = groupOfMember[cluster &* memberRoom &+ member]
            if known >= 0 { return Int(known) }
        }
        return addGroup(cluster: cluster, member: member)
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
    private func addGroup(cluster: Int, member: Int) -> Int {
        if member >= memberRoom { widen(to: member + 1) }
        let group = groupClusters.count
        groupClusters.append(Int32(truncatingIfNeeded: cluster))
        groupMembers.append(Int32(truncatingIfNeeded: member))
        groupOfMember[cluster * memberRoom + member] = Int32(truncatingIfNeeded: group)
        return group
    }

    private func widen(to members: Int) {
        while memberRoom < members { memberRoom *= 2 }
        groupOfMember.removeAll()
        groupOfMember.append(repeating: -1, count: plan.clusters.count * memberRoom)
        for group in plan.totalClusters..<groupClusters.count {
            let place = Int(groupClusters[group]) * memberRoom + Int(groupMembers[group])
            groupOfMember[place] = Int32(truncatingIfNeeded: group)
        }
    }
}
