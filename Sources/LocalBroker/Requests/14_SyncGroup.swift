extension Broker {
    func syncGroup(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 3)
        let assignments = try request.array { (try $0.string(), try $0.bytes()) }
        let bytes = assignments.reduce(0) { $0 + $1.1.count }
        guard bytes <= settings.limits.groupMetadataBytesMax else {
            throw WireFailure(reason: "assignments of \(bytes) bytes")
        }
        if let fault = call.fault { return answer(call, syncBody(call, fault, [])) }
        mute(call)
        groups.sync(member, Dictionary(assignments) { $1 }, call, now: monotonic)
        answerGroups()
    }

    func syncBody(_ call: Call, _ error: ErrorCode, _ assignment: [UInt8]) -> WireWriter {
        var body = WireWriter(call, throttledFrom: 1)
        body.error(error)
        body.bytes(assignment)
        return body
    }
}
