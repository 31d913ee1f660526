extension Broker {
    /// More partitions for topics; they are never fewer.
    func createPartitions(_ call: Call, _ request: inout WireReader) throws {
        let wishes = try request.array { (one: inout WireReader) throws(WireFailure) in
            (
                name: try one.string(), count: try one.int32(),
                assignments: try one.nullableArray { (one: inout WireReader) throws(WireFailure) in
                    try one.array { (one: inout WireReader) throws(WireFailure) in try one.int32() }
                }
            )
        }
        _ = try request.int32()
        let isOnlyChecked = try request.bool()
        let results = try each(wishes, named: \.name) { wish in
            let topic = try catalogue.topic(
                wish.name, grownTo: wish.count, assignments: wish.assignments,
                limits: settings.limits)
            if isOnlyChecked { return }
            try persist(.topic(topic))
            try openPartitions(of: topic)
        }
        answerAfterFlush(call, results)
    }
}
