import Glibc
import Testing

@testable import LocalBroker

/// Faults on command, by hooks and over the control port.
@Suite(.timeLimit(.minutes(2))) struct FaultTests {
    private func produce(_ running: RunningBroker) throws -> [UInt8]? {
        let client = try running.client()
        client.ask(.produce, 3, ValidRequests.body(.produce, 3))
        return try client.answer()?.body
    }

    @Test func aLostAcknowledgementIsApplied() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        running.hooks.set(.dropAfterApplying, for: .produce, after: 1)
        #expect(try produce(running) != nil)
        #expect(try produce(running) == nil)
        #expect(try produce(running) != nil)
        #expect(try running.endOffset() == 3)
        #expect(running.hooks.seen(.produce) == 3)
    }

    @Test(arguments: [Fault.dropBeforeApplying, .close])
    func aSwallowedRequestIsNotApplied(_ fault: Fault) throws {
        let running = try RunningBroker()
        try running.makeTopic()
        running.hooks.set(fault, for: .produce, count: 2)
        #expect(try produce(running) == nil)
        #expect(try produce(running) == nil)
        #expect(try produce(running) != nil)
        #expect(try running.endOffset() == 1)
    }

    @Test func anErrorIsAnsweredInItsPlace() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        for (api, version) in ValidRequests.all where API.withErrors.contains(api) {
            running.hooks.set(.error(0x2A2A), for: api)
            let client = try running.client()
            client.ask(api, version, ValidRequests.body(api, version))
            let answer = try client.answer()
            #expect(answer?.body.contains([0x2A, 0x2A]) == true, "\(api) \(version)")
        }
        #expect(try running.endOffset() == 0)
    }

    /// The end of one transaction arrives in the next: what clients and brokers of before KIP-890 have
    /// no word against.
    @Test(arguments: [false, true])
    func anEndThatComesLateEndsTheNextTransaction(isLate: Bool) throws {
        let running = try RunningBroker()
        try running.makeTopic()
        let client = try running.client()
        let made = try client.call(.initProducerID, 0, ValidRequests.body(.initProducerID, 0))
        #expect(made[4..<6] == [0, 0])
        func ask(_ client: RawClient, _ api: API, commits: Bool = true) {
            var body = ValidRequests.body(api, 0)
            // The producer's id and epoch behind the transactional id.
            body.replaceSubrange(3..<13, with: made[6..<16])
            if !commits { body[13] = 0 }
            client.ask(api, 0, body)
        }
        func code(_ client: RawClient) throws -> [UInt8]? { try client.answer()?.body.suffix(2) }
        ask(client, .addPartitionsToTxn)
        #expect(try code(client) == [0, 0])
        if isLate {
            running.hooks.set(.endTxnLate, for: .endTxn)
            let lost = try running.client()
            ask(lost, .endTxn)
            #expect(try lost.answer() == nil)
        }
        ask(client, .endTxn)
        #expect(try code(client) == [0, 0])
        ask(client, .addPartitionsToTxn)
        #expect(try code(client) == [0, 0])
        ask(client, .endTxn, commits: false)
        let last = try code(client)
        #expect(isLate ? last == [0, 48] || last == [0, 51] : last == [0, 0], "\(last ?? [])")
    }

    @Test func aFrozenBrokerServesNobodyUntilItThaws() throws {
        let running = try RunningBroker()
        let client = try running.client()
        _ = try client.call(.apiVersions, 0)
        try running.hooks.freeze(milliseconds: 60_000)
        client.ask(.apiVersions, 0)
        let other = try running.client()
        other.ask(.apiVersions, 0)
        #expect(!client.hasAnswer && !other.hasAnswer)
        #expect(running.hooks.seen(.apiVersions) == 1)
        try running.hooks.thaw()
        #expect(try client.answer() != nil)
        #expect(try other.answer() != nil)
        try running.hooks.freeze(milliseconds: 50)
        #expect(try client.call(.apiVersions, 0).starts(with: [0, 0]))
    }

    @Test func aFlippedByteIsInTheStoredBatch() throws {
        let running = try RunningBroker()
        try running.makeTopic()
        for _ in 0..<3 { #expect(try produce(running) != nil) }
        try running.hooks.flipByte(topic: ValidRequests.topic, partition: 0, offset: 1)
        let whole = ValidRequests.batch(value: [1, 2, 3])
        var flipped = whole
        flipped[BatchHeader.size] = ~flipped[BatchHeader.size]
        let fetched = try running.client().call(.fetch, 4, ValidRequests.body(.fetch, 4))
        let stored = fetched.suffix(3 * whole.count)
        for (index, batch) in [whole, flipped, whole].enumerated() {
            let found = stored.dropFirst(index * whole.count).prefix(whole.count)
            #expect(found.dropFirst(21).elementsEqual(batch[21...]), "batch \(index)")
        }
        #expect(throws: FaultFailure.self) {
            try running.hooks.flipByte(topic: "none", partition: 0, offset: 0)
        }
    }

    @Test func theControlPortDoesTheSame() throws {
        let running = try RunningBroker { $0.controlPort = 0 }
        try running.makeTopic()
        let control = try RawClient(try #require(running.broker.controlPort))
        func say(_ line: String) throws -> String {
            control.send(Array("\(line)\n".utf8))
            var answer: [UInt8] = []
            while let byte = try control.receive(1), byte != [UInt8(ascii: "\n")] { answer += byte }
            return String(decoding: answer, as: UTF8.self)
        }
        #expect(try say("fault produce drop-after-applying 1") == "ok")
        #expect(try produce(running) == nil)
        #expect(try say("fault endtxn end-txn-late") == "ok")
        #expect(try say("fault Heartbeat error:27 2 1") == "ok")
        #expect(try say("fault deleteTopics error:27").hasPrefix("error: "))
        #expect(try say("clear") == "ok")
        #expect(try say("seen produce") == "ok 1")
        #expect(try say("flip t 0 0") == "ok")
        #expect(try say("flip t 0 9").hasPrefix("error: "))
        #expect(try say("freeze 60000") == "ok")
        let client = try running.client()
        client.ask(.apiVersions, 0)
        #expect(try say("seen apiVersions") == "ok 0" && !client.hasAnswer)
        #expect(try say("thaw\r") == "ok")
        #expect(try client.answer() != nil)
        for line in ["", "fault", "fault produce", "fault x close", "fault produce close -1", "x"] {
            #expect(try say(line).hasPrefix("error: "), "\(line)")
        }
        #expect(try say("help").hasPrefix("ok"))
        #expect(try RunningBroker().broker.controlPort == nil)
    }
}
