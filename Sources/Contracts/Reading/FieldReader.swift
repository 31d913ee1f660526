/// Reads one entry of a stream's `fields`.
internal enum FieldReader {
    private static let keysOfKind: [String: [String]] = [
        "division": [], "boolean": [], "region": [], "indicator": [], "period": [],
        "integer": ["min", "max"], "decimal": ["scale", "min", "max"], "word": ["words"],
        "slug": ["max_length"], "slugs": ["max_length", "max_count"],
        "text": ["min_length", "max_length"],
    ]

    static func read(_ entry: YAMLNode.Entry, _ problems: ProblemList) -> FieldContract? {
        let every = Set(keysOfKind.values.joined()).sorted()
        guard isMemberName(entry.key, entry.mark, problems),
            let field = MappingReader(
                entry.value, subject: "the field `\(entry.key)`",
                keys: ["kind", "required"] + every, problems),
            let word = field.text("kind", required: true)
        else { return nil }
        guard let keys = keysOfKind[word] else {
            problems.error(
                field.valueMark("kind"), "the field's kind is `\(word.prefix(40))`",
                Spelling.suggestion(for: word, among: keysOfKind.keys.sorted()))
            return nil
        }
        for key in every where field.has(key) && !keys.contains(key) {
            problems.error(
                field.keyMark(key), "a field of kind `\(word)` has no `\(key)`", "remove it")
        }
        let required = field.has("required") ? field.boolean("required") : false
        guard let kind = kind(word, field), let required else { return nil }
        return FieldContract(name: entry.key, kind: kind, required: required)
    }

    /// Members of an event's `data` are the producer's: any plain name will do.
    private static func isMemberName(_ name: String, _ mark: Mark, _ problems: ProblemList) -> Bool
    {
        guard name.isPlainName, name.utf8.count <= 64 else {
            problems.error(
                mark, "a field is named `\(name.prefix(60))`",
                "use letters, digits, `-`, `_` and `.`, 64 at most")
            return false
        }
        guard !["previous", "withdrawn", "time"].contains(name) else {
            problems.error(
                mark, "a field is named `\(name)`", "rename it: corrections use that member")
            return false
        }
        return true
    }

    private static func kind(_ word: String, _ field: MappingReader) -> FieldContract.Kind? {
        switch word {
        case "division": return .division
        case "boolean": return .boolean
        case "region": return .region
        case "indicator": return .indicator
        case "period": return .period
        case "integer": return bounds(field, scale: 0).map { .integer(min: $0, max: $1) }
        case "decimal":
            guard
                let scale = field.integer(
                    "scale", in: 0...Int64(ContractLimits.scaleMax), required: true)
            else { return nil }
            return bounds(field, scale: Int(scale)).map {
                .decimal(scale: Int(scale), min: $0, max: $1)
            }
        case "word": return words(field).map { .word($0) }
        case "slug": return length(field, "max_length", 64, upTo: 128).map { .slug(maxLength: $0) }
        case "slugs":
            guard let length = length(field, "max_length", 64, upTo: 128),
                let count = self.length(
                    field, "max_count", ContractLimits.listMax, upTo: ContractLimits.listMax)
            else { return nil }
            return .slugs(maxLength: length, maxCount: count)
        default:
            guard let least = length(field, "min_length", 1, upTo: 1_024),
                let most = length(field, "max_length", 256, upTo: 1_024)
            else { return nil }
            guard least <= most else {
                field.problems.error(
                    field.keyMark("max_length"), "`max_length` is below `min_length`",
                    "exchange them")
                return nil
            }
            return .text(minLength: least, maxLength: most)
        }
    }

    private static func bounds(_ field: MappingReader, scale: Int) -> (Int64, Int64)? {
        let least = field.has("min") ? field.figure("min", scale: scale) : .min
        let most = field.has("max") ? field.figure("max", scale: scale) : .max
        guard let least, let most else { return nil }
        guard least <= most else {
            field.problems.error(field.keyMark("max"), "`max` is below `min`", "exchange them")
            return nil
        }
        return (least, most)
    }

    private static func length(
        _ field: MappingReader, _ key: String, _ otherwise: Int, upTo limit: Int
    ) -> Int? {
        guard field.has(key) else { return otherwise }
        return field.integer(key, in: 1...Int64(limit)).map(Int.init)
    }

    private static func words(_ field: MappingReader) -> [String]? {
        guard let texts = field.texts("words", countMax: ContractLimits.wordsMax, required: true)
        else {
            return nil
        }
        guard !texts.isEmpty else {
            field.problems.error(
                field.valueMark("words"), "`words` is empty", "list the allowed words")
            return nil
        }
        for (text, mark) in texts where text.utf8.count > 64 {
            field.problems.error(mark, "a word has \(text.utf8.count) bytes", "use 64 at most")
            return nil
        }
        return texts.map(\.text)
    }
}
