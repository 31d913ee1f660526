/// Changes records by a seeded sequence: equal seeds give equal changes on every machine.
struct Mutator {
    private var state: UInt64
    private let pieces: [[UInt8]]

    init(seed: UInt64, pieces: [[UInt8]]) {
        self.state = seed
        self.pieces = pieces
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// One to three changes of the value, and at times of a header.
    mutating func mutate(_ record: inout TestRecord, with other: TestRecord) {
        var value = record.value ?? []
        for _ in 0...below(3) { change(&value, other.value ?? []) }
        record.value = value
        if !record.headers.isEmpty, below(4) == 0 {
            let index = below(record.headers.count)
            var header = record.headers[index].value ?? []
            change(&header, record.headers[below(record.headers.count)].value ?? [])
            record.headers[index].value = below(8) == 0 ? nil : header
            if below(8) == 0 { record.headers.append(record.headers[index]) }
        }
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = pieces[below(pieces.count)]
            return
        }
        let at = below(bytes.count)
        let end = min(bytes.count, at + 1 + below(24))
        switch below(9) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: next())
        case 1: bytes[at] ^= 1 << UInt8(below(8))
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: below(bytes.count))
        case 4: bytes.insert(contentsOf: pieces[below(pieces.count)], at: at)
        case 5: bytes.replaceSubrange(at..<end, with: pieces[below(pieces.count)])
        case 6: bytes.removeSubrange(at...)
        case 7: bytes.replaceSubrange(at..., with: other.dropFirst(below(other.count + 1)))
        default: if let digit = digit(in: bytes, from: at) { bytes[digit] = 48 + UInt8(below(10)) }
        }
    }

    private func digit(in bytes: [UInt8], from: Int) -> Int? {
        bytes[from...].firstIndex { (48...57).contains($0) }
    }
}
