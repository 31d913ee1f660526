import Testing

@testable import LocalBroker

@Suite struct RecordsTests {
    struct Seen: Equatable {
        var delta: Int32
        var timestamp: Int64
        var key: [UInt8]?
        var value: [UInt8]?
    }

    /// The same three records as real compressors packed them.
    static let packed: [(codec: Int, hex: String)] = [
        (
            1,
            "1f8b08000000000002036b60626060604afcc0589698539aaa4b7f92818f418489298991e11f2383060be3"
                + "003a040017de11fe0b010000"
        ),
        (
            2,
            "8b023880020000000261f00176616c75652dfe0600c6060038000e00140202620100fe0100280401fe8900"
                + "ea8900"
        ),
        (
            2,
            "82534e4150505900000000010000000100000017643880020000000261f00176616c75652dfe0600520600"
                + "00000029a70114616c75652d765a060040000e00140202620100fe0100280401f0015e2900fe1800"
                + "7e18000000"
        ),
        (
            3,
            "04224d186040822e000000ff0080020000000261f00176616c75652d06005fff00000e0014020262010"
                + "0fe0100280401890063506c75652d0000000000"
        ),
        (
            4,
            "28b52ffd600b00450100f080020000000261f00176616c75652d000e00140202620100fe010028040102"
                + "009861d2fa252d75"
        ),
    ]

    static func bytes(_ hex: String) -> [UInt8] {
        var digits = hex.compactMap(\.hexDigitValue)[...]
        var bytes: [UInt8] = []
        while let high = digits.popFirst(), let low = digits.popFirst() {
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    static func read(_ batch: [UInt8], unpackedBytesMax: Int = 1 << 20) throws -> [Seen] {
        var seen: [Seen] = []
        let reader = BatchReader(unpackedBytesMax: unpackedBytesMax)
        try batch.withUnsafeBytes {
            try reader.records(of: $0) { record in
                seen.append(
                    Seen(
                        delta: record.offsetDelta, timestamp: record.timestampDelta,
                        key: record.key.map { Array($0) }, value: record.value.map { Array($0) }))
                return true
            }
        }
        return seen
    }

    static let text = Array(String(repeating: "value-", count: 20).utf8)
    static let three = [
        Seen(delta: 0, timestamp: 0, key: Array("a".utf8), value: text),
        Seen(delta: 1, timestamp: 10, key: Array("b".utf8), value: nil),
        Seen(delta: 2, timestamp: 20, key: nil, value: text),
    ]

    static func threeRecords(_ codec: Int) -> BuiltBatch {
        BuiltBatch(7, three.map { ($0.key, $0.value) }, codec: codec)
    }

    @Test(arguments: RecordsTests.packed.indices)
    func whatCompressorsPackIsRead(index: Int) throws {
        let (codec, hex) = Self.packed[index]
        let batch = BuiltBatch.batch(Self.threeRecords(codec), packed: Self.bytes(hex))
        #expect(try Self.read(batch) == Self.three)
    }

    @Test(arguments: 0...4) func storedFormsAreRead(codec: Int) throws {
        #expect(try Self.read(Self.threeRecords(codec).bytes) == Self.three)
    }

    /// Each byte of the packed records and of the counts set to several values, and each length
    /// cut: read, or refused.
    @Test(arguments: RecordsTests.packed.indices)
    func damagedBytesAreRefusedOrRead(index: Int) throws {
        let (codec, hex) = Self.packed[index]
        for packed in [
            Self.bytes(hex), BuiltBatch.pack(Self.threeRecords(0).records, codec: codec),
        ] {
            let whole = BuiltBatch.batch(Self.threeRecords(codec), packed: packed)
            var refused = 0
            for position in 21..<whole.count {
                for change: UInt8 in [0x01, 0x80, 0xFF, 0x7F, whole[position]] {
                    var damaged = whole
                    damaged[position] ^= change
                    do { _ = try Self.read(damaged) } catch is WireFailure { refused += 1 }
                }
                if position < 61 { continue }
                #expect(throws: WireFailure.self) { try Self.read(Array(whole[..<position])) }
            }
            #expect(refused > 50)
        }
    }

    @Test(arguments: 1...4) func theBufferGrows(codec: Int) throws {
        let values = (0..<2).map { [UInt8](repeating: 120 + $0, count: 32_700) }
        let batch = BuiltBatch(0, values.map { ([1], $0) }, codec: codec).bytes
        let packed = codec == 2 ? Array(batch[..<61]) + Self.xerial(values) : batch
        #expect(try Self.read(packed, unpackedBytesMax: 1 << 17).map(\.value) == values)
    }

    /// In xerial's frames: one of each half.
    static func xerial(_ values: [[UInt8]]) -> [UInt8] {
        let records = BuiltBatch(0, values.map { ([1], $0) }).records
        var writer = WireWriter()
        writer.raw([0x82] + Array("SNAPPY".utf8) + [0, 0, 0, 0, 1, 0, 0, 0, 1])
        for part in [records[..<30_000], records[30_000...]] {
            writer.bytes(BuiltBatch.pack(Array(part), codec: 2))
        }
        return writer.buffer
    }

    /// 16 MiB of zeros in half a kilobyte: seen to be too large, or to be no record.
    @Test func noMoreIsUnpackedThanTheLimit() throws {
        var batch = BuiltBatch(0, [([1], nil)], codec: 4)
        batch.lastOffsetDelta = 0
        let blocks = (0..<128).flatMap { index -> [UInt8] in
            BuiltBatch.little(1 << 20 | 2 | (index == 127 ? 1 : 0), 3) + [0]
        }
        let head: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + BuiltBatch.little(1 << 24, 4)
        let bomb = BuiltBatch.batch(batch, packed: head + blocks)
        #expect(throws: WireFailure(reason: "more than 131072 bytes when unpacked")) {
            _ = try Self.read(bomb, unpackedBytesMax: 1 << 17)
        }
        #expect(throws: WireFailure(reason: "1 bytes wanted at 0, 0 left")) {
            _ = try Self.read(bomb, unpackedBytesMax: 1 << 24)
        }
    }

    @Test func theFirstRecordOfATimeIsFound() throws {
        let reader = BatchReader(unpackedBytesMax: 1 << 20)
        func first(_ timestamp: Int64, _ attributes: Int16 = 0) throws -> [Int64] {
            var batch = Self.threeRecords(3)
            batch.attributes = attributes
            return try batch.bytes.withUnsafeBytes {
                try reader.firstRecord(of: $0, atOrAfter: timestamp).map {
                    [$0.offset, $0.timestamp]
                }
                    ?? []
            }
        }
        #expect(try first(0) == [7, 1_000])
        #expect(try first(1_001) == [8, 1_010])
        #expect(try first(1_020) == [9, 1_020])
        #expect(try first(1_021) == [])
        #expect(try first(1_015, 0x08) == [7, 1_020])
        let isKeyless = try Self.threeRecords(4).bytes.withUnsafeBytes {
            try reader.hasRecordWithoutKey($0)
        }
        #expect(isKeyless)
    }
}
