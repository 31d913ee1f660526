package import Contracts

/// Bucket sums in memory: all days, and the hours of the days at which windows begin or end.
/// Whoever keeps it sets what a commit touched and reads any window without asking the ledger.
package struct RollingBook {
    package let zone: Zone
    private var books: [SeriesKey: [Division]] = [:]
    private var members: [Breakdown: Set<String>] = [:]
    private var heldDays: Set<Int32> = []

    private struct Division {
        var code: Int32
        var sums = DailySeries()
    }

    /// What a range needs of a series: whole days, and the hours of the days that it cuts.
    private struct Cut {
        var wholeDays: Range<Int32>
        var edges: [Int32]
    }

    private struct Breakdown: Hashable {
        var metric: String
        var breakdown: String
    }

    package init(zone: Zone) { self.zone = zone }

    // MARK: Setting

    /// The day's sum, over all partitions; it takes the place of what was set before.
    package mutating func set(
        _ key: SeriesKey, division: Int32, day: CivilDate, to sum: BucketSum
    ) {
        update(key, division) { $0.set(day: day.dayNumber, to: sum) }
    }

    /// One hour's sum. Kept only while the hour's day is held.
    package mutating func set(
        _ key: SeriesKey, division: Int32, hour: Instant, to sum: BucketSum
    ) {
        let day = zone.day(at: hour).dayNumber
        guard heldDays.contains(day) else { return }
        update(key, division) { $0.set(hour: hour.microseconds, of: day, to: sum) }
    }

    /// Begins to hold a day's hours: whoever calls sets all of them that are not zero next.
    package mutating func hold(_ day: CivilDate) { heldDays.insert(day.dayNumber) }

    package func holds(_ day: CivilDate) -> Bool { heldDays.contains(day.dayNumber) }

    /// Lets the hours of all other days go.
    package mutating func release(allBut kept: Set<CivilDate>) {
        let numbers = Set(kept.map(\.dayNumber))
        let gone = heldDays.subtracting(numbers)
        guard !gone.isEmpty else { return }
        heldDays.formIntersection(numbers)
        for key in Array(books.keys) {
            for place in 0..<(books[key]?.count ?? 0) {
                for day in gone { books[key]?[place].sums.releaseHours(of: day) }
            }
        }
    }

    /// Forgets one metric, as after a change of generation; its hours must be set anew too.
    package mutating func removeAll(metric: String) {
        for key in books.keys.filter({ $0.metric == metric }) { books.removeValue(forKey: key) }
        for key in members.keys.filter({ $0.metric == metric }) { members.removeValue(forKey: key) }
    }

    private mutating func update(
        _ key: SeriesKey, _ code: Int32, _ change: (inout DailySeries) -> Void
    ) {
        if books[key] == nil, !key.breakdown.isEmpty {
            members[Breakdown(metric: key.metric, breakdown: key.breakdown), default: []]
                .insert(key.member)
        }
        let places = books[key, default: []].indices
        if let place = places.first(where: { books[key]?[$0].code == code }) {
            change(&books[key, default: []][place].sums)
            return
        }
        var division = Division(code: code)
        change(&division.sums)
        books[key, default: []].append(division)
    }

    // MARK: Reading

    /// The members of a breakdown that ever had a sum, sorted.
    package func members(metric: String, breakdown: String) -> [String] {
        (members[Breakdown(metric: metric, breakdown: breakdown)] ?? []).sorted()
    }

    /// The days of which a range needs the hours, because it begins or ends in the middle of them.
    package func edgeDays(of range: HourRange) -> Set<CivilDate> {
        guard !range.isEmpty else { return [] }
        var days: Set<CivilDate> = []
        for instant in [range.from, range.until] {
            let day = zone.day(at: instant)
            if zone.start(of: day) != instant { days.insert(day) }
        }
        return days
    }

    /// The sum over the divisions that begin with the place's digits. Nil where the hours of an
    /// edge day are not held: hold them first.
    package mutating func sum(_ key: SeriesKey, place: String, in range: HourRange) -> BucketSum? {
        guard edgeDays(of: range).allSatisfy(holds) else { return nil }
        guard !range.isEmpty, books[key] != nil, let place = DivisionRange(place: place) else {
            return .zero
        }
        let cut = cut(range)
        return RollingBook.sum(of: &books[key, default: []], place, range, cut)
    }

    private static func sum(
        of divisions: inout [Division], _ place: DivisionRange, _ range: HourRange, _ cut: Cut
    ) -> BucketSum {
        let (from, until) = (range.from.microseconds, range.until.microseconds)
        var total = BucketSum.zero
        for index in divisions.indices where place.contains(divisions[index].code) {
            total = total + divisions[index].sums.sum(days: cut.wholeDays)
            for day in cut.edges {
                total = total + divisions[index].sums.sum(hoursOf: day, from: from, until: until)
            }
        }
        return total
    }

    private func cut(_ range: HourRange) -> Cut {
        let edges = edgeDays(of: range).map(\.dayNumber).sorted()
        let first = zone.day(at: range.from)
        let whole = zone.start(of: first) == range.from ? first : first.adding(days: 1)
        let end = zone.day(at: range.until)
        return Cut(wholeDays: whole.dayNumber..<max(whole, end).dayNumber, edges: edges)
    }
}

/// The divisions that begin with some digits: `4103` is 410300 up to 410399.
package struct DivisionRange: Hashable, Sendable {
    private let from: Int32
    private let until: Int32

    /// Nil where the place is not up to six digits.
    package init?(place: String) {
        guard place.count <= 6, place.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        let digits = Int32(place) ?? 0
        let width = (place.count..<6).reduce(Int32(1)) { product, _ in product * 10 }
        from = digits * width
        until = from + width
    }

    package func contains(_ division: Int32) -> Bool { from <= division && division < until }
}
