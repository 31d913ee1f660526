import Foundation
import Testing

@testable import LocalBroker

/// Produce and fetch on a broker without sockets: what waits, what wakes it, and what the disk's
/// refusal means.
@Suite final class FetchTests {
    private let folder = NSTemporaryDirectory() + "headway-fetch.\(UUID().uuidString)"
    private let broker: Broker
    private var slot: UInt64 = 0
    private let topic = Topic(
        name: "t", id: TopicID(high: 1, low: 2), partitions: 2, configs: ["segment.bytes": "200"])

    init() throws {
        let settings = BrokerSettings(dataDirectory: folder)
        broker = Broker(settings, hooks: FaultHooks(try LoopControl())) { _ in }
        try broker.open()
        broker.wall = 1_000_000
        broker.monotonic = 5_000
        try broker.persist(.topic(topic))
        try broker.openPartitions(of: topic)
        try flush()
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: folder) } catch {}
    }

    private func flush() throws {
        while let job = try broker.takeFlushJob() {
            try job.run(.os)
            try broker.flushed(job)
        }
    }

    /// What is answered by then: the API, and the bytes with those of files.
    private func answers() throws -> [(api: API, bytes: [UInt8])] {
        try broker.takeOutbox().map { call, pieces in
            var bytes: [UInt8] = []
            for piece in pieces {
                switch piece {
                case .bytes(let more): bytes += more
                case .file(let range):
                    var more = [UInt8](repeating: 0, count: range.count)
                    _ = try more.withUnsafeMutableBytes {
                        try range.file.read(into: $0, at: range.offset)
                    }
                    bytes += more
                }
            }
            return (call.api, bytes)
        }
    }

    private func ask(_ api: API, _ version: Int16, _ fill: (inout WireWriter) -> Void) throws {
        var request = WireWriter()
        fill(&request)
        slot += 1
        let call = Call(
            connection: 1, slot: slot, api: api, version: version, correlation: 0, clientID: "c")
        var bytes = request.buffer
        try bytes.withUnsafeMutableBytes {
            var reader = WireReader(UnsafeRawBufferPointer($0))
            try broker.received(call, &reader)
            #expect(reader.remaining == 0)
        }
    }

    private func produce(
        _ records: [UInt8], partition: Int32 = 0, acks: Int16 = -1, version: Int16 = 8
    ) throws {
        try ask(.produce, version) {
            $0.nullableString(nil)
            $0.int16(acks)
            $0.int32(1_000)
            $0.array(["t"]) {
                $0.string($1)
                $0.array([partition]) {
                    $0.int32($1)
                    $0.bytes(records)
                }
            }
        }
    }

    private func fetch(
        _ offset: Int64, wait: Int32 = 1_000, bytesMin: Int32 = 1, partition: Int32 = 0,
        committed: Bool = false
    ) throws {
        try ask(.fetch, 4) {
            for number in [-1, wait, bytesMin, 1 << 20] { $0.int32(number) }
            $0.int8(committed ? 1 : 0)
            $0.array(["t"]) {
                $0.string($1)
                $0.array([partition]) {
                    $0.int32($1)
                    $0.int64(offset)
                    $0.int32(1 << 20)
                }
            }
        }
    }

    /// Of a fetch of one partition: behind the times, the topic, and the partition.
    private func error(_ answer: [UInt8]) -> Int { Int(answer[19]) << 8 | Int(answer[20]) }

    private func batch(_ value: String) -> [UInt8] { LogBatch(values: [value]).bytes }

    @Test func aFetchWakesWhenTheFlushIsDone() throws {
        try fetch(0)
        #expect(try answers().isEmpty && broker.takeMuted().count == 1)
        try produce(batch("other"), partition: 1)
        try flush()
        #expect(try answers().map(\.api) == [.produce])
        try produce(batch("here"))
        #expect(try answers().isEmpty)
        try flush()
        let answered = try answers()
        #expect(answered.map(\.api).contains(.fetch) && answered.count == 2)
        let woken = try #require(answered.first { $0.api == .fetch }).bytes
        #expect(error(woken) == 0 && String(decoding: woken, as: UTF8.self).contains("here"))
        #expect(broker.fetchWaits.nextDeadline == nil)
    }

    @Test func aFetchWaitsForItsLeastBytesOrItsTime() throws {
        try fetch(0, bytesMin: 150)
        try produce(batch("one"))
        try flush()
        #expect(try answers().map(\.api) == [.produce])
        #expect(broker.fetchWaits.nextDeadline == 6_000)
        broker.monotonic = 6_000
        try broker.timePassed()
        let late = try #require(try answers().first)
        #expect(String(decoding: late.bytes, as: UTF8.self).contains("one"))
        // Enough at once; and where a segment ends there is no use in waiting.
        for value in ["two", "three"] { try produce(batch(value)) }
        try flush()
        #expect(broker.partitions.values.contains { $0.segments.count == 2 })
        _ = try answers()
        try fetch(0, bytesMin: 100)
        try fetch(0, bytesMin: 100_000)
        #expect(try answers().count == 2)
    }

    @Test func committedReadersWakeWithTheMarker() throws {
        let partition = try #require(
            broker.partitions[TopicPartition(topic: "t", partition: 0)])
        var open = LogBatch(values: ["x"], producerID: 7, epoch: 0, sequence: 0)
        open.isTransactional = true
        var bytes = open.bytes
        _ = try bytes.withUnsafeMutableBytes { try partition.append($0, now: 1) }
        broker.touched(partition)
        try flush()
        try fetch(0, committed: true)
        #expect(try answers().isEmpty)
        try partition.appendMarker(producerID: 7, epoch: 0, commit: true, now: 1)
        broker.touched(partition)
        try flush()
        #expect(try answers().count == 1)
    }

    @Test func whatCannotBeIsAnsweredAtOnce() throws {
        for (offset, partition, code) in [(1, 0, 1), (-1, 0, 1), (0, 2, 3)] {
            try fetch(Int64(offset), partition: Int32(partition))
            let answered = try #require(try answers().first)
            #expect(error(answered.bytes) == code)
            #expect(answered.bytes[21..<37].allSatisfy { $0 == 0xFF })
        }
        try fetch(0)
        try ask(.deleteTopics, 1) {
            $0.array(["t"]) { $0.string($1) }
            $0.int32(1_000)
        }
        try flush()
        let woken = try #require(try answers().first { $0.api == .fetch })
        #expect(error(woken.bytes) == 3)
    }

    /// The disk's refusal is that partition's answer, and the broker goes on.
    @Test func aRefusedReadIsAnswered() throws {
        for value in ["one", "two", "three"] { try produce(batch(value)) }
        try flush()
        _ = try answers()
        let partition = try #require(
            broker.partitions[TopicPartition(topic: "t", partition: 0)])
        let closed = try #require(partition.segments.first)
        closed.rest()
        unlink(closed.path)
        try fetch(0)
        #expect(error(try #require(try answers().first).bytes) == 56)
        try fetch(2)
        #expect(error(try #require(try answers().first).bytes) == 0)
    }

    @Test func acknowledgements() throws {
        try produce(batch("silent"), acks: 0)
        #expect(try answers().map(\.bytes) == [[]])
        // Who is not answered is told of a refusal by the connection's end.
        #expect(throws: WireFailure.self) { try produce([1, 2], acks: 0) }
        try produce(batch("odd"), acks: 2)
        try flush()
        #expect(try #require(try answers().first).bytes[15...16] == [0, 21])
        var packed = batch("packed")
        packed[22] = 4
        try produce(LogBatch.sealed(packed), version: 6)
        try flush()
        #expect(try #require(try answers().first).bytes[15...16] == [0, 76])
        #expect(broker.partitions[TopicPartition(topic: "t", partition: 0)]?.endOffset == 1)
    }

    /// A request that ends early appends nothing.
    @Test func halfARequestAppendsNothing() throws {
        var request = WireWriter()
        request.nullableString(nil)
        request.int16(-1)
        request.int32(1_000)
        request.int32(1)
        request.string("t")
        request.int32(2)
        request.int32(0)
        request.bytes(batch("x"))
        let call = Call(
            connection: 1, slot: 9, api: .produce, version: 3, correlation: 0, clientID: "c")
        let bytes = request.buffer
        #expect(throws: WireFailure.self) {
            try bytes.withUnsafeBytes {
                var reader = WireReader($0)
                try broker.received(call, &reader)
            }
        }
        #expect(broker.partitions.values.allSatisfy { $0.endOffset == 0 })
    }
}
