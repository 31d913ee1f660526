import Foundation
import Testing

@testable import LocalBroker

/// The requests of transactions on a broker with files.
@Suite struct TransactionRequestTests {
    private let driver: TransactionDriver

    init() throws { driver = try TransactionDriver() }

    @Test func committedRecordsBecomeVisible() throws {
        let mine = try driver.begin()
        #expect(try driver.add([0, 1], to: mine) == [0, 0])
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 0)
        #expect(try driver.produce(to: 0, mine, sequence: 1) == 0)
        #expect(driver.partition(0).highWatermark == 2)
        #expect(driver.stableOffsets == [0, 0])
        #expect(try driver.end(mine, commit: true) == 0)
        // A marker stands in each partition that was added, also in one without records.
        #expect(driver.stableOffsets == [3, 1])
        #expect(try driver.end(mine, commit: true) == 0)
        #expect(try driver.end(mine, commit: false) == ErrorCode.invalidTransactionState.rawValue)
        #expect(driver.stableOffsets == [3, 1])
    }

    /// What a fenced producer hears, by API and version.
    @Test func aSuccessorFences() throws {
        let old = try driver.begin()
        #expect(try driver.add([0], to: old) == [0])
        #expect(try driver.produce(to: 0, old, sequence: 0) == 0)
        let successor = try driver.begin()
        // Aborted with an epoch of its own between the two.
        #expect(successor == ProducerClaim(transactionalID: "a", producerID: 0, epoch: 2))
        #expect(driver.stableOffsets == [2, 0])
        #expect(try driver.produce(to: 0, old, sequence: 1) == 47)
        #expect(try driver.add([0], to: old, version: 1) == [47])
        #expect(try driver.add([0], to: old, version: 2) == [90])
        #expect(try driver.addOffsets(to: old, version: 0) == 47)
        #expect(try driver.addOffsets(to: old, version: 2) == 90)
        #expect(try driver.end(old, commit: true, version: 1) == 47)
        #expect(try driver.end(old, commit: true, version: 2) == 90)
        #expect(try driver.commitOffset(1, of: old, version: 0) == [47])
        #expect(try driver.commitOffset(1, of: old, version: 2) == [47])
        #expect(try driver.produce(to: 0, successor, sequence: 0) == 48)
        #expect(try driver.add([0], to: successor) == [0])
        #expect(try driver.produce(to: 0, successor, sequence: 1) == 45)
        #expect(try driver.produce(to: 0, successor, sequence: 0) == 0)
    }

    @Test func batchesOutsideTheTransactionAreRefused() throws {
        let mine = try driver.begin()
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 48)
        #expect(try driver.add([1], to: mine) == [0])
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 48)
        #expect(try driver.produce(to: 1, mine, sequence: 0) == 0)
        #expect(try driver.produce(to: 1, mine, sequence: 1, isTransactional: false) == 48)
        let idempotent = try driver.begin(nil)
        #expect(try driver.produce(to: 1, idempotent, sequence: 0) == 49)
        #expect(try driver.produce(to: 1, mine, sequence: 1, by: nil) == 53)
        #expect(try driver.produce(to: 1, idempotent, sequence: 0, isTransactional: false) == 0)
        // A transaction's end is no place to go on from.
        #expect(try driver.end(mine, commit: false) == 0)
        #expect(try driver.produce(to: 1, mine, sequence: 1) == 48)
    }

    @Test func unknownPartitionsAddNothing() throws {
        let mine = try driver.begin()
        #expect(try driver.add([0, 2, 1], to: mine) == [55, 3, 55])
        #expect(try driver.add([0], topic: "u", to: mine) == [3])
        #expect(try driver.end(mine, commit: true) == 48)
        #expect(driver.broker.transactions.records["a"]?.state == .empty)
    }

    @Test func offsetsAreCommittedWithTheTransaction() throws {
        let mine = try driver.begin()
        func committed() -> Int64? { driver.broker.offsets["g", TransactionDriver.name(0)]?.offset }
        #expect(try driver.commitOffset(5, of: mine) == [48])
        #expect(try driver.addOffsets(to: mine) == 0)
        #expect(try driver.commitOffset(5, of: mine, topic: "u") == [3])
        let long = String(repeating: "m", count: 4_097)
        #expect(try driver.commitOffset(5, of: mine, metadata: long) == [12])
        #expect(try driver.commitOffset(5, of: mine) == [0])
        #expect(committed() == nil)
        #expect(try driver.end(mine, commit: true) == 0)
        #expect(committed() == 5)
        #expect(try driver.commitOffset(6, of: mine) == [48])
        #expect(try driver.addOffsets(to: mine) == 0)
        #expect(try driver.commitOffset(6, of: mine, version: 1) == [0])
        #expect(try driver.end(mine, commit: false) == 0)
        #expect(committed() == 5)
    }

    @Test func itsTimeoutAbortsATransaction() throws {
        let mine = try driver.begin(timeout: 500)
        #expect(try driver.add([0], to: mine) == [0])
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 0)
        let broker = driver.broker
        try broker.timePassed()
        #expect(broker.nextDeadline == 5_500)
        broker.wall += 400
        #expect(broker.nextDeadline == 5_100)
        try broker.timePassed()
        try driver.flush()
        #expect(driver.stableOffsets == [0, 0])
        broker.wall += 100
        try broker.timePassed()
        try driver.flush()
        #expect(driver.stableOffsets == [2, 0])
        #expect(try driver.produce(to: 0, mine, sequence: 1) == 47)
        #expect(try driver.end(mine, commit: true) == 90)
        #expect(try driver.begin().epoch == 2)
    }

    /// The known hole of this protocol: the epoch is the same, so that nothing tells the two apart.
    @Test func anEndThatComesLateEndsTheNextTransaction() throws {
        let mine = try driver.begin()
        #expect(try driver.add([0], to: mine) == [0])
        #expect(try driver.produce(to: 0, mine, sequence: 0) == 0)
        #expect(try driver.end(mine, commit: true) == 0)
        #expect(try driver.add([0], to: mine) == [0])
        #expect(try driver.produce(to: 0, mine, sequence: 1) == 0)
        try driver.broker.endTransaction(mine, commit: true)
        try driver.flush()
        #expect(driver.stableOffsets == [4, 0])
        #expect(try driver.produce(to: 0, mine, sequence: 2) == 48)
    }

    @Test func topicsDeletedMeanwhileNeedNoMarker() throws {
        let mine = try driver.begin()
        #expect(try driver.add([0, 1], to: mine) == [0, 0])
        #expect(try driver.produce(to: 1, mine, sequence: 0) == 0)
        driver.broker.partitions[TransactionDriver.name(0)] = nil
        #expect(try driver.end(mine, commit: true) == 0)
        #expect(driver.partition(1).lastStableOffset == 2)
    }
}

