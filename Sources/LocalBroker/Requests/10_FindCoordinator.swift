extension Broker {
    func findCoordinator(_ call: Call, _ request: inout WireReader) throws {
        throw WireFailure(reason: "not there yet")
    }
}
