internal import CRDKafka
internal import Dispatch

/// A consumer. One thread owns it: whoever polls it. Other threads may only use its wake handle.
package struct KafkaConsumer: ~Copyable {
    let handle: ClientHandle
    let context: ConsumerContext
    private let wake: KafkaWake
    private let nudge: KafkaFetchNudge?
    private var owner = OwnerThread()
    private var isClosed = false

    /// Connects in the background. Throws for settings that the library refuses.
    package init(settings: KafkaSettings) throws(KafkaFailure) {
        let context = ConsumerContext()
        handle = try ClientHandle(RD_KAFKA_CONSUMER, settings, context: context) { configuration in
            rd_kafka_conf_set_rebalance_cb(configuration) { client, error, list, opaque in
                guard let client, let list, let opaque else { return }
                Unmanaged<ConsumerContext>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
                    $0.rebalance(client, error, list)
                }
            }
            rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
                guard let client, let reason, let opaque else { return }
                Unmanaged<ConsumerContext>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
                    $0.failures.append(
                        clientFailure(client, code: code, text: String(cString: reason)))
                }
            }
        }
        self.context = context
        rd_kafka_poll_set_consumer(handle.client)
        wake = KafkaWake(queue: rd_kafka_queue_get_consumer(handle.client))
        nudge = KafkaFetchNudge.libraryBacksOffByItself ? nil : KafkaFetchNudge(handle: handle)
        context.nudge = nudge
    }

    deinit {
        if !isClosed {
            nudge?.stop()
            wake.close()
            handle.destroy(within: destroyLimit)
        }
    }

    /// Topics in the order in which they were met; `KafkaRecord.topicIndex` counts in it.
    package var topicNames: [String] { context.topics.names }

    /// Joins the group of the settings. `onRebalance` is called inside `poll`, on the polling
    /// thread, before anything is assigned or unassigned; what it does must be bounded by
    /// `max.poll.interval.ms`.
    package mutating func subscribe(
        _ topics: [String], onRebalance: @escaping (RebalanceEvent) -> RebalanceReply
    ) throws(KafkaFailure) {
        owner.check()
        context.onRebalance = onRebalance
        let list = PartitionList(
            topics.map { TopicPartition(topic: $0, partition: RD_KAFKA_PARTITION_UA) }, offset: 0)
        try check(rd_kafka_subscribe(handle.client, list.pointer))
    }

    /// Reads these partitions from these offsets and no others; within a group also after a change
    /// of mind about the partitions that the group gave. An empty list stops reading.
    package mutating func assign(_ starts: [TopicPartitionOffset]) throws(KafkaFailure) {
        owner.check()
        context.assign(handle.client, starts)
        if let failure = context.failures.popLast() { throw failure }
    }

    /// Waits up to `timeout` for a first event, then takes what is there, up to `max` events.
    /// Returns their count; zero after the timeout or a wake-up. A client's own errors come as
    /// events beyond `max`.
    package mutating func poll(
        max: Int, timeout: Duration, _ body: (borrowing KafkaEvent) -> Void
    ) -> Int {
        owner.check()
        var wait = milliseconds(timeout)
        var count = 0
        var bytes = 0
        let context = Unmanaged.passUnretained(self.context)
        while count < max, let message = rd_kafka_consumer_poll(handle.client, wait) {
            wait = 0
            count += 1
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                bytes &+= message.pointee.len
                let index = context._withUnsafeGuaranteedRef {
                    $0.topics.index(of: message.pointee.rkt)
                }
                body(.record(KafkaRecord(message: message, context: context, topicIndex: index)))
            } else {
                report(message, body)
            }
            rd_kafka_message_destroy(message)
        }
        if let nudge, count == max && max > 1 || count >= 500 || bytes >= 1 << 20 { nudge.busy() }
        if !self.context.failures.isEmpty {
            let failures = self.context.failures
            self.context.failures.removeAll()
            for failure in failures { body(.failure(nil, failure)) }
        }
        return count
    }

    /// Ends this consumer's wait from another thread.
    package func wakeHandle() -> KafkaWake { wake }

    /// True once the group gave the partitions to others without asking.
    package var assignmentLost: Bool { rd_kafka_assignment_lost(handle.client) != 0 }

    /// The error after which the consumer must be made anew, once there is one.
    package var fatalFailure: KafkaFailure? { handle.fatalFailure }

    /// The last watermarks that the fetcher saw: no request is made. Nil before the first fetch.
    package func cachedWatermarks(_ partition: TopicPartition) -> Watermarks? {
        var low: Int64 = 0
        var high: Int64 = 0
        let error = rd_kafka_get_watermark_offsets(
            handle.client, partition.topic, partition.partition, &low, &high)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 else { return nil }
        return Watermarks(low: low, high: high)
    }

    /// First offset and the one after the last committed record, asked of the leader.
    package func watermarks(
        topic: String, partition: Int32, timeout: Duration
    ) throws(KafkaFailure) -> Watermarks {
        let name = TopicPartition(topic: topic, partition: partition)
        let marks = try handle.watermarks([name], timeout: timeout)
        return marks[name] ?? Watermarks(low: 0, high: 0)
    }

    /// Tells the group how far reading came, so that lag tools keep working. Nothing depends on it:
    /// it is sent without waiting and its outcome is not looked at.
    package mutating func commitTelemetry(_ offsets: [TopicPartitionOffset]) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        _ = rd_kafka_commit(handle.client, list.pointer, 1)
    }

    /// Stops or resumes fetching of assigned partitions without leaving them. Pausing drops what
    /// was fetched ahead.
    package mutating func pause(_ partitions: [TopicPartition]) throws(KafkaFailure) {
        let list = PartitionList(partitions, offset: Int64(RD_KAFKA_OFFSET_INVALID))
        try check(rd_kafka_pause_partitions(handle.client, list.pointer))
    }

    package mutating func resume(_ partitions: [TopicPartition]) throws(KafkaFailure) {
        let list = PartitionList(partitions, offset: Int64(RD_KAFKA_OFFSET_INVALID))
        try check(rd_kafka_resume_partitions(handle.client, list.pointer))
    }

    /// Leaves the group (the revocation is asked for as ever) and frees the client, both within the
    /// deadline. False when the library hung, as 2.0.2 may: the rest is left to the end of the
    /// process.
    @discardableResult
    package mutating func close(within limit: Duration) -> Bool {
        owner.check()
        guard !isClosed else { return true }
        isClosed = true
        nudge?.stop()
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        var left = true
        if let queue = rd_kafka_queue_new(handle.client) {
            // Closing goes on in the library; its callbacks are served by polling here.
            if let error = rd_kafka_consumer_close_queue(handle.client, queue) {
                rd_kafka_error_destroy(error)
            } else {
                left = drainUntilClosed(clock, deadline)
            }
            rd_kafka_queue_destroy(queue)
        }
        wake.close()
        let remaining = max(.milliseconds(100), clock.now.duration(to: deadline))
        return handle.destroy(within: remaining) && left
    }

    private func drainUntilClosed(_ clock: ContinuousClock, _ deadline: ContinuousClock.Instant)
        -> Bool
    {
        while rd_kafka_consumer_closed(handle.client) == 0 {
            let remaining = clock.now.duration(to: deadline)
            guard remaining > .zero else { return false }
            let wait = milliseconds(min(remaining, .milliseconds(100)))
            if let message = rd_kafka_consumer_poll(handle.client, wait) {
                rd_kafka_message_destroy(message)
            }
        }
        return true
    }

    private func report(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ body: (borrowing KafkaEvent) -> Void
    ) {
        let error = message.pointee.err
        let place = message.pointee.rkt.map {
            TopicPartition(topic: context.topics.name(of: $0), partition: message.pointee.partition)
        }
        if error == RD_KAFKA_RESP_ERR__PARTITION_EOF, let place {
            body(.endOfPartition(place, offset: message.pointee.offset))
            return
        }
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) }
        body(.failure(place, KafkaFailure(error, text: text)))
    }

    private func check(_ error: rd_kafka_resp_err_t) throws(KafkaFailure) {
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure(error) }
    }
}

/// A client's own error; `_FATAL` only announces the one that says why.
func clientFailure(_ client: OpaquePointer, code: Int32, text: String) -> KafkaFailure {
    let error = rd_kafka_resp_err_t(rawValue: rd_kafka_resp_err_t.RawValue(code))
    guard error == RD_KAFKA_RESP_ERR__FATAL else { return KafkaFailure(error, text: text) }
    var reason = [CChar](repeating: 0, count: 512)
    let cause = rd_kafka_fatal_error(client, &reason, reason.count)
    return KafkaFailure(cause, text: KafkaSettings.string(reason), isFatal: true)
}
