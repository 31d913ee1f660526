/// Answers that carry an error that nothing caused: as the API's clients would read it, for the
/// APIs where tests want it.
enum ErrorAnswer {
    static func body(
        _ call: Call, _ request: inout WireReader, _ code: Int16, _ settings: BrokerSettings
    ) throws(WireFailure) -> WireWriter? { nil }
}
