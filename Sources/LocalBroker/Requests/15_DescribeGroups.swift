extension Broker {
    /// Read, delete, describe: what Kafka without an authorizer lets everybody do with a group.
    private static let groupOperations: Int32 = 1 << 3 | 1 << 6 | 1 << 8

    func describeGroups(_ call: Call, _ request: inout WireReader) throws {
        let names = try request.read() as [String]
        let wantsOperations = call.version >= 3 ? try request.bool() : false
        var body = WireWriter(call, throttledFrom: 1)
        // What is asked for again is answered once: the answer stays in proportion.
        var seen: Set<String> = []
        body.array(names.filter { seen.insert($0).inserted }) { writer, name in
            let group = groups.groups[name]
            let isStable = group?.state == .stable
            let absent = offsets.has(name) ? "Empty" : "Dead"
            writer.write(
                ErrorCode.none, name, group?.state.rawValue ?? absent, group?.protocolType ?? "",
                isStable ? group?.protocolName ?? "" : "")
            writer.array(group?.members ?? []) { writer, member in
                writer.string(member.id)
                if call.version >= 4 { writer.nullableString(member.request.instance) }
                writer.write(member.request.clientID, "/\(settings.host)")
                writer.bytes(isStable ? group?.metadata(member) ?? [] : [])
                writer.bytes(isStable ? member.assignment : [])
            }
            if call.version >= 3 { writer.int32(wantsOperations ? Self.groupOperations : .min) }
        }
        answer(call, body)
    }
}
