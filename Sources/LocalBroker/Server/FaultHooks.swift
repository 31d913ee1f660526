internal import Synchronization

/// What goes wrong with a request, on command.
package enum Fault: Equatable, Sendable {
    /// Applied; the answer is held back, and with it those after it on its connection.
    case delay(milliseconds: Int64)
    /// Not applied; answered with the error (of `API.withErrors` alone).
    case error(Int16)
    /// Swallowed; the connection is closed when what was asked before is answered.
    case dropBeforeApplying
    /// The lost acknowledgement: applied, and the connection closed instead of the answer.
    case dropAfterApplying
    /// Not applied, and the connection closed at once.
    case close
    /// Of EndTxn: as `dropBeforeApplying`, but it arrives after all: when the transactional id has
    /// added a partition to its next transaction.
    case endTxnLate
}

/// Faults on command, and the facts that tests wait for. From any thread.
package final class FaultHooks: Sendable {
    private struct Rule {
        var api: API
        var fault: Fault
        var count: Int
        var after: Int
    }

    private struct State {
        var rules: [Rule] = []
        var seen: [API: Int] = [:]
        var waits: [(api: API, count: Int, wakeup: Wakeup)] = []
    }

    private let state = Mutex(State())
    /// The loop that serves; nil for a broker without one.
    private let control: LoopControl?

    init(_ control: LoopControl? = nil) { self.control = control }

    /// The next `count` requests of the API after `after` others; behind what was set before.
    package func set(_ fault: Fault, for api: API, count: Int = 1, after: Int = 0) {
        let rule = Rule(api: api, fault: fault, count: count, after: after)
        state.withLock { $0.rules.append(rule) }
    }

    package func clear() { state.withLock { $0.rules = [] } }

    /// Requests of this API that were handled, or met their fault.
    package func seen(_ api: API) -> Int { state.withLock { $0.seen[api] ?? 0 } }

    /// Blocks until that many were seen since the start. False: not within the time.
    package func waitUntilSeen(_ api: API, _ count: Int, milliseconds: Int32 = 10_000) throws
        -> Bool
    {
        let wakeup = try Wakeup()
        state.withLock { state in
            if state.seen[api] ?? 0 >= count { return wakeup.signal() }
            state.waits.append((api, count, wakeup))
        }
        defer { state.withLock { $0.waits.removeAll { $0.wakeup === wakeup } } }
        return wakeup.wait(milliseconds: milliseconds)
    }

    /// Serves nobody for a while, as if the process were stopped; returns when that holds.
    package func freeze(milliseconds: Int64) throws {
        try perform { $0.freeze(milliseconds: milliseconds) }
    }

    package func thaw() throws {
        try perform { $0.thaw() }
    }

    /// Damages the stored batch of this offset: a byte behind its header is inverted.
    package func flipByte(topic: String, partition: Int32, offset: Int64) throws {
        try perform { try $0.flipByte(topic: topic, partition: partition, offset: offset) }
    }

    /// On the loop's thread.
    private func perform(_ action: @escaping @Sendable (EventLoop) throws -> Void) throws {
        final class Reply: Sendable {
            let result = Mutex<Result<Void, any Error>>(
                .failure(FaultFailure("the broker does not answer")))
        }
        let (done, reply) = (try Wakeup(), Reply())
        let isPosted = control?.post { loop in
            let result = Result { try action(loop) }
            reply.result.withLock { $0 = result }
            done.signal()
        }
        if isPosted == true { _ = done.wait(milliseconds: 10_000) }
        try reply.result.withLock { $0 }.get()
    }

    // MARK: asked by the loop

    func take(_ api: API) -> Fault? {
        state.withLock { state in
            guard let at = state.rules.firstIndex(where: { $0.api == api }) else { return nil }
            if state.rules[at].after > 0 {
                state.rules[at].after -= 1
                return nil
            }
            state.rules[at].count -= 1
            let rule = state.rules[at]
            if rule.count == 0 { state.rules.remove(at: at) }
            return rule.fault
        }
    }

    func saw(_ api: API) {
        state.withLock { state in
            let count = (state.seen[api] ?? 0) + 1
            state.seen[api] = count
            for wait in state.waits where wait.api == api && wait.count <= count {
                wait.wakeup.signal()
            }
        }
    }
}

package struct FaultFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
