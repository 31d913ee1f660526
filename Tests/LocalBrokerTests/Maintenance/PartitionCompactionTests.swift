import Glibc
import Testing

@testable import LocalBroker

/// Compaction of a whole partition: through restarts, crashes and transactions, seen as a reader of
/// committed records sees it.
@Suite struct PartitionCompactionTests {
    typealias One = CompactionTests.Model.One

    /// A partition that is written to at random, and what must be in it.
    final class Bench {
        let folder: String
        let settings: TopicSettings
        private(set) var partition: Partition
        private(set) var model = CompactionTests.Model()
        private(set) var horizon: Int64 = 0
        private var generator: SplitMix
        private var sequences: [Int64: Int32] = [:]
        private var open: [Int64: [Int64]] = [:]
        private var starts: Int32 = 1
        var now: Int64 = 1_000

        init(_ folder: String, seed: UInt64) throws {
            self.folder = folder
            generator = SplitMix(state: seed)
            settings = try TopicSettings([
                "cleanup.policy": "compact", "segment.bytes": "700",
                "min.cleanable.dirty.ratio": "0", "delete.retention.ms": "100",
            ])
            partition = try Self.opened(folder, settings, epoch: 1)
        }

        static func opened(
            _ folder: String, _ settings: TopicSettings, epoch: Int32
        ) throws -> Partition {
            try Partition(
                topicID: TopicID(high: 1, low: 1),
                name: TopicPartition(topic: "keys", partition: 0),
                folder: folder, settings: settings, leaderEpoch: epoch, startOffset: 0,
                limits: BrokerSettings.Limits())
        }

        func restart(cleanly: Bool) throws {
            if cleanly { try partition.close() }
            starts += 1
            partition = try Self.opened(folder, settings, epoch: starts)
        }

        func write(_ batches: Int) throws {
            for _ in 0..<batches {
                let producer = Int64.random(in: -1...3, using: &generator)
                if open[producer] != nil, Int.random(in: 0..<3, using: &generator) == 0 {
                    try end(producer)
                } else {
                    try append(producer)
                }
                now += 1
            }
            try flush()
        }

        func endAll() throws {
            for producer in open.keys.sorted() { try end(producer) }
            try flush()
        }

        private func append(_ producer: Int64) throws {
            let count = Int.random(in: 1...4, using: &generator)
            let entries = (0..<count).map { _ -> ([UInt8]?, [UInt8]?) in
                let isTombstone = Int.random(in: 0..<5, using: &generator) == 0
                let value = [UInt8](repeating: 7, count: .random(in: 1...30, using: &generator))
                return ([.random(in: 0..<9, using: &generator)], isTombstone ? nil : value)
            }
            var built = BuiltBatch(0, entries, codec: .random(in: 0...4, using: &generator))
            built.baseTimestamp = now
            if producer >= 0 {
                built.producerID = producer
                built.sequence = sequences[producer] ?? 0
                sequences[producer] = built.sequence + Int32(count)
            }
            let base = partition.endOffset
            if producer > 0 {
                built.attributes = 0x10
                open[producer, default: []] += (0..<count).map { base + Int64($0) }
            }
            var bytes = built.bytes
            let result = try bytes.withUnsafeMutableBytes { try partition.append($0, now: now) }
            #expect(result == .appended(baseOffset: base, logAppendTime: -1))
            for (index, entry) in entries.enumerated() {
                model.all.append(
                    One(offset: base + Int64(index), key: entry.0![0], value: entry.1))
            }
        }

        private func end(_ producer: Int64) throws {
            let offsets = Set(open.removeValue(forKey: producer) ?? [])
            let commits = Bool.random(using: &generator)
            try partition.appendMarker(producerID: producer, epoch: 0, commit: commits, now: now)
            for index in model.all.indices where offsets.contains(model.all[index].offset) {
                model.all[index].isAborted = !commits
            }
        }

        func flush() throws {
            let part = try partition.beginFlush()
            try FlushJob(
                ticket: 0, files: part.files, checkpoints: part.checkpoint.map { [$0] } ?? []
            ).run(.os)
            partition.flushed()
        }

        func nextJob(keysMax: Int) throws -> CompactionJob? {
            var job = try partition.compactionJob(now: now, unpackedBytesMax: 1 << 20)
            job?.keysMax = keysMax
            return job
        }

        /// Returns whether there was something to do.
        func compact(keysMax: Int) throws -> Bool {
            guard let job = try nextJob(keysMax: keysMax) else { return false }
            try partition.compacted(job, job.run(), now: now)
            compacted(job)
            try flush()
            return true
        }

        func compacted(_ job: CompactionJob) { horizon = job.horizon }

