/// Fields and parts of bytes that are in memory; whoever asks has looked at their count.
extension UnsafeRawBufferPointer {
    /// The big-endian number at this place.
    func integer<T: FixedWidthInteger>(_ place: Int, _: T.Type = T.self) -> T {
        T(bigEndian: loadUnaligned(fromByteOffset: place, as: T.self))
    }

    func part(_ range: some RangeExpression<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}

extension UnsafeMutableRawBufferPointer {
    func set<T: FixedWidthInteger>(_ place: Int, _ value: T) {
        storeBytes(of: value.bigEndian, toByteOffset: place, as: T.self)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first element for which it does not hold; it holds for all that stand before that one.
    func firstIndex(behind isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What was collected, which begins anew.
func taken<Collected: RangeReplaceableCollection>(_ collected: inout Collected) -> Collected {
    defer { collected = Collected() }
    return collected
}
