internal import Dispatch
internal import Foundation
internal import Synchronization

/// A named thread that runs one service, once.
package final class ServiceThread: Sendable {
    package let name: String
    package let service: any Service

    private struct State {
        var started = false
        var ended = false
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let running = DispatchGroup()
    private let onEnd: @Sendable (ServiceThread) -> Void

    /// `onEnd` is called on the service's thread when the service has ended, for whatever reason.
    package init(
        name: String, _ service: any Service,
        onEnd: @escaping @Sendable (ServiceThread) -> Void = { _ in }
    ) {
        self.name = name
        self.service = service
        self.onEnd = onEnd
    }

    /// Why the service ended; nil while it runs and when it was stopped.
    package var failure: (any Error)? { state.withLock { $0.failure } }

    /// True once `run` has returned or thrown.
    package var hasEnded: Bool { state.withLock { $0.ended } }

    /// Starts the thread; a second call does nothing.
    package func start() {
        let isFirst = state.withLock { state in
            defer { state.started = true }
            return !state.started
        }
        guard isFirst else { return }
        running.enter()
        let thread = Thread { [self] in
            var failure: (any Error)?
            do { try service.run() } catch let thrown { failure = thrown }
            state.withLock { state in
                state.failure = failure
                state.ended = true
            }
            onEnd(self)
            running.leave()
        }
        thread.name = name
        // Decoders and libpq are content with far less; the default of 512 KB is not always given.
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Asks the service to end, and returns at once.
    package func stop() { service.stop() }

    /// Waits until the service has ended. False when the limit passed first.
    package func join(within limit: Duration) -> Bool {
        let (seconds, attoseconds) = limit.components
        let nanoseconds =
            Int(clamping: seconds) &* 1_000_000_000 &+ Int(attoseconds / 1_000_000_000)
        return running.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success
    }

    /// Waits until the service has ended, and throws why, unless it was stopped.
    package func join() throws {
        running.wait()
        if let failure { throw failure }
    }
}
