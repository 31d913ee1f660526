extension Broker {
    /// All that Kafka allows where nothing is forbidden, as bits of its operation codes.
    static let topicOperations: Int32 = 0x0DF8
    static let clusterOperations: Int32 = 0x1FA0
    static let operationsNotAsked = Int32.min

    /// Who and where the broker is, and which topics there are. Asking for a topic does not make it.
    func metadata(_ call: Call, _ request: inout WireReader) throws {
        let version = call.version
        var names = try request.nullableArray { try $0.string() }
        if version == 0, names?.isEmpty == true { names = nil }
        if version >= 4 { _ = try request.bool() }
        let wantsClusterOperations = version >= 8 ? try request.bool() : false
        let wantsTopicOperations = version >= 8 ? try request.bool() : false

        var body = WireWriter(call, throttledFrom: 3)
        body.write(Int32(1), Int32(1), settings.host, Int32(listeningPort))
        if version >= 1 { body.nullableString(nil) }
        if version >= 2 { body.nullableString(LocalBroker.clusterID) }
        if version >= 1 { body.int32(1) }
        // A name that is asked for again is answered once: the answer stays in proportion.
        var seen: Set<String> = []
        let wanted = names ?? catalogue.topics.keys.sorted()
        body.array(wanted.filter { seen.insert($0).inserted }) { body, name in
            let topic = call.fault == nil ? catalogue.topics[name] : nil
            let absence: ErrorCode =
                TopicCatalogue.isValid(name) ? .unknownTopicOrPartition : .invalidTopic
            body.write(call.fault ?? (topic == nil ? absence : .none), name)
            if version >= 1 { body.bool(false) }
            body.array(0..<(topic?.partitions ?? 0)) { body, index in
                body.write(ErrorCode.none, index, Int32(1))
                if version >= 7 { body.int32(epoch) }
                // The replicas, those in sync, and those offline.
                body.write([1] as [Int32], [1] as [Int32])
                if version >= 5 { body.write([] as [Int32]) }
            }
            if version >= 8 {
                body.int32(wantsTopicOperations ? Self.topicOperations : Self.operationsNotAsked)
            }
        }
        if version >= 8 {
            body.int32(wantsClusterOperations ? Self.clusterOperations : Self.operationsNotAsked)
        }
        answer(call, body)
    }
}
