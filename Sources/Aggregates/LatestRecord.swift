/// The bytes of a partition's latest record: hashed when its batch closes, and compared when the log is read again.
package final class LatestRecord {
    private var bytes: UnsafeMutableRawBufferPointer = .allocate(byteCount: 1_024, alignment: 8)
    private var count = 0

    package init() {}

    deinit { bytes.deallocate() }

    /// Of a large record this much of its end is enough to tell it from another.
    private static let tailMax = 8_192

    /// Key and value with their lengths, and the timestamp: what a record is told from another by.
    @inline(__always)
    package func keep(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestamp: Int64
    ) {
        let key = tail(key)
        let value = tail(value)
        let head = 3 * MemoryLayout<Int64>.size
        let needed = head + (key?.count ?? 0) + (value?.count ?? 0)
        if needed > bytes.count { grow(to: needed) }
        bytes.storeBytes(of: timestamp, toByteOffset: 0, as: Int64.self)
        bytes.storeBytes(of: Int64(key?.count ?? -1), toByteOffset: 8, as: Int64.self)
        bytes.storeBytes(of: Int64(value?.count ?? -1), toByteOffset: 16, as: Int64.self)
        count = head
        append(key)
        append(value)
    }

    package var content: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<count])
    }

    @inline(__always)
    private func append(_ part: UnsafeRawBufferPointer?) {
        guard let part, part.count > 0, let start = part.baseAddress, let base = bytes.baseAddress
        else { return }
        (base + count).copyMemory(from: start, byteCount: part.count)
        count += part.count
    }

    private func tail(_ part: UnsafeRawBufferPointer?) -> UnsafeRawBufferPointer? {
        guard let part, part.count > Self.tailMax else { return part }
        return UnsafeRawBufferPointer(rebasing: part[(part.count - Self.tailMax)...])
    }

    private func grow(to needed: Int) {
        bytes.deallocate()
        bytes = .allocate(byteCount: needed * 2, alignment: 8)
        count = 0
    }
}
