/// Finds what was probably meant.
package enum Spelling {
    /// `did you mean `x`?` for the nearest of the candidates, or the candidates themselves where
    /// none is near.
    static func suggestion(for word: String, among candidates: [String]) -> String {
        if let near = nearest(to: word, among: candidates) { return "did you mean `\(near)`?" }
        guard !candidates.isEmpty else { return "remove it" }
        let shown = candidates.prefix(20).map { "`\($0)`" }.joined(separator: ", ")
        return "use one of \(shown)"
            + (candidates.count > 20 ? " and \(candidates.count - 20) more" : "")
    }

    /// The candidate that is near enough to be meant, or nil.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        nearest(to: word, among: candidates, within: max(1, word.count / 3))
    }

    /// The nearest candidate of at most so many edits.
    static func nearest(to word: String, among candidates: [String], within limit: Int) -> String? {
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(normalised(word), normalised(candidate), limit: limit)
            if distance <= limit && distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    private static func normalised(_ word: String) -> [UInt8] {
        word.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    }

    /// Edit distance (insertions, deletions, replacements, swaps of neighbours); `limit + 1` where
    /// above.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit, max(left.count, right.count) <= 256 else {
            return limit + 1
        }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    last[column + 1] + 1, current[column] + 1,
                    last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
