extension Broker {
    /// Changes settings of topics, at once also for their open partitions.
    func incrementalAlterConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array { (one: inout WireReader) throws(WireFailure) in
            (
                resource: ConfigResource(type: try one.int8(), name: try one.string()),
                changes: try one.array { (one: inout WireReader) throws(WireFailure) in
                    TopicChange(
                        key: try one.string(), operation: try one.int8(),
                        value: try one.nullableString())
                }
            )
        }
        let isOnlyChecked = try request.bool()
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
        var answer = WireWriter()
        answer.int32(0)
        answer.array(results) { writer, result in
            writer.error(result.refusal?.code ?? .none)
            writer.nullableString(result.refusal?.message)
            writer.int8(result.part.resource.type)
            writer.string(result.part.resource.name)
        }
        answerAfterFlush(call, answer)
    }
}
