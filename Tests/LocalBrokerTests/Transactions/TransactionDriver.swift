import Foundation

@testable import LocalBroker

/// A broker without its loop, on a folder of its own: each request is followed by its flushes, so
/// that a test can look between them.
final class TransactionDriver {
    let folder: String
    private(set) var broker: Broker
    private var slot: UInt64 = 0
    /// Told of each flush when its files are on the disk and nobody knows.
    var onFlush: (FlushJob) throws -> Void = { _ in }

    static func temporaryFolder() -> String {
        var template = Array("/tmp/headway-transactions-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// With topic `t` of two partitions, unless the folder has a broker's files.
    init(_ folder: String = temporaryFolder(), wall: Int64 = 1_000_000) throws {
        self.folder = folder
        broker = try Self.opened(folder, wall)
        if broker.catalogue.topics.isEmpty {
            let topic = Topic(name: "t", id: .random(), partitions: 2, configs: [:])
            try broker.persist(.topic(topic))
            try broker.openPartitions(of: topic)
        }
        try flush()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func opened(_ folder: String, _ wall: Int64) throws -> Broker {
        let broker = Broker(
            BrokerSettings(dataDirectory: folder), hooks: FaultHooks(try LoopControl())
        ) { _ in }
        (broker.wall, broker.monotonic) = (wall, 5_000)
        try broker.open()
        return broker
    }

    func flush() throws {
        while let job = try broker.takeFlushJob() {
            try job.run(.os)
            try onFlush(job)
            try broker.flushed(job)
        }
    }

    func partition(_ index: Int32) -> Partition { broker.partitions[Self.name(index)]! }

    static func name(_ index: Int32) -> TopicPartition {
        TopicPartition(topic: "t", partition: index)
    }

    var stableOffsets: [Int64] { [partition(0).lastStableOffset, partition(1).lastStableOffset] }

    /// What is answered by the time that everything is flushed, to this request or another.
    func ask(_ api: API, _ version: Int16, _ fill: (inout WireWriter) -> Void) throws -> [[UInt8]] {
        slot += 1
        try broker.send(api, version, slot: slot, fill)
        try flush()
        return broker.takeAnswers()
    }

    // MARK: requests and their codes

    func begin(_ id: String? = "a", timeout: Int32 = 60_000) throws -> ProducerClaim {
        let answers = try ask(.initProducerID, 1) {
            $0.nullableString(id)
            $0.int32(timeout)
        }
        return try answers[0].withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            _ = try reader.int32()
            guard try reader.int16() == 0 else { throw ErrorCode.invalidRequest }
            return ProducerClaim(
                transactionalID: id ?? "", producerID: try reader.int64(),
                epoch: try reader.int16())
        }
    }

    /// The code of each partition.
    func add(
        _ partitions: [Int32], topic: String = "t", to claim: ProducerClaim, version: Int16 = 2
    ) throws -> [Int16] {
        let answers = try ask(.addPartitionsToTxn, version) {
            $0.claim(claim)
            $0.array([topic]) {
                $0.string($1)
                $0.array(partitions) { $0.int32($1) }
            }
        }
        return try Self.codes(answers[0])
    }

    func addOffsets(to claim: ProducerClaim, version: Int16 = 2) throws -> Int16 {
        let answers = try ask(.addOffsetsToTxn, version) {
            $0.claim(claim)
            $0.string("g")
        }
        return try Self.code(answers[0])
    }

    func commitOffset(
        _ offset: Int64, of claim: ProducerClaim, topic: String = "t", metadata: String = "",
        version: Int16 = 2
    ) throws -> [Int16] {
        let answers = try ask(.txnOffsetCommit, version) {
            $0.string(claim.transactionalID)
            $0.string("g")
            $0.int64(claim.producerID)
            $0.int16(claim.epoch)
            $0.array([topic]) {
                $0.string($1)
                $0.array([Int32(0)]) {
                    $0.int32($1)
                    $0.int64(offset)
                    if version >= 2 { $0.int32(3) }
                    $0.nullableString(metadata)
                }
            }
        }
        return try Self.codes(answers[0])
    }

    func end(_ claim: ProducerClaim, commit: Bool, version: Int16 = 2) throws -> Int16 {
        let answers = try ask(.endTxn, version) {
            $0.claim(claim)
            $0.bool(commit)
        }
        return try Self.code(answers[0])
    }

    func produce(
        to partition: Int32, _ claim: ProducerClaim, sequence: Int32, isTransactional: Bool = true,
        by transactionalID: String? = "a"
    ) throws -> Int16 {
        let answers = try ask(.produce, 7) {
            $0.nullableString(transactionalID)
            $0.int16(-1)
            $0.int32(1_000)
            $0.array(["t"]) {
                $0.string($1)
                $0.array([partition]) {
                    $0.int32($1)
                    $0.bytes(
                        Self.batch(claim, sequence: sequence, isTransactional: isTransactional))
                }
            }
        }
        return try answers[0].withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            _ = try reader.take(4 + 3 + 4 + 4)
            return try reader.int16()
        }
    }

    private static func code(_ answer: [UInt8]) throws -> Int16 {
        try answer.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            _ = try reader.int32()
            return try reader.int16()
        }
    }

    private static func codes(_ answer: [UInt8]) throws -> [Int16] {
        try answer.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            _ = try reader.int32()
            return try reader.array { topic in
                _ = try topic.string()
                return try topic.array { one in
                    _ = try one.int32()
                    return try one.int16()
                }
            }.flatMap { $0 }
        }
    }

    /// One record without a key, with the value "v".
    private static func batch(
        _ claim: ProducerClaim, sequence: Int32, isTransactional: Bool
    ) -> [UInt8] {
        var covered = WireWriter()
        covered.int16(isTransactional ? 0x10 : 0)
        covered.int32(0)
        covered.int64(1_000)
        covered.int64(1_000)
        covered.int64(claim.producerID)
        covered.int16(claim.epoch)
        covered.int32(sequence)
        covered.int32(1)
        covered.raw([14, 0, 0, 0, 1, 2, 118, 0] as [UInt8])
        var crc = UInt32.max
        for byte in covered.buffer {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        var batch = WireWriter()
        batch.int64(0)
        batch.int32(Int32(covered.buffer.count + 9))
        batch.int32(0)
        batch.int8(2)
        batch.int32(Int32(bitPattern: ~crc))
        batch.raw(covered.buffer)
        return batch.buffer
    }
}

extension WireWriter {
    fileprivate mutating func claim(_ claim: ProducerClaim) {
        string(claim.transactionalID)
        int64(claim.producerID)
        int16(claim.epoch)
    }
}
