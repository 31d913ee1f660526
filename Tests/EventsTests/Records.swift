import Contracts
import Events

/// What tests hand to a decoder: owned bytes instead of the broker's.
struct TestRecord {
    var value: [UInt8]?
    var headers: [(name: String, value: [UInt8]?)] = []
    /// 2023-06-30T16:00:00Z.
    var timestampMilliseconds: Int64 = 1_688_140_800_000

    init(_ text: String, headers: [(String, String)] = [("content-type", Self.structured)]) {
        self.value = Array(text.utf8)
        self.headers = headers.map { ($0, Array($1.utf8)) }
    }

    init(value: [UInt8]?, headers: [(name: String, value: [UInt8]?)], timestampMilliseconds: Int64)
    {
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }

    static let structured = "application/cloudevents+json; charset=UTF-8"
}

extension EventDecoder {
    func decode(_ record: TestRecord) -> Outcome {
        // All headers' bytes in one array, so that they have one address.
        var bytes: [UInt8] = []
        for header in record.headers { bytes += Array(header.name.utf8) + (header.value ?? []) }
        return bytes.withUnsafeBytes { bytes in
            var at = 0
            func take(_ count: Int) -> UnsafeRawBufferPointer {
                defer { at += count }
                return UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
            }
            let views = record.headers.map { header in
                let name = take(header.name.utf8.count)
                return HeaderView(name: name, value: header.value.map { take($0.count) })
            }
            return views.withUnsafeBufferPointer { views in
                guard let value = record.value else {
                    return decode(
                        RawRecord(value: nil, headers: views, record.timestampMilliseconds))
                }
                return value.withUnsafeBytes {
                    decode(RawRecord(value: $0, headers: views, record.timestampMilliseconds))
                }
            }
        }
    }

    /// The name of a field's value in the contract.
    func field(_ name: String) -> FieldView { current(index(name)) }
    func before(_ name: String) -> FieldView { previous(index(name)) }

    private func index(_ name: String) -> Int { contract.fields.firstIndex { $0.name == name }! }
}

extension RawRecord {
    init(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>,
        _ timestampMilliseconds: Int64
    ) {
        self.init(value: value, headers: headers, timestampMilliseconds: timestampMilliseconds)
    }
}

extension FieldView {
    var string: String { String(decoding: text(), as: UTF8.self) }
    var strings: [String] { (0..<count).map { String(decoding: text($0), as: UTF8.self) } }
}

extension EventDecoder.Outcome {
    /// `event`, `skipped` or the dead letter's reason.
    var word: String {
        switch self {
        case .event: "event"
        case .skipped: "skipped"
        case .dead(let reason): reason.reason
        }
    }
}
