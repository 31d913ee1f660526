import CRecordCodec
import Foundation

@testable import LocalBroker

/// Record batches as a client would send them, uncompressed.
struct LogBatch {
    var values: [String]
    var timestamp: Int64 = 1_000
    var producerID: Int64 = -1
    var epoch: Int16 = -1
    var sequence: Int32 = -1
    var isTransactional = false

    static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt64(bitPattern: Int64(value << 1) ^ Int64(value >> 63))
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// One record a value, each a millisecond after the one before.
    var bytes: [UInt8] {
        var records: [UInt8] = []
        for (number, value) in values.enumerated() {
            var body: [UInt8] = [0]
            body += Self.varint(number) + Self.varint(number) + Self.varint(1) + [0x6B]
            body += Self.varint(value.utf8.count) + Array(value.utf8) + [0]
            records += Self.varint(body.count) + body
        }
        var batch = WireWriter()
        batch.int64(0)
        batch.int32(Int32(49 + records.count))
        batch.int32(-1)
        batch.int8(2)
        batch.int32(0)
        batch.int16(isTransactional ? 0x10 : 0)
        batch.int32(Int32(values.count - 1))
        batch.int64(timestamp)
        batch.int64(timestamp + Int64(values.count - 1))
        batch.int64(producerID)
        batch.int16(epoch)
        batch.int32(sequence)
        batch.int32(Int32(values.count))
        batch.raw(records)
        return Self.sealed(batch.buffer)
    }

    /// With the right checksum.
    static func sealed(_ batch: [UInt8]) -> [UInt8] {
        var sealed = batch
        let crc = batch[21...].withUnsafeBytes { headway_crc32c($0.baseAddress, $0.count) }
        withUnsafeBytes(of: crc.bigEndian) { sealed.replaceSubrange(17..<21, with: $0) }
        return sealed
    }
}

/// A partition in a folder of its own, opened as often as wanted.
final class LogFixture {
    let folder = NSTemporaryDirectory() + "headway-log.\(UUID().uuidString)"
    var settings = TopicSettings()
    private(set) var partition: Partition
    private(set) var epoch: Int32 = 1

    init(_ change: (inout TopicSettings) -> Void = { _ in }) throws {
        change(&settings)
        partition = try Self.open(folder, settings, epoch, 0)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: folder) } catch {}
    }

    private static func open(
        _ folder: String, _ settings: TopicSettings, _ epoch: Int32, _ start: Int64
    ) throws -> Partition {
        try Partition(
            topicID: TopicID(high: 1, low: 2), name: TopicPartition(topic: "t", partition: 0),
            folder: folder, settings: settings, leaderEpoch: epoch, startOffset: start,
            limits: BrokerSettings.Limits())
    }

    /// As after kill -9: the next start of the broker.
    func reopen(startOffset: Int64 = 0) throws {
        epoch += 1
        partition = try Self.open(folder, settings, epoch, startOffset)
    }

    @discardableResult
    func append(_ batch: LogBatch, now: Int64 = 5_000) throws -> Partition.AppendResult {
        var bytes = batch.bytes
        return try bytes.withUnsafeMutableBytes { try partition.append($0, now: now) }
    }

    @discardableResult
    func append(_ values: [String], timestamp: Int64 = 1_000) throws -> Int64 {
        guard
            case .appended(let offset, _) = try append(
                LogBatch(values: values, timestamp: timestamp))
        else { return -1 }
        return offset
    }

    func flush() throws {
        try FlushJob(ticket: 0, files: try begin().files, checkpoints: last.map { [$0] } ?? [])
            .run(.os)
        partition.flushed()
    }

    private var last: FileReplacement?
    private func begin() throws -> (files: [LogFile], checkpoint: FileReplacement?) {
        let part = try partition.beginFlush()
        last = part.checkpoint
        return part
    }

    /// Offsets and values that a reader sees from `offset` on, fetch by fetch.
    func read(
        from offset: Int64 = 0, committed: Bool = false, bytesMax: Int = 1 << 20
    ) throws -> [(offset: Int64, value: String)] {
        var (next, found) = (offset, [(offset: Int64, value: String)]())
        let reader = BatchReader(unpackedBytesMax: 1 << 20)
        while true {
            let reading = try partition.read(
                from: next, bytesMax: bytesMax, committed: committed, atLeastOneBatch: true)
            guard reading.error == .none, let range = reading.range else { return found }
            let bytes = try contents(range)
            try bytes.withUnsafeBytes { raw in
                var position = 0
                while position + 61 <= raw.count {
                    guard let head = BatchHeader(UnsafeRawBufferPointer(rebasing: raw[position...]))
                    else { break }
                    guard position + head.size <= raw.count else { break }
                    let batch = UnsafeRawBufferPointer(
                        rebasing: raw[position..<position + head.size])
                    if !head.isControl {
                        try reader.records(of: batch) { record in
                            let at = head.baseOffset + Int64(record.offsetDelta)
                            if at >= next, let value = record.value {
                                found.append((at, String(decoding: value, as: UTF8.self)))
                            }
                            return true
                        }
                    }
                    next = head.lastOffset + 1
                    position += head.size
                }
            }
        }
    }

    func contents(_ range: FileRange) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        _ = try bytes.withUnsafeMutableBytes { try range.file.read(into: $0, at: range.offset) }
        return bytes
    }

    var logPaths: [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".log") }.sorted().map { folder + "/" + $0 }
        } catch {
            return []
        }
    }
}
