/// The identities seen by the lanes that an instance owns: one table for each lane and day, loaded
/// from the ledger on demand and dropped least recently used first within a budget. Days whose new
/// fingerprints are not in the ledger yet (of the open and of the committing batch) stay.
///
/// An event is checked, then folded, then admitted: an event that could not be folded is not
/// remembered. Used by one thread.
package final class FingerprintDays {
    package enum Verdict: Equatable, Sendable {
        case new
        case duplicate
        /// The ledger has fingerprints of the day which are not in memory: `load` them, then check
        /// again.
        case needsLoad
    }

    private final class Day {
        let lane: Int
        let number: Int32
        var table: FingerprintTable?
        /// Nil while the ledger has nothing of the day.
        var end: FingerprintSegmentEnd?
        /// New in the open batch, in the order they came.
        let open = Column<UInt64>(capacity: 8)
        /// How many of the committing batch.
        var committing = 0
        var lastUse: UInt64 = 0
        var isPinned: Bool { open.count > 0 || committing > 0 }

        init(lane: Int, number: Int32, end: FingerprintSegmentEnd?) {
            self.lane = lane
            self.number = number
            self.end = end
        }
    }

    /// Largest segment: 250 fingerprints. An append rewrites its row, so segments are small enough
    /// that two and a new version of one stand in a page.
    package static let segmentBytesMax = 2_000

    package let budgetBytes: Int
    /// Bytes of all tables in memory.
    package private(set) var byteCount = 0
    private var lanes: [Int: [Int32: Day]] = [:]
    /// The latest days of each lane by the low bits of their number: the next event is mostly of
    /// one of them.
    private let recent = Column<RecentDay>()
    private static let recentPerLane = 4

    /// A day in memory, reached without counting references: `lanes` keeps the day, and the entry
    /// goes when the day does.
    private struct RecentDay {
        var number: Int32
        /// Of the table. Renewed when it grows.
        var places: UnsafeMutablePointer<UInt64>?
        var mask: Int
        var lastUse: UInt64
        var day: Unmanaged<Day>?

        static var none: RecentDay {
            RecentDay(number: 0, places: nil, mask: 0, lastUse: 0, day: nil)
        }
    }
    /// Days with something new in the open batch, and in the committing one.
    private var openDays: [Day] = []
    private var committingDays: [Day] = []
    private var uses: UInt64 = 0
    /// What `check` found and `admit` will fill: an entry of `recent`, or -1, and a place of its
    /// table.
    private var candidate = -1
    private var candidatePlace = 0
    private var candidateFingerprint: UInt64 = 0

    package init(budgetBytes: Int) { self.budgetBytes = budgetBytes }

    /// More than the budget is in use, and nothing can be dropped before the next commit.
    package var isOverBudget: Bool { byteCount > budgetBytes }

    /// Days in memory, for figures and tests.
    package var loadedDays: Int {
        lanes.values.reduce(0) { $0 + $1.values.count { $0.table != nil } }
    }

    // MARK: Lanes

    /// Begins with what the ledger has of the lane: the last segment of each day.
    package func attach(lane: Int, days: [FingerprintSegmentEnd]) {
        detach(lane: lane)
        var known: [Int32: Day] = [:]
        for end in days { known[end.day] = Day(lane: lane, number: end.day, end: end) }
        lanes[lane] = known
        makePlaces(lane)
    }

    /// Forgets the lane, with all that was not committed.
    package func detach(lane: Int) {
        guard let days = lanes.removeValue(forKey: lane) else { return }
        for day in days.values { byteCount -= day.table?.byteCount ?? 0 }
        openDays.removeAll { $0.lane == lane }
        committingDays.removeAll { $0.lane == lane }
        for place in 0..<FingerprintDays.recentPerLane {
            recent[lane * FingerprintDays.recentPerLane + place] = .none
        }
        candidate = -1
    }

    // MARK: Events

    /// Whether the fingerprint was seen on that day of the lane. The lane is attached.
    package func check(_ fingerprint: UInt64, lane: Int, day number: Int32) -> Verdict {
        let index = FingerprintDays.place(lane, number)
        guard index < recent.count, recent[index].number == number,
            let places = recent[index].places
        else { return checkOther(fingerprint, lane: lane, day: number) }
        uses &+= 1
        recent[index].lastUse = uses
        let mask = recent[index].mask
        var place = Int(truncatingIfNeeded: fingerprint) & mask
        while places[place] != 0 {
            if places[place] == fingerprint { return .duplicate }
            place = (place &+ 1) & mask
        }
        candidate = index
        candidatePlace = place
        candidateFingerprint = fingerprint
        return .new
    }

    /// Remembers the fingerprint that was checked last and found to be new.
    package func admit() {
        guard candidate >= 0, let unmanaged = recent[candidate].day else { return }
        let index = candidate
        candidate = -1
        let grown = unmanaged._withUnsafeGuaranteedRef { day in
            if day.open.count == 0 { openDays.append(day) }
            day.open.append(candidateFingerprint)
            return day.table?.fill(.init(place: candidatePlace), with: candidateFingerprint)
                ?? false
        }
        if grown { noteGrowth(of: unmanaged.takeUnretainedValue(), at: index) }
    }

    @inline(never)
    private func noteGrowth(of day: Day, at index: Int) {
        guard let table = day.table else { return }
        byteCount += table.byteCount / 2
        recent[index].places = table.places
        recent[index].mask = table.capacity - 1
        makeRoom(keeping: day)
    }

    @inline(never)
    private func checkOther(_ fingerprint: UInt64, lane: Int, day number: Int32) -> Verdict {
        let day = find(lane: lane, day: number)
        candidate = -1
        if day.table == nil {
            if day.end != nil { return .needsLoad }
            put(FingerprintTable(), in: day)
        }
        guard let table = day.table else { return .needsLoad }
        let index = FingerprintDays.place(lane, number)
        recent[index].day?.takeUnretainedValue().lastUse = recent[index].lastUse
        recent[index] = RecentDay(
            number: number, places: table.places, mask: table.capacity - 1, lastUse: uses,
            day: .passUnretained(day))
        return check(fingerprint, lane: lane, day: number)
    }

    /// Puts a day's segments, as the ledger has them, into memory.
    package func load(lane: Int, day number: Int32, segments: [[UInt8]]) {
        let day = find(lane: lane, day: number)
        guard day.table == nil else { return }
        let size = MemoryLayout<UInt64>.size
        let table = FingerprintTable(room: segments.reduce(0) { $0 + $1.count / size })
        for segment in segments {
            segment.withUnsafeBytes { bytes in
                for offset in stride(from: 0, through: bytes.count - size, by: size) {
                    let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    table.insert(UInt64(littleEndian: word))
                }
            }
        }
        uses &+= 1
        day.lastUse = uses
        put(table, in: day)
    }

    // MARK: Commits

    /// Closes the open batch: what its commit appends to the ledger, by lane, day and segment. A
    /// commit that is tried again appends the same.
    package func takeOpen() -> [FingerprintAppend] {
        var appends: [FingerprintAppend] = []
        for day in openDays.sorted(by: { ($0.lane, $0.number) < ($1.lane, $1.number) }) {
            append(day, to: &appends)
            if day.committing == 0 { committingDays.append(day) }
            day.committing += day.open.count
            day.open.removeAll()
        }
        openDays.removeAll(keepingCapacity: true)
        candidate = -1
        return appends
    }

    /// The committing batch is in the ledger: its days may be dropped again.
    package func committed() {
        for day in committingDays { day.committing = 0 }
        committingDays.removeAll(keepingCapacity: true)
        makeRoom(keeping: nil)
    }

    private func append(_ day: Day, to appends: inout [FingerprintAppend]) {
        let size = MemoryLayout<UInt64>.size
        var end = day.end ?? FingerprintSegmentEnd(day: day.number, segment: 0, bytes: 0)
        var rest = UnsafeMutableBufferPointer(start: day.open.base, count: day.open.count)[...]
        while !rest.isEmpty {
            if end.bytes + size > FingerprintDays.segmentBytesMax {
                end = FingerprintSegmentEnd(day: day.number, segment: end.segment + 1, bytes: 0)
            }
            let part = rest.prefix((FingerprintDays.segmentBytesMax - end.bytes) / size)
            rest = rest.dropFirst(part.count)
            let bytes = [UInt8](unsafeUninitializedCapacity: part.count * size) { buffer, count in
                for (index, fingerprint) in part.enumerated() {
                    UnsafeMutableRawBufferPointer(buffer).storeBytes(
                        of: fingerprint.littleEndian, toByteOffset: index * size, as: UInt64.self)
                }
                count = part.count * size
            }
            end.bytes += bytes.count
            appends.append(
                FingerprintAppend(
                    lane: day.lane, day: day.number, segment: end.segment, hashes: bytes))
        }
        day.end = end
    }

    // MARK: Memory

    private func find(lane: Int, day number: Int32) -> Day {
        if let day = lanes[lane]?[number] { return day }
        let day = Day(lane: lane, number: number, end: nil)
        lanes[lane, default: [:]][number] = day
        makePlaces(lane)
        return day
    }

    private func makePlaces(_ lane: Int) {
        let wanted = (lane + 1) * FingerprintDays.recentPerLane
        while recent.count < wanted { recent.append(.none) }
    }

    private static func place(_ lane: Int, _ number: Int32) -> Int {
        lane * recentPerLane + (Int(number) & (recentPerLane - 1))
    }

    private func put(_ table: FingerprintTable, in day: Day) {
        day.table = table
        byteCount += table.byteCount
        makeRoom(keeping: day)
    }

    /// Drops days least recently used first. A day that the ledger does not have and that holds
    /// nothing is forgotten altogether.
    private func makeRoom(keeping kept: Day?) {
        guard byteCount > budgetBytes else { return }
        for index in 0..<recent.count {
            recent[index].day?.takeUnretainedValue().lastUse = recent[index].lastUse
        }
        let droppable = lanes.values.flatMap(\.values)
            .filter { $0.table != nil && !$0.isPinned && $0 !== kept }
            .sorted { ($0.lastUse, $0.lane, $0.number) < ($1.lastUse, $1.lane, $1.number) }
        for day in droppable {
            if byteCount <= budgetBytes { break }
            byteCount -= day.table?.byteCount ?? 0
            day.table = nil
            let index = FingerprintDays.place(day.lane, day.number)
            if recent[index].day?.takeUnretainedValue() === day { recent[index] = .none }
            if candidate == index { candidate = -1 }
            if day.end == nil { lanes[day.lane]?.removeValue(forKey: day.number) }
        }
    }
}
