/// The broker between its sockets and its machines. One thread owns it: the event loop tells it what
/// happened, it asks the machines and the logs, and what is to be sent stands in `outbox`.
final class Broker {
    let settings: BrokerSettings
    let hooks: FaultHooks
    let report: @Sendable (String) -> Void
    var catalogue = TopicCatalogue()
    var partitions: [TopicPartition: Partition] = [:]
    var transactions = TransactionCoordinator()
    var groups = GroupCoordinator()
    var offsets = CommittedOffsets()
    var fetchWaits = FetchWaits()
    var housekeeping = Housekeeping()
    private var journal: Journal!
    /// How often this broker has started: the leader epoch of what it appends.
    private(set) var epoch: Int32 = 0
    /// Where clients reach it.
    var listeningPort: UInt16 { settings.port }
    /// Clocks in milliseconds, set by the loop before each event.
    var wall: Int64 = 0
    var monotonic: Int64 = 0

    /// Answers ready to be sent, in the order in which they became so.
    private(set) var outbox: [(call: Call, pieces: [AnswerPiece])] = []
    private var muted: [Call] = []
    private var dirty: [TopicPartition: Partition] = [:]
    private var flushWritten: UInt64 = 0
    private var flushTaken: UInt64 = 0
    private var flushing: [Partition] = []
    private var waiting: [(ticket: UInt64, action: () throws -> Void)] = []

    init(
        _ settings: BrokerSettings, hooks: FaultHooks, report: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.hooks = hooks
        self.report = report
    }

    // MARK: events, told by the loop

    /// A whole request. Throws where its connection must be closed: the reader is beyond repair.
    func received(_ call: Call, _ request: inout WireReader) throws {
        try call.api.handler(self)(call, &request)
    }

    /// A connection is gone: what waits for it is forgotten.
    func closed(connection: UInt64) {
        groups.closed(connection: connection, now: monotonic)
        fetchWaits.closed(connection: connection)
    }

    /// When `timePassed` has something to do next, on the monotonic clock; nil: never.
    var nextDeadline: Int64? {
        let inTransactions = transactions.nextDeadline.map { monotonic &+ max(0, $0 &- wall) }
        return [
            groups.nextDeadline, fetchWaits.nextDeadline, inTransactions, housekeeping.nextRound,
        ].compactMap(\.self).min()
    }

    func timePassed() throws {
        try groupsTimePassed()
        try endFetchWaits()
        try expireTransactions()
        try keepHouse()
    }

    // MARK: answering

    func answer(_ call: Call, _ body: consuming WireWriter) {
        outbox.append((call, body.finished()))
    }

    /// Answers when everything written so far is on the disk.
    func answerAfterFlush(_ call: Call, _ body: WireWriter) {
        afterFlush { self.answer(call, body) }
    }

    /// There is no answer to this request (Produce without acknowledgement).
    func noAnswer(_ call: Call) { outbox.append((call, [])) }

    /// The connection's next request is looked at when this one is answered.
    func mute(_ call: Call) { muted.append(call) }

    func takeMuted() -> [Call] { taken(&muted) }

    func takeOutbox() -> [(call: Call, pieces: [AnswerPiece])] { taken(&outbox) }

    /// Runs the action when everything written so far is on the disk; in order.
    func afterFlush(_ action: @escaping () throws -> Void) {
        waiting.append((flushWritten, action))
    }

    // MARK: writing

    /// Makes an entry durable (with the next flush) and tells the machines.
    func persist(_ entry: JournalEntry) throws(StorageFailure) {
        try journal.append(entry)
        flushWritten += 1
        apply(entry)
        guard journal.isWorthRewriting else { return }
        do throws(StorageFailure) {
            try journal.rewrite(snapshot)
        } catch {
            // The entry stands; only the file stays long.
            report("the journal is not rewritten: \(error)")
        }
    }

