import Testing

@testable import LocalBroker

@Suite struct CommittedOffsetsTests {
    private let topic = Topic(name: "t", id: TopicID(high: 1, low: 2), partitions: 3, configs: [:])

    private func key(_ partition: Int32, group: String = "g", topic: String = "t") -> OffsetKey {
        OffsetKey(group: group, partition: TopicPartition(topic: topic, partition: partition))
    }

    private func at(_ offset: Int64, committedAt: Int64 = 0) -> CommittedOffset {
        CommittedOffset(offset: offset, leaderEpoch: -1, metadata: "", committedAt: committedAt)
    }

    private func end(_ producerID: Int64, _ state: TransactionRecord.State) -> JournalEntry {
        .transaction(
            TransactionRecord(
                id: "x", producerID: producerID, epoch: 0, timeoutMilliseconds: 0, state: state,
                partitions: [], groups: [], startedAt: 0, updatedAt: 0))
    }

    /// The fold, which must come out the same when it starts from its own entries at any point.
    private func fold(_ entries: [JournalEntry]) -> CommittedOffsets {
        var offsets = CommittedOffsets()
        offsets.apply(.topic(topic))
        var isThere = true
        for entry in entries {
            offsets.apply(entry)
            isThere = isThere && entry != .topicRemoved(topic.id)
            var again = CommittedOffsets()
            if isThere { again.apply(.topic(topic)) }
            for entry in offsets.entries { again.apply(entry) }
            #expect(again == offsets)
        }
        return offsets
    }

    @Test func theLastCommitStands() {
        let offsets = fold([.offset(key(0), at(5)), .offset(key(1), at(7)), .offset(key(0), at(3))])
        #expect(offsets["g", key(0).partition]?.offset == 3)
        #expect(offsets.keys(of: "g") == [key(0), key(1)])
        #expect(offsets["h", key(0).partition] == nil && !offsets.has("h"))
    }

    @Test func aGroupWithoutOffsetsIsGone() {
        #expect(!fold([.offset(key(0), at(5)), .offsetRemoved(key(0))]).has("g"))
    }

    @Test func transactionsCommitOrDropTheirOffsets() {
        let open = [
            JournalEntry.offset(key(0), at(1)), .pendingOffset(producerID: 9, key(0), at(2)),
            .pendingOffset(producerID: 8, key(1), at(4)), end(9, .prepareCommit),
        ]
        #expect(fold(open)["g", key(0).partition]?.offset == 1)
        let committed = fold(open + [end(9, .completeCommit)])
        #expect(committed["g", key(0).partition]?.offset == 2)
        #expect(committed["g", key(1).partition] == nil)
        let aborted = fold(open + [end(9, .completeAbort), end(9, .completeCommit)])
        #expect(aborted["g", key(0).partition]?.offset == 1)
        #expect(fold([.pendingOffset(producerID: 9, key(0), at(2))]).has("g"))
    }

    /// The order of writing decides, not the order in which transactions end.
    @Test func whatWasWrittenLaterIsNotReplaced() {
        let plain = [
            JournalEntry.pendingOffset(producerID: 9, key(0), at(2)), .offset(key(0), at(3)),
            end(9, .completeCommit),
        ]
        #expect(fold(plain)["g", key(0).partition]?.offset == 3)
        let both = [
            JournalEntry.pendingOffset(producerID: 9, key(0), at(2)),
            .pendingOffset(producerID: 8, key(0), at(4)), end(8, .completeCommit),
            end(9, .completeCommit),
        ]
        #expect(fold(both)["g", key(0).partition]?.offset == 4)
    }

    @Test func aDeletedTopicTakesItsOffsetsAlong() {
        let offsets = fold([
            .offset(key(0), at(1)), .offset(key(0, topic: "u"), at(1)),
            .offset(key(0, group: "h"), at(2)), .pendingOffset(producerID: 9, key(1), at(2)),
            .topicRemoved(topic.id), end(9, .completeCommit),
        ])
        #expect(offsets.keys(of: "g") == [key(0, topic: "u")] && !offsets.has("h"))
    }

    @Test func expiryLooksAtUnusedGroupsAlone() {
        let offsets = fold([
            .offset(key(0), at(1, committedAt: 10)), .offset(key(1), at(1, committedAt: 20)),
            .offset(key(0, group: "h"), at(2, committedAt: 10)),
        ])
        #expect(offsets.expired(before: 20) { $0 == "g" } == [key(0)])
    }
}
