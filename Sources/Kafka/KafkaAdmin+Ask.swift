internal import CRDKafka

/// An owned answer of an administrative request.
struct AdminAnswer: ~Copyable {
    let event: OpaquePointer
    deinit { rd_kafka_event_destroy(event) }
}

extension KafkaAdmin {
    /// Sends one request and waits for its answer.
    func ask(
        _ operation: rd_kafka_admin_op_t, _ timeout: Duration, _ validateOnly: Bool = false,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
    ) throws(KafkaFailure) -> AdminAnswer {
        let limit = milliseconds(timeout)
        let queue = rd_kafka_queue_new(committed.client)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(committed.client, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        var text = [CChar](repeating: 0, count: 512)
        var error = rd_kafka_AdminOptions_set_request_timeout(options, limit, &text, text.count)
        if error == RD_KAFKA_RESP_ERR_NO_ERROR, validateOnly {
            error = rd_kafka_AdminOptions_set_validate_only(options, 1, &text, text.count)
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaFailure(error, text: KafkaSettings.string(text))
        }
        send(options, queue)
        // The request's own limit answers first; the margin only guards against a lost answer.
        guard let event = rd_kafka_queue_poll(queue, limit &+ 1_000) else {
            throw KafkaFailure(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        let answer = AdminAnswer(event: event)
        let result = rd_kafka_event_error(event)
        if result != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaFailure(
                result, text: rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        return answer
    }
}