        /// What a reader of committed records must find.
        var expected: [One] {
            model.expected(end: partition.compaction?.compactedTo ?? 0, horizon: horizon)
                .filter { !$0.isAborted && $0.offset < partition.lastStableOffset }
        }
    }

    /// Reads as clients do: leaves out a producer's records from an aborted transaction's first
    /// offset to its marker.
    static func committed(_ partition: Partition) throws -> [One] {
        var found: [One] = []
        var offset = partition.startOffset
        while offset < partition.lastStableOffset {
            let reading = try partition.read(
                from: offset, bytesMax: 400, committed: true, atLeastOneBatch: true)
            #expect(reading.error == .none)
            guard let range = reading.range else { break }
            var bytes = [UInt8](repeating: 0, count: range.count)
            let count = try bytes.withUnsafeMutableBytes {
                try range.file.read(into: $0, at: range.offset)
            }
            #expect(count == range.count)
            var aborts = reading.aborted.sorted { $0.firstOffset < $1.firstOffset }[...]
            var aborted: Set<Int64> = []
            var position = 0
            let start = offset
            while let header = bytes[position...].withUnsafeBytes({ BatchHeader($0) }),
                position + header.size <= bytes.count
            {
                while let first = aborts.first, first.firstOffset <= header.lastOffset {
                    aborted.insert(aborts.removeFirst().producerID)
                }
                if header.isControl {
                    let batch = Array(bytes[position..<position + header.size])
                    if batch.withUnsafeBytes({ header.markerCommits($0) }) == false {
                        aborted.remove(header.producerID)
                    }
                } else if !(header.isTransactional && aborted.contains(header.producerID)) {
                    for one in try RecordsTests.read(
                        Array(bytes[position..<position + header.size]))
                    {
                        let at = header.baseOffset + Int64(one.delta)
                        if at >= start {
                            found.append(One(offset: at, key: one.key![0], value: one.value))
                        }
                    }
                }
                offset = header.lastOffset + 1
                position += header.size
            }
            #expect(offset > start)
        }
        return found
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func readersSeeTheLatest(seed: UInt64) throws {
        let scratch = ScratchFolder()
        let bench = try Bench(scratch.path + "/0", seed: seed)
        var passes = 0
        for round in 0..<12 {
            try bench.write(30)
            if round % 3 == 2 { try bench.endAll() }
            while try bench.compact(keysMax: round % 2 == 0 ? 3 : 1_000) { passes += 1 }
            #expect(try Self.committed(bench.partition) == bench.expected)
            let before = (bench.partition.endOffset, bench.partition.producers.firstOpenOffset)
            switch round % 4 {
            case 1: try bench.restart(cleanly: true)
            case 2: try bench.restart(cleanly: false)
            case 3:
                // Without its checkpoint the whole log is read.
                unlink(bench.partition.checkpointPath)
                try bench.restart(cleanly: false)
            default: break
            }
            #expect(before.0 == bench.partition.endOffset)
            #expect(before.1 == bench.partition.producers.firstOpenOffset)
            #expect(try bench.nextJob(keysMax: 1) == nil)
            #expect(try Self.committed(bench.partition) == bench.expected)
            bench.now += 60
        }
        #expect(passes > 6)
        // Everything goes that may: aborted transactions leave nothing behind.
        try bench.endAll()
        for _ in 0..<4 {
            try bench.write(30)
            try bench.endAll()
            bench.now += 1_000
            while try bench.compact(keysMax: 1_000) {}
        }
        #expect(bench.partition.aborted.count < 30)
        #expect(try Self.committed(bench.partition) == bench.expected)
    }

    /// The files as each step of the swap leaves them: what is read then is what was there before
    /// with some of the superseded records gone, and the next compaction ends the work.
    @Test(arguments: 0..<4 as Range<UInt64>) func aCrashAtAnyStepOfTheSwap(seed: UInt64) throws {
        let scratch = ScratchFolder()
        let bench = try Bench(scratch.path + "/0", seed: seed)
        try bench.write(40)
        while try bench.compact(keysMax: 1_000) {}
        bench.now += 200
        try bench.write(60)
        try bench.endAll()
        let before = try Self.committed(bench.partition)
        let job = try #require(try bench.nextJob(keysMax: 1_000))
        let outcome = try job.run()
        var steps: [(String) -> Void] = [{ _ in }]
        for (source, size) in outcome.changed {
            let name = String(source.path.suffix(24).dropLast(4))
            let cleaned = String(job.cleanedFolder.dropFirst(bench.folder.count + 1))
            steps.append { unlink("\($0)/\(name).index") }
            if size == 0 && source.baseOffset > 0 {
                steps.append { unlink("\($0)/\(name).log") }
            } else {
                steps.append { rename("\($0)/\(cleaned)/\(name).log", "\($0)/\(name).log") }
                steps.append { rename("\($0)/\(cleaned)/\(name).index", "\($0)/\(name).index") }
            }
        }
        #expect(steps.count > 6)
        let source = bench.folder
        let copies = try steps.indices.map { index in
            let copy = "\(scratch.path)/copy-\(index)"
            try Self.copy(source, copy)
            for step in steps[...index] { step(copy) }
            return copy
        }
        try bench.partition.compacted(job, outcome, now: bench.now)
        bench.compacted(job)
        #expect(try Self.committed(bench.partition) == bench.expected)
        let after = Set(bench.expected.map(\.offset))
        for copy in copies {
            let partition = try Bench.opened(copy, bench.settings, epoch: 2)
            #expect(partition.endOffset == bench.partition.endOffset)
            let found = try Self.committed(partition)
            let offsets = Set(found.map(\.offset))
            #expect(found == before.filter { offsets.contains($0.offset) })
            #expect(offsets.isSuperset(of: after))
            let again = try #require(
                try partition.compactionJob(now: bench.now, unpackedBytesMax: 1 << 20))
            try partition.compacted(again, again.run(), now: bench.now)
            #expect(try Self.committed(partition) == bench.expected)
        }
    }

