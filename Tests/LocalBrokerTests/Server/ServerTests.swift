import Synchronization
import Testing

@testable import LocalBroker

/// Sockets, limits and ends: what holds for every API.
@Suite(.timeLimit(.minutes(2))) struct ServerTests {
    @Test func apiVersionsAreAnswered() throws {
        let running = try RunningBroker()
        let client = try running.client()
        for version in API.apiVersions.versions {
            let names: [UInt8] = [2, 0x61, 2, 0x62, 0]
            let body = try client.call(.apiVersions, version, version >= 3 ? names : [])
            #expect(body.starts(with: [0, 0]), "version \(version)")
        }
        // What newer clients ask with first.
        #expect(try client.call(.apiVersions, 4).starts(with: [0, 35]))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "10.0.0.1", "example.org", "", "128.0.0.1"])
    func otherAddressesAreRefused(host: String) throws {
        let failure = #expect(throws: StartFailure.self) {
            _ = try RunningBroker { $0.host = host }
        }
        #expect(failure?.description.contains("run Apache Kafka") == true)
    }

    @Test(arguments: ["127.0.0.1", "127.9.8.7", "localhost", "::1"])
    func loopbackIsTaken(host: String) throws {
        let running = try RunningBroker { $0.host = host }
        #expect(running.broker.port != 0)
        #expect(running.broker.bootstrap.contains(":\(running.broker.port)"))
    }

    @Test func aPortInUseIsSaid() throws {
        let running = try RunningBroker()
        let failure = #expect(throws: StartFailure.self) {
            _ = try RunningBroker { $0.port = running.broker.port }
        }
        #expect(failure?.description.contains("name another port") == true)
    }

    /// Every API is known, and no request of any offered version hangs.
    @Test func everyOfferedVersionIsAnswered() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        // All at once: members that join a group wait for others.
        let asked = try ValidRequests.all.map { api, version in
            let client = try running.client()
            client.ask(api, version, ValidRequests.body(api, version))
            return (name: "\(api) \(version)", client: client)
        }
        for (name, client) in asked {
            #expect(try client.answer()?.body.isEmpty == false, "\(name)")
        }
    }

    @Test func whatIsNotOfferedIsRefusedAndClosed() throws {
        let running = try RunningBroker()
        let unknown: [(Int16, Int16)] = [
            (0, 2), (0, 9), (1, 12), (3, 9), (27, 0), (65, 0), (999, 0), (-1, -1), (60, 1),
            (Int16.max, Int16.max),
        ]
        for (key, version) in unknown {
            let client = try running.client()
            client.send(RawClient.request(key, version, correlation: 5))
            let answer = try client.answer()
            #expect(answer?.correlation == 5 && answer?.body == [0, 35], "\(key) \(version)")
            #expect(try client.answer() == nil, "\(key) \(version): still open")
        }
        #expect(running.lines.contains { $0.contains("request 27 version 0 is not supported") })
    }

    /// An answer that is held back holds back those behind it, not those before or elsewhere.
    @Test func answersKeepTheOrderOfRequests() throws {
        let running = try RunningBroker()
        running.hooks.set(.delay(milliseconds: 200), for: .listGroups)
        let client = try running.client()
        var asked: [Int32] = []
        for index in 0..<500 {
            asked.append(client.ask(index == 100 ? .listGroups : .apiVersions, 0))
        }
        _ = try running.client().call(.apiVersions, 0)
        #expect(try asked.indices.map { _ in try client.answer()?.correlation ?? -1 } == asked)
    }

    /// What was asked before the end of sending is answered, and then the connection is closed.
    @Test func aHalfClosedConnectionGetsItsAnswers() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        let client = try running.client()
        for _ in 0..<200 { client.ask(.produce, 7, ValidRequests.body(.produce, 7)) }
        client.endSending()
        for _ in 0..<200 { #expect(try client.answer() != nil) }
        #expect(try client.answer() == nil)
    }

    @Test(arguments: BrokerSettings.Durability.allCases)
    func whatIsProducedIsFetchedAndOutlivesAStop(_ durability: BrokerSettings.Durability) throws {
        let running = try RunningBroker { $0.durability = durability }
        try running.makeTopic()
        let produced = try running.client().call(.produce, 3, ValidRequests.body(.produce, 3))
        #expect(produced.contains([0, 0, 0, 0, 0, 0]))
        let stored = ValidRequests.batch(value: [1, 2, 3]).dropFirst(21)
        #expect(
            try running.client().call(.fetch, 4, ValidRequests.body(.fetch, 4)).contains(stored))
        running.broker.stop()
        running.broker.stop()
        let again = try running.restarted { $0.durability = durability }
        let fetched = try again.client().call(.fetch, 4, ValidRequests.body(.fetch, 4))
        #expect(fetched.contains(stored))
    }

    /// Whoever waits is let go: with an answer where the flush made one, else by the closed connection.
    @Test func stopAnswersWhatWaitsForTheFlush() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        let (waiting, producing) = (try running.client(), try running.client())
        waiting.ask(.fetch, 4, ValidRequests.longPoll())
        #expect(try running.hooks.waitUntilSeen(.fetch, 1))
        let asked = 50
        for _ in 0..<asked { producing.ask(.produce, 3, ValidRequests.body(.produce, 3)) }
        #expect(try running.hooks.waitUntilSeen(.produce, 1))
        running.broker.stop()
        var acknowledged = 0
        while let answer = try producing.answer() {
            acknowledged += 1
            #expect(answer.correlation == Int32(acknowledged))
        }
        while try waiting.answer() != nil {}
        let handled = running.hooks.seen(.produce)
        #expect(acknowledged == handled, "\(handled) were handled")
        let again = try running.restarted()
        let end = try again.endOffset()
        #expect(end == Int64(acknowledged))
    }

    /// The disk refuses a flush: nothing of it is acknowledged, and the reason is told.
    @Test func aFailedFlushEndsTheBroker() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        var body = WireWriter()
        body.nullableString(nil)
        body.int16(-1)
        body.int32(1_000)
        body.array([ValidRequests.topic]) {
            $0.string($1)
            $0.int32(1)
            $0.int32(0)
            $0.bytes(ValidRequests.batch(value: [UInt8](repeating: 1, count: 300_000)))
        }
        try running.breakCheckpoints()
        // Every 4 MiB there is a checkpoint to write.
        let client = try running.client()
        for _ in 0..<20 { client.ask(.produce, 3, body.buffer) }
        var acknowledged = 0
        while try client.answer() != nil { acknowledged += 1 }
        #expect(acknowledged < 20)
        let told = try Wakeup()
        running.broker.whenEnded { reason in
            if reason?.contains("checkpoint") == true { told.signal() }
        }
        #expect(told.wait(milliseconds: 10_000), "\(running.lines)")
        running.broker.stop()
    }

    @Test func theEndIsTold() throws {
        let running = try RunningBroker()
        let ends = Mutex<[String?]>([])
        try withExtendedLifetime(running) {
            let told = try Wakeup()
            running.broker.whenEnded { _ in told.signal() }
            running.broker.stop()
            #expect(told.wait(milliseconds: 10_000))
            running.broker.whenEnded { reason in ends.withLock { $0.append(reason) } }
            #expect(ends.withLock { $0 } == [nil])
            #expect(throws: FaultFailure.self) { try running.hooks.thaw() }
        }
    }
}
