extension Broker {
    func initProducerID(_ call: Call, _ request: inout WireReader) throws {
        let (id, timeout): (String?, Int32) = try request.read()
        if let fault = call.fault {
            return answer(call, initialized(call, fault, producerID: -1, epoch: -1))
        }
        try initializeProducer(call, id, timeoutMilliseconds: timeout)
    }

    private func initializeProducer(
        _ call: Call, _ id: String?, timeoutMilliseconds timeout: Int32
    ) throws {
        let decision: TransactionCoordinator.Initialization
        do throws(ErrorCode) {
            decision = try transactions.initialize(
                id, timeoutMilliseconds: timeout, limits: settings.limits, now: wall)
        } catch {
            return answer(call, initialized(call, error, producerID: -1, epoch: -1))
        }
        switch decision {
        case .give(let producerID, let epoch, let entries):
            for entry in entries { try persist(entry) }
            answerAfterFlush(call, initialized(call, .none, producerID: producerID, epoch: epoch))
        case .abort(let decided):
            try conclude(decided)
            fallthrough
        case .askAgain:
            // What ends the transaction waits for the flush too, before this.
            afterFlush { [self] in
                try initializeProducer(call, id, timeoutMilliseconds: timeout)
            }
        }
    }

    private func initialized(_ call: Call, _ error: ErrorCode, producerID: Int64, epoch: Int16)
        -> WireWriter
    {
        var body = WireWriter(call, throttledFrom: 0)
        body.write(error, producerID, epoch)
        return body
    }
}
