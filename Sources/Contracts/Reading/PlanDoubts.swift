/// What is doubtful only beside the other targets of a plan: warnings of `headway plan check`.
internal struct PlanDoubts {
    /// A target, where its id stands, and the languages of its name.
    struct Entry {
        var target: TargetContract
        var mark: Mark
        var languages: [String]
    }

    let entries: [Entry]
    let problems: ProblemList

    func tell() {
        twins()
        languages()
    }

    /// The same promise twice: one of them was copied and not edited.
    private func twins() {
        struct Promise: Hashable {
            var source: [String]
            var kind: TargetContract.Kind
            var bound: TargetContract.Bound
            var days: [CivilDate]
        }
        var first: [Promise: String] = [:]
        for entry in entries {
            let target = entry.target
            let source =
                switch target.source {
                case .metric(let stream, let metric, let breakdown, let member):
                    ["metric", stream, metric, breakdown ?? "", member ?? ""]
                case .indicator(let stream, let indicator): ["indicator", stream, indicator]
                }
            let promise = Promise(
                source: source, kind: target.kind, bound: target.bound,
                days: [target.windowStart, target.deadline])
            if let other = first[promise] {
                problems.warning(
                    entry.mark,
                    "`\(target.id)` promises the same of the same figures as `\(other)`",
                    "keep one, or let them differ in what feeds them, in bound or in days")
            } else {
                first[promise] = target.id
            }
        }
    }

    /// Names in one language are a choice of the plan's, not of one target's.
    private func languages() {
        for language in ["zh", "en"] {
            let lacking = entries.filter { !$0.languages.contains(language) }
            guard lacking.count * 2 < entries.count else { continue }
            for entry in lacking {
                problems.warning(
                    entry.mark, "`\(entry.target.id)` has no name in `\(language)`, others have",
                    "write `name: { zh: ..., en: ... }`")
            }
        }
    }
}
