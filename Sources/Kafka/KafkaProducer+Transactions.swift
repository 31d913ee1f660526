internal import CRDKafka

/// Each call that times out is resumed by the same call; `disposition` says what any other failure
/// asks for.
extension KafkaProducer {
    /// Fences a predecessor of the same transactional id, ends what it left open, and gets an
    /// epoch.
    package mutating func initTransactions(timeout: Duration) throws(KafkaFailure) {
        owner.check()
        try check(rd_kafka_init_transactions(handle.client, milliseconds(timeout)))
    }

    package mutating func begin() throws(KafkaFailure) {
        owner.check()
        try check(rd_kafka_begin_transaction(handle.client))
    }

    /// Flushes, then commits. A failure with `retry` means that the outcome is not known yet.
    package mutating func commit(timeout: Duration) throws(KafkaFailure) {
        owner.check()
        try check(rd_kafka_commit_transaction(handle.client, milliseconds(timeout)))
    }

    package mutating func abort(timeout: Duration) throws(KafkaFailure) {
        owner.check()
        try check(rd_kafka_abort_transaction(handle.client, milliseconds(timeout)))
    }

    private func check(_ error: OpaquePointer?) throws(KafkaFailure) {
        if let failure = KafkaFailure(consuming: error) { throw failure }
    }
}
