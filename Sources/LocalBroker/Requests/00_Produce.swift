/// One record batch a partition: checked, appended, and acknowledged once it is on the disk.
extension Broker {
    private struct Outcome {
        var partition: Int32
        var error: ErrorCode
        var baseOffset: Int64 = -1
        var logAppendTime: Int64 = -1
        var startOffset: Int64 = -1
        var message: String?
    }

    func produce(_ call: Call, _ request: inout WireReader) throws {
        let transactionalID = try request.nullableString()
        let acks = try request.int16()
        _ = try request.int32()
        // All of it is read before anything is appended: a malformed request changes nothing.
        let asked = try request.array { (topic: inout WireReader) throws(WireFailure) in
            (
                name: try topic.string(),
                parts: try topic.array { (part: inout WireReader) throws(WireFailure) in
                    (index: try part.int32(), records: try part.nullableBytes())
                }
            )
        }
        let outcomes = asked.map { topic in
            (
                topic.name,
                topic.parts.map { part in
                    guard -1...1 ~= acks else {
                        return Outcome(partition: part.index, error: .invalidRequiredAcks)
                    }
                    let name = TopicPartition(topic: topic.name, partition: part.index)
                    return append(
                        part.records, of: transactionalID, to: name, version: call.version)
                }
            )
        }
        if acks == 0 {
            // The connection's end is all that such a client can be told by.
            for case let outcome in outcomes.lazy.flatMap(\.1) where outcome.error != .none {
                throw WireFailure(reason: "records without acknowledgement: \(outcome.error)")
            }
            return noAnswer(call)
        }
        var body = WireWriter()
        body.array(outcomes) { body, topic in
            body.string(topic.0)
            body.array(topic.1) { encode($1, call.version, &$0) }
        }
        body.int32(0)
        answerAfterFlush(call, body)
    }

    private func append(
        _ records: UnsafeRawBufferPointer?, of transactionalID: String?, to name: TopicPartition,
        version: Int16
    ) -> Outcome {
        guard let partition = partitions[name] else {
            return Outcome(partition: name.partition, error: .unknownTopicOrPartition)
        }
        guard let records, let header = BatchHeader(records) else {
            return Outcome(
                partition: name.partition, error: .invalidRecord, message: "no record batch")
        }
        if header.codec == 4, version < 7 {
            return Outcome(partition: name.partition, error: .unsupportedCompressionType)
        }
        if header.isTransactional,
            let refusal = refusal(of: header, by: transactionalID, on: partition)
        {
            return Outcome(partition: name.partition, error: refusal)
        }
        do throws(StorageFailure) {
            // The request's buffer is its connection's own and is not read again.
            let batch = UnsafeMutableRawBufferPointer(mutating: records)
            switch try partition.append(batch, now: wall) {
            case .refused(let error, let message):
                return Outcome(partition: name.partition, error: error, message: message)
            case .appended(let offset, let time):
                touched(partition)
                return Outcome(
                    partition: name.partition, error: .none, baseOffset: offset,
                    logAppendTime: time, startOffset: partition.startOffset)
            }
        } catch {
            report(error.description)
            return Outcome(
                partition: name.partition, error: .kafkaStorageError, message: error.description)
        }
    }

    private func encode(_ outcome: Outcome, _ version: Int16, _ body: inout WireWriter) {
        body.int32(outcome.partition)
        body.error(outcome.error)
        body.int64(outcome.baseOffset)
        body.int64(outcome.logAppendTime)
        if version >= 5 { body.int64(outcome.startOffset) }
        if version >= 8 {
            body.int32(0)
            body.nullableString(outcome.message)
        }
    }
}
