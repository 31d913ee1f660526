/// Consumer groups of the classic protocol: a pure machine. (interface; see INTERFACES)
struct GroupCoordinator: Equatable, Sendable {
    /// Monotonic clock, milliseconds.
    var nextDeadline: Int64? { nil }
}
