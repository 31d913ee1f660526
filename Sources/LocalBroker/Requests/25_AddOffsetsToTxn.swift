extension Broker {
    func addOffsetsToTxn(_ call: Call, _ request: inout WireReader) throws {
        let (claim, group) = (try ProducerClaim(&request), try request.string())
        let error = try call.fault ?? addToTransaction(claim, groups: [group])
        var body = WireWriter(call, throttledFrom: 0)
        body.error(error.known(to: call))
        answerAfterFlush(call, body)
    }
}
