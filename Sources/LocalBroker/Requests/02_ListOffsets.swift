extension Broker {
    func listOffsets(_ call: Call, _ request: inout WireReader) throws {
        throw WireFailure(reason: "not there yet")
    }
}
