/// A set of fingerprints: open addressed, a power of two large, at most 0.7 full. 0 is an empty
/// place. Fingerprints are keyed hashes already, so their low bits are the place.
package final class FingerprintTable {
    /// Where a fingerprint that is not in the table would go. Holds until the next insertion.
    struct Vacancy {
        var place: Int
    }

    private(set) var places: UnsafeMutablePointer<UInt64>
    private(set) var capacity: Int
    private var limit: Int
    package private(set) var count = 0

    /// With room for so many without growing.
    package init(room: Int = 0) {
        capacity = FingerprintTable.capacity(for: room)
        limit = FingerprintTable.limit(of: capacity)
        places = .allocate(capacity: capacity)
        places.initialize(repeating: 0, count: capacity)
    }

    deinit { places.deallocate() }

    package var byteCount: Int { capacity * MemoryLayout<UInt64>.stride }

    package func contains(_ fingerprint: UInt64) -> Bool { vacancy(for: fingerprint) == nil }

    /// False where it was in the table already.
    @discardableResult
    package func insert(_ fingerprint: UInt64) -> Bool {
        guard let vacancy = vacancy(for: fingerprint) else { return false }
        fill(vacancy, with: fingerprint)
        return true
    }

    /// Nil where the fingerprint is in the table.
    @inline(__always)
    func vacancy(for fingerprint: UInt64) -> Vacancy? {
        let mask = capacity &- 1
        var place = Int(truncatingIfNeeded: fingerprint) & mask
        while places[place] != 0 {
            if places[place] == fingerprint { return nil }
            place = (place &+ 1) & mask
        }
        return Vacancy(place: place)
    }

    /// Whether the table grew to twice its size: then the places are others.
    @inline(__always)
    @discardableResult
    func fill(_ vacancy: Vacancy, with fingerprint: UInt64) -> Bool {
        places[vacancy.place] = fingerprint
        count &+= 1
        guard count == limit else { return false }
        grow(to: capacity * 2)
        return true
    }

    @inline(never)
    private func grow(to larger: Int) {
        let old = places
        let oldCapacity = capacity
        capacity = larger
        limit = FingerprintTable.limit(of: capacity)
        places = .allocate(capacity: capacity)
        places.initialize(repeating: 0, count: capacity)
        for index in 0..<oldCapacity where old[index] != 0 {
            var place = Int(truncatingIfNeeded: old[index]) & (capacity - 1)
            while places[place] != 0 { place = (place + 1) & (capacity - 1) }
            places[place] = old[index]
        }
        old.deallocate()
    }

    private static func limit(of capacity: Int) -> Int { capacity * 7 / 10 }

    private static func capacity(for room: Int) -> Int {
        var capacity = 64
        while limit(of: capacity) <= room { capacity *= 2 }
        return capacity
    }
}
