extension Broker {
    func heartbeat(_ call: Call, _ request: inout WireReader) throws {
        let (group, generation, member) = (
            try request.string(), try request.int32(), try request.string()
        )
        let instance = call.version >= 3 ? try request.nullableString() : nil
        var body = WireWriter(call, throttledFrom: 1)
        body.error(groups.heartbeat(group, member, instance, generation, now: monotonic))
        answer(call, body)
    }
}
