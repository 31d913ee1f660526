/// Shares of a whole in whole units.
enum Allotment {
    /// `total` in proportion to the weights by largest remainders: the parts add up to it exactly.
    /// Equal remainders go to the earlier row. All zero where no weight is above zero.
    static func parts(of total: Int64, by weights: [Int64]) -> [Int64] {
        let sum = weights.reduce(Int128(0)) { $0 + Int128(max($1, 0)) }
        guard sum > 0, total > 0 else { return weights.map { _ in 0 } }
        var parts: [Int64] = []
        var remainders: [(left: Int128, place: Int)] = []
        var rest = total
        for (place, weight) in weights.enumerated() {
            let (part, left) = (Int128(total) * Int128(max(weight, 0))).quotientAndRemainder(
                dividingBy: sum)
            parts.append(Int64(part))
            rest -= Int64(part)
            remainders.append((left, place))
        }
        remainders.sort { ($1.left, $0.place) < ($0.left, $1.place) }
        for (_, place) in remainders.prefix(Int(rest)) { parts[place] += 1 }
        return parts
    }

    /// The part of `total` up to `before` of `whole`; equal ends telescope. `before` is at most
    /// `whole`, and none is below zero.
    @inline(__always)
    static func portion(_ total: UInt64, _ before: UInt64, of whole: UInt64) -> UInt64 {
        whole.dividingFullWidth(total.multipliedFullWidth(by: before)).quotient
    }
}
