import Contracts
import HeadwayTesting
import Judge
import Ledger
import Synchronization
import Testing

/// A judge on a thread of its own, stopped when the test ends.
final class RunningJudge {
    let observer = RecordingObserver()
    let judge: Judge
    let thread: ServiceThread

    init(
        _ ledger: LedgerFixture, _ plan: PlanContract = .example(),
        settings: JudgeSettings = .example()
    ) throws {
        judge = try Judge(
            settings: settings, catalogue: .example(plan), database: ledger.database.settings,
            observer: observer)
        thread = ServiceThread(name: "judge", judge)
        thread.start()
    }

    /// Waits until the stream is judged up to an instant.
    func rests(at instant: Instant, _ stream: String = "tourism.arrivals") -> Bool {
        observer.wait { fact in
            guard case .cameToRest(let judgedTo) = fact else { return false }
            return judgedTo[stream] == instant
        }
    }

    func stop() throws {
        thread.stop()
        #expect(thread.join(within: .seconds(10)))
        if let failure = thread.failure { throw failure }
    }

    deinit { thread.stop() }
}

/// A clock that stands still until it is set.
final class ManualClock: Sendable {
    private let now: Mutex<Instant>
    init(_ now: Instant) { self.now = Mutex(now) }
    func set(_ instant: Instant) { now.withLock { $0 = instant } }
    var settings: JudgeSettings {
        JudgeSettings(clock: .wall, owner: "test") { self.now.withLock { $0 } }
    }
}
