/// Sums by 64-bit key, for up to three metrics together, so that an event's figures for one member
/// are found at once. A cell fills one cache line. Open addressed, a power of two large, at most
/// 0.6 full, cleared without freeing. Key 0 stands for an empty place. Sums wrap; the fold bounds
/// them beforehand.
final class CellTable {
    /// Metrics of one cell.
    static let lanes = 3

    struct Sum: Equatable {
        var value: Int64 = 0
        var events: Int64 = 0

        var isNothing: Bool { value == 0 && events == 0 }
    }

    struct Cell {
        var key: UInt64 = 0
        var first = Sum()
        var second = Sum()
        var third = Sum()
        private var padding: UInt64 = 0

        init(key: UInt64 = 0) { self.key = key }

        subscript(lane: Int) -> Sum {
            switch lane {
            case 0: first
            case 1: second
            default: third
            }
        }
    }

    private var cells: UnsafeMutablePointer<Cell>
    /// Places in use, in the order of their first use.
    private var used: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    private var limit: Int
    private(set) var count = 0
    private let mix = KeyMix()

    init(capacity: Int = 512) {
        self.capacity = capacity
        limit = CellTable.limit(of: capacity)
        cells = CellTable.emptyCells(capacity)
        used = .allocate(capacity: limit)
    }

    deinit {
        cells.deallocate()
        used.deallocate()
    }

    /// Brings the key's place into the cache: asked for several keys before they are added, the
    /// reads of memory overlap. The result only keeps the read from being left out.
    @inline(__always)
    func approach(_ key: UInt64) -> UInt64 {
        cells[Int(truncatingIfNeeded: mix(key)) & (capacity &- 1)].key
    }

    /// Adds the sums of a cell to those under its key.
    @inline(__always)
    func add(_ more: UnsafePointer<Cell>) {
        let key = more.pointee.key
        var place = Int(truncatingIfNeeded: mix(key)) & (capacity &- 1)
        while true {
            let cell = cells + place
            if cell.pointee.key == key {
                cell.pointee.first.value &+= more.pointee.first.value
                cell.pointee.first.events &+= more.pointee.first.events
                cell.pointee.second.value &+= more.pointee.second.value
                cell.pointee.second.events &+= more.pointee.second.events
                cell.pointee.third.value &+= more.pointee.third.value
                cell.pointee.third.events &+= more.pointee.third.events
                return
            }
            if cell.pointee.key == 0 { break }
            place = (place &+ 1) & (capacity &- 1)
        }
        insert(more.pointee, at: place)
    }

    subscript(index: Int) -> Cell {
        @inline(__always) get { cells[Int(used[index])] }
    }

    func removeAll() {
        if count > capacity / 8 {
            cells.update(repeating: Cell(), count: capacity)
        } else {
            for index in 0..<count { cells[Int(used[index])] = Cell() }
        }
        count = 0
    }

    @inline(never)
    private func insert(_ cell: Cell, at place: Int) {
        cells[place] = cell
        used[count] = UInt32(truncatingIfNeeded: place)
        count += 1
        if count == limit { grow() }
    }

    private func grow() {
        let old = cells
        let oldUsed = used
        capacity *= 2
        limit = CellTable.limit(of: capacity)
        cells = CellTable.emptyCells(capacity)
        used = .allocate(capacity: limit)
        for index in 0..<count {
            let cell = old[Int(oldUsed[index])]
            var place = Int(truncatingIfNeeded: mix(cell.key)) & (capacity - 1)
            while cells[place].key != 0 { place = (place + 1) & (capacity - 1) }
            cells[place] = cell
            used[index] = UInt32(truncatingIfNeeded: place)
        }
        old.deallocate()
        oldUsed.deallocate()
    }

    private static func limit(of capacity: Int) -> Int { capacity * 6 / 10 }

    private static func emptyCells(_ capacity: Int) -> UnsafeMutablePointer<Cell> {
        let size = MemoryLayout<Cell>.stride
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity * size, alignment: 64)
        return bytes.initializeMemory(as: Cell.self, repeating: Cell(), count: capacity)
    }
}