    /// What the state would be made of again.
    private var snapshot: [JournalEntry] {
        [.started(epoch: epoch)] + catalogue.entries + transactions.entries + offsets.entries
    }

    private func apply(_ entry: JournalEntry) {
        if case .started(let epoch) = entry { self.epoch = epoch }
        catalogue.apply(entry)
        transactions.apply(entry)
        offsets.apply(entry)
    }

    /// The partition was appended to: its file is part of the next flush.
    func touched(_ partition: Partition) {
        dirty[partition.name] = partition
        flushWritten += 1
    }

    // MARK: flushing, done by the loop's flusher

    /// What must be on the disk next; nil where all is. One job at a time is under way.
    func takeFlushJob() throws -> FlushJob? {
        guard flushWritten > flushTaken || !waiting.isEmpty else { return nil }
        flushTaken = flushWritten
        flushing = dirty.values.filter { partitions[$0.name] === $0 }
        dirty = [:]
        var job = FlushJob(ticket: flushTaken, files: [], checkpoints: [])
        if let file = journal.beginFlush() { job.files.append(file) }
        for partition in flushing {
            let part = try partition.beginFlush()
            job.files += part.files
            job.folders.formUnion(partition.takeFolders())
            if let checkpoint = part.checkpoint { job.checkpoints.append(checkpoint) }
        }
        return job
    }

    /// The job is done: its records become visible, and those who wait for it go on.
    func flushed(_ job: FlushJob) throws {
        for partition in flushing {
            partition.flushed()
            fetchWaits.wake(partition.name)
        }
        flushing = []
        var done = 0
        while done < waiting.count, waiting[done].ticket <= job.ticket {
            let action = waiting[done].action
            done += 1
            try action()
        }
        waiting.removeFirst(done)
        try serveFetchWaits()
    }

    // MARK: opening and closing

    /// The disk refused: nothing further is acknowledged.
    func abandon() { (waiting, outbox) = ([], []) }

    /// Reads the journal and opens every partition.
    func open() throws {
        journal = try Journal(folder: settings.dataDirectory) { apply($0) }
        if journal.cutBytes > 0 { report("cut \(journal.cutBytes) bytes of the journal's tail") }
        try removeOrphans()
        try persist(.started(epoch: epoch + 1))
        for topic in catalogue.topics.values { try openPartitions(of: topic) }
        try resumeTransactions()
        // Nobody asks for offsets before what was decided is done.
        try flushAll()
    }

    /// Flushes here and now until nothing waits: only where no flush is under way.
    func flushAll() throws {
        while let job = try takeFlushJob() {
            try job.run(settings.durability)
            try flushed(job)
        }
    }

    /// Removes the folders of topics whose deletion was interrupted.
    private func removeOrphans() throws {
        let known = Set(catalogue.topics.values.map(\.id.hexadecimal))
        let folder = settings.dataDirectory + "/topics"
        for name in try folderContents(folder) where !known.contains(name) {
            try removeFolder("\(folder)/\(name)")
        }
    }

    /// Opens the partitions of a topic that are not open yet (created, or grown).
    func openPartitions(of topic: Topic) throws {
        for index in 0..<topic.partitions {
            let name = TopicPartition(topic: topic.name, partition: index)
            if partitions[name] != nil { continue }
            let partition = try Partition(
                topicID: topic.id, name: name,
                folder: "\(settings.dataDirectory)/topics/\(topic.id.hexadecimal)/\(index)",
                settings: TopicSettings(topic.configs), leaderEpoch: epoch,
                startOffset: catalogue.startOffset(topic.id, index), limits: settings.limits)
            if partition.cutBytes > 0 {
                report("cut \(partition.cutBytes) bytes of the tail of \(topic.name)-\(index)")
            }
            partitions[name] = partition
        }
    }

    /// After the last flush: a clean stop leaves nothing to recover.
    func close() throws {
        for partition in partitions.values { try partition.close() }
    }
}
