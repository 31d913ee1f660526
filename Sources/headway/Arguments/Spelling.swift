/// Finds what somebody meant who wrote something close to it.
enum Spelling {
    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left.unicodeScalars)
        let b = Array(right.unicodeScalars)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                row[j] = min(replace, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }

    /// The closest of the words when it is close enough to be meant, else nil.
    static func nearest(to word: String, in words: [String]) -> String? {
        let limit = max(1, word.count / 3)
        let best =
            words
            .map { (word: $0, distance: distance(word, $0)) }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }
        if let best, best.distance <= limit { return best.word }
        let extended = words.filter { $0.hasPrefix(word) && !word.isEmpty }
        return extended.count == 1 ? extended[0] : nil
    }

    /// `; did you mean --speed?`, or nothing.
    static func hint(for word: String, in words: [String], prefix: String = "") -> String {
        nearest(to: word, in: words).map { "; did you mean \(prefix)\($0)?" } ?? ""
    }
}
