/// A unit as people write it: `万人`, `亿元`, `%`, `USD`.
struct WrittenUnit: Sendable, Equatable {
    /// The base unit: the catalogue's word where there is one, else what was written. Empty where
    /// only a magnitude was.
    var name: String
    /// Powers of ten that the figure is short of: 4 for `万人`. Nil where none was written.
    var magnitude: Int?

    /// The longest first.
    static let magnitudes: [(word: String, power: Int)] = [
        ("thousand", 3), ("million", 6), ("billion", 9), ("万亿", 12), ("千万", 7), ("百万", 6),
        ("bn", 9), ("亿", 8), ("万", 4), ("千", 3), ("百", 2),
    ]

    private static let words: [String: String] = [
        "%": "percent", "％": "percent", "per cent": "percent", "百分比": "percent",
        "个百分点": "percentage_points", "百分点": "percentage_points",
        "percentage points": "percentage_points", "元": "CNY", "元人民币": "CNY", "rmb": "CNY",
        "cny": "CNY", "usd": "USD", "eur": "EUR", "人": "persons", "名": "persons",
        "people": "persons", "person": "persons", "人次": "person_times", "户": "households",
        "亩": "mu", "斤": "jin", "头": "head", "只": "head", "平方公里": "km2", "公里": "km",
        "千米": "km", "吨": "tonnes", "标箱": "TEU",
    ]

    init(_ text: String) {
        var rest = text.trimmed
        magnitude = nil
        for (word, power) in WrittenUnit.magnitudes where rest.lowercased().hasPrefix(word) {
            let after = rest.dropFirst(word.count)
            // `thousands of …` or a unit that only begins so is none.
            if word.first?.isASCII == true, let next = after.first, !next.isWhitespace { continue }
            // 千米 is a unit of its own.
            if WrittenUnit.words[rest] != nil { break }
            magnitude = power
            rest = after.trimmed
            break
        }
        name = WrittenUnit.words[rest.lowercased()] ?? rest
    }

    var isPercent: Bool { name == "percent" || name == "percentage_points" }
}
