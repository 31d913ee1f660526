/// Hashes what a contract says, to see edits. Equal in every process and version that knows the
/// same keys; 64-bit FNV-1a over length-prefixed parts, finished with a mix so that all bits depend
/// on all parts. It guards against nothing: whoever edits the file may say anything there.
internal struct ContentHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        add(Int64(text.utf8.count))
        for byte in text.utf8 { mix(byte) }
    }

    mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            mix(UInt8(truncatingIfNeeded: UInt64(bitPattern: number) >> UInt64(shift)))
        }
    }

    mutating func add(optional number: Int64?) {
        add(Int64(number == nil ? 0 : 1))
        if let number { add(number) }
    }

    private mutating func mix(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    var value: Int64 {
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int64(bitPattern: mixed ^ (mixed >> 31))
    }
}

extension TargetContract {
    /// Of everything that a judgement depends on: names, sector and area are left out.
    package var contentHash: Int64 {
        var hash = ContentHash()
        add(to: &hash)
        return hash.value
    }

    fileprivate func add(to hash: inout ContentHash) {
        hash.add(id)
        hash.add(kind.rawValue)
        hash.add(bound.rawValue)
        hash.add(value)
        hash.add(optional: valueMax)
        for number in [tolerance, slack, Int64(scale)] { hash.add(number) }
        hash.add(unit)
        hash.add(Int64(windowStart.dayNumber))
        hash.add(Int64(deadline.dayNumber))
        switch source {
        case .metric(let stream, let metric, let breakdown, let member):
            for text in ["metric", stream, metric, breakdown ?? "", member ?? ""] { hash.add(text) }
        case .indicator(let stream, let indicator):
            for text in ["indicator", stream, indicator] { hash.add(text) }
        }
        switch trajectory {
        case .linear: hash.add("linear")
        case .constant: hash.add("constant")
        case .profile(let knots): add(knots, "profile", to: &hash)
        case .steps(let knots): add(knots, "steps", to: &hash)
        }
        for number in [rule.atRiskBelow, rule.offTrackBelow, rule.recoverAbove] { hash.add(number) }
        for duration in [rule.hold, rule.dwell, rule.grace] { hash.add(duration.microseconds) }
        hash.add(optional: rule.staleAfter?.microseconds)
        if let warnBefore = rule.warnBefore {
            hash.add("warn_before")
            hash.add(warnBefore.microseconds)
        }
    }

    private func add(_ knots: [TrajectoryContract.Knot], _ name: String, to hash: inout ContentHash)
    {
        hash.add(name)
        hash.add(Int64(knots.count))
        for knot in knots {
            hash.add(Int64(knot.day.dayNumber))
            hash.add(knot.shareMillionths)
        }
    }
}

extension PlanContract {
    /// Of everything that a judgement depends on: revision, zone, place and the targets in their
    /// order.
    package var contentHash: Int64 {
        var hash = ContentHash()
        hash.add(id)
        hash.add(Int64(revision))
        hash.add(zone.identifier)
        for number in [Int64(periodStart.dayNumber), Int64(periodEnd.dayNumber), Int64(division)] {
            hash.add(number)
        }
        hash.add(place)
        for target in targets { target.add(to: &hash) }
        return hash.value
    }
}
