/// The truth of one stream: what its events add up to in each month, class and division, and how
/// many they are. A class is what totals are kept apart by: a kind of registration, a programme.
struct StreamCells: Sendable {
    let stream: SimulatedStream
    let classes: Int
    let spans: Int
    /// Visitors, persons or fen of the events that are counted here, by `cell`.
    private(set) var totals: [Int64]
    /// Fen that visitors spend; empty elsewhere.
    private(set) var spends: [Int64]
    private(set) var counts: [Int64]

    static let divisions = Luoyang.divisions.count

    init(_ stream: SimulatedStream, classes: Int, spans: Int, hasSpends: Bool = false) {
        self.stream = stream
        self.classes = classes
        self.spans = spans
        let cells = spans * classes * StreamCells.divisions
        totals = Array(repeating: 0, count: cells)
        spends = hasSpends ? totals : []
        counts = totals
    }

    /// Cells of a span stand together, within it those of a class.
    func cell(span: Int, class kind: Int, division: Int) -> Int {
        (span * classes + kind) * StreamCells.divisions + division
    }

    mutating func set(total: Int64, span: Int, class kind: Int, division: Int) {
        totals[cell(span: span, class: kind, division: division)] = total
    }

    mutating func set(spend: Int64, span: Int, division: Int) {
        spends[cell(span: span, class: 0, division: division)] = spend
    }

    /// A part of a cell's truth that a record of its own will tell.
    mutating func setAside(_ total: Int64, spend: Int64 = 0, cell: Int) {
        totals[cell] -= total
        if !spends.isEmpty { spends[cell] -= spend }
    }

    /// Gives each cell of the spans its number of events, `events` in all but for what follows. An
    /// event carries at least one unit of its figure, so there are never more than units; a cell
    /// with a total has at least one event, and so many that none is beyond the contract's limit.
    mutating func setCounts(
        of events: Int64, spans: Range<Int>, classShares: [Int64]? = nil
    ) {
        let width = classes * StreamCells.divisions
        let range = spans.lowerBound * width..<spans.upperBound * width
        let shares: [Int64]
        if let classShares {
            let parts = Allotment.parts(of: events, by: classShares)
            var all = [Int64](repeating: 0, count: range.count)
            for kind in 0..<classes {
                let own = range.filter { $0 / StreamCells.divisions % classes == kind }
                let ownParts = Allotment.parts(of: parts[kind], by: own.map { totals[$0] })
                for (cell, part) in zip(own, ownParts) { all[cell - range.lowerBound] = part }
            }
            shares = all
        } else {
            shares = Allotment.parts(of: events, by: Array(totals[range]))
        }
        for (cell, share) in zip(range, shares) {
            let least = (totals[cell] + meanMost - 1) / meanMost
            counts[cell] = min(max(share, least), totals[cell])
        }
    }

    /// A figure is at most seven times the mean: see `Telescope`.
    private var meanMost: Int64 {
        switch stream {
        case .tourism: 1_000_000 / 7
        case .employment: 100_000 / 7
        case .investment, .measurements: 1 << 56
        }
    }
}
