/// One row of an answer. Columns count from zero.
///
/// The statement fixes its columns' types and which of them may be null, so a wrong accessor is an
/// error of ours and traps. Columns that may be null are read with the `optional` accessors.
package struct PostgresRow {
    let result: ResultHandle
    let row: Int32

    package func isNull(_ column: Int) -> Bool { result.isNull(row, Int32(column)) }

    package func bool(_ column: Int) -> Bool { value(column)[0] != 0 }

    /// An integer of any width up to eight bytes.
    package func int8(_ column: Int) -> Int64 { WireReader.integer(value(column)) }

    package func int4(_ column: Int) -> Int32 { Int32(int8(column)) }

    /// Text, or the text of JSON.
    package func text(_ column: Int) -> String {
        var bytes = value(column)
        // jsonb begins with the version of its form.
        if result.type(Int32(column)) == 3802 {
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func bytes(_ column: Int) -> [UInt8] { [UInt8](value(column)) }

    /// The value's bytes, valid within the body.
    package func withBytes<R, E: Error>(
        _ column: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(value(column))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; the extremes of Int64 are the two infinities.
    package func timestamp(_ column: Int) -> Int64 { PostgresEpoch.decode(timestamp: int8(column)) }

    /// Days since 1970-01-01.
    package func date(_ column: Int) -> Int32 { PostgresEpoch.decode(date: int4(column)) }

    package func optionalBool(_ column: Int) -> Bool? { isNull(column) ? nil : bool(column) }
    package func optionalInt8(_ column: Int) -> Int64? { isNull(column) ? nil : int8(column) }
    package func optionalInt4(_ column: Int) -> Int32? { isNull(column) ? nil : int4(column) }
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    package func optionalBytes(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
    package func optionalTimestamp(_ column: Int) -> Int64? {
        isNull(column) ? nil : timestamp(column)
    }
    package func optionalDate(_ column: Int) -> Int32? { isNull(column) ? nil : date(column) }

    package func boolArray(_ column: Int) -> [Bool] { array(column) { $0[0] != 0 } }
    package func int2Array(_ column: Int) -> [Int16] {
        array(column) { Int16(WireReader.integer($0)) }
    }
    package func int4Array(_ column: Int) -> [Int32] {
        array(column) { Int32(WireReader.integer($0)) }
    }
    package func int8Array(_ column: Int) -> [Int64] { array(column) { WireReader.integer($0) } }
    package func textArray(_ column: Int) -> [String] {
        array(column) { String(decoding: $0, as: UTF8.self) }
    }
    package func timestampArray(_ column: Int) -> [Int64] {
        array(column) { PostgresEpoch.decode(timestamp: WireReader.integer($0)) }
    }
    package func dateArray(_ column: Int) -> [Int32] {
        array(column) { PostgresEpoch.decode(date: Int32(WireReader.integer($0))) }
    }

    package func optionalInt8Array(_ column: Int) -> [Int64?] {
        optionalArray(column) { WireReader.integer($0) }
    }
    package func optionalInt4Array(_ column: Int) -> [Int32?] {
        optionalArray(column) { Int32(WireReader.integer($0)) }
    }
    package func optionalTextArray(_ column: Int) -> [String?] {
        optionalArray(column) { String(decoding: $0, as: UTF8.self) }
    }
    package func optionalTimestampArray(_ column: Int) -> [Int64?] {
        optionalArray(column) { PostgresEpoch.decode(timestamp: WireReader.integer($0)) }
    }
    package func byteaArray(_ column: Int) -> [[UInt8]?] { optionalArray(column) { [UInt8]($0) } }

    private func value(_ column: Int) -> UnsafeRawBufferPointer {
        precondition(!isNull(column), "column \(column) is null")
        return result.bytes(row, Int32(column))
    }

    private func array<Element>(
        _ column: Int, _ element: (UnsafeRawBufferPointer) -> Element
    ) -> [Element] {
        WireReader.elements(value(column)) { bytes in
            guard let bytes else { preconditionFailure("column \(column) has a null element") }
            return element(bytes)
        }
    }

    private func optionalArray<Element>(
        _ column: Int, _ element: (UnsafeRawBufferPointer) -> Element
    ) -> [Element?] {
        WireReader.elements(value(column)) { $0.map(element) }
    }
}

/// Reads the binary form of values.
enum WireReader {
    static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        switch bytes.count {
        case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        default: preconditionFailure("an integer of \(bytes.count) bytes")
        }
    }

    /// The elements of an array of at most one dimension.
    static func elements<Element>(
        _ bytes: UnsafeRawBufferPointer, _ element: (UnsafeRawBufferPointer?) -> Element
    ) -> [Element] {
        func word(_ at: Int) -> Int {
            Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)))
        }
        let dimensions = word(0)
        guard dimensions > 0 else { return [] }
        precondition(dimensions == 1, "an array of \(dimensions) dimensions")
        let count = word(12)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var at = 20
        for _ in 0..<count {
            let length = word(at)
            at += 4
            guard length >= 0 else { elements.append(element(nil)); continue }
            elements.append(element(UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])))
            at += length
        }
        return elements
    }
}
