internal import Synchronization

/// The thread that flushes: one job at a time, so that what is written meanwhile makes the next.
final class Flusher: Sendable {
    private struct State {
        var job: FlushJob?
        var done: Result<FlushJob, StorageFailure>?
        var isEnding = false
    }

    private let state = Mutex(State())
    private let work: Wakeup

    /// `done` is signalled when `takeDone` has something, and when the thread has ended.
    init(_ durability: BrokerSettings.Durability, done: Wakeup) throws(StartFailure) {
        work = try Wakeup()
        try startThread { [self] in
            while work.wait() {
                work.clear()
                let (job, isEnding) = state.withLock { state in
                    defer { state.job = nil }
                    return (state.job, state.isEnding)
                }
                if let job {
                    let result = Result { () throws(StorageFailure) in
                        try job.run(durability)
                        return job
                    }
                    state.withLock { $0.done = result }
                    done.signal()
                }
                if isEnding { return }
            }
        }
    }

    func start(_ job: FlushJob) {
        state.withLock { $0.job = job }
        work.signal()
    }

    func takeDone() -> Result<FlushJob, StorageFailure>? {
        state.withLock { state in
            defer { state.done = nil }
            return state.done
        }
    }

    func end() {
        state.withLock { $0.isEnding = true }
        work.signal()
    }
}
