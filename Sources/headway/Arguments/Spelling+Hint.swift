import Contracts

extension Spelling {
    /// `; did you mean --speed?`, or nothing where no word is near enough.
    static func hint(for word: String, in words: [String], prefix: String = "") -> String {
        nearest(to: word, among: words).map { "; did you mean \(prefix)\($0)?" } ?? ""
    }
}