/// A transaction with records in two partitions and offsets of a group, and the power cut during
/// any of its flushes: of the files of that flush one, or all but one, reached the disk.
@Suite struct TransactionCrashTests {
    private func play(_ driver: TransactionDriver, commit: Bool) throws {
        let mine = try driver.begin()
        _ = try driver.add([0, 1], to: mine)
        for sequence in Int32(0)..<3 {
            _ = try driver.produce(to: 0, mine, sequence: sequence)
            _ = try driver.produce(to: 1, mine, sequence: sequence)
        }
        _ = try driver.addOffsets(to: mine)
        _ = try driver.commitOffset(9, of: mine)
        _ = try driver.end(mine, commit: commit)
    }

    /// All folders that a power cut may leave, with whether the decision was durable by then.
    private func cuts(_ root: String, _ driver: TransactionDriver, commit: Bool) throws
        -> [(folder: String, isDecided: Bool)]
    {
        var cuts: [(folder: String, isDecided: Bool)] = []
        let files = FileManager.default
        var (before, wasDecided) = (root + "/start", false)
        try files.copyItem(atPath: driver.folder, toPath: before)
        driver.onFlush = { job in
            let paths = Set(job.files.map { String($0.path.dropFirst(driver.folder.count)) })
            let state = driver.broker.transactions.records["a"]?.state ?? .empty
            let isDecided = state != .empty && state != .ongoing
            for path in paths {
                for some in [[path], paths.subtracting([path])] as [Set<String>] {
                    let folder = "\(root)/\(cuts.count)"
                    try files.copyItem(atPath: before, toPath: folder)
                    for written in some {
                        try? files.removeItem(atPath: folder + written)
                        try files.copyItem(
                            atPath: driver.folder + written, toPath: folder + written)
                    }
                    cuts.append((folder, wasDecided || isDecided && some.contains("/journal")))
                }
            }
            before = "\(root)/\(cuts.count)"
            try files.copyItem(atPath: driver.folder, toPath: before)
            wasDecided = isDecided
            cuts.append((before, isDecided))
        }
        try play(driver, commit: commit)
        driver.onFlush = { _ in }
        return cuts
    }

    @Test(arguments: [true, false])
    func noPowerCutTearsATransaction(commit: Bool) throws {
        let root = TransactionDriver.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        let cuts = try cuts(root, try TransactionDriver(), commit: commit)
        #expect(cuts.count > 20)
        for (folder, isDecided) in cuts {
            let driver = try TransactionDriver(folder)
            let record = driver.broker.transactions.records["a"]
            let isOpen = (Int32(0)...1).map {
                driver.partition($0).producers.hasOpenTransaction(0)
            }
            let offset = driver.broker.offsets["g", TransactionDriver.name(0)]?.offset
            if isDecided {
                #expect(record?.state == (commit ? .completeCommit : .completeAbort))
                #expect(driver.stableOffsets == [4, 4])
                #expect(offset == (commit ? 9 : nil))
                // The answer was lost.
                let mine = ProducerClaim(transactionalID: "a", producerID: 0, epoch: 0)
                #expect(try driver.end(mine, commit: commit) == 0)
            } else {
                // Nothing of it is visible, and the successor's begin aborts it.
                #expect(!isOpen.contains(true) || record?.state == .ongoing)
                #expect(offset == nil)
                let successor = try driver.begin()
                #expect(successor.epoch == (record == nil ? 0 : record?.state == .ongoing ? 2 : 1))
            }
            #expect(driver.stableOffsets.max()! <= 4)
            for index in Int32(0)...1 {
                let partition = driver.partition(index)
                #expect(!partition.producers.hasOpenTransaction(0))
                #expect(partition.lastStableOffset == partition.endOffset)
            }
        }
    }
}
