internal import CRDKafka
internal import Foundation
internal import Kafka

/// librdkafka's mock cluster: real handles over loopback, with errors that a test injects.
///
/// It answers transactional requests but does not implement them: use `RealKafka` for what they
/// promise. A log lives as long as this object and keeps 5 MiB a partition.
///
/// Unchecked: the pointers are set once, and the mock's functions are thread-safe.
package final class MockKafka: @unchecked Sendable {
    package enum Failure: Error { case refused(String) }

    /// Requests that errors can be injected into.
    package enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case initProducerId = 22
        case addPartitionsToTransaction = 24
        case endTransaction = 26
    }

    private let host: OpaquePointer
    private let cluster: OpaquePointer
    package let brokers: String

    package init(brokers count: Int = 1) throws {
        quietKafkaLog()
        var text = [CChar](repeating: 0, count: 256)
        let configuration = rd_kafka_conf_new()
        _ = rd_kafka_conf_set(configuration, "log_level", "0", &text, text.count)
        guard let host = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count),
            let cluster = rd_kafka_mock_cluster_new(host, Int32(count))
        else { throw Failure.refused("no mock cluster") }
        self.host = host
        self.cluster = cluster
        brokers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(host)
    }

    package func createTopic(_ name: String, partitions: Int) throws {
        try check(rd_kafka_mock_topic_create(cluster, name, Int32(partitions), 1))
    }

    /// The next requests of the kind are answered with these of Kafka's error codes; `transport`
    /// (-195) closes the connection, and the request is not applied.
    package func fail(_ request: Request, with codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: rd_kafka_resp_err_t.RawValue($0)) }
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
    }

    package static let transport: Int32 = -195

    /// The next request of the kind is applied, and answered only after the delay.
    package func delay(_ request: Request, broker: Int32 = 1, milliseconds: Int32) throws {
        try check(
            hw_mock_push_error_rtt(
                cluster, broker, request.rawValue, RD_KAFKA_RESP_ERR_NO_ERROR, milliseconds))
    }

    package func clearErrors(_ request: Request) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    package func setDown(broker: Int32 = 1) throws {
        try check(rd_kafka_mock_broker_set_down(cluster, broker))
    }

    package func setUp(broker: Int32 = 1) throws {
        try check(rd_kafka_mock_broker_set_up(cluster, broker))
    }

    private func check(_ error: rd_kafka_resp_err_t) throws {
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw Failure.refused(String(cString: rd_kafka_err2str(error)))
    }
}

/// Tests make brokers fail on purpose: only what the library calls critical is worth a line.
func quietKafkaLog() {
    KafkaLog.send { line in
        if line.level <= 2 { print("\(line.client) \(line.facility): \(line.text)") }
    }
}
