/// Decimal figures as integers of 10^-scale units: read and written exactly, never through binary
/// floats.
package enum Figure {
    /// What a text was.
    package enum Reading: Equatable, Sendable {
        case value(Int64)
        /// Not `-?digits(.digits)?`, or with zeros in front.
        case malformed
        /// More decimals than the scale has.
        case tooPrecise
        /// Beyond Int64.
        case overflow
    }

    /// `parse("4254.50", scale: 2)` is 425450. Nil for anything that is not exact.
    package static func parse(_ text: String, scale: Int) -> Int64? {
        if case .value(let value) = read(text, scale: scale) { return value }
        return nil
    }

    package static func read(_ text: String, scale: Int) -> Reading {
        var text = text
        return text.withUTF8 { read(UnsafeRawBufferPointer($0), scale: scale) }
    }

    /// Allocates nothing. Scale is 0 to 18.
    package static func read(_ bytes: UnsafeRawBufferPointer, scale: Int) -> Reading {
        var index = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { index += 1 }
        let first = index
        var value: Int64 = 0
        var overflow = false

        func take(_ digit: UInt8) {
            let (product, above) = value.multipliedReportingOverflow(by: 10)
            let signed = negative ? -Int64(digit) : Int64(digit)
            let (sum, beyond) = product.addingReportingOverflow(signed)
            overflow = overflow || above || beyond
            value = sum
        }

        while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"), digit <= 9 {
            take(digit)
            index += 1
        }
        guard index > first, index - first == 1 || bytes[first] != UInt8(ascii: "0") else {
            return .malformed
        }
        var decimals = 0
        if index < bytes.count {
            guard bytes[index] == UInt8(ascii: "."), index + 1 < bytes.count else {
                return .malformed
            }
            index += 1
            while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"),
                digit <= 9
            {
                if decimals < scale { take(digit) }
                decimals += 1
                index += 1
            }
            guard index == bytes.count else { return .malformed }
        }
        if decimals > scale { return .tooPrecise }
        while decimals < scale {
            take(0)
            decimals += 1
        }
        return overflow ? .overflow : .value(value)
    }

    /// Base units without trailing zeros or exponent: `format(425450, scale: 2)` is "4254.5".
    package static func format(_ value: Int128, scale: Int) -> String {
        guard scale > 0 else { return String(value) }
        var digits = String(value.magnitude)
        if digits.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.count) + digits
        }
        var decimals = digits.suffix(scale)
        while decimals.last == "0" { decimals.removeLast() }
        let whole = digits.dropLast(scale)
        return (value < 0 ? "-" : "") + whole + (decimals.isEmpty ? "" : "." + decimals)
    }

    package static func format(_ value: Int64, scale: Int) -> String {
        format(Int128(value), scale: scale)
    }
}
