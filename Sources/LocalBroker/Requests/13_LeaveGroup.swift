extension Broker {
    /// One member, or from version 3 on several, each with its own error.
    func leaveGroup(_ call: Call, _ request: inout WireReader) throws {
        let group = try request.string()
        let isList = call.version >= 3
        let members: [(id: String, instance: String?)] =
            isList
            ? try request.array { (try $0.string(), try $0.nullableString()) }
            : [(try request.string(), nil)]
        var body = WireWriter(call, throttledFrom: 1)
        if let fault = call.fault {
            body.error(fault)
            if isList { body.int32(0) }
            return answer(call, body)
        }
        let errors = members.map { groups.leave(group, $0.id, $0.instance, now: monotonic) }
        body.error(isList ? group.isEmpty ? .invalidGroupID : .none : errors[0])
        if isList {
            body.array(Array(zip(members, errors))) { $0.write($1.0.id, $1.0.instance, $1.1) }
        }
        answer(call, body)
        answerGroups()
    }
}