    static func copy(_ from: String, _ to: String) throws {
        try makeFolder(to)
        for name in try folderContents(from) {
            if name.hasPrefix(CompactionJob.folderPrefix) {
                try copy("\(from)/\(name)", "\(to)/\(name)")
                continue
            }
            let file = try LogFile(path: "\(from)/\(name)", flags: O_RDONLY)
            var bytes = [UInt8](repeating: 0, count: try file.size())
            _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
            try LogFile(path: "\(to)/\(name)", flags: O_RDWR | O_CREAT).write(bytes, at: 0)
        }
    }

    /// A broker without a loop: rounds at their time, retention and compaction in them, and folders
    /// of unknown topics gone at the start.
    @Test func theBrokerKeepsHouse() throws {
        let scratch = ScratchFolder()
        try makeFolder(scratch.path + "/topics/0123456789abcdef0123456789abcdef/0")
        var settings = BrokerSettings(dataDirectory: scratch.path)
        settings.retentionCheckMilliseconds = 1_000
        let broker = Broker(settings, hooks: FaultHooks()) { Issue.record("\($0)") }
        try broker.open()
        #expect(try folderContents(scratch.path + "/topics").isEmpty)
        let configs = [
            [
                "cleanup.policy": "compact", "segment.bytes": "200",
                "min.cleanable.dirty.ratio": "0",
            ],
            ["retention.bytes": "300", "segment.bytes": "200"],
            ["retention.ms": "50"],
        ]
        for (index, configs) in configs.enumerated() {
            let topic = Topic(
                name: "t\(index)", id: TopicID(high: 1, low: UInt64(index)), partitions: 1,
                configs: configs)
            try broker.persist(.topic(topic))
            try broker.openPartitions(of: topic)
        }
        broker.wall = 1_100
        try broker.timePassed()
        for partition in broker.partitions.values {
            for round in 0..<10 {
                var bytes = BuiltBatch(0, [([UInt8(round % 2)], [UInt8(round)])]).bytes
                _ = try bytes.withUnsafeMutableBytes { try partition.append($0, now: 1_000) }
            }
            broker.touched(partition)
        }
        try broker.flushAll()
        broker.monotonic = 999
        try broker.timePassed()
        #expect(broker.partitions.values.allSatisfy { $0.startOffset == 0 && $0.endOffset == 10 })
        broker.monotonic = 1_000
        #expect(broker.nextDeadline == 1_000)
        try broker.timePassed()
        try broker.flushAll()
        let parts = try (0..<3).map {
            try #require(broker.partitions[TopicPartition(topic: "t\($0)", partition: 0)])
        }
        #expect(try Self.committed(parts[0]).map(\.offset).suffix(4) == [6, 7, 8, 9])
        #expect(try Self.committed(parts[0]).count == 4)
        #expect(parts[1].startOffset > 0 && parts[1].size >= 300 && parts[1].size < 600)
        // The segment that was rolled for it goes when its successor is on the disk.
        #expect(parts[2].startOffset == 10 && parts[2].segments.count == 2)
        broker.monotonic = 2_000
        try broker.timePassed()
        #expect(parts[2].startOffset == 10 && parts[2].segments.count == 1 && parts[2].size == 0)
    }
}
