internal import CRecordCodec

/// One record of a batch. Its bytes are the reader's: they are gone with the next batch.
struct Record {
    var offsetDelta: Int32
    var timestampDelta: Int64
    var key: UnsafeRawBufferPointer?
    /// Nil: a tombstone.
    var value: UnsafeRawBufferPointer?
    /// The whole record with its length: what a rewritten batch takes over.
    var bytes: UnsafeRawBufferPointer
}

/// Records that are not as the format says, or larger than what is looked into.
struct RecordFailure: Error, Equatable { var reason: String }

/// Looks into batches, one after the other, with one buffer for what is unpacked.
final class BatchReader {
    private static let bufferKept = 1 << 20

    private let unpackedBytesMax: Int
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    init(unpackedBytesMax: Int) { self.unpackedBytesMax = unpackedBytesMax }

    deinit { buffer.deallocate() }

    /// Hands the records of a whole batch to `body` in order, until that returns false.
    func records(
        of batch: UnsafeRawBufferPointer, _ body: (Record) -> Bool
    ) throws(RecordFailure) {
        guard let header = BatchHeader(batch), header.recordCount >= 0, header.magic == 2 else {
            throw RecordFailure(reason: "not a record batch")
        }
        defer {
            if buffer.count > Self.bufferKept { resize(Self.bufferKept) }
        }
        var cursor = RecordCursor(bytes: try unpacked(header, batch))
        for _ in 0..<header.recordCount {
            let record = try cursor.record()
            guard record.offsetDelta >= 0, record.offsetDelta <= header.lastOffsetDelta else {
                throw RecordFailure(reason: "a record outside its batch")
            }
            if !body(record) { return }
        }
        guard cursor.bytes.isEmpty else { throw RecordFailure(reason: "bytes after the records") }
    }

    /// The first record whose timestamp is at or after `timestamp`; nil where there is none, which
    /// may also be in a batch whose greatest timestamp is at or after it.
    func firstRecord(
        of batch: UnsafeRawBufferPointer, atOrAfter timestamp: Int64, from start: Int64 = 0
    ) throws(RecordFailure) -> (offset: Int64, timestamp: Int64)? {
        guard let header = BatchHeader(batch) else {
            throw RecordFailure(reason: "not a record batch")
        }
        var found: (offset: Int64, timestamp: Int64)?
        try records(of: batch) { record in
            let own =
                header.hasLogAppendTime
                ? header.maxTimestamp : header.baseTimestamp &+ record.timestampDelta
            let offset = header.baseOffset &+ Int64(record.offsetDelta)
            if own >= timestamp, offset >= start { found = (offset, own) }
            return found == nil
        }
        return found
    }

    /// Compacted topics take no record without a key.
    func hasRecordWithoutKey(_ batch: UnsafeRawBufferPointer) throws(RecordFailure) -> Bool {
        var found = false
        try records(of: batch) { record in
            found = record.key == nil
            return !found
        }
        return found
    }

    private func unpacked(
        _ header: BatchHeader, _ batch: UnsafeRawBufferPointer
    ) throws(RecordFailure) -> UnsafeRawBufferPointer {
        let packed = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.size...])
        if header.codec == 0 || packed.isEmpty { return packed }
        while true {
            let count = headway_unpack(
                Int32(header.codec), packed.baseAddress, packed.count, buffer.baseAddress,
                buffer.count)
            if count >= 0 {
                return UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)])
            }
            guard count == -2 else { throw RecordFailure(reason: "records that do not unpack") }
            guard buffer.count < unpackedBytesMax else {
                throw RecordFailure(reason: "more than \(unpackedBytesMax) bytes when unpacked")
            }
            resize(min(unpackedBytesMax, max(buffer.count * 4, packed.count * 2)))
        }
    }

    private func resize(_ count: Int) {
        buffer.deallocate()
        buffer = .allocate(byteCount: count, alignment: 16)
    }
}

/// The records that are left of a batch. No length is believed before it is checked.
private struct RecordCursor {
    var bytes: UnsafeRawBufferPointer

    mutating func record() throws(RecordFailure) -> Record {
        let start = bytes
        let count = try length()
        var body = RecordCursor(bytes: try take(count))
        _ = try body.take(1)  // Attributes: none is defined.
        let (timestampDelta, delta) = (try body.varint(), try body.varint())
        guard let offsetDelta = Int32(exactly: delta) else {
            throw RecordFailure(reason: "an offset delta of \(delta)")
        }
        return Record(
            offsetDelta: offsetDelta, timestampDelta: timestampDelta, key: try body.field(),
            value: try body.field(),
            bytes: UnsafeRawBufferPointer(rebasing: start[..<(start.count - bytes.count)]))
    }

    private mutating func take(_ count: Int) throws(RecordFailure) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count else {
            throw RecordFailure(reason: "a record that ends early")
        }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes[count...]) }
        return UnsafeRawBufferPointer(rebasing: bytes[..<count])
    }

    /// A key or a value: null where its length is negative.
    private mutating func field() throws(RecordFailure) -> UnsafeRawBufferPointer? {
        let count = try length()
        return count < 0 ? nil : try take(count)
    }

    private mutating func length() throws(RecordFailure) -> Int { Int(try varint()) }

    /// Zigzag, at most ten bytes.
    private mutating func varint() throws(RecordFailure) -> Int64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = bytes.first else {
                throw RecordFailure(reason: "a record that ends early")
            }
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
        }
        throw RecordFailure(reason: "a varint of more than ten bytes")
    }
}
