/// How entries stand in the journal: a byte for the kind, one for its version, then the fields.
extension JournalEntry {
    private static let version: Int8 = 1

    func encode(into writer: inout WireWriter) {
        func write<each Value: WireValue>(_ kind: Int8, _ value: repeat each Value) {
            writer.write(kind, Self.version, repeat each value)
        }
        switch self {
        case .started(let epoch): write(1, epoch)
        case .topic(let topic): write(2, topic)
        case .topicRemoved(let id): write(3, id)
        case .logStart(let id, let partition, let offset): write(4, id, partition, offset)
        case .producerIDs(let next): write(5, next)
        case .transaction(let record): write(6, record)
        case .transactionRemoved(let id): write(7, id)
        case .offset(let key, let offset): write(8, key, offset)
        case .offsetRemoved(let key): write(9, key)
        case .pendingOffset(let producerID, let key, let offset): write(10, producerID, key, offset)
        }
    }

    /// Nil for an entry that this version of the program does not know.
    init?(_ reader: inout WireReader) throws {
        let (kind, version): (Int8, Int8) = try reader.read()
        guard version == Self.version else { return nil }
        switch kind {
        case 1: self = .started(epoch: try reader.read())
        case 2: self = .topic(try reader.read())
        case 3: self = .topicRemoved(try reader.read())
        case 4:
            self = .logStart(
                try reader.read(), partition: try reader.read(), offset: try reader.read())
        case 5: self = .producerIDs(next: try reader.read())
        case 6: self = .transaction(try reader.read())
        case 7: self = .transactionRemoved(id: try reader.read())
        case 8: self = .offset(try reader.read(), try reader.read())
        case 9: self = .offsetRemoved(try reader.read())
        case 10:
            self = .pendingOffset(
                producerID: try reader.read(), try reader.read(), try reader.read())
        default: return nil
        }
    }
}

extension TopicID: WireValue {
    init(_ reader: inout WireReader) throws { (high, low) = try reader.read() }
    func encode(into writer: inout WireWriter) { writer.write(high, low) }
}

extension Topic: WireValue {
    init(_ reader: inout WireReader) throws {
        (name, id, partitions, configs) = try reader.read()
    }

    func encode(into writer: inout WireWriter) { writer.write(name, id, partitions, configs) }
}

extension TopicPartition: WireValue {
    init(_ reader: inout WireReader) throws { (topic, partition) = try reader.read() }
    func encode(into writer: inout WireWriter) { writer.write(topic, partition) }
}

extension OffsetKey: WireValue {
    init(_ reader: inout WireReader) throws { (group, partition) = try reader.read() }
    func encode(into writer: inout WireWriter) { writer.write(group, partition) }
}

extension CommittedOffset: WireValue {
    init(_ reader: inout WireReader) throws {
        (offset, leaderEpoch, metadata, committedAt) = try reader.read()
    }

    func encode(into writer: inout WireWriter) {
        writer.write(offset, leaderEpoch, metadata, committedAt)
    }
}

extension TransactionRecord: WireValue {
    init(_ reader: inout WireReader) throws {
        (id, producerID, epoch, timeoutMilliseconds) = try reader.read()
        let code = try reader.int8()
        guard let state = State(rawValue: code) else {
            throw WireFailure(reason: "no transaction state \(code)")
        }
        self.state = state
        (partitions, groups, startedAt, updatedAt) = try reader.read()
    }

    func encode(into writer: inout WireWriter) {
        writer.write(id, producerID, epoch, timeoutMilliseconds, state.rawValue)
        writer.write(partitions, groups, startedAt, updatedAt)
    }
}
