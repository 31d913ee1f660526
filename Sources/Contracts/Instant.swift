/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
package struct Instant: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    /// RFC 3339, strictly: `2023-06-30T16:00:00Z`, `2023-07-01T00:00:00.123456789+08:00`. Seconds
    /// and an offset are required, up to nine decimals are read and those beyond microseconds cut
    /// off. A leap second (`:60`) is refused: no clock of the ledger has one.
    package init?(rfc3339 text: String) {
        var text = text
        guard let instant = text.withUTF8({ Instant(rfc3339: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = instant
    }

    /// The bytes of an RFC 3339 time. Allocates nothing.
    package init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 20, bytes.count <= 35,
            let date = CivilDate(iso: UnsafeRawBufferPointer(rebasing: bytes[0..<10])),
            bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = decimal(bytes, 11, 13), hour <= 23,
            let minute = decimal(bytes, 14, 16), minute <= 59,
            let second = decimal(bytes, 17, 19), second <= 59
        else { return nil }

        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let first = index
            var unit: Int64 = 100_000
            while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"),
                digit <= 9
            {
                fraction += Int64(digit) * unit
                unit /= 10
                index += 1
            }
            guard (1...9).contains(index - first) else { return nil }
        }
        guard let offset = Instant.offset(bytes, at: index) else { return nil }
        let seconds =
            Int64(date.dayNumber) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        self.microseconds = seconds * 1_000_000 + fraction
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// UTC: `2023-06-30T16:00:00Z`; a fraction of 3 or 6 digits only where it is not zero.
    package var rfc3339: String {
        let seconds = floorDivide(microseconds, 1_000_000)
        let fraction = Int(microseconds - seconds * 1_000_000)
        let day = floorDivide(seconds, 86_400)
        let ofDay = Int(seconds - day * 86_400)
        let date = CivilDate(dayNumber: Int32(clamping: day))
        var text = "\(date.iso)T\(padded(ofDay / 3_600, 2)):\(padded(ofDay / 60 % 60, 2))"
        text += ":\(padded(ofDay % 60, 2))"
        if fraction % 1_000 != 0 {
            text += ".\(padded(fraction, 6))"
        } else if fraction != 0 {
            text += ".\(padded(fraction / 1_000, 3))"
        }
        return text + "Z"
    }

    /// Saturates at the ends of what an instant can hold.
    package func adding(_ duration: Duration) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.microseconds)
        guard overflow else { return Instant(microseconds: sum) }
        return Instant(microseconds: duration.microseconds < 0 ? .min : .max)
    }

    /// `Z`, or `+hh:mm`, as the rest of the bytes: seconds east of UTC.
    private static func offset(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        guard index < bytes.count else { return nil }
        if bytes[index] | 0x20 == UInt8(ascii: "z") { return index + 1 == bytes.count ? 0 : nil }
        guard bytes.count - index == 6, bytes[index + 3] == UInt8(ascii: ":"),
            let hours = decimal(bytes, index + 1, index + 3), hours <= 23,
            let minutes = decimal(bytes, index + 4, index + 6), minutes <= 59
        else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }
}
