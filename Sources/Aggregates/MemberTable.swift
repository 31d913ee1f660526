/// Interns the texts of one field: bytes to a small number, given in the order of first sight.
final class MemberTable {
    private struct Entry {
        var hash: UInt64
        var offset: Int
        var length: Int
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// Entry numbers plus one; 0 is empty.
    private var places: [UInt32] = Array(repeating: 0, count: 256)
    private let mix = KeyMix()

    var count: Int { entries.count }
    var byteCount: Int { entries.count * MemoryLayout<Entry>.stride + bytes.count + places.count * 4 }

    func id(of text: UnsafeRawBufferPointer) -> Int {
        let hash = mix(text)
        let mask = places.count &- 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 {
            let id = Int(places[place]) &- 1
            let entry = entries[id]
            if entry.hash == hash, entry.length == text.count, matches(text, entry.offset) { return id }
            place = (place &+ 1) & mask
        }
        return insert(text, hash: hash, at: place)
    }

    func text(_ id: Int) -> String {
        let entry = entries[id]
        return String(decoding: bytes[entry.offset..<entry.offset + entry.length], as: UTF8.self)
    }

    func removeAll() {
        if entries.isEmpty { return }
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        places.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }

    @inline(__always)
    private func matches(_ text: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        bytes.withUnsafeBytes { own in
            var index = 0
            while index &+ 8 <= text.count {
                if text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    != own.loadUnaligned(fromByteOffset: offset &+ index, as: UInt64.self)
                {
                    return false
                }
                index &+= 8
            }
            while index < text.count {
                if text[index] != own[offset &+ index] { return false }
                index &+= 1
            }
            return true
        }
    }

    @inline(never)
    private func insert(_ text: UnsafeRawBufferPointer, hash: UInt64, at place: Int) -> Int {
        let id = entries.count
        entries.append(Entry(hash: hash, offset: bytes.count, length: text.count))
        bytes.append(contentsOf: text)
        places[place] = UInt32(truncatingIfNeeded: id + 1)
        if entries.count * 2 > places.count { grow() }
        return id
    }

    private func grow() {
        places = Array(repeating: 0, count: places.count * 2)
        for (id, entry) in entries.enumerated() {
            var place = Int(truncatingIfNeeded: entry.hash) & (places.count - 1)
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = UInt32(truncatingIfNeeded: id + 1)
        }
    }
}
