extension Broker {
    /// One setting as it is shown.
    private struct Shown {
        var name: String
        var value: String
        var type: Int8
        /// 1 set for the topic, 4 of this broker's start, 5 a default.
        var source: Int8
    }

    /// The settings of topics, and some of the broker that tools ask for, which are read-only.
    func describeConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array { (one: inout WireReader) throws(WireFailure) in
            (
                type: try one.int8(), name: try one.string(),
                keys: try one.nullableArray { (one: inout WireReader) throws(WireFailure) in
                    try one.string()
                }
            )
        }
        let wantsSynonyms = try request.bool()
        if call.version >= 3 { _ = try request.bool() }
        // A resource that is asked for again is answered once: the answer stays in proportion.
        var seen: Set<[String]> = []
        var answer = WireWriter()
        answer.int32(0)
        answer.array(
            resources.filter { seen.insert(["\($0.type)", $0.name]).inserted }
        ) { writer, resource in
            var shown: [Shown] = []
            var refusal: Refusal?
            do throws(Refusal) {
                shown = try self.shown(resource.type, resource.name)
            } catch {
                refusal = error
            }
            if let keys = resource.keys, !keys.isEmpty {
                let wanted = Set(keys)
                shown.removeAll { !wanted.contains($0.name) }
            }
            writer.error(refusal?.code ?? .none)
            writer.nullableString(refusal?.message ?? "")
            writer.int8(resource.type)
            writer.string(resource.name)
            writer.array(shown) { writer, one in
                writer.string(one.name)
                writer.nullableString(one.value)
                writer.bool(resource.type != Self.topicResource)
                writer.int8(one.source)
                writer.bool(false)
                writer.array(wantsSynonyms && one.source != 5 ? [one] : []) { writer, one in
                    writer.string(one.name)
                    writer.nullableString(one.value)
                    writer.int8(one.source)
                }
                if call.version >= 3 {
                    writer.int8(one.type)
                    writer.nullableString(nil)
                }
            }
        }
        self.answer(call, answer)
    }

    static let topicResource: Int8 = 2
    static let brokerResource: Int8 = 4

    private func shown(_ type: Int8, _ name: String) throws(Refusal) -> [Shown] {
        switch type {
        case Self.topicResource:
            try TopicCatalogue.check(name: name)
            guard let configs = catalogue.topics[name]?.configs else {
                throw Refusal(.unknownTopicOrPartition, nil)
            }
            return TopicSetting.all.map {
                Shown(
                    name: $0.name, value: $0.value(in: configs), type: $0.typeCode,
                    source: configs[$0.name] == nil ? 5 : 1)
            }
        case Self.brokerResource:
            if name.isEmpty { return [] }
            guard name == "1" else {
                throw Refusal(
                    .invalidRequest,
                    "Unexpected broker id, expected 1 or empty string, but received \(name)")
            }
            return brokerSettings
        default: throw Refusal(.invalidRequest, "Unsupported resource type \(type)")
        }
    }

    private var brokerSettings: [Shown] {
        let (limits, address) = (settings.limits, "PLAINTEXT://\(settings.host):\(listeningPort)")
        let values: [(String, String, Int8)] = [
            ("advertised.listeners", address, 2),
            ("auto.create.topics.enable", "false", 1),
            ("broker.id", "1", 3),
            ("default.replication.factor", "1", 3),
            ("delete.topic.enable", "true", 1),
            ("fetch.max.bytes", "\(limits.fetchBytesMax)", 3),
            ("group.max.session.timeout.ms", "\(limits.sessionTimeoutMillisecondsMax)", 3),
            ("group.max.size", "\(limits.groupMembersMax)", 3),
            ("group.min.session.timeout.ms", "\(limits.sessionTimeoutMillisecondsMin)", 3),
            ("listeners", address, 2),
            ("log.cleanup.policy", "delete", 7),
            ("log.dirs", settings.dataDirectory, 2),
            ("log.retention.check.interval.ms", "\(settings.retentionCheckMilliseconds)", 5),
            ("max.connections", "\(limits.connectionsMax)", 3),
            ("message.max.bytes", "1048588", 3),
            ("min.insync.replicas", "1", 3),
            ("node.id", "1", 3),
            ("num.partitions", "1", 3),
            ("process.roles", "broker,controller", 7),
            ("socket.request.max.bytes", "\(limits.requestBytesMax)", 3),
            ("transaction.max.timeout.ms", "\(limits.transactionTimeoutMillisecondsMax)", 3),
        ]
        return values.map { Shown(name: $0, value: $1, type: $2, source: 4) }
    }
}
