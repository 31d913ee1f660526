extension Broker {
    func offsetFetch(_ call: Call, _ request: inout WireReader) throws {
        let group = try request.string()
        let named = try request.nullableByTopic { _ in }
        // Null means all that the group has, from version 2 on.
        let all = Dictionary(grouping: offsets.keys(of: group), by: \.partition.topic)
        let topics =
            named
            ?? all.sorted { $0.key < $1.key }.map {
                ($0.key, $0.value.map { ($0.partition, ()) })
            }
        var body = WireWriter(call, throttledFrom: 3)
        body.byTopic(once(topics)) { body, name, _ in
            let committed = offsets[group, name]
            body.write(name.partition, committed?.offset ?? -1)
            if call.version >= 5 { body.int32(committed?.leaderEpoch ?? -1) }
            body.write(committed?.metadata ?? "", ErrorCode.none)
        }
        if call.version >= 2 { body.error(.none) }
        answer(call, body)
    }
}
