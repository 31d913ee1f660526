/// Which events an hour has: how many of each cell, and so which ordinal of its cell an index is.
/// Follows from the hour's number alone; what was worked out for the last six weeks is kept, since
/// late deliveries come back to it.
struct HourCells: Sendable {
    /// One event's place in its cell.
    struct Place: Equatable {
        var cell: Int
        var division: Int
        /// The class within the stream.
        var kind: Int
        var ordinal: UInt64
    }

    private let cells: StreamCells
    private let rhythm: Rhythm
    private let width: Int
    /// Where a cell's events lie between two units of weight; one a cell.
    private let phases: [Int64]
    private let wholes: [Int64]
    private var tags: [Int]
    /// By slot and cell of the span: ordinals at the hour's start, and indices (one more a slot).
    private var ordinals: [UInt32]
    private var indices: [UInt32]

    /// Hours that are kept: more than `Fate` reaches back.
    private static let slots = 1_024

    init(_ cells: StreamCells, _ rhythm: Rhythm, seed: UInt64) {
        self.cells = cells
        self.rhythm = rhythm
        width = cells.classes * StreamCells.divisions
        var wholes: [Int64] = []
        for span in rhythm.calendar.spans {
            for division in 0..<StreamCells.divisions {
                wholes.append(rhythm.whole(span: span, division: division))
            }
        }
        self.wholes = wholes
        phases = cells.counts.indices.map { cell in
            let span = cell / (cells.classes * StreamCells.divisions)
            let whole = wholes[
                span * StreamCells.divisions + cell % StreamCells.divisions]
            let bits = Dice.place(
                seed ^ (0x9A5E &+ UInt64(cells.stream.rawValue)), cell, 0)
            return Int64(bits.multipliedFullWidth(by: UInt64(whole)).high)
        }
        tags = Array(repeating: -1, count: HourCells.slots)
        ordinals = Array(repeating: 0, count: HourCells.slots * width)
        indices = Array(repeating: 0, count: HourCells.slots * (width + 1))
    }

    /// Events of the hour (0 is the simulation's first); none outside the days of events.
    mutating func count(hour: Int) -> Int {
        guard hour >= 0, hour < rhythm.calendar.eventDays * 24 else { return 0 }
        return Int(indices[slot(hour) * (width + 1) + width])
    }

    /// The place of one of the hour's events. `index` is below `count(hour:)`.
    mutating func place(hour: Int, index: Int) -> Place {
        let slot = slot(hour)
        let row = slot * (width + 1)
        var low = 0
        var high = width - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if Int(indices[row + middle]) <= index { low = middle } else { high = middle - 1 }
        }
        return Place(
            cell: rhythm.calendar.spanOfDay[hour / 24] * width + low,
            division: low % StreamCells.divisions, kind: low / StreamCells.divisions,
            ordinal: UInt64(ordinals[slot * width + low])
                + UInt64(index - Int(indices[row + low])))
    }

    private mutating func slot(_ hour: Int) -> Int {
        let slot = hour % HourCells.slots
        if tags[slot] != hour { fill(slot, hour) }
        return slot
    }

    /// A cell of n events has had `(n * w + phase) / whole` of them when the span has spent `w` of
    /// its `whole` weight: none at its start, all at its end, whatever the phase below `whole`.
    private mutating func fill(_ slot: Int, _ hour: Int) {
        tags[slot] = hour
        let span = rhythm.calendar.spanOfDay[hour / 24]
        let row = slot * (width + 1)
        for division in 0..<StreamCells.divisions {
            let (from, to) = rhythm.before(
                hour: hour, span: rhythm.calendar.spans[span], division: division)
            let whole = wholes[span * StreamCells.divisions + division]
            for kind in 0..<cells.classes {
                let place = kind * StreamCells.divisions + division
                let cell = span * width + place
                let count = cells.counts[cell]
                if count == 0 || whole == 0 {
                    ordinals[slot * width + place] = 0
                    indices[row + place + 1] = 0
                    continue
                }
                // Below 2^27 events and 2^34 of weight: no product leaves 63 bits.
                let first = (count * from + phases[cell]) / whole
                let end = (count * to + phases[cell]) / whole
                ordinals[slot * width + place] = UInt32(first)
                indices[row + place + 1] = UInt32(end - first)
            }
        }
        var sum: UInt32 = 0
        indices[row] = 0
        for place in 1...width {
            sum += indices[row + place]
            indices[row + place] = sum
        }
    }
}
