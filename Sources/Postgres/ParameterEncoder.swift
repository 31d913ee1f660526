/// Lays the parameters of one statement out in one buffer, big-endian, as the wire wants them.
///
/// Arrays of hundreds of thousands of elements pass through here with each commit: sizes are known
/// before the first byte is written, so the buffer grows at most once a statement and is reused by
/// the next.
struct ParameterEncoder: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var used = 0
    /// Where each parameter begins; nil is null.
    private(set) var starts: [Int?] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    private(set) var oids: [UInt32] = []

    /// The largest parameter that the protocol can carry is 1 GB.
    static let lengthMax = 1_000_000_000

    init() {
        capacity = 4_096
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// False when a parameter is larger than the protocol can carry.
    mutating func encode(_ parameters: [PostgresValue]) -> Bool {
        used = 0
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        oids.removeAll(keepingCapacity: true)
        for parameter in parameters {
            let start = used
            append(parameter)
            guard used - start <= Self.lengthMax else { return false }
            let isNull = parameter == .null
            starts.append(isNull ? nil : start)
            lengths.append(Int32(used - start))
            formats.append(1)
            oids.append(parameter.oid)
        }
        return true
    }

    /// Pointers to the values, in the form libpq wants. Valid until the next `encode`.
    func values() -> [UnsafePointer<CChar>?] {
        starts.map { start in
            start.map { UnsafePointer((base + $0).assumingMemoryBound(to: CChar.self)) }
        }
    }

    private mutating func append(_ parameter: PostgresValue) {
        switch parameter {
        case .null: break
        case .bool(let value): put(value ? UInt8(1) : 0)
        case .int4(let value): put(value)
        case .int8(let value): put(value)
        case .text(let value): put(value)
        case .bytes(let value): put(bytes: value)
        case .timestamp(let value): put(PostgresEpoch.encode(timestamp: value))
        case .date(let value): put(PostgresEpoch.encode(date: value))
        case .bools(let values): put(values, element: 16) { UInt8($0 ? 1 : 0) }
        case .int2s(let values): put(values, element: 21) { $0 }
        case .int4s(let values): put(values, element: 23) { $0 }
        case .int8s(let values): put(values, element: 20) { $0 }
        case .optionalInt4s(let values): put(optional: values, element: 23) { $0 }
        case .optionalInt8s(let values): put(optional: values, element: 20) { $0 }
        case .timestamps(let values):
            put(values, element: 1184) { PostgresEpoch.encode(timestamp: $0) }
        case .optionalTimestamps(let values):
            put(optional: values, element: 1184) { PostgresEpoch.encode(timestamp: $0) }
        case .dates(let values): put(values, element: 1082) { PostgresEpoch.encode(date: $0) }
        case .texts(let values):
            header(count: values.count, hasNull: false, element: 25)
            for value in values { putCounted(value) }
        case .optionalTexts(let values):
            header(count: values.count, hasNull: values.contains { $0 == nil }, element: 25)
            for value in values {
                if let value { putCounted(value) } else { put(Int32(-1)) }
            }
        case .byteas(let values):
            header(count: values.count, hasNull: values.contains { $0 == nil }, element: 17)
            for value in values {
                guard let value else { put(Int32(-1)); continue }
                put(Int32(clamping: value.count))
                put(bytes: value)
            }
        }
    }

    /// An array begins with its dimensions (none when empty), whether it holds nulls, the element's
    /// type, and per dimension its length and lower bound.
    private mutating func header(count: Int, hasNull: Bool, element: UInt32) {
        reserve(20)
        put(Int32(count == 0 ? 0 : 1))
        put(Int32(hasNull ? 1 : 0))
        put(element)
        guard count > 0 else { return }
        put(Int32(clamping: count))
        put(Int32(1))
    }

    private mutating func put<Element, Wire: FixedWidthInteger>(
        _ values: [Element], element: UInt32, _ wire: (Element) -> Wire
    ) {
        header(count: values.count, hasNull: false, element: element)
        let width = MemoryLayout<Wire>.size
        reserve(values.count * (4 + width))
        let length = Int32(width).bigEndian
        var at = base + used
        values.withUnsafeBufferPointer { values in
            for value in values {
                at.storeBytes(of: length, as: Int32.self)
                (at + 4).storeBytes(of: wire(value).bigEndian, as: Wire.self)
                at += 4 + width
            }
        }
        used = at - base
    }

    private mutating func put<Element, Wire: FixedWidthInteger>(
        optional values: [Element?], element: UInt32, _ wire: (Element) -> Wire
    ) {
        header(count: values.count, hasNull: values.contains { $0 == nil }, element: element)
        reserve(values.count * (4 + MemoryLayout<Wire>.size))
        for value in values {
            guard let value else { put(Int32(-1)); continue }
            put(Int32(MemoryLayout<Wire>.size))
            put(wire(value))
        }
    }

    private mutating func put<Wire: FixedWidthInteger>(_ value: Wire) {
        reserve(MemoryLayout<Wire>.size)
        (base + used).storeBytes(of: value.bigEndian, as: Wire.self)
        used += MemoryLayout<Wire>.size
    }

    private mutating func put(bytes: [UInt8]) {
        bytes.withUnsafeBytes { put($0) }
    }

    private mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    private mutating func putCounted(_ text: String) {
        var text = text
        text.withUTF8 {
            put(Int32(clamping: $0.count))
            put(UnsafeRawBufferPointer($0))
        }
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress {
            (base + used).copyMemory(from: source, byteCount: bytes.count)
        }
        used += bytes.count
    }

    private mutating func reserve(_ count: Int) {
        guard used + count > capacity else { return }
        capacity = max(capacity * 2, used + count)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: used)
        base.deallocate()
        base = larger
    }
}
