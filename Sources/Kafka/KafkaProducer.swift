internal import CRDKafka

/// What the producer's callbacks point at. Touched on the owner's thread alone.
final class ProducerContext {
    var reports: [DeliveryReport] = []
    var failures: [KafkaFailure] = []
    var topics = TopicNames()
}

/// A producer, transactional where its settings have an id. One thread owns it.
package struct KafkaProducer: ~Copyable {
    let handle: ClientHandle
    let context: ProducerContext
    var owner = OwnerThread()
    private var isClosed = false

    /// Connects in the background. Throws for settings that the library refuses.
    package init(settings: KafkaSettings) throws(KafkaFailure) {
        let context = ProducerContext()
        handle = try ClientHandle(RD_KAFKA_PRODUCER, settings, context: context) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let opaque else { return }
                Unmanaged<ProducerContext>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
                    $0.delivered(message)
                }
            }
            rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
                guard let client, let reason, let opaque else { return }
                Unmanaged<ProducerContext>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
                    $0.failures.append(
                        clientFailure(client, code: code, text: String(cString: reason)))
                }
            }
        }
        self.context = context
    }

    deinit { if !isClosed { handle.destroy(within: destroyLimit) } }

    /// Queues one record; key and value are copied. `_QUEUE_FULL` (retry): poll, then call again.
    /// - Parameters:
    ///   - partition: nil lets the library choose by key.
    ///   - value: nil is a tombstone.
    ///   - timestampMilliseconds: since 1970; nil is now.
    ///   - token: comes back in the delivery report.
    package mutating func produce(
        topic: String, partition: Int32?, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: [KafkaHeader] = [],
        timestampMilliseconds: Int64? = nil, token: Int = 0
    ) throws(KafkaFailure) {
        owner.check()
        let error = send(topic, partition, key, value, headers, timestampMilliseconds, token)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure(error) }
    }

    package mutating func produce(
        topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?,
        headers: [KafkaHeader] = [], timestampMilliseconds: Int64? = nil, token: Int = 0
    ) throws(KafkaFailure) {
        owner.check()
        let split = key?.count ?? 0
        let error = ((key ?? []) + (value ?? [])).withUnsafeBytes { bytes in
            send(
                topic, partition,
                key.map { _ in UnsafeRawBufferPointer(rebasing: bytes[..<split]) },
                value.map { _ in UnsafeRawBufferPointer(rebasing: bytes[split...]) },
                headers, timestampMilliseconds, token)
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure(error) }
    }

    private func send(
        _ topic: String, _ partition: Int32?, _ key: UnsafeRawBufferPointer?,
        _ value: UnsafeRawBufferPointer?, _ headers: [KafkaHeader], _ timestamp: Int64?,
        _ token: Int
    ) -> rd_kafka_resp_err_t {
        let list = Self.list(headers)
        let error = hw_produce(
            handle.client, topic, partition ?? RD_KAFKA_PARTITION_UA, Self.start(key),
            key?.count ?? 0, Self.start(value), value?.count ?? 0, list, timestamp ?? 0,
            UnsafeMutableRawPointer(bitPattern: token))
        if error != RD_KAFKA_RESP_ERR_NO_ERROR, let list { rd_kafka_headers_destroy(list) }
        return error
    }

    /// Waits up to `timeout` for delivery reports and passes on those that came.
    @discardableResult
    package mutating func poll(
        timeout: Duration, _ body: (DeliveryReport) -> Void = { _ in }
    ) -> Int {
        owner.check()
        if context.reports.isEmpty { rd_kafka_poll(handle.client, milliseconds(timeout)) }
        let reports = context.reports
        context.reports.removeAll(keepingCapacity: true)
        for report in reports { body(report) }
        return reports.count
    }

    /// Waits up to `timeout` for deliveries, and keeps their reports for `poll`.
    package mutating func serve(timeout: Duration) {
        owner.check()
        rd_kafka_poll(handle.client, milliseconds(timeout))
    }

    /// Waits until everything queued was delivered or failed; reports are then waiting for `poll`.
    package mutating func flush(timeout: Duration) throws(KafkaFailure) {
        owner.check()
        let error = rd_kafka_flush(handle.client, milliseconds(timeout))
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaFailure(error) }
    }

    /// Learns where a topic's partitions are before the first record needs it: the library would
    /// otherwise hold that record back for up to a second. The count of partitions, or nil when
    /// there is no such topic.
    package mutating func warmUp(
        _ topic: String, timeout: Duration
    ) throws(KafkaFailure) -> Int? {
        owner.check()
        return try handle.metadata(topic: topic, timeout: timeout)[topic]
    }

    /// Records that were queued and have no report yet.
    package var outstanding: Int { Int(rd_kafka_outq_len(handle.client)) }

    /// The client's own errors since the last call, for observers.
    package mutating func takeFailures() -> [KafkaFailure] {
        defer { context.failures.removeAll() }
        return context.failures
    }

    /// The error after which the producer must be made anew, once there is one.
    package var fatalFailure: KafkaFailure? { handle.fatalFailure }

    /// Drops what is still queued and frees the client. False when that took longer than the
    /// deadline.
    @discardableResult
    package mutating func close(within limit: Duration) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        return handle.destroy(within: limit)
    }

    /// Something non-null for empty buffers: the library takes null for null.
    private static func start(_ bytes: UnsafeRawBufferPointer?) -> UnsafeRawPointer? {
        bytes.map { $0.baseAddress ?? UnsafeRawPointer(StaticString("").utf8Start) }
    }

    private static func list(_ headers: [KafkaHeader]) -> OpaquePointer? {
        guard !headers.isEmpty else { return nil }
        let list: OpaquePointer = rd_kafka_headers_new(headers.count)
        for header in headers {
            header.name.withUnsafeBytes { name in
                let text = name.bindMemory(to: CChar.self).baseAddress
                if let value = header.value {
                    _ = value.withUnsafeBytes {
                        rd_kafka_header_add(list, text, name.count, start($0), value.count)
                    }
                } else {
                    _ = rd_kafka_header_add(list, text, name.count, nil, 0)
                }
            }
        }
        return list
    }
}

extension ProducerContext {
    func delivered(_ message: UnsafePointer<rd_kafka_message_t>) {
        let error = message.pointee.err
        reports.append(
            DeliveryReport(
                topic: message.pointee.rkt.map { topics.name(of: $0) } ?? "",
                partition: message.pointee.partition, offset: message.pointee.offset,
                token: Int(bitPattern: message.pointee._private),
                failure: error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaFailure(error)))
    }
}
