/// What becomes of one event on its way: a function of the seed and the event's place alone, so
/// that copies, corrections and a resumed simulation agree without remembering anything. Whatever
/// it is, in the end the event counts as it happened.
struct Fate: Equatable {
    enum Kind: Equatable {
        case plain, outOfOrder, late, duplicate
        /// First sent with wrong figures, then put right.
        case corrected
        /// Sent as it is, and once more under another identity; that one is taken back.
        case doubled
    }

    var kind: Kind
    /// Bits for choosing delays and the like.
    var bits: UInt64

    init(
        _ seed: UInt64, _ stream: SimulatedStream, _ hour: Int, _ index: Int,
        _ shares: DisturbanceShares
    ) {
        bits = Dice.place(seed ^ (0xFA7E &+ UInt64(stream.rawValue) << 32), hour, index)
        let draw = Int((bits >> 20) % 100_000)
        if draw >= shares.sum {
            kind = .plain
        } else if draw < shares.outOfOrder {
            kind = .outOfOrder
        } else if draw < shares.outOfOrder + shares.late {
            kind = .late
        } else if draw < shares.outOfOrder + shares.late + shares.duplicate {
            kind = .duplicate
        } else {
            kind = draw < shares.sum - shares.withdrawn ? .corrected : .doubled
        }
    }

    private func choice(_ count: Int) -> Int { Int(bits & 0xFFFFF) % count }

    /// The whole hours between an event and its late first delivery, or its copy, its correction,
    /// its double's withdrawal. `hourOfDay` is that of the event.
    func laterHours(hourOfDay: Int) -> Int {
        switch kind {
        case .plain, .outOfOrder: 0
        case .late:
            // Most are an hour or three behind; some devices only report at 08:00 of a later day.
            choice(10) < 6
                ? 1 + choice(3) : Fate.lateDays[choice(4)] * 24 + Fate.uploadHour - hourOfDay
        case .duplicate: [1, 2, 24][choice(3)]
        case .corrected: Fate.reviewDays[choice(4)] * 24 + Fate.reviewHour - hourOfDay
        case .doubled: Fate.withdrawDays[choice(3)] * 24 + Fate.reviewHour - hourOfDay
        }
    }

    static let uploadHour = 8
    static let reviewHour = 17
    static let lateDays = [1, 2, 5, 20]
    static let reviewDays = [1, 2, 7, 30]
    static let withdrawDays = [1, 3, 14]
    static let reviewScan = [1, 2, 3, 7, 14, 30]
    static let shortHours = [0, 1, 2, 3, 24]

    /// The hours (relative to one of delivery) in which events may lie that have something
    /// delivered in it.
    static func originHours(deliveredAt hour: Int, into hours: inout [Int]) {
        hours.removeAll(keepingCapacity: true)
        for back in shortHours { hours.append(hour - back) }
        let days = hour % 24 == uploadHour ? lateDays : hour % 24 == reviewHour ? reviewScan : []
        let midnight = hour - hour % 24
        for back in days {
            for ofDay in 0..<24 {
                let origin = midnight - back * 24 + ofDay
                if !hours.contains(origin) { hours.append(origin) }
            }
        }
    }
}
