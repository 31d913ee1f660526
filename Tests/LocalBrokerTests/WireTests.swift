import Testing

@testable import LocalBroker

@Suite struct WireTests {
    @Test func whatIsWrittenIsRead() throws {
        var writer = WireWriter()
        writer.int64(-5)
        writer.nullableString(nil)
        writer.string("流")
        writer.array([1, 2, 3]) { $0.int32(Int32($1)) }
        try writer.buffer.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            #expect(try reader.int64() == -5)
            #expect(try reader.nullableString() == nil)
            #expect(try reader.string() == "流")
            #expect(
                try reader.array { (one: inout WireReader) throws(WireFailure) in try one.int32() }
                    == [1, 2, 3])
            #expect(reader.remaining == 0)
        }
    }

    /// A length beyond the request's end is refused before anything is reserved for it.
    @Test(arguments: [[0x7F, 0xFF, 0xFF, 0xFF] as [UInt8], [0, 0, 0, 5, 1], [0, 0]])
    func lengthsAreChecked(bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            #expect(throws: WireFailure.self) {
                try reader.array { (one: inout WireReader) throws(WireFailure) in try one.int64() }
            }
        }
    }
}
