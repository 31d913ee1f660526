package import Contracts
internal import Glibc
internal import Kafka
package import Postgres

/// What the relay is told.
package struct RelayConfiguration: Sendable {
    /// `host:port,...`
    package var brokers: String
    /// An operator's own librdkafka properties.
    package var kafka: [String: String]
    package var database: PostgresSettings
    package var outputs: RelayOutputs
    /// Stable and unique in the cluster: what fences a predecessor.
    package var transactionalID: String
    /// Who holds the lease, for operators to read.
    package var owner: String
    package var batch = RelayBatch.Limits()
    /// How long the lease of a relay that fell silent is respected.
    package var leaseLimit = Duration.seconds(10)
    /// Well below `leaseLimit`.
    package var renewInterval = Duration.seconds(3)
    /// How long a commit without an answer is resumed; below the transaction's timeout of 30
    /// seconds.
    package var commitLimit = Duration.seconds(25)
    /// Wall time, for records whose own time the broker would refuse.
    package var clock: @Sendable () -> Instant = RelayConfiguration.systemTime

    package init(
        brokers: String, kafka: [String: String] = [:], database: PostgresSettings,
        outputs: RelayOutputs, transactionalID: String = "headway-relay", owner: String
    ) {
        self.brokers = brokers
        self.kafka = kafka
        self.database = database
        self.outputs = outputs
        self.transactionalID = transactionalID
        self.owner = owner
    }

    package static func systemTime() -> Instant {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Instant(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)
    }

    func producerSettings() throws(KafkaFailure) -> KafkaSettings {
        let largest = outputs.all.map(\.recordBytesMax).max() ?? 1_000_000
        return try KafkaSettings.transactional(brokers: brokers, id: transactionalID)
            .merging([
                // Each commit flushes; waiting for more records would only add to the delay.
                "linger.ms": "0",
                "message.max.bytes": "\(max(1_000_000, min(largest, 16_777_216)))"
            ]).merging(kafka)
    }

    func readerSettings() throws(KafkaFailure) -> KafkaSettings {
        try KafkaSettings.reader(brokers: brokers).merging(["fetch.wait.max.ms": "20"])
            .merging(kafka)
    }
}
