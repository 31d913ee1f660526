import Testing

@testable import LocalBroker

/// A broker spoken to without sockets.
extension Broker {
    /// Hands over one request of connection 1, which must be read to its end.
    func send(
        _ api: API, _ version: Int16, slot: UInt64, _ fill: (inout WireWriter) -> Void
    ) throws {
        var request = WireWriter()
        fill(&request)
        let call = Call(
            connection: 1, slot: slot, api: api, version: version, correlation: 0, clientID: "c")
        try request.buffer.withUnsafeBytes {
            var reader = WireReader($0)
            try received(call, &reader)
            #expect(reader.remaining == 0, "\(api) \(version) was not read to its end")
        }
    }

    /// The bytes of what is answered by then, in order, without those of files.
    func takeAnswers() -> [[UInt8]] {
        takeOutbox().map { answer in
            answer.pieces.flatMap { if case .bytes(let bytes) = $0 { bytes } else { [UInt8]() } }
        }
    }
}
