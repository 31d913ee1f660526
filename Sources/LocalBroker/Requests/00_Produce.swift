/// One record batch a partition: checked, appended, and acknowledged once it is on the disk.
extension Broker {
    private struct Outcome {
        var error: ErrorCode
        var baseOffset: Int64 = -1
        var logAppendTime: Int64 = -1
        var startOffset: Int64 = -1
        var message: String?
    }

    func produce(_ call: Call, _ request: inout WireReader) throws {
        let (transactionalID, acks, _): (String?, Int16, Int32) = try request.read()
        // All of it is read before anything is appended: a malformed request changes nothing.
        let asked = try request.byTopic { try $0.nullableBytes() }
        let refusal = call.fault ?? (-1...1 ~= acks ? nil : .invalidRequiredAcks)
        var refused: ErrorCode?
        var body = WireWriter()
        body.byTopic(asked) { body, name, records in
            let outcome =
                refusal.map { Outcome(error: $0) }
                ?? append(records, of: transactionalID, to: name, version: call.version)
            if outcome.error != .none { refused = outcome.error }
            body.write(
                name.partition, outcome.error, outcome.baseOffset, outcome.logAppendTime)
            if call.version >= 5 { body.int64(outcome.startOffset) }
            if call.version >= 8 { body.write(Int32(0), outcome.message) }
        }
        body.int32(0)
        if acks != 0 { return answerAfterFlush(call, body) }
        // The connection's end is all that such a client can be told by.
        if let refused {
            throw WireFailure(reason: "records without acknowledgement: \(refused.rawValue)")
        }
        noAnswer(call)
    }

    private func append(
        _ records: UnsafeRawBufferPointer?, of transactionalID: String?, to name: TopicPartition,
        version: Int16
    ) -> Outcome {
        guard let partition = partitions[name] else {
            return Outcome(error: .unknownTopicOrPartition)
        }
        guard let records, let header = BatchHeader(records) else {
            return Outcome(
                error: .invalidRecord, message: "no record batch")
        }
        if header.codec == 4, version < 7 {
            return Outcome(error: .unsupportedCompressionType)
        }
        if header.isTransactional,
            let refusal = refusal(of: header, by: transactionalID, on: partition)
        {
            return Outcome(error: refusal)
        }
        do throws(StorageFailure) {
            // The request's buffer is its connection's own and is not read again.
            let batch = UnsafeMutableRawBufferPointer(mutating: records)
            switch try partition.append(batch, now: wall) {
            case .refused(let error, let message):
                return Outcome(error: error, message: message)
            case .appended(let offset, let time):
                touched(partition)
                return Outcome(
                    error: .none, baseOffset: offset,
                    logAppendTime: time, startOffset: partition.startOffset)
            }
        } catch {
            report(error.description)
            return Outcome(
                error: .kafkaStorageError, message: error.description)
        }
    }
}
