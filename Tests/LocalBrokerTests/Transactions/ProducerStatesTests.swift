import Testing

@testable import LocalBroker

extension BatchHeader {
    /// As a producer sends it, at an offset that the log has given.
    static func sent(
        by producerID: Int64 = 7, epoch: Int16 = 0, sequence: Int32, count: Int32 = 1,
        at offset: Int64 = 0, isTransactional: Bool = false, timestamp: Int64 = 1_000
    ) -> BatchHeader {
        var bytes = WireWriter()
        bytes.int64(offset)
        bytes.int32(49)
        bytes.int32(0)
        bytes.int8(2)
        bytes.int32(0)
        bytes.int16(isTransactional ? 0x10 : 0)
        bytes.int32(count - 1)
        bytes.int64(timestamp)
        bytes.int64(timestamp)
        bytes.int64(producerID)
        bytes.int16(epoch)
        bytes.int32(sequence)
        bytes.int32(count)
        return bytes.buffer.withUnsafeBytes { BatchHeader($0)! }
    }
}

@Suite struct ProducerStatesTests {
    private var states = ProducerStates()

    private mutating func append(_ batch: BatchHeader, now: Int64 = 0) {
        #expect(states.check(batch) == .append)
        states.appended(batch, now: now)
    }

    /// After batches 0–9 (at 100), 10–19 (at 110) … 60–69 (at 160) in epoch 3: five are known.
    @Test func sequencesAndEpochs() {
        var states = ProducerStates()
        for at in 0..<Int32(7) {
            states.appended(
                .sent(epoch: 3, sequence: at * 10, count: 10, at: 100 + Int64(at) * 10), now: 0)
        }
        let known = { ProducerStates.Verdict.duplicate(baseOffset: $0, timestamp: 1_000) }
        let table: [(epoch: Int16, sequence: Int32, count: Int32, ProducerStates.Verdict)] = [
            (3, 70, 1, .append),
            (3, 70, 10, .append),
            (3, 60, 10, known(160)),
            (3, 20, 10, known(120)),
            // No longer among the last five.
            (3, 10, 10, .refused(.outOfOrderSequenceNumber)),
            // Not the batch that is known.
            (3, 60, 9, .refused(.outOfOrderSequenceNumber)),
            (3, 69, 1, .refused(.outOfOrderSequenceNumber)),
            (3, 71, 1, .refused(.outOfOrderSequenceNumber)),
            (3, 0, 1, .refused(.outOfOrderSequenceNumber)),
            (2, 70, 1, .refused(.invalidProducerEpoch)),
            (2, 60, 10, .refused(.invalidProducerEpoch)),
            (4, 0, 1, .append),
            (4, 70, 1, .refused(.outOfOrderSequenceNumber)),
            (4, 60, 10, .refused(.outOfOrderSequenceNumber)),
        ]
        for (epoch, sequence, count, verdict) in table {
            let batch = BatchHeader.sent(epoch: epoch, sequence: sequence, count: count)
            #expect(states.check(batch) == verdict, "\(epoch) \(sequence) \(count)")
        }
        #expect(states.check(.sent(by: -1, epoch: -1, sequence: -1)) == .append)
        // Whose records retention has deleted may go on.
        #expect(states.check(.sent(by: 8, epoch: 5, sequence: 1_234)) == .append)
    }

