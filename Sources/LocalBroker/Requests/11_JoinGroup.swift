extension Broker {
    func joinGroup(_ call: Call, _ request: inout WireReader) throws {
        let (group, session): (String, Int32) = try request.read()
        let rebalance = call.version >= 1 ? try request.int32() : session
        let member = try request.string()
        let instance = call.version >= 5 ? try request.nullableString() : nil
        let join = JoinRequest(
            member: member, instance: instance, clientID: call.clientID,
            sessionMilliseconds: Int64(session), rebalanceMilliseconds: Int64(max(0, rebalance)),
            protocolType: try request.string(),
            protocols: try request.array {
                .init(name: try $0.string(), metadata: try $0.bytes())
            },
            needsID: call.version >= 4)
        if let fault = call.fault {
            return answer(call, joinBody(call, JoinAnswer(error: fault, member: member)))
        }
        mute(call)
        groups.join(
            group, join, call,
            newID: "\(instance ?? call.clientID)-\(TopicID.random().hexadecimal)",
            now: monotonic, limits: settings.limits)
        answerGroups()
    }

    func joinBody(_ call: Call, _ join: JoinAnswer) -> WireWriter {
        var body = WireWriter(call, throttledFrom: 2)
        body.write(join.error, join.generation, join.protocolName, join.leader, join.member)
        body.array(join.members) { writer, member in
            writer.string(member.id)
            if call.version >= 5 { writer.nullableString(member.instance) }
            writer.bytes(member.metadata)
        }
        return body
    }
}
