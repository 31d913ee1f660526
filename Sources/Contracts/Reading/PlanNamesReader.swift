/// Reads a plan's `areas` and `divisions`: what people call them. Both may be absent.
internal struct PlanNamesReader {
    let mapping: MappingReader
    let problems: ProblemList

    func areas() -> [NamedKey] {
        names("areas", countMax: ContractLimits.areasMax) { key in
            key.count <= 64 ? nil : "write the word of the targets' `area`, 64 characters at most"
        }
    }

    /// `place`: nil where it is itself wrong.
    func divisions(ofPlace place: String?) -> [NamedKey] {
        names("divisions", countMax: ContractLimits.divisionsMax) { key in
            guard key.utf8.count == 6, let code = Int32(key), (100_000...999_999).contains(code)
            else { return "write the six digits of a division, such as 410302" }
            guard key.hasPrefix(place ?? "") else {
                return "write a code that begins with the plan's place, \(place ?? "")"
            }
            return nil
        }
    }

    /// `advice`: what to write instead of a key that is wrong; nil for one that is right.
    private func names(_ block: String, countMax: Int, advice: (String) -> String?) -> [NamedKey] {
        guard let node = mapping.node(block),
            let entries = MappingReader.entries(node, subject: "`\(block)`", problems)
        else { return [] }
        guard entries.count <= countMax else {
            problems.error(
                node.mark, "`\(block)` has \(entries.count) names", "use \(countMax) at most")
            return []
        }
        return entries.compactMap { entry in
            let subject = "`\(entry.key.prefix(60))` of `\(block)`"
            if let advice = advice(entry.key) {
                problems.error(
                    entry.mark, "a key of `\(block)` is `\(entry.key.prefix(60))`", advice)
                return nil
            }
            guard
                let names = MappingReader(
                    entry.value, subject: subject, keys: PlanReader.languages, problems),
                let pair = PlanReader.pair(names, of: String(entry.key.prefix(60)))
            else { return nil }
            return NamedKey(key: entry.key, zh: pair.zh, en: pair.en)
        }
    }
}
