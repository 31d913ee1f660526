extension Broker {
    func syncGroup(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 3)
        let assignments = try request.array { (one: inout WireReader) throws(WireFailure) in
            (try one.string(), try one.bytes())
        }
        let bytes = assignments.reduce(0) { $0 + $1.1.count }
        guard bytes <= settings.limits.groupMetadataBytesMax else {
            throw WireFailure(reason: "assignments of \(bytes) bytes")
        }
        mute(call)
        groups.sync(member, Dictionary(assignments) { $1 }, call, now: monotonic)
        answerGroups()
    }
}
