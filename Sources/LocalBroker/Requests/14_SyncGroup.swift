extension Broker {
    func syncGroup(_ call: Call, _ request: inout WireReader) throws {
        let member = try request.membership(hasInstance: call.version >= 3)
        let assignments = try request.array { (one: inout WireReader) throws(WireFailure) in
            (try one.string(), try one.bytes())
        }
        mute(call)
        groups.sync(member, Dictionary(assignments) { $1 }, call, now: monotonic)
        answerGroups()
    }
}
