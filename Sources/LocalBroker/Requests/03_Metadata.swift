extension Broker {
    /// All that Kafka allows where nothing is forbidden, as bits of its operation codes.
    static let topicOperations: Int32 = 0x0DF8
    static let clusterOperations: Int32 = 0x1FA0
    static let operationsNotAsked = Int32.min

    /// Who and where the broker is, and which topics there are. Asking for a topic does not make it.
    func metadata(_ call: Call, _ request: inout WireReader) throws {
        let version = call.version
        var names = try request.nullableArray { (one: inout WireReader) throws(WireFailure) in
            try one.string()
        }
        if version == 0, names?.isEmpty == true { names = nil }
        if version >= 4 { _ = try request.bool() }
        let wantsClusterOperations = version >= 8 ? try request.bool() : false
        let wantsTopicOperations = version >= 8 ? try request.bool() : false

        var answer = WireWriter()
        if version >= 3 { answer.int32(0) }
        answer.array([settings.host]) { writer, host in
            writer.int32(1)
            writer.string(host)
            writer.int32(Int32(listeningPort))
            if version >= 1 { writer.nullableString(nil) }
        }
        if version >= 2 { answer.nullableString(LocalBroker.clusterID) }
        if version >= 1 { answer.int32(1) }
        // A name that is asked for again is answered once: the answer stays in proportion.
        var seen: Set<String> = []
        let wanted = names ?? catalogue.topics.keys.sorted()
        answer.array(wanted.filter { seen.insert($0).inserted }) { writer, name in
            let topic = catalogue.topics[name]
            writer.error(
                topic != nil
                    ? .none
                    : TopicCatalogue.isValid(name) ? .unknownTopicOrPartition : .invalidTopic)
            writer.string(name)
            if version >= 1 { writer.bool(false) }
            writer.array(0..<(topic?.partitions ?? 0)) { writer, index in
                describe(partition: index, version, &writer)
            }
            if version >= 8 {
                writer.int32(wantsTopicOperations ? Self.topicOperations : Self.operationsNotAsked)
            }
        }
        if version >= 8 {
            answer.int32(
                wantsClusterOperations ? Self.clusterOperations : Self.operationsNotAsked)
        }
        self.answer(call, answer)
    }

    private func describe(partition: Int32, _ version: Int16, _ writer: inout WireWriter) {
        writer.error(.none)
        writer.int32(partition)
        writer.int32(1)
        if version >= 7 { writer.int32(epoch) }
        for _ in ["replicas", "in sync"] { writer.array([1]) { $0.int32($1) } }
        if version >= 5 { writer.array([] as [Int32]) { $0.int32($1) } }
    }
}
