extension Broker {
    /// Of groups and of transactional ids alike it is this broker.
    func findCoordinator(_ call: Call, _ request: inout WireReader) throws {
        _ = try request.string()
        let type = call.version >= 1 ? try request.int8() : 0
        let isFound = type == 0 || type == 1
        var body = WireWriter(call, throttledFrom: 1)
        body.error(isFound ? .none : .invalidRequest)
        if call.version >= 1 { body.nullableString(nil) }
        body.int32(isFound ? 1 : -1)
        body.string(isFound ? settings.host : "")
        body.int32(isFound ? Int32(listeningPort) : -1)
        answer(call, body)
    }
}
