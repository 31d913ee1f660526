/// What is longer than the rules want and may stand for now. Figures only ever fall.
enum Ratchets {
    /// Lines of a file; else 400.
    static let fileLines: [String: Int] = ["Tests/ContractsTests/ProblemTests.swift": 440]
    /// Lines of a function, by `path:name`; else 70.
    static let functionLines: [String: Int] = [:]
    /// Lines over 120 columns without a string in them; else none.
    static let longLines: [String: Int] = [:]
}
