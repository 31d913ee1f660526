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
        func field<T: FixedWidthInteger>(_ offset: Int, _: T.Type) -> T {
            T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        baseOffset = field(0, Int64.self)
        length = field(8, Int32.self)
        leaderEpoch = field(12, Int32.self)
        magic = field(16, Int8.self)
        crc = field(17, UInt32.self)
        attributes = field(21, Int16.self)
        lastOffsetDelta = field(23, Int32.self)
        baseTimestamp = field(27, Int64.self)
        maxTimestamp = field(35, Int64.self)
        producerID = field(43, Int64.self)
        producerEpoch = field(51, Int16.self)
        baseSequence = field(53, Int32.self)
        recordCount = field(57, Int32.self)
    }
}
