extension Broker {
    func joinGroup(_ call: Call, _ request: inout WireReader) throws {
        let group = try request.string()
        let session = try request.int32()
        let rebalance = call.version >= 1 ? try request.int32() : session
        let member = try request.string()
        let instance = call.version >= 5 ? try request.nullableString() : nil
        let join = JoinRequest(
            member: member, instance: instance, clientID: call.clientID,
            sessionMilliseconds: Int64(session), rebalanceMilliseconds: Int64(max(0, rebalance)),
            protocolType: try request.string(),
            protocols: try request.array { (one: inout WireReader) throws(WireFailure) in
                .init(name: try one.string(), metadata: try one.bytes())
            },
            needsID: call.version >= 4)
        mute(call)
        groups.join(
            group, join, call,
            newID: "\(instance ?? call.clientID)-\(TopicID.random().hexadecimal)",
            now: monotonic, limits: settings.limits)
        answerGroups()
    }

    func joinBody(_ call: Call, _ join: JoinAnswer) -> WireWriter {
        var body = WireWriter(call, throttledFrom: 2)
        body.error(join.error)
        body.int32(join.generation)
        body.string(join.protocolName)
        body.string(join.leader)
        body.string(join.member)
        body.array(join.members) { writer, member in
            writer.string(member.id)
            if call.version >= 5 { writer.nullableString(member.instance) }
            writer.bytes(member.metadata)
        }
        return body
    }
}
