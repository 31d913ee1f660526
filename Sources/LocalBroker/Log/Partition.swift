/// One partition: its log's state and files. (interface; see INTERFACES)
final class Partition {
    let topicID: TopicID
    let name: TopicPartition
    /// Changed at once with the topic's.
    var settings: TopicSettings
    private(set) var producers = ProducerStates()
    /// First offset that is there.
    private(set) var startOffset: Int64 = 0
    /// Next offset to be given.
    private(set) var endOffset: Int64 = 0
    /// Flushed: readers see what is below.
    private(set) var highWatermark: Int64 = 0
    /// What readers of committed records see.
    var lastStableOffset: Int64 { min(highWatermark, producers.firstOpenOffset ?? highWatermark) }

    init(
        topicID: TopicID, name: TopicPartition, folder: String, settings: TopicSettings,
        leaderEpoch: Int32, startOffset: Int64, limits: BrokerSettings.Limits
    ) throws(StorageFailure) {
        self.topicID = topicID
        self.name = name
        self.settings = settings
    }

    enum AppendResult: Equatable {
        case appended(baseOffset: Int64, logAppendTime: Int64)
        case refused(ErrorCode, String?)
    }

    /// Takes a client's batches; patches offsets in place. Throws where the disk refuses.
    func append(_ records: UnsafeMutableRawBufferPointer, now: Int64) throws(StorageFailure)
        -> AppendResult
    {
        .refused(.unknownServerError, nil)
    }

    /// Ends a producer's transaction with a control batch.
    func appendMarker(producerID: Int64, epoch: Int16, commit: Bool, now: Int64)
        throws(StorageFailure)
    {}

    /// Files that must be flushed for what was appended, and the checkpoint to write after that.
    func beginFlush() -> (files: [LogFile], checkpoint: FileReplacement?) { ([], nil) }

    /// What the last `beginFlush` named is on the disk.
    func flushed() {}

    func close() throws(StorageFailure) {}
}
