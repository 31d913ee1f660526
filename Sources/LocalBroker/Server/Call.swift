/// One request: where it came from and where its answer goes. A value: machines may keep it.
struct Call: Hashable, Sendable {
    var connection: UInt64
    /// The place of the answer among the connection's answers.
    var slot: UInt64
    var api: API
    var version: Int16
    var correlation: Int32
    var clientID: String
    /// Nothing is applied: the answer carries this error, because a test wants it.
    var fault: ErrorCode?
}
