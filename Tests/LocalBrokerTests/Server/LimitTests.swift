import Testing

@testable import LocalBroker

/// One client's size, slowness or number is not another's trouble.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    @Test(arguments: [-1, 0, 9, Int32.min, Int32.max, (16 << 20) + 1] as [Int32])
    func sizesThatCannotBeCloseTheConnection(size: Int32) throws {
        let running = try RunningBroker()
        let client = try running.client()
        var writer = WireWriter()
        writer.int32(size)
        client.send(writer.buffer + [UInt8](repeating: 0, count: 100))
        #expect(try client.answer() == nil)
        #expect(running.lines.contains { $0.contains("a request of \(size) bytes") })
    }

    @Test func oneConnectionTooManyIsClosed() throws {
        let running = try RunningBroker()
        var clients = try (0..<1_000).map { _ in try running.client() }
        for client in clients { _ = try client.call(.apiVersions, 0) }
        #expect(try running.client().receive(1) == nil)
        clients.removeLast()
        // The place is free as soon as the broker has seen the end of the connection.
        var isServed = false
        while !isServed {
            let client = try running.client()
            client.ask(.apiVersions, 0)
            isServed = try client.answer() != nil
        }
        for client in clients { _ = try client.call(.apiVersions, 0) }
    }

    /// Requests for whose memory there is no room wait; small ones are served; nobody starves.
    @Test func largeRequestsWaitForRoom() throws {
        let running = try RunningBroker {
            $0.limits.requestBytesMax = 1 << 20
            $0.limits.inboundBytesMax = 1 << 20
        }
        let padded = [UInt8](repeating: 0, count: 900_000)
        let (first, second) = (try running.client(), try running.client())
        let whole = RawClient.request(18, 0, correlation: 1, padded)
        first.send(Array(whole[..<500_000]))
        _ = try running.client().call(.apiVersions, 0)
        // It fits into the socket's buffers or it does not: sending must not block this test.
        let sender = try Sender(second, RawClient.request(18, 0, correlation: 2, padded))
        for _ in 0..<100 { _ = try running.client().call(.apiVersions, 0) }
        #expect(!second.hasAnswer)
        first.send(Array(whole[500_000...]))
        #expect(try first.answer()?.correlation == 1)
        #expect(try second.answer()?.correlation == 2)
        #expect(sender.wait())
    }

    /// A client that asks and does not read is asked no more when its answers are too many.
    @Test func aClientThatDoesNotReadHoldsNoMoreThanItsShare() throws {
        let running = try RunningBroker { $0.limits.outboundBytesMax = 1 << 20 }
        let deaf = try RawClient(running.broker.port, secondsMax: 1, receiveBuffer: 4_096)
        let before = residentBytes()
        let asked = RawClient.request(18, 0, correlation: 1)
        let many = Array(repeatElement(asked, count: 1_000).joined())
        var sent = 0
        while sent < 2_000, deaf.send(many) { sent += 1 }
        #expect(sent < 2_000, "the broker took all")
        #expect(residentBytes() - before < 64 << 20)
        _ = try running.client().call(.apiVersions, 0)
    }

    @Test func aFloodOfMalformedRequestsIsNoFloodOfLines() throws {
        let running = try RunningBroker()
        for _ in 0..<500 {
            let client = try running.client()
            client.send([0xFF, 0xFF, 0xFF, 0xFF])
            #expect(try client.answer() == nil)
        }
        #expect(running.lines.count < 100 && !running.lines.isEmpty)
    }
}
