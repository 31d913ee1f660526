import CRecordCodec
import Glibc
import Testing

@testable import LocalBroker

@Suite struct JournalTests {
    static let topic = Topic(
        name: "events", id: TopicID(high: 1, low: .max), partitions: 3,
        configs: ["cleanup.policy": "compact", "retention.ms": "-1"])
    static let key = OffsetKey(
        group: "readers", partition: TopicPartition(topic: "流", partition: 2))
    static let offset = CommittedOffset(
        offset: 5, leaderEpoch: -1, metadata: "ü", committedAt: 1_700_000_000_000)
    static let record = TransactionRecord(
        id: "tx", producerID: 9, epoch: .max, timeoutMilliseconds: 60_000, state: .prepareAbort,
        partitions: [key.partition], groups: ["readers"], startedAt: 1, updatedAt: -1)
    static let entries: [JournalEntry] = [
        .started(epoch: 4), .topic(topic), .topicRemoved(topic.id),
        .logStart(topic.id, partition: 1, offset: 1 << 40), .producerIDs(next: 1_000),
        .transaction(record), .transactionRemoved(id: "tx"), .offset(key, offset),
        .offsetRemoved(key), .pendingOffset(producerID: 9, key, offset),
    ]

    func read(_ folder: ScratchFolder) throws -> (entries: [JournalEntry], cut: Int) {
        var entries: [JournalEntry] = []
        let journal = try Journal(folder: folder.path) { entries.append($0) }
        return (entries, journal.cutBytes)
    }

    @Test func everyKindOfEntryComesBack() throws {
        let folder = ScratchFolder()
        do {
            let journal = try Journal(folder: folder.path) { _ in Issue.record("an entry") }
            #expect(journal.beginFlush() == nil)
            for entry in Self.entries { try journal.append(entry) }
            #expect(journal.beginFlush() != nil)
            #expect(journal.beginFlush() == nil)
        }
        let back = try read(folder)
        #expect(back.entries == Self.entries && back.cut == 0)
    }

    /// The file cut at each byte gives the entries that are whole, and can be written on.
    @Test func aTornTailIsCut() throws {
        let folder = ScratchFolder()
        var ends = [0]
        do {
            let journal = try Journal(folder: folder.path) { _ in }
            for entry in Self.entries {
                try journal.append(entry)
                ends.append(try folder.bytes("journal").count)
            }
        }
        let whole = try folder.bytes("journal")
        for length in 0...whole.count {
            let count = ends.lastIndex { $0 <= length } ?? 0
            for tail in [[], [UInt8](repeating: 0xA5, count: 9)] as [[UInt8]] {
                try folder.write("journal", Array(whole[..<length]) + tail)
                let back = try read(folder)
                #expect(back.entries == Array(Self.entries[..<count]))
                #expect(back.cut == length + tail.count - ends[count])
                #expect(try folder.bytes("journal").count == ends[count])
            }
        }
    }

    /// What a later entry calls flushed must be whole; what nobody was promised may be damaged.
    @Test func damageIsToldFromATornTail() throws {
        let folder = ScratchFolder()
        var ends = [0]
        do {
            let journal = try Journal(folder: folder.path) { _ in }
            for index in 0..<6 {
                try journal.append(.producerIDs(next: Int64(index)))
                ends.append(try folder.bytes("journal").count)
                if index == 2 || index == 3 { _ = journal.beginFlush() }
            }
        }
        let whole = try folder.bytes("journal")
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= 0x40
            try folder.write("journal", damaged)
            let entry = try #require(ends.lastIndex { $0 <= position })
            // The flush that took the first three was over when the second was asked for.
            if entry < 3 {
                let failure = #expect(throws: StorageFailure.self) { try read(folder) }
                #expect(failure?.description.hasSuffix("is damaged at byte \(ends[entry])") == true)
            } else {
                #expect(try read(folder).entries.count == entry)
            }
        }
    }

    @Test func aNewerEntryStopsTheStart() throws {
        let folder = ScratchFolder()
        var writer = WireWriter()
        writer.int64(0)
        writer.raw([99, 1, 0])
        var frame = WireWriter()
        frame.int32(3)
        frame.int32(Int32(bitPattern: headway_crc32c(writer.buffer, writer.buffer.count)))
        frame.raw(writer.buffer)
        try folder.write("journal", frame.buffer)
        let failure = #expect(throws: StorageFailure.self) { try read(folder) }
        #expect(failure?.description.contains("written by a newer version") == true)
    }

    @Test func rewritingReplacesTheFile() throws {
        let folder = ScratchFolder()
        do {
            let journal = try Journal(folder: folder.path) { _ in }
            for index in 0..<200_000 where !journal.isWorthRewriting {
                try journal.append(.producerIDs(next: Int64(index)))
            }
            #expect(journal.isWorthRewriting)
            #expect(try folder.bytes("journal").count > 4 << 20)
            try journal.rewrite(Self.entries)
            #expect(!journal.isWorthRewriting)
            #expect(journal.beginFlush() == nil)
            try journal.append(.producerIDs(next: 1))
            #expect(journal.beginFlush() != nil)
        }
        #expect(try read(folder).entries == Self.entries + [.producerIDs(next: 1)])
    }

    @Test func oneBrokerADirectory() throws {
        let folder = ScratchFolder()
        let first = try Journal(folder: folder.path + "/deep/er") { _ in }
        let failure = #expect(throws: StorageFailure.self) {
            _ = try Journal(folder: folder.path + "/deep/er") { _ in }
        }
        #expect(
            failure?.description.hasSuffix("in use by the broker with process id \(getpid())")
                == true)
        withExtendedLifetime(first) {}
    }

    @Test func foldersGoWithAllThatIsInThem() throws {
        let folder = ScratchFolder()
        try makeFolder(folder.path + "/topics/a/0")
        try folder.write("topics/a/0/x.log", [1])
        try folder.write("kept", [1])
        #expect(symlink(folder.path + "/kept", folder.path + "/topics/a/link") == 0)
        try removeFolder(folder.path + "/topics/a")
        try removeFolder(folder.path + "/topics/a")
        #expect(try folderContents(folder.path + "/topics").isEmpty)
        #expect(try folderContents(folder.path).sorted() == ["kept", "topics"])
    }
}
