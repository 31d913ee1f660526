extension Broker {
    func offsetFetch(_ call: Call, _ request: inout WireReader) throws {
        let group = try request.string()
        let named = try request.partitions()
        // Null means all that the group has, from version 2 on.
        let all = Dictionary(grouping: offsets.keys(of: group), by: \.partition.topic)
        let topics =
            named
            ?? all.sorted { $0.key < $1.key }.map {
                ByTopic(topic: $0.key, elements: $0.value.map(\.partition.partition))
            }
        var body = WireWriter(call, throttledFrom: 3)
        body.byTopic(topics) { writer, topic, partition in
            let committed = offsets[group, TopicPartition(topic: topic, partition: partition)]
            writer.int32(partition)
            writer.int64(committed?.offset ?? -1)
            if call.version >= 5 { writer.int32(committed?.leaderEpoch ?? -1) }
            writer.nullableString(committed?.metadata ?? "")
            writer.error(.none)
        }
        if call.version >= 2 { body.error(.none) }
        answer(call, body)
    }
}
