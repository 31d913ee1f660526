extension Broker {
    func endTxn(_ call: Call, _ request: inout WireReader) throws {
        let (claim, commit) = (try ProducerClaim(&request), try request.bool())
        try endTransaction(claim, commit: commit) { [self] error in
            var body = WireWriter(call, throttledFrom: 0)
            body.error(error.known(to: call))
            answer(call, body)
        }
    }
}
