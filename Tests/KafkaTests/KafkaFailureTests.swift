import CRDKafka
import HeadwayTesting
import Testing

@testable import Kafka

@Suite struct KafkaFailureTests {
    @Test(
        arguments: [
            (RD_KAFKA_RESP_ERR__FENCED, true, false, false, KafkaFailure.Disposition.fenced),
            (RD_KAFKA_RESP_ERR_PRODUCER_FENCED, false, false, true, .fenced),
            (RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, true, false, false, .fenced),
            (RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, true, false, false, .rebuild),
            (RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, false, false, true, .abortTransaction),
            (RD_KAFKA_RESP_ERR__TIMED_OUT, false, true, false, .retry),
            (RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, false, false, false, .rebuild),
            (RD_KAFKA_RESP_ERR__STATE, false, false, false, .rebuild),
            (RD_KAFKA_RESP_ERR__BAD_MSG, false, false, false, .halt),
            (RD_KAFKA_RESP_ERR__BAD_COMPRESSION, false, false, false, .halt),
            (RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, false, false, false, .halt),
            (RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, false, false, false, .halt),
            (RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, false, false, false, .halt),
            (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, false, false, false, .stop),
            (RD_KAFKA_RESP_ERR__AUTHENTICATION, false, false, false, .stop),
            (RD_KAFKA_RESP_ERR__TRANSPORT, false, false, false, .retry),
            (RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, false, false, false, .retry),
            (RD_KAFKA_RESP_ERR__QUEUE_FULL, false, false, false, .retry),
            (RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, false, false, false, .retry),
            (RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, false, false, false, .retry)
        ] as [(rd_kafka_resp_err_t, Bool, Bool, Bool, KafkaFailure.Disposition)])
    func classes(
        error: rd_kafka_resp_err_t, fatal: Bool, retriable: Bool, abort: Bool,
        expected: KafkaFailure.Disposition
    ) {
        let failure = KafkaFailure(
            error, isFatal: fatal, isRetriable: retriable, requiresAbort: abort)
        #expect(failure.disposition == expected)
    }

    /// What the library makes of a broker's answer to the end of a transaction.
    @Test(arguments: [
        // PRODUCER_FENCED
        (MockKafka.Request.endTransaction, Int32(90), KafkaFailure.Disposition.fenced),
        (.endTransaction, 47, .fenced),  // INVALID_PRODUCER_EPOCH
        (.endTransaction, 53, .rebuild),  // TRANSACTIONAL_ID_AUTHORIZATION_FAILED is fatal
        (.endTransaction, 48, .rebuild),  // INVALID_TXN_STATE
        (.addPartitionsToTransaction, 29, .abortTransaction)  // TOPIC_AUTHORIZATION_FAILED
    ])
    func injected(
        request: MockKafka.Request, code: Int32, expected: KafkaFailure.Disposition
    ) throws {
        let mock = try MockKafka()
        try mock.createTopic("out", partitions: 1)
        var producer = try KafkaProducer(
            settings: .transactional(brokers: mock.brokers, id: "t"))
        try producer.initTransactions(timeout: .seconds(10))
        try producer.begin()
        try producer.produce(topic: "out", partition: 0, key: [1], value: [2])
        mock.fail(request, with: [code])
        var failure: KafkaFailure?
        do {
            try producer.commit(timeout: .seconds(10))
        } catch {
            failure = error
        }
        #expect(failure?.disposition == expected, "\(String(describing: failure))")
        #expect(failure?.text.isEmpty == false)
        producer.close(within: .seconds(5))
    }

    @Test func anUnansweredInitialisationIsRetriable() throws {
        let mock = try MockKafka()
        try mock.setDown()
        var producer = try KafkaProducer(
            settings: .transactional(brokers: mock.brokers, id: "t"))
        var failure: KafkaFailure?
        do {
            try producer.initTransactions(timeout: .milliseconds(300))
        } catch {
            failure = error
        }
        #expect(failure?.disposition == .retry)
        try mock.setUp()
        try producer.initTransactions(timeout: .seconds(10))
    }
}
