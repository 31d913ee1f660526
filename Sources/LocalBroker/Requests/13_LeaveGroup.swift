extension Broker {
    /// One member, or from version 3 on several, each with its own error.
    func leaveGroup(_ call: Call, _ request: inout WireReader) throws {
        let group = try request.string()
        let isList = call.version >= 3
        let members: [(id: String, instance: String?)] =
            isList
            ? try request.array { (one: inout WireReader) throws(WireFailure) in
                (try one.string(), try one.nullableString())
            } : [(try request.string(), nil)]
        let errors = members.map { groups.leave(group, $0.id, $0.instance, now: monotonic) }
        var body = WireWriter(call, throttledFrom: 1)
        body.error(isList ? group.isEmpty ? .invalidGroupID : .none : errors[0])
        if isList {
            body.array(Array(zip(members, errors))) { writer, left in
                writer.string(left.0.id)
                writer.nullableString(left.0.instance)
                writer.error(left.1)
            }
        }
        answer(call, body)
        answerGroups()
    }
}
