extension Broker {
    /// Of groups and of transactional ids alike it is this broker.
    func findCoordinator(_ call: Call, _ request: inout WireReader) throws {
        let key = try request.string()
        let type = call.version >= 1 ? try request.int8() : 0
        let isFound = type == 1 || type == 0 && !key.isEmpty
        var body = WireWriter(call, throttledFrom: 1)
        body.error(isFound ? .none : type == 0 ? .invalidGroupID : .invalidRequest)
        if call.version >= 1 { body.nullableString(nil) }
        body.int32(isFound ? 1 : -1)
        body.string(isFound ? settings.host : "")
        body.int32(isFound ? Int32(listeningPort) : -1)
        answer(call, body)
    }
}
