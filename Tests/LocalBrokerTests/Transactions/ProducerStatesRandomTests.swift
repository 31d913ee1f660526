import Testing

@testable import LocalBroker

/// Keeps every batch for ever and looks through all of them: slow, and hard to get wrong.
private struct NaiveStates {
    struct Entry {
        var batch: BatchHeader
        /// Of a marker.
        var ends: (epoch: Int16, committed: Bool)?
    }

    var entries: [Entry] = []

    private func mine(_ id: Int64) -> [Entry] { entries.filter { $0.batch.producerID == id } }

    private func epoch(_ id: Int64) -> Int16? {
        mine(id).map { $0.ends?.epoch ?? $0.batch.producerEpoch }.max()
    }

    func openOffset(_ id: Int64) -> Int64? {
        let after = mine(id).reversed().prefix { $0.ends == nil }
        return after.last { $0.batch.isTransactional }?.batch.baseOffset
    }

    var firstOpenOffset: Int64? {
        Set(entries.map(\.batch.producerID)).compactMap(openOffset).min()
    }

    private func sequences(_ batch: BatchHeader) -> [Int64] {
        (0..<Int64(batch.recordCount)).map { (Int64(batch.baseSequence) + $0) % (1 << 31) }
    }

    func check(_ batch: BatchHeader) -> ProducerStates.Verdict {
        guard let epoch = epoch(batch.producerID) else { return .append }
        if batch.producerEpoch < epoch { return .refused(.invalidProducerEpoch) }
        let same = mine(batch.producerID).filter {
            $0.ends == nil && $0.batch.producerEpoch == batch.producerEpoch
        }
        let twin = same.suffix(5).first { sequences($0.batch) == sequences(batch) }
        if let twin {
            return .duplicate(
                baseOffset: twin.batch.baseOffset, timestamp: twin.batch.maxTimestamp)
        }
        let next = same.last.map { (sequences($0.batch).last! + 1) % (1 << 31) } ?? 0
        if Int64(batch.baseSequence) != next { return .refused(.outOfOrderSequenceNumber) }
        return openOffset(batch.producerID) != nil && !batch.isTransactional
            ? .refused(.invalidTransactionState) : .append
    }
}

@Suite struct ProducerStatesRandomTests {
    @Test(arguments: UInt64(1)...30)
    func agreesWithTheNaiveModel(seed: UInt64) {
        var (dice, states, model) = (Dice(state: seed), ProducerStates(), NaiveStates())
        var (offset, appended): (Int64, Int) = (0, 0)
        var next: [Int64: Int32] = [:]
        var epochs: [Int64: Int16] = [:]
        for step in 0..<600 {
            let id = Int64.random(in: 1...4, using: &dice)
            let epoch = epochs[id] ?? 0
            if Int.random(in: 0..<8, using: &dice) == 0 {
                let bumped = epoch + Int16.random(in: 0...1, using: &dice)
                let committed = Bool.random(using: &dice)
                let open = model.openOffset(id)
                let ended = states.ended(
                    producerID: id, epoch: bumped, offset: offset, committed: committed, now: 0)
                #expect((ended != nil) == (open != nil && !committed), "seed \(seed) step \(step)")
                #expect(ended?.firstOffset == (committed ? nil : open))
                model.entries.append(
                    .init(batch: .sent(by: id, sequence: -1, at: offset), ends: (bumped, committed))
                )
                if bumped > epoch { next[id] = 0 }
                epochs[id] = bumped
                offset += 1
            } else {
                // Near the wrap at first; now and then a retry, a gap, another epoch.
                let count = Int32.random(in: 1...4, using: &dice)
                let odd = Int.random(in: 0..<10, using: &dice)
                var first = next[id] ?? Int32.max - 9
                if odd == 0 { first = Int32.random(in: 0...12, using: &dice) }
                let off = odd == 1 ? Int16.random(in: -1...1, using: &dice) : 0
                if odd == 1 { first = 0 }
                let batch = BatchHeader.sent(
                    by: id, epoch: max(0, epoch + off), sequence: first, count: count, at: offset,
                    isTransactional: Bool.random(using: &dice))
                let earlier = model.entries.filter { $0.ends == nil }.suffix(12)
                let tried = odd == 2 ? earlier.randomElement(using: &dice)?.batch ?? batch : batch
                let verdict = states.check(tried)
                #expect(verdict == model.check(tried), "seed \(seed) step \(step)")
                if verdict == .append && odd != 2 {
                    states.appended(batch, now: 0)
                    model.entries.append(.init(batch: batch))
                    epochs[id] = batch.producerEpoch
                    next[id] = Int32((Int64(first) + Int64(count)) % (1 << 31))
                    offset += Int64(count)
                    appended += 1
                }
            }
            #expect(states.firstOpenOffset == model.firstOpenOffset, "seed \(seed) step \(step)")
        }
        #expect(appended > 100, "seed \(seed): little happened")
    }
}
