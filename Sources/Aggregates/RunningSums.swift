/// Sums by key in order. A range of keys costs two searches: running totals are kept, and renewed
/// from the earliest changed key on when next asked for.
///
/// A key whose sum is nothing, neither value nor events, is not there: what was counted and taken
/// back leaves the same trace whether one commit brought both or two.
package struct RunningSums<Key: Comparable & Sendable>: Sendable {
    private var keys: [Key] = []
    private var sums: [BucketSum] = []
    /// Element i: the sum of the first i. Right up to `settled`, inclusive.
    private var totals: [BucketSum] = [.zero]
    private var settled = 0

    package init() {}

    package mutating func set(_ key: Key, to sum: BucketSum) {
        let place = lowerBound(key)
        put(sum, key, at: place, isThere: place < keys.count && keys[place] == key)
    }

    package mutating func add(_ sum: BucketSum, at key: Key) {
        let place = lowerBound(key)
        let isThere = place < keys.count && keys[place] == key
        put(isThere ? sums[place] + sum : sum, key, at: place, isThere: isThere)
    }

    /// Of the keys from one on and before another. Nil where none is there.
    package mutating func sum(_ from: Key, _ until: Key) -> BucketSum? {
        let (low, high) = (lowerBound(from), lowerBound(until))
        guard low < high else { return nil }
        while settled < high {
            totals[settled + 1] = totals[settled] + sums[settled]
            settled += 1
        }
        return totals[high] - totals[low]
    }

    /// The latest key from one on and before another.
    package func last(_ from: Key, _ until: Key) -> Key? {
        let place = lowerBound(until)
        return place > 0 && keys[place - 1] >= from ? keys[place - 1] : nil
    }

    private mutating func put(_ sum: BucketSum, _ key: Key, at place: Int, isThere: Bool) {
        switch (isThere, sum == .zero) {
        case (true, true):
            keys.remove(at: place)
            sums.remove(at: place)
            totals.removeLast()
        case (true, false):
            sums[place] = sum
        case (false, true):
            return
        case (false, false):
            keys.insert(key, at: place)
            sums.insert(sum, at: place)
            totals.append(.zero)
        }
        settled = min(settled, place)
    }

    private func lowerBound(_ key: Key) -> Int {
        // Nearly always the end is asked for.
        if let last = keys.last, last < key { return keys.count }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
