extension Broker {
    func heartbeat(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 3)
        var body = WireWriter(call, throttledFrom: 1)
        body.error(call.fault ?? groups.heartbeat(member, now: monotonic))
        answer(call, body)
    }
}
