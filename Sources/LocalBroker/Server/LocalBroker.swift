internal import Glibc
internal import Synchronization

/// One local broker of this process. It listens on loopback, keeps its records in one folder and
/// speaks Kafka's protocol (README.md, "The local broker").
package final class LocalBroker: Sendable {
    /// What the cluster calls itself: by this a client knows that it has no copies.
    package static let clusterID = "headway-local"

    package let host: String
    package let port: UInt16
    package let controlPort: UInt16?
    package let hooks: FaultHooks
    private let control: LoopControl

    package var bootstrap: String { host == "::1" ? "[::1]:\(port)" : "\(host):\(port)" }

    /// Returns when it listens and everything on the disk is read.
    package static func start(
        _ settings: BrokerSettings, report: @escaping @Sendable (String) -> Void
    ) throws -> LocalBroker {
        try LocalBroker(settings, report: report)
    }

    private init(
        _ settings: BrokerSettings, report: @escaping @Sendable (String) -> Void
    ) throws {
        Self.raiseDescriptorLimit()
        let listener = try Listener(host: settings.host, port: settings.port)
        var settings = settings
        settings.port = listener.port
        let controlListener = try settings.controlPort.map { port throws(StartFailure) in
            try Listener(host: "127.0.0.1", port: port)
        }
        let control = try LoopControl()
        let hooks = FaultHooks(control)
        let broker = Broker(settings, hooks: hooks, report: report)
        broker.wall = Clock.wall()
        try broker.open()
        var loop: EventLoop? = try EventLoop(
            broker, control: control, listener: listener, controlListener: controlListener)
        try startThread {
            let reason = loop?.run()
            // With it go the files and the lock of the folder, before anyone is told.
            loop = nil
            control.ended(reason ?? nil)
        }
        host = settings.host
        port = listener.port
        controlPort = controlListener?.port
        self.control = control
        self.hooks = hooks
    }

    /// Every connection and every partition is a descriptor: as many as this process may have.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(kind, &limit)
    }

    /// Takes no further request, flushes, answers what waits for that, and closes the logs so that
    /// the next start has nothing to recover. Returns when all of it is done; may be called again.
    package func stop() {
        control.post { $0.beginStopping() }
        control.waitForEnd()
    }

    /// Why it ended, where it was not told to.
    package var failure: String? { control.failure }

    /// Runs the action when the broker has ended, at once where it has: with nil as it was told to,
    /// else with the reason.
    package func whenEnded(_ action: @escaping @Sendable (String?) -> Void) {
        control.whenEnded(action)
    }
}

/// What other threads hold of the loop: they hand it actions, and wait for its end.
final class LoopControl: Sendable {
    private struct State {
        var actions: [@Sendable (EventLoop) -> Void] = []
        var hasEnded = false
        var reason: String?
        var endActions: [@Sendable (String?) -> Void] = []
    }

    var failure: String? { state.withLock { $0.reason } }

    let wake: Wakeup
    private let end: Wakeup
    private let state = Mutex(State())

    init() throws(StartFailure) {
        wake = try Wakeup()
        end = try Wakeup()
    }

    /// False where the loop has ended.
    @discardableResult
    func post(_ action: @escaping @Sendable (EventLoop) -> Void) -> Bool {
        let isRunning = state.withLock { state in
            if !state.hasEnded { state.actions.append(action) }
            return !state.hasEnded
        }
        wake.signal()
        return isRunning
    }

    func takeActions() -> [@Sendable (EventLoop) -> Void] {
        state.withLock { taken(&$0.actions) }
    }

    func waitForEnd() { _ = end.wait() }

    func ended(_ reason: String?) {
        let actions = state.withLock { state in
            state.hasEnded = true
            state.reason = reason
            // Whoever waits for one of these waits no longer.
            state.actions = []
            return taken(&state.endActions)
        }
        end.signal()
        for action in actions { action(reason) }
    }

    func whenEnded(_ action: @escaping @Sendable (String?) -> Void) {
        let (hasEnded, reason) = state.withLock { state in
            if !state.hasEnded { state.endActions.append(action) }
            return (state.hasEnded, state.reason)
        }
        if hasEnded { action(reason) }
    }
}
