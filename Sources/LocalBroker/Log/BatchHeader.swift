internal import CRecordCodec

/// The fixed head of a record batch, version 2 (61 bytes), as it stands in requests and files.
struct BatchHeader: Equatable, Sendable {
    static let size = 61

    var baseOffset: Int64
    /// Of everything after this field; a batch is 12 bytes longer.
    var length: Int32
    var leaderEpoch: Int32
    var magic: Int8
    var crc: UInt32
    var attributes: Int16
    var lastOffsetDelta: Int32
    var baseTimestamp: Int64
    var maxTimestamp: Int64
    var producerID: Int64
    var producerEpoch: Int16
    var baseSequence: Int32
    var recordCount: Int32

    /// Bytes of the whole batch.
    var size: Int { Int(length) + 12 }
    var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }
    var codec: Int { Int(attributes & 0x07) }
    var hasLogAppendTime: Bool { attributes & 0x08 != 0 }
    var isTransactional: Bool { attributes & 0x10 != 0 }
    var isControl: Bool { attributes & 0x20 != 0 }

    /// Nil where there are fewer than 61 bytes. Nothing is checked.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        baseOffset = bytes.integer(0)
        length = bytes.integer(8)
        leaderEpoch = bytes.integer(12)
        magic = bytes.integer(16)
        crc = bytes.integer(17)
        attributes = bytes.integer(21)
        lastOffsetDelta = bytes.integer(23)
        baseTimestamp = bytes.integer(27)
        maxTimestamp = bytes.integer(35)
        producerID = bytes.integer(43)
        producerEpoch = bytes.integer(51)
        baseSequence = bytes.integer(53)
        recordCount = bytes.integer(57)
    }

    /// Whether the checksum of the whole batch is right.
    func isWhole(_ batch: UnsafeRawBufferPointer) -> Bool {
        batch.count == size && batch.count > Self.crcStart
            && headway_crc32c(batch.baseAddress! + Self.crcStart, batch.count - Self.crcStart)
                == crc
    }

    /// Where the bytes begin that the checksum covers.
    private static let crcStart = 21

    /// What is wrong with a client's only batch; nil where it can be appended.
    func fault(_ batch: UnsafeRawBufferPointer, bytesMax: Int) -> (ErrorCode, String)? {
        guard magic == 2 else {
            let isOld = 0...1 ~= magic
            return (isOld ? .invalidRecord : .corruptMessage, "record batches of version 2 alone")
        }
        guard length >= 49 else { return (.corruptMessage, "a length of \(length)") }
        guard size <= batch.count else { return (.invalidRecord, "the record batch is cut off") }
        guard size <= bytesMax else {
            return (.messageTooLarge, "\(size) bytes are more than max.message.bytes (\(bytesMax))")
        }
        guard isWhole(batch.part(..<size)) else {
            return (.corruptMessage, "the checksum is wrong")
        }
        guard size == batch.count else {
            return (.invalidRecord, "a request must hold exactly one record batch a partition")
        }
        guard !isControl else { return (.invalidRecord, "clients may not write control batches") }
        guard recordCount > 0, lastOffsetDelta == recordCount - 1 else {
            return (.invalidRecord, "the count of records contradicts their offsets")
        }
        guard codec <= 4 else { return (.unsupportedCompressionType, "codec \(codec)") }
        guard producerID < 0 || (producerEpoch >= 0 && baseSequence >= 0) else {
            return (.invalidRecord, "a producer id without epoch or sequence")
        }
        return nil
    }

    /// Writes base offset and leader epoch into the batch; neither is under the checksum.
    mutating func place(
        _ batch: UnsafeMutableRawBufferPointer, at offset: Int64, epoch: Int32
    ) {
        (baseOffset, leaderEpoch) = (offset, epoch)
        batch.set(0, offset)
        batch.set(12, epoch)
    }

    /// Stamps the batch with the time of its appending, which the checksum covers.
    mutating func stamp(_ batch: UnsafeMutableRawBufferPointer, now: Int64) {
        attributes |= 0x08
        maxTimestamp = now
        batch.set(21, attributes)
        batch.set(35, now)
        seal(batch)
    }

    mutating func seal(_ batch: UnsafeMutableRawBufferPointer) {
        crc = headway_crc32c(batch.baseAddress! + Self.crcStart, batch.count - Self.crcStart)
        batch.set(17, crc)
    }

    /// A control batch that ends a producer's transaction (78 bytes). Its record: key = version 0
    /// and type (0 abort, 1 commit), value = version 0 and the coordinator's epoch.
    static func marker(
        producerID: Int64, epoch: Int16, commit: Bool, coordinatorEpoch: Int32, now: Int64
    ) -> [UInt8] {
        var bytes = WireWriter()
        // Base offset, length, leader epoch, magic, checksum, attributes, last offset delta.
        bytes.write(Int64(0), Int32(66), Int32(0), Int8(2), Int32(0), Int16(0x30), Int32(0))
        bytes.write(now, now, producerID, epoch, Int32(-1), Int32(1))
        // The record: its length, attributes, timestamp and offset delta, key, value, headers.
        bytes.raw([16 << 1, 0, 0, 0, 4 << 1] as [UInt8])
        bytes.write(Int16(0), Int16(commit ? 1 : 0), Int8(6 << 1), Int16(0), coordinatorEpoch)
        bytes.raw([0] as [UInt8])
        var batch = bytes.buffer
        batch.withUnsafeMutableBytes { raw in
            guard var header = BatchHeader(UnsafeRawBufferPointer(raw)) else { return }
            header.seal(raw)
        }
        return batch
    }

    /// Of a control batch: whether it commits; nil where its record is none that is known.
    func markerCommits(_ batch: UnsafeRawBufferPointer) -> Bool? {
        // The key's type stands behind the record's head (5 bytes) and the key's version.
        guard isControl, batch.count >= Self.size + 9 else { return nil }
        let type: Int16 = batch.integer(Self.size + 7)
        return type == 0 ? false : type == 1 ? true : nil
    }
}
