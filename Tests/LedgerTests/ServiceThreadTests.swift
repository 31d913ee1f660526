import Dispatch
import Ledger
import Synchronization
import Testing

struct ServiceThreadTests {
    struct Broken: Error {}

    final class Waiter: Service {
        let stopped = DispatchSemaphore(value: 0)
        let fails: Bool
        init(fails: Bool = false) { self.fails = fails }
        func run() throws {
            stopped.wait()
            if fails { throw Broken() }
        }
        func stop() { stopped.signal() }
    }

    @Test func runsUntilStopped() throws {
        let ends = Atomic<Int>(0)
        let thread = ServiceThread(name: "waiter", Waiter()) { _ in ends.add(1, ordering: .relaxed)
        }
        thread.start()
        thread.start()
        #expect(!thread.join(within: .milliseconds(1)))
        #expect(!thread.hasEnded)
        thread.stop()
        try thread.join()
        #expect(thread.hasEnded)
        #expect(thread.failure == nil)
        #expect(ends.load(ordering: .relaxed) == 1)
    }

    @Test func aFailureIsKept() {
        let thread = ServiceThread(name: "waiter", Waiter(fails: true))
        thread.stop()
        thread.start()
        #expect(throws: Broken.self) { try thread.join() }
        #expect(thread.failure is Broken)
    }

    @Test func startAndStopFromManyThreads() throws {
        for _ in 0..<50 {
            let thread = ServiceThread(name: "waiter", Waiter())
            DispatchQueue.concurrentPerform(iterations: 10) { index in
                if index % 2 == 0 { thread.start() } else { thread.stop() }
            }
            thread.start()
            thread.stop()
            #expect(thread.join(within: .seconds(5)))
        }
    }
}
