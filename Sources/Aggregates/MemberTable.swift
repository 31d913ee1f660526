/// Interns the texts of one field: bytes to a small number, given in the order of first sight.
final class MemberTable {
    private struct Entry {
        var hash: UInt64
        var offset: Int
        var length: Int
    }

    private let entries = Column<Entry>()
    private let bytes = Column<UInt8>(capacity: 1_024)
    /// Entry numbers plus one; 0 is empty.
    private let places = Column<UInt32>(capacity: 256)
    private let mix = KeyMix()

    init() { places.append(repeating: 0, count: 256) }

    var count: Int { entries.count }
    /// What the members in it take: a table that once grew and was emptied counts as empty.
    var byteCount: Int {
        entries.usedByteCount + bytes.usedByteCount + 2 * entries.count * MemoryLayout<UInt32>.stride
    }

    func id(of text: UnsafeRawBufferPointer) -> Int {
        let hash = mix(text)
        let mask = places.count &- 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 {
            let id = Int(places[place]) &- 1
            let entry = entries[id]
            if entry.hash == hash, entry.length == text.count, matches(text, entry.offset) {
                return id
            }
            place = (place &+ 1) & mask
        }
        return insert(text, hash: hash, at: place)
    }

    func text(_ id: Int) -> String {
        let entry = entries[id]
        let text = UnsafeRawBufferPointer(start: bytes.base + entry.offset, count: entry.length)
        return String(decoding: text, as: UTF8.self)
    }

    func removeAll() {
        if entries.count == 0 { return }
        entries.removeAll()
        bytes.removeAll()
        places.base.update(repeating: 0, count: places.count)
    }

    @inline(__always)
    private func matches(_ text: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        let own = UnsafeRawPointer(bytes.base) + offset
        var index = 0
        while index &+ 8 <= text.count {
            if text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                != own.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            {
                return false
            }
            index &+= 8
        }
        while index < text.count {
            if text[index] != own.load(fromByteOffset: index, as: UInt8.self) { return false }
            index &+= 1
        }
        return true
    }

    @inline(never)
    private func insert(_ text: UnsafeRawBufferPointer, hash: UInt64, at place: Int) -> Int {
        let id = entries.count
        entries.append(Entry(hash: hash, offset: bytes.count, length: text.count))
        for byte in text { bytes.append(byte) }
        places[place] = UInt32(truncatingIfNeeded: id + 1)
        if entries.count * 2 > places.count { grow() }
        return id
    }

    private func grow() {
        places.append(repeating: 0, count: places.count)
        places.base.update(repeating: 0, count: places.count)
        for id in 0..<entries.count {
            var place = Int(truncatingIfNeeded: entries[id].hash) & (places.count - 1)
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = UInt32(truncatingIfNeeded: id + 1)
        }
    }
}
