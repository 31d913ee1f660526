/// One value of a message, read or to be written: `answer.topics[0].partitions[0].error == 3`.
/// What is not there is null, so that a wrong path fails a comparison and traps nowhere.
@dynamicMemberLookup
enum Value: Equatable, Sendable {
    case null
    case int(Int64)
    case text(String)
    case bytes([UInt8])
    case list([Value])
    case fields([String: Value])

    subscript(dynamicMember name: String) -> Value {
        guard case .fields(let fields) = self else { return .null }
        return fields[name] ?? .null
    }

    subscript(index: Int) -> Value {
        guard case .list(let list) = self, list.indices.contains(index) else { return .null }
        return list[index]
    }

    init(_ number: some BinaryInteger) { self = .int(Int64(number)) }

    /// Far from everything that a broker answers where it is no number.
    var int: Int64 {
        if case .int(let number) = self { number } else { -1_000_000_007 }
    }

    var string: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var data: [UInt8] {
        if case .bytes(let bytes) = self { bytes } else { [] }
    }

    var list: [Value] {
        if case .list(let list) = self { list } else { [] }
    }

    /// The element of a list whose field has the value.
    func element(_ name: String, _ value: Value) -> Value {
        list.first { $0[dynamicMember: name] == value } ?? .null
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(nilLiteral: ()) { self = .null }
    init(integerLiteral value: Int64) { self = .int(value) }
    init(booleanLiteral value: Bool) { self = .int(value ? 1 : 0) }
    init(stringLiteral value: String) { self = .text(value) }
    init(arrayLiteral elements: Value...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Value)...) {
        self = .fields(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}
