extension Broker {
    /// More partitions for topics; they are never fewer.
    func createPartitions(_ call: Call, _ request: inout WireReader) throws {
        let wishes = try request.array { (one: inout WireReader) throws(WireFailure) in
            (
                name: try one.string(), count: try one.int32(),
                assignments: try one.nullableArray { (one: inout WireReader) throws(WireFailure) in
                    try one.int32s()
                }
            )
        }
        _ = try request.int32()
        let isOnlyChecked = try request.bool()
        let results = try each(wishes, by: \.name) { wish in
            let topic = try catalogue.topic(
                wish.name, grownTo: wish.count, assignments: wish.assignments,
                limits: settings.limits)
            if !isOnlyChecked { try make(topic) }
        }
        answerAfterFlush(call, results.map { ($0.part.name, $0.refusal) })
    }
}
