import Contracts

/// Figures as people say them: `1.054 亿`, `105.4 M`, `6.3%`, `CNY 90 bn`.
///
/// Four significant digits, cut and never rounded: 99.996 million is not the 100 million that were
/// promised. Below ten thousand (a million in English) all digits before the point stay. Exact
/// figures are in `-o json` and `-o csv`.
struct ReadableFigure {
    private let isNegative: Bool
    private let whole: [Character]
    private let decimals: [Character]

    /// A decimal text such as `-4254.5`; nil for anything else.
    init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let isDigits = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isASCII && $0.isNumber }
        }
        guard isDigits, let first = parts.first else { return nil }
        self.isNegative = isNegative
        let digits = first.drop { $0 == "0" }
        whole = digits.isEmpty ? ["0"] : Array(digits)
        decimals = parts.count > 1 ? Array(parts[1]) : []
    }

    /// Powers of ten that are words, largest first. Smaller figures are written out.
    private static let steps: [Language: [(power: Int, word: String)]] = [
        .zh: [(12, " 万亿"), (8, " 亿"), (4, " 万")],
        .en: [(12, " tn"), (9, " bn"), (6, " M")],
    ]

    /// Without a unit.
    func text(_ language: Language) -> String {
        let sign = isNegative ? "-" : ""
        let steps = Self.steps[language] ?? []
        if let step = steps.first(where: { whole.count > $0.power }) {
            let shown = whole.count - step.power
            let cut = whole.dropFirst(shown).prefix(max(0, 4 - shown))
            return sign + Self.joined(whole.prefix(shown), cut) + step.word
        }
        return sign + Self.joined(whole[...], decimals.prefix(max(0, min(3, 4 - whole.count))))
    }

    /// All digits, in groups of three before the point.
    var exact: String { (isNegative ? "-" : "") + Self.joined(whole[...], decimals[...]) }

    private static func joined(
        _ whole: ArraySlice<Character>, _ decimals: ArraySlice<Character>
    ) -> String {
        let kept = decimals.reversed().drop { $0 == "0" }.reversed()
        return grouped(whole) + (kept.isEmpty ? "" : "." + String(kept))
    }

    private static func grouped(_ digits: ArraySlice<Character>) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A figure without its unit but for the percent sign, which belongs to the digits; the text
    /// itself where it is no figure.
    static func bare(_ text: String, unit: String, _ language: Language) -> String {
        guard let figure = ReadableFigure(text) else { return text }
        return figure.text(language) + (unit == "percent" ? "%" : "")
    }

    /// A figure with its unit.
    static func full(_ text: String, unit: String, _ language: Language) -> String {
        let figure = bare(text, unit: unit, language)
        switch (unit, language) {
        case ("percent", _), ("milestone", _): return figure
        case ("CNY", .en), ("USD", .en), ("EUR", .en): return unit + " " + figure
        case (_, .en): return figure + " " + UnitWord.of(unit, language)
        case (_, .zh):
            // 亿 and 万 stand close to what they count: 1.05 亿人次.
            let isWord = figure.last.map { !$0.isASCII } ?? false
            return figure + (isWord ? "" : " ") + UnitWord.of(unit, language)
        }
    }

    /// A ratio of one (`0.9499`) in percent, towards zero: `94%`. A dash where there is none.
    static func percent(_ ratio: String?, decimals: Int = 0) -> String {
        guard let ratio, let millionths = Figure.parse(ratio, scale: 6) else { return "-" }
        let unit = decimals == 0 ? 10_000 : 1_000 as Int64
        let count = millionths / unit
        if count > 999 * (10_000 / unit) { return ">999%" }
        if count < -999 * (10_000 / unit) { return "<-999%" }
        return Figure.format(count, scale: decimals == 0 ? 0 : 1) + "%"
    }
}

/// Units in words. What is not listed is shown as the plan writes it.
enum UnitWord {
    static func of(_ unit: String, _ language: Language) -> String {
        let plain = unit.split(separator: "_").joined(separator: " ")
        guard let words = words[unit] else { return plain }
        return language.pick(zh: words.zh, en: words.en ?? plain)
    }

    private static let words: [String: (zh: String, en: String?)] = [
        "percentage_points": ("个百分点", "points"), "CNY": ("元", nil), "USD": ("美元", nil),
        "EUR": ("欧元", nil), "CNY_per_village": ("元/村", "CNY per village"), "persons": ("人", nil),
        "person_times": ("人次", "person-times"), "visits": ("人次", nil), "projects": ("个", nil),
        "enterprises": ("家", nil), "dwellings": ("套", nil), "villages": ("个村", nil),
        "stations": ("座", nil), "households": ("户", nil), "schools": ("所", nil),
        "centres": ("个", nil), "market_entities": ("户", "entities"), "mu": ("亩", nil),
        "farms": ("家", nil), "head": ("头", nil), "markets": ("个", nil), "clusters": ("个", nil),
        "technologies": ("项", nil), "pilots": ("个", nil), "units": ("套", nil),
        "expressways": ("条", nil), "roads": ("条", nil), "car_parks": ("处", "car parks"),
        "charging_piles": ("个", "piles"), "communities": ("个", nil), "jin": ("斤", nil),
        "cooperatives": ("家", nil), "workshops": ("家", nil), "brands": ("个", nil),
        "cases": ("项", nil), "routes": ("条", nil), "TEU": ("标箱", nil), "bases": ("个", nil),
        "hours_per_day": ("小时/天", "hours a day"), "factories": ("家", nil),
        "km2": ("平方公里", "km²"), "hospitals": ("家", nil), "parks": ("个", nil),
        "hours_per_week": ("小时/周", "hours a week"), "events": ("次", nil),
    ]
}
