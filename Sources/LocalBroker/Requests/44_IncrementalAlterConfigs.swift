extension Broker {
    /// Changes settings of topics, at once also for their open partitions.
    func incrementalAlterConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array { (one: inout WireReader) throws(WireFailure) in
            Alteration(
                type: try one.int8(), name: try one.string(),
                changes: try one.array { (one: inout WireReader) throws(WireFailure) in
                    TopicCatalogue.Change(
                        key: try one.string(), operation: try one.int8(),
                        value: try one.nullableString())
                })
        }
        let isOnlyChecked = try request.bool()
        var counts: [[String]: Int] = [:]
        for resource in resources { counts[resource.key, default: 0] += 1 }
        var answer = WireWriter()
        answer.int32(0)
        var refusals: [Refusal?] = []
        for resource in resources {
            do {
                guard counts[resource.key] == 1 else {
                    throw Refusal(.invalidRequest, "Each resource must appear at most once.")
                }
                try alter(resource, isOnlyChecked: isOnlyChecked)
                refusals.append(nil)
            } catch let refusal as Refusal {
                refusals.append(refusal)
            }
        }
        answer.array(Array(zip(resources, refusals))) { writer, result in
            writer.error(result.1?.code ?? .none)
            writer.nullableString(result.1?.message)
            writer.int8(result.0.type)
            writer.string(result.0.name)
        }
        answerAfterFlush(call, answer)
    }

    private struct Alteration {
        var type: Int8
        var name: String
        var changes: [TopicCatalogue.Change]
        var key: [String] { ["\(type)", name] }
    }

    private func alter(_ resource: Alteration, isOnlyChecked: Bool) throws {
        guard resource.type == Self.topicResource else {
            let keys = resource.changes.map(\.key).joined(separator: ", ")
            throw Refusal(
                .invalidRequest,
                resource.type == Self.brokerResource
                    ? "Cannot update these configs dynamically: [\(keys)]"
                    : "Unknown resource type \(resource.type)")
        }
        let topic = try catalogue.topic(resource.name, changed: resource.changes)
        if isOnlyChecked { return }
        try persist(.topic(topic))
        let settings = try TopicSettings(topic.configs)
        for index in 0..<topic.partitions {
            partitions[TopicPartition(topic: topic.name, partition: index)]?.settings = settings
        }
    }
}
