/// Orders packed keys: a radix sort over the bits that differ, whose buffers are kept from call to
/// call.
final class RowSort {
    private let keys = [Column<UInt64>(), Column<UInt64>()]
    private let places = [Column<UInt32>(), Column<UInt32>()]
    private var counts = [Int](repeating: 0, count: 1 << RowSort.digitBits)
    private static let digitBits = 11

    var count: Int { keys[0].count }

    func removeAll() {
        keys[0].removeAll()
        places[0].removeAll()
    }

    func append(_ key: UInt64, place: Int) {
        keys[0].append(key)
        places[0].append(UInt32(truncatingIfNeeded: place))
    }

    /// Calls `body` with each key and place, least key first; equal keys in the order they were
    /// appended. Keys are below 2^bits.
    func forEachSorted(bits: Int, _ body: (UInt64, Int) -> Void) {
        let count = keys[0].count
        keys[1].resize(count)
        places[1].resize(count)
        var source = 0
        var shift = 0
        while shift < bits {
            pass(from: source, shift: shift)
            source = 1 - source
            shift += RowSort.digitBits
        }
        let key = keys[source].base
        let place = places[source].base
        for index in 0..<count { body(key[index], Int(place[index])) }
    }

    private func pass(from source: Int, shift: Int) {
        let count = keys[0].count
        let (fromKeys, fromPlaces) = (keys[source].base, places[source].base)
        let (toKeys, toPlaces) = (keys[1 - source].base, places[1 - source].base)
        let mask = UInt64(1 << RowSort.digitBits - 1)
        counts.withUnsafeMutableBufferPointer { counts in
            counts.update(repeating: 0)
            for index in 0..<count {
                counts[Int(truncatingIfNeeded: fromKeys[index] >> UInt64(shift) & mask)] &+= 1
            }
            var sum = 0
            for digit in 0..<counts.count {
                let here = counts[digit]
                counts[digit] = sum
                sum += here
            }
            for index in 0..<count {
                let digit = Int(truncatingIfNeeded: fromKeys[index] >> UInt64(shift) & mask)
                let to = counts[digit]
                counts[digit] = to &+ 1
                toKeys[to] = fromKeys[index]
                toPlaces[to] = fromPlaces[index]
            }
        }
    }
}
