internal import CRDKafka

extension KafkaSettings {
    /// A member of a consumer group whose offsets live in the ledger.
    /// `brokers` is `host:port,host:port`; `group` the consumer group's name.
    package static func consumer(brokers: String, group: String) -> KafkaSettings {
        var values = connection(brokers).merging(reading) { _, preset in preset }
        values["group.id"] = group
        // The sticky assignors are broken before 2.2.
        values["partition.assignment.strategy"] = "range"
        // A dead member's partitions move after 15 seconds; a stuck one's after a minute.
        values["session.timeout.ms"] = "15000"
        values["heartbeat.interval.ms"] = "3000"
        values["max.poll.interval.ms"] = "60000"
        return KafkaSettings(values, pinned: readingReasons)
    }

    /// A reader that is told its partitions and offsets and never joins a group.
    package static func reader(brokers: String) -> KafkaSettings {
        var values = connection(brokers).merging(reading) { _, preset in preset }
        // The library wants a name even from those that join nothing.
        values["group.id"] = "headway-reader"
        return KafkaSettings(values, pinned: readingReasons)
    }

    /// An idempotent producer without transactions.
    package static func producer(brokers: String) -> KafkaSettings {
        KafkaSettings(
            connection(brokers).merging(writing) { _, preset in preset }, pinned: writingReasons)
    }

    /// A transactional producer. `id` is stable, and unique in the cluster: it is what fences a
    /// predecessor.
    package static func transactional(brokers: String, id: String) -> KafkaSettings {
        var values = connection(brokers).merging(writing) { _, preset in preset }
        values["transactional.id"] = id
        // Short, so that a dead producer's open transaction does not hold readers back for long.
        values["transaction.timeout.ms"] = "30000"
        values["message.timeout.ms"] = "20000"
        var reasons = writingReasons
        reasons["transactional.id"] = "it is what fences a predecessor"
        return KafkaSettings(values, pinned: reasons)
    }

    /// For `KafkaAdmin`.
    package static func admin(brokers: String) -> KafkaSettings {
        KafkaSettings(connection(brokers))
    }

    private static func connection(_ brokers: String) -> [String: String] {
        [
            "bootstrap.servers": brokers,
            "client.id": "headway",
            "socket.keepalive.enable": "true",
            "socket.nagle.disable": "true",
            "socket.timeout.ms": "30000",
            "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "5000",
            // New partitions are found within half a minute, not five.
            "topic.metadata.refresh.interval.ms": "30000",
            "log.connection.close": "false",
            // A mistyped topic must be an error, not a new topic.
            "allow.auto.create.topics": "false"
        ]
    }

    private static var reading: [String: String] {
        var values = [
            "enable.auto.commit": "false",
            "enable.auto.offset.store": "false",
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "check.crcs": "true",
            "enable.partition.eof": "true",
            // The queues are per partition; see KafkaFetchNudge for what happens when they are
            // full.
            "queued.max.messages.kbytes": "16384",
            "queued.min.messages": "10000",
            "fetch.max.bytes": "8388608",
            "max.partition.fetch.bytes": "1048576",
            "fetch.wait.max.ms": "100",
            "fetch.error.backoff.ms": "100"
        ]
        if KafkaFetchNudge.libraryBacksOffByItself { values["fetch.queue.backoff.ms"] = "20" }
        return values
    }

    private static let readingReasons = [
        "enable.auto.commit": "offsets commit with their effects, in the ledger",
        "enable.auto.offset.store": "offsets commit with their effects, in the ledger",
        "auto.offset.reset": "an offset that is gone halts its partition and is never skipped",
        "isolation.level": "aborted records must not be counted",
        "check.crcs": "a corrupt batch must be noticed",
        "enable.partition.eof": "the end of a partition is how a reader knows that it caught up"
    ]

    private static let writing = [
        "enable.idempotence": "true",
        "acks": "all",
        "linger.ms": "5",
        "compression.codec": "lz4",
        "message.max.bytes": "1000000",
        "queue.buffering.max.kbytes": "32768"
    ]

    private static let writingReasons = [
        "enable.idempotence": "a retry must not write a record twice",
        "acks": "what was acknowledged must survive a broker"
    ]
}
