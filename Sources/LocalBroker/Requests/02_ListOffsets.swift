/// The first and the next offset of partitions, and the first at or after a time.
extension Broker {
    func listOffsets(_ call: Call, _ request: inout WireReader) throws {
        _ = try request.int32()
        let isCommitted = call.version >= 2 ? try request.int8() == 1 : false
        let asked = try request.byTopic {
            (epoch: call.version >= 4 ? try $0.int32() : -1, time: try $0.int64())
        }
        var body = WireWriter(call, throttledFrom: 2)
        body.byTopic(once(asked)) { body, name, part in
            let found = offset(name, epoch: part.epoch, part.time, isCommitted)
            body.write(name.partition, found.error, found.timestamp, found.offset)
            if call.version >= 4 { body.int32(found.offset < 0 ? -1 : found.epoch) }
        }
        answer(call, body)
    }

    private func offset(
        _ name: TopicPartition, epoch known: Int32, _ time: Int64, _ isCommitted: Bool
    ) -> (error: ErrorCode, timestamp: Int64, offset: Int64, epoch: Int32) {
        guard let partition = partitions[name] else {
            return (.unknownTopicOrPartition, -1, -1, -1)
        }
        if let fault = epochFault(known) { return (fault, -1, -1, -1) }
        let end = isCommitted ? partition.lastStableOffset : partition.highWatermark
        switch time {
        case -1: return (.none, -1, end, epoch)
        case -2:
            return (
                .none, -1, partition.startOffset, partition.epochs.epoch(of: partition.startOffset)
            )
        case ..<0: return (.unsupportedVersion, -1, -1, -1)
        default:
            do throws(StorageFailure) {
                guard let found = try partition.firstRecord(atOrAfter: time), found.offset < end
                else { return (.none, -1, -1, -1) }
                let epoch = partition.epochs.epoch(of: found.offset)
                return (.none, found.timestamp, found.offset, epoch)
            } catch {
                report(error.description)
                return (.kafkaStorageError, -1, -1, -1)
            }
        }
    }
}
