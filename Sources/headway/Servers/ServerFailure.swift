/// A server could not be started or reached: one sentence that says what to do.
struct ServerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    var message: String
    init(_ message: String) { self.message = message }
    var description: String { message }
}
