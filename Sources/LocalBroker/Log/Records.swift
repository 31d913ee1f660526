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

    fileprivate init(_ reader: inout WireReader, of all: UnsafeRawBufferPointer) throws {
        let start = reader.position
        var body = WireReader(try reader.take(Int(try reader.varint())))
        _ = try body.int8()  // Attributes: none is defined.
        timestampDelta = try body.varint()
        let delta = try body.varint()
        guard let offsetDelta = Int32(exactly: delta) else {
            throw WireFailure(reason: "an offset delta of \(delta)")
        }
        self.offsetDelta = offsetDelta
        func field() throws -> UnsafeRawBufferPointer? {
            let count = Int(try body.varint())
            return count < 0 ? nil : try body.take(count)
        }
        (key, value) = (try field(), try field())
        bytes = all.part(start..<reader.position)
    }
}

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
    ) throws {
        guard let header = BatchHeader(batch), header.recordCount >= 0, header.magic == 2 else {
            throw WireFailure(reason: "not a record batch")
        }
        defer {
            if buffer.count > Self.bufferKept { resize(Self.bufferKept) }
        }
        // Records that are not as the format says, or larger than what is looked into, are refused.
        let bytes = try unpacked(header, batch)
        var cursor = WireReader(bytes)
        for _ in 0..<header.recordCount {
            let record = try Record(&cursor, of: bytes)
            guard record.offsetDelta >= 0, record.offsetDelta <= header.lastOffsetDelta else {
                throw WireFailure(reason: "a record outside its batch")
            }
            if !body(record) { return }
        }
        guard cursor.remaining == 0 else { throw WireFailure(reason: "bytes after the records") }
    }

    /// The first record whose timestamp is at or after `timestamp`; nil where there is none, which
    /// may also be in a batch whose greatest timestamp is at or after it.
    func firstRecord(
        of batch: UnsafeRawBufferPointer, atOrAfter timestamp: Int64, from start: Int64 = 0
    ) throws -> (offset: Int64, timestamp: Int64)? {
        guard let header = BatchHeader(batch) else {
            throw WireFailure(reason: "not a record batch")
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
    func hasRecordWithoutKey(_ batch: UnsafeRawBufferPointer) throws -> Bool {
        var found = false
        try records(of: batch) { record in
            found = record.key == nil
            return !found
        }
        return found
    }

    private func unpacked(
        _ header: BatchHeader, _ batch: UnsafeRawBufferPointer
    ) throws -> UnsafeRawBufferPointer {
        let packed = batch.part(BatchHeader.size...)
        if header.codec == 0 || packed.isEmpty { return packed }
        while true {
            let count = headway_unpack(
                Int32(header.codec), packed.baseAddress, packed.count, buffer.baseAddress,
                buffer.count)
            if count >= 0 {
                return UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)])
            }
            guard count == -2 else { throw WireFailure(reason: "records that do not unpack") }
            guard buffer.count < unpackedBytesMax else {
                throw WireFailure(reason: "more than \(unpackedBytesMax) bytes when unpacked")
            }
            resize(min(unpackedBytesMax, max(buffer.count * 4, packed.count * 2)))
        }
    }

    private func resize(_ count: Int) {
        buffer.deallocate()
        buffer = .allocate(byteCount: count, alignment: 16)
    }
}
