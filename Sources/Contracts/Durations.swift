extension Duration {
    /// Whole microseconds, towards zero; saturated.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return product + attoseconds / 1_000_000_000_000
    }

    package static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    /// ISO 8601 in days, hours, minutes and whole seconds: `P3D`, `PT6H`, `P1DT12H`; zero is
    /// `PT0S`. Not below zero; fractions of a second are cut off.
    package var iso8601: String {
        let seconds = max(0, components.seconds)
        let days = seconds / 86_400
        var clock = ""
        for (count, unit) in [
            (seconds / 3_600 % 24, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S"),
        ] where count > 0 {
            clock += "\(count)\(unit)"
        }
        if days == 0 && clock.isEmpty { return "PT0S" }
        return "P" + (days > 0 ? "\(days)D" : "") + (clock.isEmpty ? "" : "T" + clock)
    }

    /// What `iso8601` writes, in this order of the units. Nil for anything else.
    package init?(iso8601 text: String) {
        var seconds: Int64 = 0
        var rest = Substring(text)
        guard rest.popFirst() == "P" else { return nil }
        for (unit, length) in [("D", 86_400), ("T", 0), ("H", 3_600), ("M", 60), ("S", 1)] {
            if unit == "T" {
                guard rest.isEmpty || rest.popFirst() == "T" else { return nil }
                continue
            }
            let digits = rest.prefix { $0 >= "0" && $0 <= "9" }
            guard !digits.isEmpty, rest.dropFirst(digits.count).hasPrefix(unit) else { continue }
            guard let count = Int64(digits) else { return nil }
            let (product, isLarge) = count.multipliedReportingOverflow(by: Int64(length))
            let (sum, isBeyond) = seconds.addingReportingOverflow(product)
            guard !isLarge, !isBeyond else { return nil }
            seconds = sum
            rest = rest.dropFirst(digits.count + 1)
        }
        guard rest.isEmpty, text.count > 2, !text.hasSuffix("T") else { return nil }
        self = .seconds(seconds)
    }

    /// As the files of `Topics/` write it: a whole number and `d`, `h`, `min` or `s`, such as `3
    /// d`. Nil for anything else, and above ten years.
    package init?(topicText text: String) {
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard (1...9).contains(digits.count), let count = Int64(digits) else { return nil }
        let seconds: Int64
        switch unit {
        case "d": seconds = count * 86_400
        case "h": seconds = count * 3_600
        case "min": seconds = count * 60
        case "s": seconds = count
        default: return nil
        }
        guard seconds <= 3_650 * 86_400 else { return nil }
        self = .seconds(seconds)
    }
}
