import Aggregates
import Testing

@Suite struct RunningSumsTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func equalsAPlainDictionary(seed: UInt64) {
        var state = seed
        func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var sums = RunningSums<Int>()
        var plain: [Int: BucketSum] = [:]
        for _ in 0..<300 {
            let key = below(20)
            let sum = BucketSum(value: Int128(below(5) - 2), events: Int64(below(3) - 1))
            if below(2) == 0 {
                sums.set(key, to: sum)
                plain[key] = sum
            } else {
                sums.add(sum, at: key)
                plain[key] = (plain[key] ?? .zero) + sum
            }
            let (low, high) = (below(20), below(20))
            let held = plain.filter { low <= $0.key && $0.key < high && $0.value != .zero }
            let wanted = held.isEmpty ? nil : held.values.reduce(.zero, +)
            #expect(sums.sum(low, high) == wanted)
            #expect(low >= high || sums.last(low, high) == held.keys.max())
        }
    }

    @Test func whatWasTakenBackIsNotThere() {
        var sums = RunningSums<Int>()
        sums.add(BucketSum(value: 7, events: 1), at: 3)
        sums.add(BucketSum(value: -7, events: -1), at: 3)
        #expect(sums.sum(0, 9) == nil && sums.last(0, 9) == nil)
        // An event that carries no value counts.
        sums.add(BucketSum(value: 0, events: 1), at: 3)
        #expect(sums.sum(0, 9) == BucketSum(value: 0, events: 1) && sums.last(0, 9) == 3)
    }
}
