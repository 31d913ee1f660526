import Foundation

/// Lets a test wait for a fact that another thread brings about.
final class Gate: Sendable {
    private let condition = NSCondition()

    func open() {
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }

    /// False after twenty seconds.
    func wait(until holds: () -> Bool) -> Bool {
        let limit = Date(timeIntervalSinceNow: 20)
        condition.lock()
        defer { condition.unlock() }
        while !holds() {
            guard condition.wait(until: limit) else { return holds() }
        }
        return true
    }
}
