/// Where the local broker differs from Apache Kafka on purpose. Everything else is a fault.
enum Difference: String, CaseIterable {
    case fetchSessions
    case pipelining
    case unsupportedVersions
    case unreadableSubscriptions
    case nullRecords

    /// What Kafka does, what the local broker does, and why.
    var words: (kafka: String, local: String, why: String) {
        switch self {
        case .fetchSessions:
            (
                "offers incremental fetch sessions", "answers every fetch in full",
                "one node serves few partitions; sessions are optional for clients"
            )
        case .pipelining:
            (
                "looks at a connection's next request when the one before is answered",
                "looks at it while the one before waits for the disk; answers keep their order",
                "records of many requests share one flush"
            )
        case .unsupportedVersions:
            (
                "closes the connection", "answers UNSUPPORTED_VERSION",
                "a client learns why"
            )
        case .unreadableSubscriptions:
            (
                "never answers a JoinGroup of type consumer whose metadata it cannot read",
                "takes the metadata as it is", "a fault of Kafka's"
            )
        case .nullRecords:
            (
                "never answers a Produce without records (null)", "refuses it (INVALID_RECORD)",
                "a fault of Kafka's"
            )
        }
    }

    func expected<T>(_ broker: BrokerUnderTest, kafka: T, local: T) -> T {
        broker == .local ? local : kafka
    }
}
