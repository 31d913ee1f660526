/// What settings belong to.
struct ConfigResource: Hashable, WireValue {
    static let topic: Int8 = 2
    static let broker: Int8 = 4

    var type: Int8
    var name: String

    init(_ reader: inout WireReader) throws { (type, name) = try reader.read() }
    func encode(into writer: inout WireWriter) { writer.write(type, name) }
}

extension Broker {
    /// `source`: 1 set for the topic, 4 of this broker's start, 5 a default.
    private typealias Shown = (name: String, value: String, type: Int8, source: Int8)

    /// The settings of topics, and some of the broker that tools ask for, which are read-only.
    func describeConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array {
            (try ConfigResource(&$0), Set(try $0.read() as [String]))
        }
        let wantsSynonyms = try request.bool()
        if call.version >= 3 { _ = try request.bool() }
        // What is asked for again is answered once: the answer stays in proportion.
        var seen: Set<ConfigResource> = []
        var body = WireWriter(call, throttledFrom: 0)
        body.array(resources.filter { seen.insert($0.0).inserted }) { body, asked in
            let (resource, keys) = asked
            var (shown, refusal): ([Shown], Refusal?) = ([], nil)
            do throws(Refusal) { shown = try self.shown(resource) } catch { refusal = error }
            body.write(refusal?.code ?? .none, refusal?.message ?? "")
            resource.encode(into: &body)
            body.array(shown.filter { keys.isEmpty || keys.contains($0.name) }) { body, one in
                let isReadOnly = resource.type != ConfigResource.topic
                body.write(one.name, one.value, isReadOnly, one.source, false)
                body.array(wantsSynonyms && one.source != 5 ? [one] : []) {
                    $0.write($1.name, $1.value, $1.source)
                }
                if call.version >= 3 { body.write(one.type, nil as String?) }
            }
        }
        answer(call, body)
    }

    private func shown(_ resource: ConfigResource) throws(Refusal) -> [Shown] {
        switch resource.type {
        case ConfigResource.topic:
            try TopicCatalogue.check(name: resource.name)
            guard let configs = catalogue.topics[resource.name]?.configs else {
                throw Refusal(code: .unknownTopicOrPartition, message: nil)
            }
            return TopicSetting.all.map {
                ($0.name, $0.value(in: configs), $0.typeCode, configs[$0.name] == nil ? 5 : 1)
            }
        case ConfigResource.broker:
            try require(
                resource.name == "1" || resource.name.isEmpty, .invalidRequest,
                "Unexpected broker id, expected 1 or empty string, but received \(resource.name)")
            return resource.name.isEmpty ? [] : brokerSettings
        default:
            throw Refusal(
                code: .invalidRequest, message: "Unsupported resource type \(resource.type)")
        }
    }

    private var brokerSettings: [Shown] {
        [
            ("advertised.listeners", "PLAINTEXT://\(settings.host):\(listeningPort)", 2, 4),
            ("auto.create.topics.enable", "false", 1, 4),
            ("broker.id", "1", 3, 4),
            ("default.replication.factor", "1", 3, 4),
            ("log.dirs", settings.dataDirectory, 2, 4),
            (
                "log.retention.check.interval.ms", "\(settings.retentionCheckMilliseconds)", 5, 4
            ),
            ("max.connections", "\(settings.limits.connectionsMax)", 3, 4),
            ("min.insync.replicas", "1", 3, 4),
            ("node.id", "1", 3, 4),
            ("num.partitions", "1", 3, 4),
            ("socket.request.max.bytes", "\(settings.limits.requestBytesMax)", 3, 4),
        ]
    }
}
