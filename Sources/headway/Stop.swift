import Foundation
import Synchronization

/// Says that the process should end, to everybody who waits: SIGTERM or SIGINT, the end of what was
/// to be done, or a failure. The second signal ends the process at once.
final class Stop: @unchecked Sendable {
    // Unchecked: `reason` and `actions` are only touched under `condition`.
    private let condition = NSCondition()
    private var reason: String?
    private var actions: [@Sendable () -> Void] = []
    private var hangUps: [@Sendable () -> Void] = []

    /// Asks everybody to end. The first reason stands. Any thread.
    func request(_ why: String) {
        condition.lock()
        let isFirst = reason == nil
        if isFirst { reason = why }
        let due = isFirst ? actions : []
        condition.broadcast()
        condition.unlock()
        for action in due { action() }
    }

    /// Called once, when a stop is asked for (at once when it already was).
    func whenRequested(_ action: @escaping @Sendable () -> Void) {
        condition.lock()
        let already = reason != nil
        if !already { actions.append(action) }
        condition.unlock()
        if already { action() }
    }

    /// Called with each SIGHUP that is not the end of the process's terminal. Where nobody asks for
    /// that, a SIGHUP ends the process like SIGTERM.
    func onHangUp(_ action: @escaping @Sendable () -> Void) {
        condition.lock()
        hangUps.append(action)
        condition.unlock()
    }

    /// True where somebody was told.
    private func hangUp() -> Bool {
        condition.lock()
        let due = reason == nil ? hangUps : []
        condition.unlock()
        for action in due { action() }
        return !due.isEmpty
    }

    var isRequested: Bool { why != nil }

    var why: String? {
        condition.lock()
        defer { condition.unlock() }
        return reason
    }

    /// Waits until a stop is asked for or the time is over. True when asked for.
    func wait(seconds: Double) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while reason == nil {
            if !condition.wait(until: deadline) { return reason != nil }
        }
        return true
    }

    /// Waits until a stop is asked for.
    func wait() {
        condition.lock()
        defer { condition.unlock() }
        while reason == nil { condition.wait() }
    }

    /// Blocks SIGTERM, SIGINT and SIGHUP for the process and hands them to a thread of their own.
    /// Called once, before any other thread begins (threads inherit the mask).
    func listenForSignals() {
        signal(SIGPIPE, SIG_IGN)
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&mask, number) }
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        let listened = mask
        let hadTerminal = Terminal.isControlling
        let thread = Thread { [self] in
            var set = listened
            while true {
                var number: Int32 = 0
                guard sigwait(&set, &number) == 0 else { continue }
                let terminalEnded = hadTerminal && !Terminal.isControlling
                if number == SIGHUP, !terminalEnded, hangUp() { continue }
                if isRequested { _exit(128 + number) }
                request(number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP")
            }
        }
        thread.name = "signals"
        thread.start()
    }
}
