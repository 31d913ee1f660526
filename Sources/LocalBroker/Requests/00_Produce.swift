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
        let outcomes = try request.array { (topic: inout WireReader) throws(WireFailure) in
            let name = try topic.string()
            return (
                name,
                try topic.array { (part: inout WireReader) throws(WireFailure) in
                    let index = try part.int32()
                    let records = try part.nullableBytes()
                    guard -1...1 ~= acks else {
                        return Outcome(partition: index, error: .invalidRequiredAcks)
                    }
                    return append(
                        records, of: transactionalID,
                        to: TopicPartition(topic: name, partition: index))
                }
            )
        }
        if acks == 0 { return noAnswer(call) }
        var body = WireWriter()
        body.array(outcomes) { body, topic in
            body.string(topic.0)
            body.array(topic.1) { encode($1, call.version, &$0) }
        }
        body.int32(0)
        answerAfterFlush(call, body)
    }

    private func append(
        _ records: UnsafeRawBufferPointer?, of transactionalID: String?, to name: TopicPartition
    ) -> Outcome {
        guard let partition = partitions[name] else {
            return Outcome(partition: name.partition, error: .unknownTopicOrPartition)
        }
        guard let records, let header = BatchHeader(records) else {
            return Outcome(
                partition: name.partition, error: .invalidRecord, message: "no record batch")
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
