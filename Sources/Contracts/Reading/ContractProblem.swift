/// One thing that is wrong, or doubtful, in a file of `Topics/`, with what to write instead.
package struct ContractProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable { case error, warning }

    package var file: String
    package var mark: Mark
    package var what: String
    package var instead: String
    package var severity: Severity = .error

    package init(
        file: String, mark: Mark, what: String, instead: String, severity: Severity = .error
    ) {
        self.file = file
        self.mark = mark
        self.what = what
        self.instead = instead
        self.severity = severity
    }

    /// `plans/luoyang-2023.yaml:31:12: what is wrong; what to write instead`.
    package var description: String {
        let prefix = severity == .warning ? "warning: " : ""
        return "\(file):\(mark.line):\(mark.column): \(prefix)\(what); \(instead)"
    }
}

/// Everything that is wrong with the files that were read: never empty.
package struct ContractProblems: Error, Sendable, Equatable, CustomStringConvertible {
    package var problems: [ContractProblem]

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects the problems of one file while it is read, so that all of them are told at once.
internal final class ProblemList {
    let file: String
    private(set) var problems: [ContractProblem] = []
    private(set) var errorCount = 0
    private var untold = 0

    init(file: String) { self.file = file }

    func error(_ mark: Mark, _ what: String, _ instead: String) {
        errorCount += 1
        add(ContractProblem(file: file, mark: mark, what: what, instead: instead))
    }

    func warning(_ mark: Mark, _ what: String, _ instead: String) {
        add(
            ContractProblem(
                file: file, mark: mark, what: what, instead: instead, severity: .warning))
    }

    func add(_ problem: ContractProblem) {
        guard problems.count < ContractLimits.problemsMax else {
            untold += 1
            return
        }
        problems.append(problem)
    }

    /// In the order of the file; the last line counts what was left out.
    var told: [ContractProblem] {
        var sorted = problems.sorted {
            ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column)
        }
        if untold > 0, let last = sorted.last {
            sorted.append(
                ContractProblem(
                    file: file, mark: last.mark, what: "\(untold) more problems",
                    instead: "mend those above first"))
        }
        return sorted
    }
}
