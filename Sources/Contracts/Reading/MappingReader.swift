/// One mapping of a file, read key by key. Each accessor notes what is wrong and then returns nil,
/// so that a reader goes on and finds the rest.
internal struct MappingReader {
    let mark: Mark
    /// For messages, such as `the target`.
    let subject: String
    let problems: ProblemList
    private let entries: [String: YAMLNode.Entry]

    /// Nil where the node is no mapping. Keys that are not allowed are noted.
    init?(_ node: YAMLNode, subject: String, keys: [String], _ problems: ProblemList) {
        guard let entries = MappingReader.entries(node, subject: subject, problems) else {
            return nil
        }
        self.mark = node.mark
        self.subject = subject
        self.problems = problems
        var known: [String: YAMLNode.Entry] = [:]
        for entry in entries {
            if keys.contains(entry.key) {
                known[entry.key] = entry
            } else {
                problems.error(
                    entry.mark, "\(subject) has no key `\(entry.key.prefix(60))`",
                    Spelling.suggestion(for: entry.key, among: keys))
            }
        }
        self.entries = known
    }

    /// The entries of a mapping whose keys are free, in the order of the file.
    static func entries(
        _ node: YAMLNode, subject: String, _ problems: ProblemList
    ) -> [YAMLNode.Entry]? {
        if case .mapping(let entries) = node.content { return entries }
        problems.error(
            node.mark, "\(subject) is \(node.description)",
            "write a mapping, `key: value` on each line")
        return nil
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    /// Where the key stands, or the mapping where it is absent.
    func keyMark(_ key: String) -> Mark { entries[key]?.mark ?? mark }

    /// Where the key's value stands, or the mapping where it is absent.
    func valueMark(_ key: String) -> Mark { entries[key]?.value.mark ?? mark }

    func node(_ key: String, required: Bool = false) -> YAMLNode? {
        if let entry = entries[key] { return entry.value }
        if required { problems.error(mark, "\(subject) has no `\(key)`", "add `\(key): ...`") }
        return nil
    }

    func mapping(_ key: String, keys: [String], required: Bool = false) -> MappingReader? {
        node(key, required: required).flatMap {
            MappingReader($0, subject: "`\(key)`", keys: keys, problems)
        }
    }

    /// A text that is not empty.
    func text(_ key: String, required: Bool = false, lengthMax: Int = ContractLimits.nameLengthMax)
        -> String?
    {
        guard let node = node(key, required: required) else { return nil }
        guard let text = MappingReader.scalar(node, "`\(key)`", problems) else { return nil }
        guard text.count <= lengthMax else {
            problems.error(
                node.mark, "`\(key)` has \(text.count) characters", "use \(lengthMax) at most")
            return nil
        }
        return text
    }

    static func scalar(_ node: YAMLNode, _ subject: String, _ problems: ProblemList) -> String? {
        guard case .scalar(let text) = node.content else {
            problems.error(node.mark, "\(subject) is \(node.description)", "write a single value")
            return nil
        }
        guard !text.isEmpty else {
            problems.error(
                node.mark, "\(subject) is empty", "give it a value, or leave the key out")
            return nil
        }
        return text
    }

    /// A dotted name such as `tourism.overnight-visitors`.
    func name(_ key: String, required: Bool = false) -> String? {
        guard let text = text(key, required: required) else { return nil }
        return MappingReader.checkedName(text, valueMark(key), "`\(key)`", problems)
    }

    static func checkedName(
        _ text: String, _ mark: Mark, _ subject: String, _ problems: ProblemList
    ) -> String? {
        guard text.isDottedName, text.utf8.count <= ContractLimits.nameLengthMax else {
            problems.error(
                mark, "\(subject) is `\(text.prefix(60))`",
                "names are lower-case letters, digits, `-` and `_`, in parts joined by dots, "
                    + "\(ContractLimits.nameLengthMax) characters at most")
            return nil
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int64>, required: Bool = false) -> Int64? {
        guard let text = text(key, required: required) else { return nil }
        guard let value = Figure.parse(MappingReader.ungrouped(text), scale: 0),
            range.contains(value)
        else {
            problems.error(
                valueMark(key), "`\(key)` is `\(text.prefix(40))`",
                range.upperBound == .max
                    ? "write an integer of \(range.lowerBound) or more"
                    : "write an integer from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// A decimal figure as an integer of 10^-scale units.
    func figure(_ key: String, scale: Int, required: Bool = false) -> Int64? {
        guard let text = text(key, required: required) else { return nil }
        return MappingReader.figure(text, scale: scale, valueMark(key), "`\(key)`", problems)
    }

    static func figure(
        _ text: String, scale: Int, _ mark: Mark, _ subject: String, _ problems: ProblemList
    ) -> Int64? {
        switch Figure.read(ungrouped(text), scale: scale) {
        case .value(let value):
            return value
        case .malformed:
            problems.error(
                mark, "\(subject) is `\(text.prefix(40))`",
                "write digits with a point for decimals, such as 3.15 or 100_000_000")
        case .tooPrecise:
            problems.error(
                mark, "\(subject) is `\(text.prefix(40))`",
                scale == 0 ? "write a whole number" : "use \(scale) decimals at most")
        case .overflow:
            problems.error(
                mark, "\(subject) is `\(text.prefix(40))`, beyond 64 bits",
                "use a figure below \(Figure.format(Int64.max, scale: scale))")
        }
        return nil
    }

    /// `100_000_000` without its underscores, which may stand between digits only.
    private static func ungrouped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < bytes.count, digits.contains(bytes[index - 1]),
                digits.contains(bytes[index + 1])
            else { return text }
        }
        return text.replacing("_", with: "")
    }

    func boolean(_ key: String) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            problems.error(
                valueMark(key), "`\(key)` is `\(text.prefix(40))`", "write true or false")
            return nil
        }
    }

    func day(_ key: String, required: Bool = false) -> CivilDate? {
        guard let text = text(key, required: required) else { return nil }
        if let day = CivilDate(iso: text) { return day }
        problems.error(
            valueMark(key), "`\(key)` is `\(text.prefix(40))`",
            "write a day of the calendar as 2023-06-30")
        return nil
    }

    func duration(_ key: String, required: Bool = false) -> Duration? {
        guard let text = text(key, required: required) else { return nil }
        if let duration = Duration(topicText: text) { return duration }
        problems.error(
            valueMark(key), "`\(key)` is `\(text.prefix(40))`",
            "write a whole number and d, h, min or s, such as 3 d (3650 d at most)")
        return nil
    }

    func zone(_ key: String) -> Zone? {
        guard let text = text(key, required: true) else { return nil }
        if let zone = Zone(identifier: text) { return zone }
        problems.error(
            valueMark(key),
            "`\(key)` is `\(text.prefix(40))`, which the system's time zones do not have",
            "write a zone of the tz database such as Asia/Shanghai")
        return nil
    }

    /// One of the words of a closed set.
    func word<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type, required: Bool = false
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(key, required: required) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        problems.error(
            valueMark(key), "`\(key)` is `\(text.prefix(40))`",
            Spelling.suggestion(for: text, among: Choice.allCases.map(\.rawValue)))
        return nil
    }

    /// A list of different texts with their places.
    func texts(_ key: String, countMax: Int, required: Bool = false) -> [(
        text: String, mark: Mark
    )]? {
        guard let node = node(key, required: required) else { return nil }
        guard case .list(let items) = node.content else {
            problems.error(node.mark, "`\(key)` is \(node.description)", "write a list, [a, b]")
            return nil
        }
        guard items.count <= countMax else {
            problems.error(
                node.mark, "`\(key)` has \(items.count) items", "use \(countMax) at most")
            return nil
        }
        var texts: [(text: String, mark: Mark)] = []
        for item in items {
            guard let text = MappingReader.scalar(item, "an item of `\(key)`", problems) else {
                continue
            }
            if texts.contains(where: { $0.text == text }) {
                problems.error(
                    item.mark, "`\(key)` has `\(text.prefix(40))` twice", "keep one of them")
            } else {
                texts.append((text, item.mark))
            }
        }
        return texts
    }
}
