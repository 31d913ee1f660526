import CRecordCodec
import Glibc

@testable import LocalBroker

/// A folder of one test's own, gone with it; in memory where that is possible.
final class ScratchFolder {
    let path: String

    init() {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        path = "\(parent)/headway-maintenance-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        mkdir(path, 0o755)
    }

    deinit { try? removeFolder(path) }

    func bytes(_ name: String) throws -> [UInt8] {
        let file = try LogFile(path: "\(path)/\(name)", flags: O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: Int(lseek(file.descriptor, 0, SEEK_END)))
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return Array(bytes[..<count])
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try LogFile(path: "\(path)/\(name)", flags: O_RDWR | O_CREAT | O_TRUNC)
        try file.write(bytes, at: 0)
    }
}

/// Record batches as clients send them, made by hand; packed in each codec's form for bytes that
/// do not pack, so that no compressor is needed.
struct BuiltBatch {
    struct Entry: Equatable {
        var key: [UInt8]?
        var value: [UInt8]?
        var delta: Int32
    }

    var baseOffset: Int64
    var entries: [Entry]
    var lastOffsetDelta: Int32
    var codec = 0
    var attributes: Int16 = 0
    var baseTimestamp: Int64 = 1_000
    var producerID: Int64 = -1
    var sequence: Int32 = -1

    init(_ baseOffset: Int64, _ entries: [([UInt8]?, [UInt8]?)], codec: Int = 0) {
        self.baseOffset = baseOffset
        self.entries = entries.enumerated().map {
            Entry(key: $1.0, value: $1.1, delta: Int32($0))
        }
        lastOffsetDelta = Int32(entries.count) - 1
        self.codec = codec
    }

    var bytes: [UInt8] { Self.batch(self, packed: Self.pack(records, codec: codec)) }

    var records: [UInt8] {
        entries.flatMap { entry in
            var body: [UInt8] = [0]
            body += Self.zigzag(Int64(entry.delta) * 10) + Self.zigzag(Int64(entry.delta))
            for field in [entry.key, entry.value] {
                body += Self.zigzag(Int64(field?.count ?? -1)) + (field ?? [])
            }
            body += [0]
            return Self.zigzag(Int64(body.count)) + body
        }
    }

    static func batch(_ one: BuiltBatch, packed: [UInt8]) -> [UInt8] {
        var tail = WireWriter()
        tail.int16(one.attributes | Int16(one.codec))
        tail.int32(one.lastOffsetDelta)
        tail.int64(one.baseTimestamp)
        tail.int64(one.baseTimestamp + Int64(one.entries.last?.delta ?? 0) * 10)
        tail.int64(one.producerID)
        tail.int16(one.producerID < 0 ? -1 : 0)
        tail.int32(one.sequence)
        tail.int32(Int32(one.entries.count))
        tail.raw(packed)
        var head = WireWriter()
        head.int64(one.baseOffset)
        head.int32(Int32(tail.buffer.count + 9))
        head.int32(0)
        head.int8(2)
        head.int32(Int32(bitPattern: headway_crc32c(tail.buffer, tail.buffer.count)))
        return head.buffer + tail.buffer
    }

    static func zigzag(_ value: Int64) -> [UInt8] {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// At most 65,535 bytes.
    static func pack(_ bytes: [UInt8], codec: Int) -> [UInt8] {
        let count = bytes.count
        switch codec {
        case 1:
            let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
            return head + [1] + little(count, 2) + little(~count, 2) + bytes
                + little(Int(crc32(bytes)), 4) + little(count, 4)
        case 2:
            var length: [UInt8] = []
            var rest = count
            while rest >= 0x80 {
                length.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            length.append(UInt8(rest))
            return count == 0 ? length : length + [61 << 2] + little(count - 1, 2) + bytes
        case 3:
            return [4, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82] + little(count | 1 << 31, 4) + bytes
                + little(0, 4)
        case 4:
            return [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(count, 4) + little(count << 3 | 1, 3)
                + bytes
        default: return bytes
        }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
