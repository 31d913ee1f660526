extension Broker {
    func deleteRecords(_ call: Call, _ request: inout WireReader) throws {
        throw WireFailure(reason: "not there yet")
    }
}
