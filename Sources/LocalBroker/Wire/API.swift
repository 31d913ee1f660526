/// The APIs of this broker, the versions of each that it answers, and their handlers; everything
/// else gets UNSUPPORTED_VERSION. The README's table is checked against this one.
///
/// All versions but ApiVersions 3 and DescribeCluster are in the classic encoding. What real clients
/// need was measured with proxies before Apache Kafka; what the newest do not need is not here.
package enum API: Int16, CaseIterable, Sendable {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case leaveGroup = 13
    case syncGroup = 14
    case describeGroups = 15
    case listGroups = 16
    case apiVersions = 18
    case createTopics = 19
    case deleteTopics = 20
    case deleteRecords = 21
    case initProducerID = 22
    case offsetForLeaderEpoch = 23
    case addPartitionsToTxn = 24
    case addOffsetsToTxn = 25
    case endTxn = 26
    case txnOffsetCommit = 28
    case describeConfigs = 32
    case alterConfigs = 33
    case createPartitions = 37
    case deleteGroups = 42
    case incrementalAlterConfigs = 44
    case offsetDelete = 47
    case describeCluster = 60

    typealias Handler = (Broker) -> (Call, inout WireReader) throws -> Void

    package var versions: ClosedRange<Int16> { row.versions }
    var handler: Handler { row.handler }

    private var row: (versions: ClosedRange<Int16>, handler: Handler) {
        switch self {
        case .produce: (3...8, Broker.produce)
        case .fetch: (4...11, Broker.fetch)
        case .listOffsets: (1...5, Broker.listOffsets)
        case .metadata: (0...8, Broker.metadata)
        case .offsetCommit: (2...7, Broker.offsetCommit)
        case .offsetFetch: (1...5, Broker.offsetFetch)
        case .findCoordinator: (0...2, Broker.findCoordinator)
        case .joinGroup: (0...5, Broker.joinGroup)
        case .heartbeat: (0...3, Broker.heartbeat)
        case .leaveGroup: (0...3, Broker.leaveGroup)
        case .syncGroup: (0...3, Broker.syncGroup)
        case .describeGroups: (0...4, Broker.describeGroups)
        case .listGroups: (0...2, Broker.listGroups)
        case .apiVersions: (0...3, Broker.apiVersions)
        case .createTopics: (2...4, Broker.createTopics)
        case .deleteTopics: (1...3, Broker.deleteTopics)
        case .deleteRecords: (0...1, Broker.deleteRecords)
        case .initProducerID: (0...1, Broker.initProducerID)
        case .offsetForLeaderEpoch: (2...3, Broker.offsetForLeaderEpoch)
        case .addPartitionsToTxn: (0...2, Broker.addPartitionsToTxn)
        case .addOffsetsToTxn: (0...2, Broker.addOffsetsToTxn)
        case .endTxn: (0...2, Broker.endTxn)
        case .txnOffsetCommit: (0...2, Broker.txnOffsetCommit)
        case .describeConfigs: (1...3, Broker.describeConfigs)
        case .alterConfigs: (0...1, Broker.alterConfigs)
        case .createPartitions: (0...1, Broker.createPartitions)
        case .deleteGroups: (0...1, Broker.deleteGroups)
        case .incrementalAlterConfigs: (0...0, Broker.incrementalAlterConfigs)
        case .offsetDelete: (0...0, Broker.offsetDelete)
        case .describeCluster: (0...0, Broker.describeCluster)
        }
    }

    /// The lowest version that ApiVersions tells of. Produce is told from 0 on, as Apache Kafka 4
    /// does: librdkafka 2.0.2 leaves batches uncompressed where version 0 is not told. It
    /// uses the highest all the same, and below 3 a request is refused as anything else is.
    var lowestTold: Int16 { self == .produce ? 0 : versions.lowerBound }

    /// Whether requests of this version have compact strings and tagged fields.
    func isFlexible(_ version: Int16) -> Bool {
        self == .apiVersions && version >= 3 || self == .describeCluster
    }

    /// Those that tests can have answered with an error that nothing caused.
    static let withErrors: Set<API> = [
        .produce, .fetch, .metadata, .offsetCommit, .findCoordinator, .joinGroup, .heartbeat,
        .leaveGroup, .syncGroup, .initProducerID, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn,
        .txnOffsetCommit,
    ]
}
