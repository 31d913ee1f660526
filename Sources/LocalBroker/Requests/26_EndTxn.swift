extension Broker {
    func endTxn(_ call: Call, _ request: inout WireReader) throws {
        let (claim, commit) = (try ProducerClaim(&request), try request.bool())
        func done(_ error: ErrorCode) {
            var body = WireWriter(call, throttledFrom: 0)
            body.error(error.known(to: call))
            answer(call, body)
        }
        if let fault = call.fault { return done(fault) }
        try endTransaction(claim, commit: commit, done: done)
    }
}
