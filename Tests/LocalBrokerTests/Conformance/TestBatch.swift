import Glibc

/// A record of a batch that a test builds or has read.
struct TestRecord: Equatable, Sendable {
    struct Header: Equatable, Sendable {
        var name: String
        var value: [UInt8]?
    }

    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [Header] = []
    /// Milliseconds after the batch's base timestamp.
    var after: Int64 = 0

    init(_ value: String?, key: String? = nil, headers: [Header] = [], after: Int64 = 0) {
        self.key = key.map { Array($0.utf8) }
        self.value = value.map { Array($0.utf8) }
        self.headers = headers
        self.after = after
    }

    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
    var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }

    func encoded(delta: Int) -> [UInt8] {
        var body: [UInt8] = [0]
        body.append(zigzag: after)
        body.append(zigzag: delta)
        for field in [key, value] {
            body.append(zigzag: field?.count ?? -1)
            body += field ?? []
        }
        body.append(zigzag: headers.count)
        for header in headers {
            body.append(zigzag: header.name.utf8.count)
            body += header.name.utf8
            body.append(zigzag: header.value?.count ?? -1)
            body += header.value ?? []
        }
        var framed: [UInt8] = []
        framed.append(zigzag: body.count)
        return framed + body
    }
}

/// A record batch, version 2, built by hand.
struct TestBatch: Sendable {
    var records: [TestRecord]
    var codec = 0
    var isTransactional = false
    var isControl = false
    /// Of the batch: records add to it. Of today: Kafka begins a new segment where times jump.
    var timestamp = TestBatch.now
    var producer: Int64 = -1
    var epoch: Int16 = -1
    var sequence: Int32 = -1
    var magic: UInt8 = 2
    /// For batches that lie about themselves.
    var lastDelta: Int?
    var count: Int?

    init(_ values: [String], producer: Int64 = -1, epoch: Int16 = -1, sequence: Int32 = -1) {
        records = values.map { TestRecord($0) }
        (self.producer, self.epoch, self.sequence) = (producer, epoch, sequence)
    }

    init(records: [TestRecord]) { self.records = records }

    /// Milliseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The same with other fields.
    func with(_ change: (inout TestBatch) -> Void) -> TestBatch {
        var copy = self
        change(&copy)
        return copy
    }

    var bytes: [UInt8] {
        var payload = records.enumerated().flatMap { $1.encoded(delta: $0) }
        if codec != 0 { payload = Self.packed(payload, codec) }
        let attributes = codec | (isTransactional ? 0x10 : 0) | (isControl ? 0x20 : 0)
        var covered: [UInt8] = []
        covered.append(big: attributes, 2)
        covered.append(big: lastDelta ?? records.count - 1, 4)
        covered.append(big: timestamp, 8)
        covered.append(big: timestamp + (records.map(\.after).max() ?? 0), 8)
        covered.append(big: producer, 8)
        covered.append(big: epoch, 2)
        covered.append(big: sequence, 4)
        covered.append(big: count ?? records.count, 4)
        covered += payload
        var whole: [UInt8] = []
        whole.append(big: 0, 8)
        whole.append(big: covered.count + 9, 4)
        whole.append(big: -1, 4)
        whole.append(magic)
        whole.append(big: Checksum.crc32c(covered), 4)
        return whole + covered
    }

    /// What each codec allows for bytes that are not made smaller: valid, and written in a line.
    private static func packed(_ bytes: [UInt8], _ codec: Int) -> [UInt8] {
        var out: [UInt8] = []
        func little(_ number: some BinaryInteger, _ size: Int) {
            for place in 0..<size { out.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
        }
        switch codec {
        case 1:  // gzip: one stored block
            out = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1]
            little(bytes.count, 2)
            little(~bytes.count, 2)
            out += bytes
            little(Checksum.crc32(bytes), 4)
            little(bytes.count, 4)
        case 2:  // snappy: literals
            out.append(varint: bytes.count)
            out.append(61 << 2)
            little(bytes.count - 1, 2)
            out += bytes
        default:  // zstd: one raw block
            out = [0x28, 0xB5, 0x2F, 0xFD, 0xA0]
            little(bytes.count, 4)
            little(bytes.count << 3 | 1, 3)
            out += bytes
        }
        return out
    }
}

/// A batch as a broker sent it.
struct StoredBatch: Equatable, Sendable {
    var baseOffset: Int64
    var leaderEpoch: Int64
    var attributes: Int64
    var lastOffset: Int64
    var baseTimestamp: Int64
    var maxTimestamp: Int64
    var producer: Int64
    var epoch: Int64
    var sequence: Int64
    var count: Int64
    /// Everything under the checksum.
    var covered: [UInt8]
    var crcIsRight: Bool
    /// With their offsets; none where they are packed.
    var records: [(offset: Int64, record: TestRecord)] = []

    var isControl: Bool { attributes & 0x20 != 0 }
    var codec: Int64 { attributes & 7 }

    static func == (one: Self, other: Self) -> Bool {
        one.baseOffset == other.baseOffset && one.covered == other.covered
    }

    /// The whole batches; what is cut off at the end is left out, as clients do.
    static func all(_ bytes: [UInt8]) throws -> [StoredBatch] {
        var batches: [StoredBatch] = []
        var rest = bytes[...]
        while rest.count >= 61 {
            var head = ByteReader(Array(rest.prefix(12)), at: 8)
            let size = Int(try head.big(4)) + 12
            guard rest.count >= size else { break }
            batches.append(try StoredBatch(Array(rest.prefix(size))))
            rest = rest.dropFirst(size)
        }
        return batches
    }

    private init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        baseOffset = try reader.big(8)
        _ = try reader.big(4)
        leaderEpoch = try reader.big(4)
        guard try reader.big(1) == 2 else { throw MessageSchema.Failure.malformed("magic") }
        let crc = UInt32(truncatingIfNeeded: try reader.big(4))
        covered = Array(bytes[21...])
        crcIsRight = Checksum.crc32c(covered) == crc
        attributes = try reader.big(2)
        lastOffset = baseOffset + (try reader.big(4))
        baseTimestamp = try reader.big(8)
        maxTimestamp = try reader.big(8)
        producer = try reader.big(8)
        epoch = try reader.big(2)
        sequence = try reader.big(4)
        count = try reader.big(4)
        if attributes & 7 != 0 { return }
        for _ in 0..<count {
            _ = try reader.zigzag()
            _ = try reader.big(1)
            var record = TestRecord(nil, after: Int64(try reader.zigzag()))
            let offset = baseOffset + Int64(try reader.zigzag())
            func field() throws -> [UInt8]? {
                let count = try reader.zigzag()
                return count < 0 ? nil : try reader.take(count)
            }
            record.key = try field()
            record.value = try field()
            for _ in 0..<(try reader.zigzag()) {
                let name = String(decoding: try field() ?? [], as: UTF8.self)
                record.headers.append(.init(name: name, value: try field()))
            }
            records.append((offset, record))
        }
    }
}

enum Checksum {
    private static func table(_ polynomial: UInt32) -> [UInt32] {
        (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1
            }
        }
    }

    private static let castagnoli = table(0x82F6_3B78)
    private static let ethernet = table(0xEDB8_8320)

    private static func sum(_ bytes: [UInt8], _ table: [UInt32]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    static func crc32c(_ bytes: [UInt8]) -> UInt32 { sum(bytes, castagnoli) }
    static func crc32(_ bytes: [UInt8]) -> UInt32 { sum(bytes, ethernet) }
}
