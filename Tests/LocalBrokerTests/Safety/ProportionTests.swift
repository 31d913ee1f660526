import Testing

@testable import LocalBroker

/// No answer, and no work for one, is out of proportion to what was asked.
@Suite struct ProportionTests {
    private let driver: TransactionDriver

    init() throws { driver = try TransactionDriver() }

    @Test func aGroupIsDescribedOnce() throws {
        let answers = try driver.ask(.describeGroups, 0) {
            $0.array(Array(repeating: "g", count: 1_000)) { $0.string($1) }
        }
        #expect(answers[0].count < 100)
    }

    @Test func anOffsetIsAnsweredOnce() throws {
        _ = try driver.ask(.offsetCommit, 2) {
            $0.string("g")
            $0.int32(-1)
            $0.string("")
            $0.int64(-1)
            $0.array(["t"]) {
                $0.string($1)
                $0.array([Int32(0)]) {
                    $0.int32($1)
                    $0.int64(5)
                    $0.string(String(repeating: "m", count: 4_000))
                }
            }
        }
        let answers = try driver.ask(.offsetFetch, 1) {
            $0.string("g")
            $0.array(["t", "t"]) {
                $0.string($1)
                $0.array(Array(repeating: Int32(0), count: 1_000)) { $0.int32($1) }
            }
        }
        #expect(4_000..<5_000 ~= answers[0].count)
    }

    /// Each is looked for in the log: twice is once too often.
    @Test func aTimeIsLookedForOnce() throws {
        let answers = try driver.ask(.listOffsets, 1) {
            $0.int32(-1)
            $0.array(["t"]) {
                $0.string($1)
                $0.array(Array(repeating: Int32(0), count: 20_000)) {
                    $0.int32($1)
                    $0.int64(0)
                }
            }
        }
        #expect(answers[0].count < 100)
    }

    @Test func aPartitionIsFetchedOnce() throws {
        let mine = try driver.begin(nil)
        #expect(try driver.produce(to: 0, mine, sequence: 0, isTransactional: false) == 0)
        let answers = try driver.ask(.fetch, 4) {
            for number in [-1, 0, 1, 1_000_000] as [Int32] { $0.int32(number) }
            $0.int8(0)
            $0.array(["t"]) {
                $0.string($1)
                $0.array(Array(repeating: Int32(0), count: 100_000)) {
                    $0.int32($1)
                    $0.int64(0)
                    $0.int32(1_000_000)
                }
            }
        }
        #expect(answers[0].count < 100)
    }

    /// As many actions as there may be answers waiting.
    @Test func aFlushAnswersInProportion() throws {
        var count = 0
        for _ in 0..<64_000 { driver.broker.afterFlush { count += 1 } }
        try driver.flush()
        #expect(count == 64_000)
    }

    /// A static member that is gone is waited for without asking for it all the time.
    @Test func nobodyIsWaitedForBusily() throws {
        var groups = GroupDriver()
        _ = groups.machine.isCleanupDue(now: groups.now, every: 300_000)
        _ = groups.stable([GroupDriver.request(instance: "i", rebalance: 0)])
        groups.join(GroupDriver.request(rebalance: 0), connection: 99)
        groups.close(99)
        groups.pass(1)
        #expect(groups.state == .preparingRebalance)
        #expect(try #require(groups.machine.nextDeadline) > groups.now)
    }

    @Test func aDelayWithoutEndIsNoTrap() throws {
        let running = try RunningBroker()
        running.hooks.set(.delay(milliseconds: .max), for: .apiVersions)
        let delayed = try running.client()
        delayed.ask(.apiVersions, 0)
        _ = try running.client().call(.metadata, 0, [0, 0, 0, 0])
        #expect(!delayed.hasAnswer)
    }
}
