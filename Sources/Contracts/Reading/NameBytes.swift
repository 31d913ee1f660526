extension UInt8 {
    private var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    private var isLower: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }

    /// `a` to `z`, digits, `-` and `_`.
    fileprivate var isSlugByte: Bool {
        isLower || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }

    /// Letters, digits, `.`, `-` and `_`.
    fileprivate var isNameByte: Bool {
        isSlugByte || self == UInt8(ascii: ".")
            || (self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z"))
    }

    fileprivate var isUpperOrDigit: Bool {
        isDigit || (self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z"))
    }
}

extension StringProtocol {
    /// `[a-z0-9][a-z0-9_-]*`.
    internal var isSlug: Bool {
        guard let first = utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
            return false
        }
        return utf8.allSatisfy(\.isSlugByte)
    }

    /// Slugs joined by dots.
    internal var isDottedName: Bool {
        split(separator: ".", omittingEmptySubsequences: false).allSatisfy(\.isSlug)
    }

    /// Letters, digits, `.`, `-` and `_`: what Kafka allows in a topic's name.
    internal var isPlainName: Bool { !isEmpty && utf8.allSatisfy(\.isNameByte) }

    /// ISO 3166-1 alpha-2 or 3166-2: `JP`, `CN-41`.
    internal var isRegion: Bool {
        let bytes = Array(utf8)
        guard bytes.count == 2 || (4...6).contains(bytes.count),
            bytes.prefix(2).allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") })
        else { return false }
        return bytes.count == 2
            || (bytes[2] == UInt8(ascii: "-") && bytes.dropFirst(3).allSatisfy(\.isUpperOrDigit))
    }
}
