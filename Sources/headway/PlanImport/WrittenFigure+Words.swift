import Contracts

extension WrittenFigure {
    /// The words around a figure: those that say which side is meant, and the rest.
    struct Words {
        private var text: String

        init(_ text: String) { self.text = text }

        /// In this order: what is negated holds the words of the other side.
        private static let bounds: [(word: String, bound: TargetContract.Bound)] = [
            ("不低于", .atLeast), ("不少于", .atLeast), ("不小于", .atLeast), ("不超过", .atMost),
            ("不高于", .atMost), ("不多于", .atMost), ("不大于", .atMost), ("no less than", .atLeast),
            ("not less than", .atLeast), ("no fewer than", .atLeast), ("no more than", .atMost),
            ("not more than", .atMost), ("at least", .atLeast), ("at most", .atMost),
            ("or more", .atLeast), ("or less", .atMost), ("more than", .atLeast),
            ("less than", .atMost), ("up to", .atMost), ("及以上", .atLeast), ("以上", .atLeast),
            ("及以下", .atMost), ("以下", .atMost), ("以内", .atMost), ("之内", .atMost),
            ("超过", .atLeast), ("突破", .atLeast), ("高于", .atLeast), ("达到", .atLeast),
            ("至少", .atLeast), ("力争", .atLeast), ("至多", .atMost), ("最多", .atMost), ("低于", .atMost),
            ("少于", .atMost), ("控制在", .atMost), ("左右", .about), ("大约", .about), ("约", .about),
            ("approximately", .about), ("about", .about), ("around", .about), ("above", .atLeast),
            ("over", .atLeast), ("below", .atMost), ("under", .atMost), (">=", .atLeast),
            ("<=", .atMost), ("≥", .atLeast), ("≤", .atMost), ("≈", .about), (">", .atLeast),
            ("<", .atMost),
        ]

        /// Nil where nothing says so.
        mutating func takeBound(_ whole: String) throws(Failure) -> TargetContract.Bound? {
            var found: Set<TargetContract.Bound> = []
            for (word, bound) in Words.bounds where text.contains(word) {
                found.insert(bound)
                text = text.replacing(word, with: " ")
            }
            // 控制在3%左右.
            if found.contains(.about) { return .about }
            if found.count > 1 {
                throw Failure(
                    what: "`\(whole.prefix(40))` says both at least and at most",
                    instead: "write one of them, or a range such as 3—5")
            }
            return found.first
        }

        mutating func takeGrowth() -> Bool {
            ["增长", "增速", "growth", "grow by"].contains { text.contains($0) }
        }

        /// The unit that stands behind a figure, without the words of its bound.
        func unit(_ tail: String) -> String {
            var unit = tail
            for (word, _) in Words.bounds { unit = unit.replacing(word, with: " ") }
            return unit.replacing(/[。.,，;；]+$/, with: "").trimmed
        }
    }
}
