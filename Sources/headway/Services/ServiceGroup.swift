import Foundation
import Ledger

/// Service threads that live and end together: the end of one that nobody asked for ends all.
struct ServiceGroup {
    private let threads: [ServiceThread]
    private let stop: Stop
    private let log: Log

    /// How long all of them together may take to end.
    static let stopLimit = Duration.seconds(5)

    init(_ threads: [ServiceThread], stop: Stop, log: Log) {
        self.threads = threads
        self.stop = stop
        self.log = log
    }

    func start() {
        for thread in threads { thread.start() }
    }

    /// For `ServiceThread.onEnd`.
    static func asksToStop(_ stop: Stop) -> @Sendable (ServiceThread) -> Void {
        { thread in
            if let failure = thread.failure { stop.request("\(thread.name) failed: \(failure)") }
        }
    }

    /// Ends all and waits for them. Throws `CommandFailure` where one had failed.
    func end() throws {
        log.info("stopping", [.detail: stop.why ?? ""])
        for thread in threads { thread.stop() }
        let deadline = ContinuousClock.now + ServiceGroup.stopLimit
        for thread in threads
        where !thread.join(within: max(.zero, ContinuousClock.now.duration(to: deadline))) {
            log.warning("a service did not stop in time", [.service: thread.name])
        }
        for thread in threads {
            if let failure = thread.failure { throw CommandFailure("\(thread.name): \(failure)") }
        }
    }
}
