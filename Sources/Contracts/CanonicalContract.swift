extension TargetContract {
    /// One thing that the target is judged by.
    package struct Term: Sendable, Hashable {
        /// For example `value` or `hold`.
        package var name: String
        package var text: String
    }

    /// All that the target is judged by, and all of it that a status change tells, in order. Names,
    /// sector and area are not. Figures in base units.
    package var terms: [Term] {
        var terms: [Term] = []
        func add(_ name: String, _ words: String...) {
            terms.append(Term(name: name, text: words.joined(separator: " ")))
        }
        func figure(_ value: Int64) -> String { Figure.format(value, scale: scale) }
        add("kind", kind.rawValue, bound.rawValue)
        add("value", figure(value))
        if let valueMax { add("value_max", figure(valueMax)) }
        if tolerance != 0 { add("tolerance", figure(tolerance)) }
        add("slack", figure(slack))
        add("scale", String(scale))
        add("unit", CanonicalText.escaped(unit))
        add("window", windowStart.iso, deadline.iso)
        switch source {
        case .metric(let stream, let metric, let breakdown?, let member?):
            add("metric", stream, metric, breakdown, CanonicalText.escaped(member))
        case .metric(let stream, let metric, _, _): add("metric", stream, metric)
        case .indicator(let stream, let indicator): add("indicator", stream, indicator)
        }
        terms.append(Term(name: "trajectory", text: trajectory.canonicalText))
        let thresholds = [rule.atRiskBelow, rule.offTrackBelow, rule.recoverAbove].map {
            Figure.format($0, scale: 6)
        }
        add("thresholds", thresholds.joined(separator: " "))
        add("hold", rule.hold.iso8601)
        add("dwell", rule.dwell.iso8601)
        if let stale = rule.staleAfter { add("stale_after", stale.iso8601) }
        add("grace", rule.grace.iso8601)
        if let warning = rule.warnBefore { add("warn_before", warning.iso8601) }
        return terms
    }

    /// The terms in one text, by which edits are seen and which the ledger keeps of what was in
    /// force when: `kind total at_least; value 3650; ...`.
    package var canonicalText: String {
        terms.map { $0.name + " " + $0.text }.joined(separator: "; ")
    }

    /// Reads what `canonicalText` wrote. Nil for anything else.
    package init?(
        id: String, canonicalText text: String, sector: String = "", area: String = "",
        nameZh: String = "", nameEn: String = ""
    ) {
        guard let text = CanonicalText(text),
            let kinds = text.words("kind", 2), let kind = Kind(rawValue: kinds[0]),
            let bound = Bound(rawValue: kinds[1]),
            let scale = text.words("scale", 1).flatMap({ Int($0[0]) }),
            (0...ContractLimits.scaleMax).contains(scale),
            let value = text.figure("value", scale), let slack = text.figure("slack", scale),
            let valueMax = text.optional("value_max", { text.figure($0, scale) }),
            let tolerance = text.optional("tolerance", { text.figure($0, scale) }),
            let unit = text.words("unit", 1).flatMap({ CanonicalText.unescaped($0[0]) }),
            let window = text.words("window", 2), let start = CivilDate(iso: window[0]),
            let deadline = CivilDate(iso: window[1]),
            let source = text.source, let trajectory = text.trajectory, let rule = text.rule
        else { return nil }
        self.init(
            id: id, sector: sector, area: area, nameZh: nameZh, nameEn: nameEn, kind: kind,
            bound: bound, value: value, valueMax: valueMax, tolerance: tolerance ?? 0,
            slack: slack, scale: scale, unit: unit, windowStart: start, deadline: deadline,
            source: source, trajectory: trajectory, rule: rule)
    }
}

extension TrajectoryContract {
    fileprivate var canonicalText: String {
        func text(_ name: String, _ knots: [Knot]) -> String {
            let days = knots.map { $0.day.iso + "=" + Figure.format($0.shareMillionths, scale: 6) }
            return ([name] + days).joined(separator: " ")
        }
        return switch self {
        case .linear: "linear"
        case .constant: "constant"
        case .profile(let knots): text("profile", knots)
        case .steps(let knots): text("steps", knots)
        }
    }
}

/// A canonical text taken apart: words by the name of their term.
private struct CanonicalText {
    private var terms: [String: [String]] = [:]

    /// Nil where a term comes twice, or has no words.
    init?(_ text: String) {
        for term in text.split(separator: "; ", omittingEmptySubsequences: false) {
            let words = term.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count > 1, words.allSatisfy({ !$0.isEmpty }) else { return nil }
            let given = words.dropFirst().map(String.init)
            guard terms.updateValue(given, forKey: String(words[0])) == nil else { return nil }
        }
    }

    /// Nil where there are not so many.
    func words(_ name: String, _ count: Int) -> [String]? {
        terms[name].flatMap { $0.count == count ? $0 : nil }
    }

    func figure(_ name: String, _ scale: Int) -> Int64? {
        words(name, 1).flatMap { Figure.parse($0[0], scale: scale) }
    }

    func duration(_ name: String) -> Duration? {
        words(name, 1).flatMap { Duration(iso8601: $0[0]) }
    }

    /// What is not there is nil; what is there and cannot be read is no value at all.
    func optional<Value>(_ name: String, _ read: (String) -> Value?) -> Value?? {
        guard terms[name] != nil else { return .some(nil) }
        return read(name).map { .some($0) }
    }

    var source: TargetContract.Source? {
        if let words = words("indicator", 2) {
            return .indicator(stream: words[0], indicator: words[1])
        }
        if let words = words("metric", 2) {
            return .metric(stream: words[0], metric: words[1], breakdown: nil, member: nil)
        }
        guard let words = words("metric", 4), let member = CanonicalText.unescaped(words[3]) else {
            return nil
        }
        return .metric(stream: words[0], metric: words[1], breakdown: words[2], member: member)
    }

    var trajectory: TrajectoryContract? {
        guard let words = terms["trajectory"], let name = words.first else { return nil }
        let knots = words.dropFirst().compactMap { word -> TrajectoryContract.Knot? in
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let day = CivilDate(iso: String(parts[0])),
                let share = Figure.parse(String(parts[1]), scale: 6)
            else { return nil }
            return TrajectoryContract.Knot(day: day, shareMillionths: share)
        }
        guard knots.count == words.count - 1 else { return nil }
        switch (name, knots.isEmpty) {
        case ("linear", true): return .linear
        case ("constant", true): return .constant
        case ("profile", false): return .profile(knots)
        case ("steps", false): return .steps(knots)
        default: return nil
        }
    }

    var rule: RuleContract? {
        guard let thresholds = words("thresholds", 3),
            let atRisk = Figure.parse(thresholds[0], scale: 6),
            let offTrack = Figure.parse(thresholds[1], scale: 6),
            let recover = Figure.parse(thresholds[2], scale: 6),
            let hold = duration("hold"), let dwell = duration("dwell"),
            let stale = optional("stale_after", duration), let grace = duration("grace"),
            let warning = optional("warn_before", duration)
        else { return nil }
        return RuleContract(
            atRiskBelow: atRisk, offTrackBelow: offTrack, recoverAbove: recover, hold: hold,
            dwell: dwell, staleAfter: stale, grace: grace, warnBefore: warning)
    }

    /// Without the bytes that part terms and words: each becomes `%` and two hexadecimal digits.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20 && byte != 0x7f && !Array("%;".utf8).contains(byte) {
                bytes.append(byte)
            } else {
                bytes += Array("%".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digits.firstIndex(of:)),
                let low = rest.popFirst().flatMap(digits.firstIndex(of:))
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
