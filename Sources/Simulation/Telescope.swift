/// Figures of the events of one cell: drawn one by one, in any order, and yet adding up to the
/// cell's total exactly.
///
/// Each event has one unit for sure. What remains of the total is divided over blocks of eight
/// events in order (a block's edge is `rest * before / count`, rounded down), and within a block in
/// proportion to drawn weights, cut at rounded-down sums again. Neighbours share their edges, so
/// nothing is lost or counted twice, and an event needs its block only.
struct Telescope {
    let seed: UInt64
    let count: UInt64
    let total: UInt64
    let spend: UInt64
    /// Many small and few large figures; else they are within a factor of four of one another.
    let isSkewed: Bool

    private static let block: UInt64 = 8
    /// One visitor in 32 blocks' events is not asked what was spent.
    private static let notAsked: UInt64 = 32

    /// The figure of the event with this ordinal, and its spend (-1: not asked).
    func figures(_ ordinal: UInt64) -> (figure: Int64, spend: Int64) {
        let first = ordinal / Telescope.block * Telescope.block
        let end = min(first + Telescope.block, count)
        let rest = total - count
        let low = Allotment.portion(rest, first, of: count)
        let part = Allotment.portion(rest, end, of: count) - low
        var sum: UInt64 = 0
        for place in first..<end { sum += weight(bits(place)) }
        // Second pass: each event's figure, and from it what it weighs in the spending.
        var before: UInt64 = 0
        var cut: UInt64 = 0
        var own: UInt64 = 0
        var spending: UInt64 = 0
        var spendingBefore: UInt64 = 0
        var ownSpending: UInt64 = 0
        for place in first..<end {
            let bits = bits(place)
            before += weight(bits)
            let next = Allotment.portion(part, before, of: sum)
            let figure = 1 + next - cut
            cut = next
            let isAsked = place == first || (bits >> 16) % Telescope.notAsked > 0
            let weight = isAsked ? figure * (410 + (bits >> 40) % 1_229) : 0
            if place == ordinal {
                own = figure
                spendingBefore = spending
                ownSpending = weight
            }
            spending += weight
        }
        guard spend > 0, ownSpending > 0 else { return (Int64(own), -1) }
        let spendLow = Allotment.portion(spend, first, of: count)
        let spendPart = Allotment.portion(spend, end, of: count) - spendLow
        let from = Allotment.portion(spendPart, spendingBefore, of: spending)
        let to = Allotment.portion(spendPart, spendingBefore + ownSpending, of: spending)
        return (Int64(own), Int64(to - from))
    }

    private func bits(_ ordinal: UInt64) -> UInt64 {
        Dice.mix(seed &+ ordinal &* 0x9E37_79B9_7F4A_7C15)
    }

    /// Mean about 1,100; the largest of a block of eight has at most seven eighths of it.
    private func weight(_ bits: UInt64) -> UInt64 {
        let draw = bits & 0xFFFF
        return isSkewed ? 64 + (draw * draw * 3) >> 22 : 410 + (draw * 1_229) >> 16
    }
}