    @Test(arguments: [
        (first: Int32.max - 1, count: Int32(1), next: Int32.max),
        (first: .max, count: 1, next: 0),
        (first: .max - 1, count: 2, next: 0),
        (first: .max - 1, count: 5, next: 3),
        (first: .max, count: 2, next: 1),
    ])
    mutating func sequencesWrap(first: Int32, count: Int32, next: Int32) {
        append(.sent(sequence: first, count: count, at: 40))
        #expect(states.check(.sent(sequence: next)) == .append)
        #expect(states.check(.sent(sequence: 5_000)) == .refused(.outOfOrderSequenceNumber))
        #expect(
            states.check(.sent(sequence: first, count: count))
                == .duplicate(baseOffset: 40, timestamp: 1_000))
    }

    @Test mutating func theFirstOpenOffsetFollowsTheOldestTransaction() {
        append(.sent(by: 1, sequence: 0, at: 10, isTransactional: true))
        append(.sent(by: 2, sequence: 0, at: 11, isTransactional: true))
        append(.sent(by: 1, sequence: 1, at: 12, isTransactional: true))
        append(.sent(by: 3, sequence: 0, at: 13))
        #expect(states.firstOpenOffset == 10)
        #expect(!states.hasOpenTransaction(3))
        #expect(states.check(.sent(by: 1, sequence: 2)) == .refused(.invalidTransactionState))
        let ended = states.ended(producerID: 1, epoch: 0, offset: 14, committed: false, now: 0)
        #expect(
            ended == ProducerStates.Aborted(producerID: 1, firstOffset: 10, lastOffset: 14))
        #expect(states.firstOpenOffset == 11)
        #expect(
            states.ended(producerID: 2, epoch: 0, offset: 15, committed: true, now: 0) == nil)
        #expect(states.firstOpenOffset == nil)
        // A marker without records aborts nothing.
        #expect(
            states.ended(producerID: 1, epoch: 0, offset: 16, committed: false, now: 0) == nil)
        // The sequences go on after a transaction.
        #expect(states.check(.sent(by: 1, sequence: 2, isTransactional: true)) == .append)
    }

    /// The marker that ends a fenced producer's transaction fences it here too.
    @Test mutating func aMarkerRaisesTheEpoch() {
        append(.sent(epoch: 4, sequence: 0, at: 1, isTransactional: true))
        _ = states.ended(producerID: 7, epoch: 5, offset: 2, committed: false, now: 0)
        #expect(states.check(.sent(epoch: 4, sequence: 1)) == .refused(.invalidProducerEpoch))
        #expect(states.check(.sent(epoch: 5, sequence: 1)) == .refused(.outOfOrderSequenceNumber))
        #expect(states.check(.sent(epoch: 5, sequence: 0)) == .append)
        #expect(states.check(.sent(epoch: 6, sequence: 0)) == .append)
        // Also one that never wrote here.
        _ = states.ended(producerID: 9, epoch: 2, offset: 3, committed: true, now: 0)
        #expect(
            states.check(.sent(by: 9, epoch: 1, sequence: 0)) == .refused(.invalidProducerEpoch))
        #expect(states.check(.sent(by: 9, epoch: 2, sequence: 0)) == .append)
    }

    @Test mutating func theLeastRecentlyActiveAreForgotten() {
        for id in Int64(0)..<32 {
            append(.sent(by: id, sequence: 0, at: id, isTransactional: id == 1), now: 100 + id)
        }
        states.expire(before: 104, keepingAtMost: 100)
        // 0, 2 and 3 are too old; 1 has a transaction open.
        #expect(states.count == 29 && states.hasOpenTransaction(1))
        states.expire(before: 0, keepingAtMost: 16)
        #expect(states.count == 14 && states.hasOpenTransaction(1))
        #expect(states.check(.sent(by: 18, sequence: 9)) == .append)
        #expect(states.check(.sent(by: 19, sequence: 9)) == .refused(.outOfOrderSequenceNumber))
    }

    // MARK: checkpoints

    private static func decoded(_ bytes: [UInt8]) -> ProducerStates? {
        bytes.withUnsafeBytes { bytes -> ProducerStates? in
            var reader = WireReader(bytes)
            do { return try ProducerStates(&reader) } catch { return nil }
        }
    }

    @Test mutating func encodedIsDecoded() {
        for id in Int64(0)..<9 {
            for sequence in Int32(0)..<Int32(id) {
                append(
                    .sent(
                        by: id, epoch: 3, sequence: sequence, at: id * 10 + Int64(sequence),
                        isTransactional: id % 2 == 0), now: id)
            }
        }
        _ = states.ended(producerID: 100, epoch: 1, offset: 200, committed: true, now: 0)
        var writer = WireWriter()
        states.encode(into: &writer)
        let bytes = writer.buffer
        #expect(Self.decoded(bytes) == states)
        // Cut anywhere it is refused; with any bit changed it is refused or read, without a trap.
        for count in 0..<bytes.count { #expect(Self.decoded(Array(bytes[..<count])) == nil) }
        for at in 0..<bytes.count * 8 {
            var hostile = bytes
            hostile[at / 8] ^= 1 << (at % 8)
            if var states = Self.decoded(hostile) {
                for id in Int64(0)..<9 {
                    _ = states.check(.sent(by: id, epoch: 3, sequence: .max, count: .max))
                    states.appended(.sent(by: id, epoch: 3, sequence: .max, count: .max), now: 1)
                }
            }
        }
    }
}
