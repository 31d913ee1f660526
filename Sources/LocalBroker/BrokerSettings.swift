/// How one broker runs. All limits stand here; `check` holds the relations between them.
package struct BrokerSettings: Sendable, Equatable {
    /// When an acknowledged record is on the disk.
    package enum Durability: String, Sendable, CaseIterable {
        /// Every append is flushed before the next request is looked at.
        case always
        /// Appends are flushed together while others arrive; answers wait for it. The default.
        case group
        /// The operating system's choice: survives kill -9, not a power cut.
        case os
    }

    package var dataDirectory: String
    /// Loopback alone: anything else is refused at start.
    package var host = "127.0.0.1"
    /// 0: any free port.
    package var port: UInt16 = 9092
    package var durability = Durability.group
    /// The port of the fault hooks on loopback; 0: any free one; nil: there is none.
    package var controlPort: UInt16?
    package var retentionCheckMilliseconds: Int64 = 300_000
    package var limits = Limits()

    package struct Limits: Sendable, Equatable {
        package var requestBytesMax = 16 << 20
        package var connectionsMax = 1_000
        /// Of all connections' unfinished requests together; above it nobody is read from.
        package var inboundBytesMax = 48 << 20
        /// Answers waiting on one connection before its requests are left unread.
        package var pipelinedRequestsMax = 64
        package var outboundBytesMax = 8 << 20
        package var topicsMax = 1_000
        package var partitionsMax = 4_000
        package var groupsMax = 1_000
        package var groupMembersMax = 500
        /// Subscriptions of one group's members together; their assignments likewise.
        package var groupMetadataBytesMax = 4 << 20
        package var transactionalIDsMax = 10_000
        package var producersPerPartitionMax = 10_000
        package var fetchBytesMax = 16 << 20
        /// The largest unpacked batch that is looked into (offsets for times, compaction).
        package var unpackedBytesMax = 64 << 20
        package var transactionTimeoutMillisecondsMax: Int32 = 900_000
        package var sessionTimeoutMillisecondsMin: Int32 = 1_000
        package var sessionTimeoutMillisecondsMax: Int32 = 1_800_000

        package init() {}
    }

    package init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}
