package import Contracts

/// Folds a stream's events into a batch: each event wholly or not at all, in any order with the
/// same result. Used by one thread; allocates nothing per event but for what the batch has not seen
/// before.
package final class Fold {
    package enum Outcome: Equatable, Sendable {
        case folded
        /// The event's change does not fit the ledger's units, however empty the batch. Nothing was
        /// changed.
        case overflow
        /// The batch must be closed first; then the event can be folded. Nothing was changed.
        case full
    }

    /// What one event says of each metric, and the members it names.
    private final class Side {
        let amounts: Column<Int64>
        let counts: Column<Bool>
        let members: Column<Int32>
        let memberCounts: Column<Int>

        init(plan: FoldPlan) {
            amounts = Column(capacity: max(1, plan.metrics.count))
            counts = Column(capacity: max(1, plan.metrics.count))
            amounts.append(repeating: 0, count: plan.metrics.count)
            counts.append(repeating: false, count: plan.metrics.count)
            members = Column(capacity: max(1, plan.memberFields.count * FoldPlan.membersMax))
            members.append(repeating: 0, count: plan.memberFields.count * FoldPlan.membersMax)
            memberCounts = Column(capacity: max(1, plan.memberFields.count))
            memberCounts.append(repeating: 0, count: plan.memberFields.count)
        }
    }

    /// The hour in which the lane's latest event was: the next is mostly in the same.
    private struct RecentHour {
        var from: Int64 = 0
        var until: Int64 = 0
        var slot = 0
    }

    private let plan: FoldPlan
    private let measurementPlan: MeasurementPlan?
    let zone: Zone
    private let current: Side
    private let taken: Side
    private(set) var batch: FoldBatch
    private var spares: [FoldBatch] = []
    /// The cells that one event changes, and what keeps their early reading from being left out.
    private let changes: Column<CellTable.Cell>
    private var approached: UInt64 = 0
    /// Two a lane: of current and of previous figures.
    private let recent = Column<RecentHour>()

    package init(contract: StreamContract) {
        plan = FoldPlan(contract: contract)
        measurementPlan = MeasurementPlan(contract: contract)
        zone = contract.zone
        current = Side(plan: plan)
        taken = Side(plan: plan)
        batch = FoldBatch(plan: plan)
        let changesMax = plan.clusters.count * FoldPlan.membersMax
        changes = Column(capacity: max(1, changesMax))
        changes.append(repeating: CellTable.Cell(), count: changesMax)
    }

    /// The open batch: to ask how large it is.
    package var open: FoldBatch { batch }

    /// Closes the batch and begins another.
    package func takeBatch() -> FoldBatch {
        let closed = batch
        batch = spares.popLast() ?? FoldBatch(plan: plan)
        forgetRecentHours()
        return closed
    }

    /// Takes a batch of this fold back, once nobody reads it any more.
    package func recycle(_ batch: FoldBatch) {
        batch.reset()
        spares.append(batch)
    }

    /// Drops what the open batch holds.
    package func discardOpen() {
        batch.reset()
        forgetRecentHours()
    }

    /// Adds the event's figures and takes its previous ones back.
    package func addEvent<Event: FoldableEvent>(
        _ event: Event, lane: Int, offset: Int64
    ) -> Outcome {
        if let measurementPlan {
            return addReading(event, measurementPlan, lane: lane, offset: offset)
        }
        let adds = !event.isWithdrawal
        let takes = event.hasPrevious
        if adds { gather(current) { event.current($0) } }
        if takes { gather(taken) { event.previous($0) } }
        let outcome = claim(adds: adds, takes: takes)
        guard outcome == .folded else { return outcome }
        if takes {
            apply(
                taken, sign: -1, kinds: .takeBack, time: event.previousTime, recent: lane * 2 + 1,
                lane: lane
            ) { event.previous($0) }
        }
        if adds {
            apply(
                current, sign: 1, kinds: .addition, time: event.time, recent: lane * 2,
                lane: lane
            ) { event.current($0) }
        }
        return .folded
    }

    // MARK: What the event says

    @inline(__always)
    private func gather<Field: FoldableField>(_ side: Side, _ field: (Int) -> Field) {
        let amounts = side.amounts.base
        let counts = side.counts.base
        let metrics = plan.metrics
        for index in 0..<metrics.count {
            let metric = metrics[index]
            counts[index] = false
            guard passes(metric.filter, field) else { continue }
            if metric.measureField < 0 {
                amounts[index] = 1
            } else {
                let measure = field(metric.measureField)
                guard measure.isPresent else { continue }
                amounts[index] = measure.number
            }
            counts[index] = true
        }
    }

    @inline(__always)
    private func passes<Field: FoldableField>(
        _ filter: FoldPlan.Filter, _ field: (Int) -> Field
    ) -> Bool {
        switch filter {
        case .none: return true
        case .never: return false
        case .isTrue(let place):
            let value = field(place)
            return value.isPresent && value.number != 0
        case .word(let place, let number):
            let value = field(place)
            return value.isPresent && value.number == number
        case .text(let place, let wanted):
            let value = field(place)
            guard value.isPresent else { return false }
            for index in 0..<value.count where Fold.equal(value.text(index), wanted) { return true }
            return false
        }
    }

    // MARK: The limits, before anything is changed

    /// Books the event's magnitudes. While their sum fits, no cell that they reach can overflow, so
    /// that the event is applied without further checks.
    private func claim(adds: Bool, takes: Bool) -> Outcome {
        let groupsMax = plan.clusters.count * FoldPlan.membersMax * 2
        guard batch.slotCount + 2 <= FoldBatch.slotsMax,
            batch.groupCount + groupsMax <= FoldBatch.groupsMax
        else { return .full }
        let loads = batch.loads.base
        var fits = true
        for index in 0..<plan.metrics.count {
            let load = loads[index].addingReportingOverflow(magnitude(index, adds, takes))
            fits = fits && !load.overflow && load.partialValue <= UInt64(Int64.max)
        }
        guard fits else { return claimAlone(adds: adds, takes: takes) }
        for index in 0..<plan.metrics.count { loads[index] &+= magnitude(index, adds, takes) }
        return .folded
    }

    /// At most 2^64: what an event adds and what it takes back are at most 2^63 each.
    @inline(__always)
    private func magnitude(_ metric: Int, _ adds: Bool, _ takes: Bool) -> UInt64 {
        var sum: UInt64 = 0
        if adds, current.counts[metric] { sum = current.amounts[metric].magnitude }
        if takes, taken.counts[metric] {
            let (more, overflow) = sum.addingReportingOverflow(taken.amounts[metric].magnitude)
            sum = overflow ? .max : more
        }
        return sum
    }

    /// A huge event has a batch for itself, where every sum that it can make is one of its own
    /// figures: the new, minus the old, or their difference.
    private func claimAlone(adds: Bool, takes: Bool) -> Outcome {
        for index in 0..<plan.metrics.count where takes && taken.counts[index] {
            let new = adds && current.counts[index] ? current.amounts[index] : 0
            if taken.amounts[index] == .min { return .overflow }
            if new.subtractingReportingOverflow(taken.amounts[index]).overflow { return .overflow }
        }
        guard batch.isEmpty else { return .full }
        for index in 0..<plan.metrics.count where magnitude(index, adds, takes) > 0 {
            batch.loads[index] = UInt64(Int64.max)
        }
        return .folded
    }

    // MARK: Applying

    @inline(__always)
    private func apply<Field: FoldableField>(
        _ side: Side, sign: Int64, kinds: Touch.Kinds, time: Instant, recent: Int, lane: Int,
        _ field: (Int) -> Field
    ) {
        intern(side, field)
        let slot = slot(at: time, recent: recent, lane: lane)
        let division = plan.divisionField < 0 ? 0 : field(plan.divisionField).number
        let key =
            UInt64(slot) << FoldBatch.slotShift
            | UInt64(bitPattern: division) & FoldBatch.divisionMask
        let touched = batch.touchKinds.base + slot * plan.metrics.count
        let bits = UInt8(truncatingIfNeeded: kinds.rawValue)
        for index in 0..<plan.metrics.count where side.counts[index] { touched[index] |= bits }
        let changes = self.changes.base
        let cells = batch.cells
        var count = 0
        var sink: UInt64 = 0
        for index in 0..<plan.clusters.count {
            let cluster = plan.clusters[index]
            guard let sums = sums(of: cluster, side, sign) else { continue }
            if cluster.memberField < 0 {
                changes[count] = sums
                changes[count].key = key | UInt64(index) << FoldBatch.groupShift
                sink ^= cells.approach(changes[count].key)
                count &+= 1
                continue
            }
            let members = side.members.base + cluster.memberField * FoldPlan.membersMax
            for place in 0..<side.memberCounts[cluster.memberField] {
                let group = batch.group(cluster: index, member: Int(members[place]))
                changes[count] = sums
                changes[count].key = key | UInt64(group) << FoldBatch.groupShift
                sink ^= cells.approach(changes[count].key)
                count &+= 1
            }
        }
        approached = sink
        for index in 0..<count { cells.add(changes + index) }
    }

    /// What the event adds to a cell of the cluster; nil where none of its metrics counts the
    /// event.
    @inline(__always)
    private func sums(
        of cluster: FoldPlan.Cluster, _ side: Side, _ sign: Int64
    ) -> CellTable.Cell? {
        func sum(_ metric: Int) -> CellTable.Sum? {
            guard metric >= 0, side.counts[metric] else { return nil }
            return CellTable.Sum(value: side.amounts[metric] &* sign, events: sign)
        }
        let (first, second, third) = (sum(cluster.first), sum(cluster.second), sum(cluster.third))
        if first == nil && second == nil && third == nil { return nil }
        var cell = CellTable.Cell()
        cell.first = first ?? .init()
        cell.second = second ?? .init()
        cell.third = third ?? .init()
        return cell
    }

    /// Each member once, however often a list names it.
    @inline(__always)
    private func intern<Field: FoldableField>(_ side: Side, _ field: (Int) -> Field) {
        for index in 0..<plan.memberPlaces.count {
            let shape = plan.memberPlaces[index]
            let value = field(shape.field)
            guard value.isPresent else {
                side.memberCounts[index] = 0
                continue
            }
            let members = side.members.base + index * FoldPlan.membersMax
            if shape.isFixed {
                members[0] = Int32(truncatingIfNeeded: value.number)
                side.memberCounts[index] = 1
                continue
            }
            var count = 0
            for place in 0..<min(value.count, FoldPlan.membersMax) {
                let id = Int32(truncatingIfNeeded: batch.members[index].id(of: value.text(place)))
                var isNew = true
                for earlier in 0..<count where members[earlier] == id { isNew = false }
                guard isNew else { continue }
                members[count] = id
                count += 1
            }
            side.memberCounts[index] = count
        }
    }

    @inline(__always)
    private func slot(at time: Instant, recent index: Int, lane: Int) -> Int {
        if index < recent.count {
            let hour = recent[index]
            if hour.from <= time.microseconds, time.microseconds < hour.until { return hour.slot }
        }
        return findSlot(at: time, recent: index, lane: lane)
    }

    @inline(never)
    private func findSlot(at time: Instant, recent index: Int, lane: Int) -> Int {
        let start = zone.startOfHour(at: time)
        let slot = batch.slot(lane: lane, hour: start, day: zone.day(at: start))
        // Where a change of offset cuts the hour short, only this instant is known to be in it.
        let last = Instant(microseconds: start.microseconds + 3_599_999_999)
        let until = zone.startOfHour(at: last) == start ? last.microseconds : time.microseconds
        if index >= recent.count {
            recent.append(repeating: RecentHour(), count: index + 1 - recent.count)
        }
        recent[index] = RecentHour(from: start.microseconds, until: until + 1, slot: slot)
        return slot
    }

    private func forgetRecentHours() {
        for index in 0..<recent.count { recent[index] = RecentHour() }
    }

    // MARK: -

    @inline(__always)
    private static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer)
        -> Bool
    {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}
