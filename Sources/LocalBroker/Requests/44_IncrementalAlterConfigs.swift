extension Broker {
    /// Changes some settings of topics.
    func incrementalAlterConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array { request in
            (resource: try ConfigResource(&request), changes: try request.read() as [TopicChange])
        }
        try changeConfigs(
            call, resources.map { ($0.resource, $0.changes) }, isOnlyChecked: try request.bool())
    }

    /// Changes topics' settings, at once also for their open partitions, and answers.
    func changeConfigs(
        _ call: Call, _ resources: [(resource: ConfigResource, changes: [TopicChange])],
        isOnlyChecked: Bool
    ) throws {
        let results = try each(resources, by: \.resource) { resource, changes in
            try require(
                resource.type == ConfigResource.topic, .invalidRequest,
                "Settings of resources of type \(resource.type) cannot be changed.")
            let topic = try catalogue.topic(resource.name, changed: changes)
            let settings = try TopicSettings(topic.configs)
            if isOnlyChecked { return }
            try persist(.topic(topic))
            for index in 0..<topic.partitions {
                partitions[TopicPartition(topic: topic.name, partition: index)]?.settings = settings
            }
        }
        var body = WireWriter(call, throttledFrom: 0)
        body.array(results) {
            $0.write($1.refusal?.code ?? .none, $1.refusal?.message)
            $1.part.resource.encode(into: &$0)
        }
        answerAfterFlush(call, body)
    }
}
