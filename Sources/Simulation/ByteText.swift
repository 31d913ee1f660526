/// Text as bytes, appended without strings in between: the same bytes everywhere and no allocation
/// once the buffer has grown.
extension [UInt8] {
    mutating func add(_ text: StaticString) {
        append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func add(_ text: [UInt8]) { append(contentsOf: text) }

    mutating func add(number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    /// At least `width` digits, filled with zeros.
    mutating func add(number: Int64, width: Int) {
        let start = count
        var rest = number.magnitude
        for _ in 0..<width {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }

    /// An integer of 10^-scale units as a plain decimal without trailing zeros.
    mutating func add(decimal units: Int64, scale: Int) {
        if units < 0 { append(UInt8(ascii: "-")) }
        var unit: UInt64 = 1
        for _ in 0..<scale { unit *= 10 }
        add(number: Int64(units.magnitude / unit))
        var fraction = units.magnitude % unit
        var digits = scale
        guard fraction > 0 else { return }
        while fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        append(UInt8(ascii: "."))
        add(number: Int64(fraction), width: digits)
    }

    mutating func add(day: CityDay) {
        add(number: Int64(day.year), width: 4)
        append(UInt8(ascii: "-"))
        add(number: Int64(day.month), width: 2)
        append(UInt8(ascii: "-"))
        add(number: Int64(day.day), width: 2)
    }
}
