internal import CEventJSON

/// A record of a sector topic as the broker gave it. Its bytes must live until `decode` returns.
package struct RawRecord {
    /// Nil for a tombstone.
    package var value: UnsafeRawBufferPointer?
    package var headers: UnsafeBufferPointer<HeaderView>
    /// Since 1970; below zero where the record has none.
    package var timestampMilliseconds: Int64

    package init(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>,
        timestampMilliseconds: Int64
    ) {
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// One header of a record. Laid out as the decoder reads it, so that an array of them costs no
/// conversion.
package struct HeaderView {
    private let raw: hw_header

    package init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        self.raw = hw_header(name: HeaderView.text(name), value: HeaderView.text(value))
    }

    package var name: UnsafeRawBufferPointer { raw.name.buffer }
    package var value: UnsafeRawBufferPointer? { raw.value.bytes == nil ? nil : raw.value.buffer }

    /// An empty buffer may have no address, but is not the same as none: any address will do, as
    /// nothing is read of it.
    private static func text(_ buffer: UnsafeRawBufferPointer?) -> hw_text {
        guard let buffer else { return hw_text(bytes: nil, length: 0) }
        return hw_text(
            bytes: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                ?? UnsafePointer(bitPattern: 1), length: UInt32(clamping: buffer.count))
    }
}

extension hw_text {
    internal var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes, count: Int(length))
    }
}
