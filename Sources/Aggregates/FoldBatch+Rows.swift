internal import Contracts

extension FoldBatch {
    /// The series that have a sum, numbered from 0.
    struct SeriesNumbers {
        /// By group and lane of its cells: the series' number, or -1.
        var numbers: [Int32]
        var keys: [SeriesKey]
    }

    /// The batch's series by their local number.
    package var series: [SeriesKey] { seal().keys }

    /// Rows of the hour grain. `topicPartitions` gives the ledger's id by lane, `series` by local
    /// series. Sums that came to nothing (0 in 0 events) have no row.
    package func hourRows(topicPartitions: [Int32], series ids: [Int32]) -> HourRows {
        let slots = ranks(ofSlots: topicPartitions) { self.slotHours[$0] }
        let bits = prepare(slots, ids)
        let numbers = seal().numbers
        var rows = HourRows()
        rows.reserve(sort.count)
        sort.forEachSorted(bits: bits) { _, place in
            let (cell, lane) = (cells[place / CellTable.lanes], place % CellTable.lanes)
            let slot = Int(cell.key >> FoldBatch.slotShift)
            rows.topicPartitions.append(topicPartitions[Int(slotLanes[slot])])
            rows.hours.append(slotHours[slot])
            rows.series.append(ids[number(numbers, cell.key, lane)])
            rows.divisions.append(Int32(cell.key & FoldBatch.divisionMask))
            rows.values.append(cell[lane].value)
            rows.events.append(cell[lane].events)
        }
        return rows
    }

    /// Rows of the day grain, likewise.
    package func dayRows(topicPartitions: [Int32], series ids: [Int32]) -> DayRows {
        let slots = ranks(ofSlots: topicPartitions) { Int64(self.slotDays[$0]) }
        let bits = prepare(slots, ids)
        let numbers = seal().numbers
        var rows = DayRows()
        var last: UInt64?
        sort.forEachSorted(bits: bits) { key, place in
            let (cell, lane) = (cells[place / CellTable.lanes], place % CellTable.lanes)
            let sum = cell[lane]
            if key == last {
                rows.values[rows.count - 1] &+= sum.value
                rows.events[rows.count - 1] &+= sum.events
                return
            }
            rows.dropLastIfNothing()
            last = key
            let slot = Int(cell.key >> FoldBatch.slotShift)
            rows.topicPartitions.append(topicPartitions[Int(slotLanes[slot])])
            rows.days.append(slotDays[slot])
            rows.series.append(ids[number(numbers, cell.key, lane)])
            rows.divisions.append(Int32(cell.key & FoldBatch.divisionMask))
            rows.values.append(sum.value)
            rows.events.append(sum.events)
        }
        rows.dropLastIfNothing()
        return rows
    }

    private func seal() -> SeriesNumbers {
        if let sealed { return sealed }
        var isUsed = [Bool](repeating: false, count: groupCount * CellTable.lanes)
        for place in 0..<cells.count {
            let cell = cells[place]
            let group = Int(cell.key >> FoldBatch.groupShift & FoldBatch.groupMask)
            for lane in 0..<CellTable.lanes where !cell[lane].isNothing {
                isUsed[group * CellTable.lanes + lane] = true
            }
        }
        var numbers = [Int32](repeating: -1, count: isUsed.count)
        var keys: [SeriesKey] = []
        for place in isUsed.indices where isUsed[place] {
            numbers[place] = Int32(truncatingIfNeeded: keys.count)
            keys.append(key(group: place / CellTable.lanes, lane: place % CellTable.lanes))
        }
        let series = SeriesNumbers(numbers: numbers, keys: keys)
        sealed = series
        return series
    }

    private func key(group: Int, lane: Int) -> SeriesKey {
        let cluster = plan.clusters[Int(groupClusters[group])]
        let metric = plan.metricNames[cluster[lane]]
        if cluster.memberField < 0 { return SeriesKey(metric: metric) }
        let field = plan.memberFields[cluster.memberField]
        let member = Int(groupMembers[group])
        return SeriesKey(
            metric: metric, breakdown: field.name,
            member: field.words?[member] ?? members[cluster.memberField].text(member))
    }

    @inline(__always)
    private func number(_ numbers: [Int32], _ key: UInt64, _ lane: Int) -> Int {
        let group = Int(key >> FoldBatch.groupShift & FoldBatch.groupMask)
        return Int(numbers[group * CellTable.lanes + lane])
    }

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
            let isOther = index > 0 && (keys[index - 1].0, keys[index - 1].1) != (key.0, key.1)
            if isOther { rank += 1 }
            ranks[key.2] = UInt64(rank)
        }
        return (ranks, rank + 1)
    }

    /// Fills the sort with one order-preserving key a sum; returns the bits of a key.
    private func prepare(_ slots: (ranks: [UInt64], count: Int), _ ids: [Int32]) -> Int {
        let numbers = seal().numbers
        var seriesRanks = [UInt64](repeating: 0, count: ids.count)
        for (rank, local) in ids.indices.sorted(by: { ids[$0] < ids[$1] }).enumerated() {
            seriesRanks[local] = UInt64(rank)
        }
        let seriesBits = UInt64(Int.bitWidth - ids.count.leadingZeroBitCount)
        let slotBits = Int.bitWidth - slots.count.leadingZeroBitCount
        sort.removeAll()
        for place in 0..<cells.count {
            let cell = cells[place]
            let slot = slots.ranks[Int(cell.key >> FoldBatch.slotShift)] << seriesBits
            for lane in 0..<CellTable.lanes where !cell[lane].isNothing {
                let upper = slot | seriesRanks[number(numbers, cell.key, lane)]
                sort.append(
                    upper << FoldBatch.groupShift | cell.key & FoldBatch.divisionMask,
                    place: place * CellTable.lanes + lane)
            }
        }
        return slotBits + Int(seriesBits) + Int(FoldBatch.groupShift)
    }
}
