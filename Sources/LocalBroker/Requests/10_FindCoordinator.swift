extension Broker {
    /// Of groups and of transactional ids alike it is this broker.
    func findCoordinator(_ call: Call, _ request: inout WireReader) throws {
        _ = try request.string()
        let type = call.version >= 1 ? try request.int8() : 0
        let error = call.fault ?? (0...1 ~= type ? .none : .invalidRequest)
        var body = WireWriter(call, throttledFrom: 1)
        body.error(error)
        if call.version >= 1 { body.nullableString(nil) }
        if error == .none {
            body.write(Int32(1), settings.host, Int32(listeningPort))
        } else {
            body.write(Int32(-1), "", Int32(-1))
        }
        answer(call, body)
    }
}
