extension Broker {
    func syncGroup(_ call: Call, _ request: inout WireReader) throws {
        let (group, generation, member) = (
            try request.string(), try request.int32(), try request.string()
        )
        let instance = call.version >= 3 ? try request.nullableString() : nil
        let list = try request.array { (one: inout WireReader) throws(WireFailure) in
            (try one.string(), try one.bytes())
        }
        mute(call)
        groups.sync(
            group, member: member, instance: instance, generation: generation,
            assignments: Dictionary(list) { $1 }, call, now: monotonic)
        answerGroups()
    }
}
