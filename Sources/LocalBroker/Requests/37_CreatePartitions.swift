extension Broker {
    /// More partitions for topics; they are never fewer.
    func createPartitions(_ call: Call, _ request: inout WireReader) throws {
        let wishes = try request.array {
            (
                name: try $0.string(), count: try $0.int32(),
                assignments: try $0.nullableArray { try $0.read() as [Int32] }
            )
        }
        let (_, isOnlyChecked): (Int32, Bool) = try request.read()
        let results = try each(wishes, by: \.name) { wish in
            let topic = try catalogue.topic(
                wish.name, grownTo: wish.count, assignments: wish.assignments,
                limits: settings.limits)
            if !isOnlyChecked { try make(topic) }
        }
        answerAfterFlush(call, results.map { ($0.part.name, $0.refusal) })
    }
}
