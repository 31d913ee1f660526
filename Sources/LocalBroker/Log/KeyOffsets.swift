/// The latest offset of each key, by 128 bits of a keyed hash: two keys that share them are less
/// likely than a disk that lies. Open addressing, at most half full.
struct KeyOffsets {
    private struct Slot {
        var high = 0
        var low = 0
        var offset: Int64 = -1
    }

    private var slots = [Slot](repeating: Slot(), count: 1 << 10)
    private(set) var count = 0

    subscript(key: UnsafeRawBufferPointer) -> Int64? {
        let slot = slots[place(Self.hash(key))]
        return slot.offset < 0 ? nil : slot.offset
    }

    /// Offsets come in ascending order.
    mutating func saw(_ key: UnsafeRawBufferPointer, at offset: Int64) {
        let hash = Self.hash(key)
        let index = place(hash)
        if slots[index].offset < 0 { count += 1 }
        slots[index] = Slot(high: hash.high, low: hash.low, offset: offset)
        if count * 2 > slots.count { grow() }
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> (high: Int, low: Int) {
        func part(_ number: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(number)
            hasher.combine(bytes: key)
            return hasher.finalize()
        }
        return (part(0), part(1))
    }

    /// Where the hash stands, or the free slot where it would.
    private func place(_ hash: (high: Int, low: Int)) -> Int {
        var index = hash.low & (slots.count - 1)
        while slots[index].offset >= 0, (slots[index].high, slots[index].low) != hash {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.offset >= 0 { slots[place((slot.high, slot.low))] = slot }
    }
}
