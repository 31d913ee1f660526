/// Sums by 64-bit key: open addressed, a power of two large, at most 0.6 full, cleared without
/// freeing. Key 0 stands for an empty place. Sums wrap; the fold bounds them beforehand.
final class CellTable {
    struct Cell {
        var key: UInt64
        var value: Int64
        var events: Int64
    }

    private var cells: UnsafeMutablePointer<Cell>
    /// Places in use, in the order of their first use.
    private var used: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    private var limit: Int
    private(set) var count = 0
    private let mix = KeyMix()

    init(capacity: Int = 1_024) {
        self.capacity = capacity
        limit = CellTable.limit(of: capacity)
        cells = CellTable.emptyCells(capacity)
        used = .allocate(capacity: limit)
    }

    deinit {
        cells.deallocate()
        used.deallocate()
    }

    var byteCount: Int {
        capacity * MemoryLayout<Cell>.stride + limit * MemoryLayout<UInt32>.stride
    }

    /// Brings the key's place into the cache: asked for several keys before they are added, the
    /// reads of memory overlap. The result only keeps the read from being left out.
    @inline(__always)
    func approach(_ key: UInt64) -> UInt64 {
        cells[Int(truncatingIfNeeded: mix(key)) & (capacity &- 1)].key
    }

    @inline(__always)
    func add(_ key: UInt64, value: Int64, events: Int64) {
        var place = Int(truncatingIfNeeded: mix(key)) & (capacity &- 1)
        while true {
            let cell = cells + place
            if cell.pointee.key == key {
                cell.pointee.value &+= value
                cell.pointee.events &+= events
                return
            }
            if cell.pointee.key == 0 { break }
            place = (place &+ 1) & (capacity &- 1)
        }
        insert(Cell(key: key, value: value, events: events), at: place)
    }

    subscript(index: Int) -> Cell { cells[Int(used[index])] }

    func removeAll() {
        if count > capacity / 8 {
            cells.update(repeating: Cell(key: 0, value: 0, events: 0), count: capacity)
        } else {
            for index in 0..<count { cells[Int(used[index])].key = 0 }
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
        let cells = UnsafeMutablePointer<Cell>.allocate(capacity: capacity)
        cells.initialize(repeating: Cell(key: 0, value: 0, events: 0), count: capacity)
        return cells
    }
}
