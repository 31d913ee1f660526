/// How entries stand in the journal: a byte for the kind, one for its version, then the fields.
extension JournalEntry {
    private static let version: Int8 = 1

    func encode(into writer: inout WireWriter) {
        func head(_ kind: Int8) {
            writer.int8(kind)
            writer.int8(Self.version)
        }
        switch self {
        case .started(let epoch):
            head(1)
            writer.int32(epoch)
        case .topic(let topic):
            head(2)
            topic.encode(into: &writer)
        case .topicRemoved(let id):
            head(3)
            id.encode(into: &writer)
        case .logStart(let id, let partition, let offset):
            head(4)
            id.encode(into: &writer)
            writer.int32(partition)
            writer.int64(offset)
        case .producerIDs(let next):
            head(5)
            writer.int64(next)
        case .transaction(let record):
            head(6)
            record.encode(into: &writer)
        case .transactionRemoved(let id):
            head(7)
            writer.string(id)
        case .offset(let key, let offset):
            head(8)
            key.encode(into: &writer)
            offset.encode(into: &writer)
        case .offsetRemoved(let key):
            head(9)
            key.encode(into: &writer)
        case .pendingOffset(let producerID, let key, let offset):
            head(10)
            writer.int64(producerID)
            key.encode(into: &writer)
            offset.encode(into: &writer)
        }
    }

    /// Nil for an entry that this version of the program does not know.
    init?(_ reader: inout WireReader) throws(WireFailure) {
        let (kind, version) = (try reader.int8(), try reader.int8())
        guard version == Self.version else { return nil }
        switch kind {
        case 1: self = .started(epoch: try reader.int32())
        case 2: self = .topic(try Topic(&reader))
        case 3: self = .topicRemoved(try TopicID(&reader))
        case 4:
            let (id, partition) = (try TopicID(&reader), try reader.int32())
            self = .logStart(id, partition: partition, offset: try reader.int64())
        case 5: self = .producerIDs(next: try reader.int64())
        case 6: self = .transaction(try TransactionRecord(&reader))
        case 7: self = .transactionRemoved(id: try reader.string())
        case 8:
            let key = try OffsetKey(&reader)
            self = .offset(key, try CommittedOffset(&reader))
        case 9: self = .offsetRemoved(try OffsetKey(&reader))
        case 10:
            let (producerID, key) = (try reader.int64(), try OffsetKey(&reader))
            self = .pendingOffset(producerID: producerID, key, try CommittedOffset(&reader))
        default: return nil
        }
    }
}

extension TopicID {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.int64(Int64(bitPattern: high))
        writer.int64(Int64(bitPattern: low))
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        high = UInt64(bitPattern: try reader.int64())
        low = UInt64(bitPattern: try reader.int64())
    }
}

extension Topic {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.string(name)
        id.encode(into: &writer)
        writer.int32(partitions)
        writer.array(configs.sorted { $0.key < $1.key }) { writer, config in
            writer.string(config.key)
            writer.string(config.value)
        }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        let (name, id) = (try reader.string(), try TopicID(&reader))
        let partitions = try reader.int32()
        let pairs = try reader.array { (reader: inout WireReader) throws(WireFailure) in
            (try reader.string(), try reader.string())
        }
        let configs = Dictionary(pairs) { $1 }
        self.init(name: name, id: id, partitions: partitions, configs: configs)
    }
}

extension TopicPartition {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.string(topic)
        writer.int32(partition)
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        topic = try reader.string()
        partition = try reader.int32()
    }
}

extension OffsetKey {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.string(group)
        partition.encode(into: &writer)
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        group = try reader.string()
        partition = try TopicPartition(&reader)
    }
}

extension CommittedOffset {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.int64(offset)
        writer.int32(leaderEpoch)
        writer.string(metadata)
        writer.int64(committedAt)
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        offset = try reader.int64()
        leaderEpoch = try reader.int32()
        metadata = try reader.string()
        committedAt = try reader.int64()
    }
}

extension TransactionRecord {
    fileprivate func encode(into writer: inout WireWriter) {
        writer.string(id)
        writer.int64(producerID)
        writer.int16(epoch)
        writer.int32(timeoutMilliseconds)
        writer.int8(state.rawValue)
        writer.array(partitions) { $1.encode(into: &$0) }
        writer.array(groups) { $0.string($1) }
        writer.int64(startedAt)
        writer.int64(updatedAt)
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFailure) {
        id = try reader.string()
        producerID = try reader.int64()
        epoch = try reader.int16()
        timeoutMilliseconds = try reader.int32()
        let code = try reader.int8()
        guard let state = State(rawValue: code) else {
            throw WireFailure(reason: "no transaction state \(code)")
        }
        self.state = state
        partitions = try reader.array { (reader: inout WireReader) throws(WireFailure) in
            try TopicPartition(&reader)
        }
        groups = try reader.array { (reader: inout WireReader) throws(WireFailure) in
            try reader.string()
        }
        startedAt = try reader.int64()
        updatedAt = try reader.int64()
    }
}
