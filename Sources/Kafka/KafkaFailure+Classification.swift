internal import CRDKafka

extension KafkaFailure {
    /// The one place that decides what an error means. The first rule that fits wins.
    static func classify(
        _ error: rd_kafka_resp_err_t, isFatal: Bool, isRetriable: Bool, requiresAbort: Bool
    ) -> Disposition {
        // Fenced comes first: brokers report it as fatal or as abortable, and an abort would fail
        // as well.
        if fencing.contains(error.rawValue) { return .fenced }
        if isFatal { return .rebuild }
        if requiresAbort { return .abortTransaction }
        if isRetriable { return .retry }
        if damage.contains(error.rawValue) { return .halt }
        if refusal.contains(error.rawValue) { return .stop }
        if passing.contains(error.rawValue) { return .retry }
        // None of them: the state of the handle is unknown.
        return .rebuild
    }

    /// What was sent will be refused however often it is sent: the broker has looked at it, or at who
    /// sends it. (Sizes may be refused by the library already.)
    package var isRefusal: Bool { KafkaFailure.refusals.contains(code) }

    private static let refusals: Set<String> = [
        "MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_TIMESTAMP",
        "INVALID_REQUIRED_ACKS", "UNSUPPORTED_FOR_MESSAGE_FORMAT", "UNSUPPORTED_COMPRESSION_TYPE",
        "POLICY_VIOLATION", "TOPIC_EXCEPTION", "TOPIC_AUTHORIZATION_FAILED",
        "CLUSTER_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"
    ]

    private typealias Codes = Set<rd_kafka_resp_err_t.RawValue>

    private static let fencing: Codes = [
        RD_KAFKA_RESP_ERR__FENCED.rawValue,
        RD_KAFKA_RESP_ERR_PRODUCER_FENCED.rawValue,
        // Brokers before 2.7 say this to a producer that was succeeded.
        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH.rawValue,
        RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED.rawValue
    ]

    /// The library goes on *behind* these, so records would be lost if they were only logged.
    private static let damage: Codes = [
        RD_KAFKA_RESP_ERR__BAD_MSG.rawValue,
        RD_KAFKA_RESP_ERR__BAD_COMPRESSION.rawValue,
        RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.rawValue,
        RD_KAFKA_RESP_ERR__UNDERFLOW.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_MSG.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE.rawValue,
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_RECORD.rawValue,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE.rawValue,
        // The offset is gone: retention, truncation, or another topic of the same name.
        RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET.rawValue,
        RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE.rawValue
    ]

    private static let refusal: Codes = [
        RD_KAFKA_RESP_ERR__AUTHENTICATION.rawValue,
        RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED.rawValue,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM.rawValue,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED.rawValue,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED.rawValue,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED.rawValue,
        RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue,
        RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue,
        RD_KAFKA_RESP_ERR__NOT_CONFIGURED.rawValue,
        RD_KAFKA_RESP_ERR__INCONSISTENT.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_CONFIG.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT.rawValue,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION.rawValue,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION.rawValue,
        RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION.rawValue,
        RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_PARTITIONS.rawValue,
        RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR.rawValue
    ]

    /// Conditions that end by themselves while the library goes on trying.
    private static let passing: Codes = [
        RD_KAFKA_RESP_ERR__TRANSPORT.rawValue,
        // Certificates are renewed and an unclean TLS close looks the same on 2.0.2.
        RD_KAFKA_RESP_ERR__SSL.rawValue,
        RD_KAFKA_RESP_ERR__RESOLVE.rawValue,
        RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue,
        RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue,
        RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE.rawValue,
        RD_KAFKA_RESP_ERR__MSG_TIMED_OUT.rawValue,
        RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue,
        RD_KAFKA_RESP_ERR__WAIT_COORD.rawValue,
        RD_KAFKA_RESP_ERR__WAIT_CACHE.rawValue,
        RD_KAFKA_RESP_ERR__IN_PROGRESS.rawValue,
        RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS.rawValue,
        RD_KAFKA_RESP_ERR__RETRY.rawValue,
        // The member was put out of the group and joins again.
        RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED.rawValue,
        RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST.rawValue,
        RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID.rawValue,
        RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION.rawValue,
        RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS.rawValue,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS.rawValue,
        RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE.rawValue,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR.rawValue,
        RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS.rawValue,
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE.rawValue,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION.rawValue,
        RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE.rawValue,
        RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE.rawValue,
        RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION.rawValue,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT.rawValue,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS.rawValue,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND.rawValue,
        RD_KAFKA_RESP_ERR_NOT_CONTROLLER.rawValue,
        RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE.rawValue,
        RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH.rawValue,
        RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH.rawValue,
        RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED.rawValue,
        // A topic may be about to be created; whoever waits for it says so.
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue,
        RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC.rawValue,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue
    ]
}
