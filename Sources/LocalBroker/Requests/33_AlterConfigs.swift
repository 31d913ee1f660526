extension Broker {
    /// Sets the settings of topics as a whole: what is not named goes back to its default.
    /// librdkafka before 2.2 knows no other way to change one.
    func alterConfigs(_ call: Call, _ request: inout WireReader) throws {
        let resources = try request.array { request in
            let resource = try ConfigResource(&request)
            let wanted = try request.array {
                TopicChange(key: try $0.string(), operation: 0, value: try $0.nullableString())
            }
            let kept = Set(wanted.map(\.key))
            let dropped = (catalogue.topics[resource.name]?.configs ?? [:]).keys.sorted()
                .filter { !kept.contains($0) }
            return (
                resource: resource,
                changes: wanted + dropped.map { TopicChange(key: $0, operation: 1, value: nil) }
            )
        }
        try changeConfigs(call, resources, isOnlyChecked: try request.bool())
    }
}
