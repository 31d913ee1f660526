extension Broker {
    /// Who and where the broker is, in the flexible encoding.
    func describeCluster(_ call: Call, _ request: inout WireReader) throws {
        let wantsOperations = try request.bool()
        try request.skipTags()
        var answer = WireWriter()
        func compact(_ text: String) {
            answer.unsignedVarint(UInt32(text.utf8.count) + 1)
            answer.raw(text.utf8)
        }
        answer.int32(0)
        answer.error(.none)
        answer.unsignedVarint(0)
        compact(LocalBroker.clusterID)
        answer.int32(1)
        answer.unsignedVarint(2)
        answer.int32(1)
        compact(settings.host)
        answer.int32(Int32(listeningPort))
        answer.unsignedVarint(0)
        answer.unsignedVarint(0)
        answer.int32(wantsOperations ? Self.clusterOperations : Self.operationsNotAsked)
        answer.unsignedVarint(0)
        self.answer(call, answer)
    }
}
