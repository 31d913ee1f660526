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
            let (number, nothing, text) = (
                try reader.int64(), try reader.nullableString(), try reader.string()
            )
            let list = try reader.array { try $0.int32() }
            #expect(number == -5 && nothing == nil && text == "流" && list == [1, 2, 3])
            #expect(reader.remaining == 0)
        }
    }

    /// A length beyond the request's end is refused before anything is reserved for it.
    @Test(arguments: [[0x7F, 0xFF, 0xFF, 0xFF] as [UInt8], [0, 0, 0, 5, 1], [0, 0]])
    func lengthsAreChecked(bytes: [UInt8]) {
        let failure = bytes.withUnsafeBytes { bytes -> WireFailure? in
            var reader = WireReader(bytes)
            do {
                _ = try reader.array { try $0.int64() }
                return nil
            } catch {
                return error as? WireFailure
            }
        }
        #expect(failure != nil)
    }
}
